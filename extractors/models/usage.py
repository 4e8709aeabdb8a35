"""Tokens as a server tells them: counts that can be true, or unknown. Never money made of junk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from docglean.extractors.extraction import Usage

MOST_TOKENS = 100_000_000
"""In one call: ten times the largest context there is, and what a database column takes."""


def counted(read: Callable[[Mapping[str, Any]], Usage], told: Any) -> Usage:
    """What a wire's `read` makes of the usage in an answer; nothing where it cannot be true.

    An answer without usage has no known cost; the answer itself is as good as any.
    """
    try:
        usage = read(part(told))
    except UnknownUsage:
        return Usage()
    within = usage.cache_read_tokens + usage.cache_write_tokens
    return Usage() if max(within, usage.audio_tokens) > usage.input_tokens else usage


class UnknownUsage(Exception):
    """What a server tells of tokens cannot be true."""


def tokens(told: Mapping[str, Any], name: str) -> int:
    """A count; 0 where it is not told.

    Raises:
        UnknownUsage: it is no count of zero or more, or one that no model has.
    """
    count = told.get(name)
    if count is None:
        return 0
    if isinstance(count, bool) or not isinstance(count, int | float):
        raise UnknownUsage(name)
    if not 0 <= count <= MOST_TOKENS or count != int(count):
        raise UnknownUsage(name)
    return int(count)


def part(told: Any, name: str = "") -> Mapping[str, Any]:
    """An object within the reported usage (all of it without a name); empty where it is not there.

    Raises:
        UnknownUsage: it is something else.
    """
    inner = told.get(name) if name else told
    if inner is None:
        return {}
    if not isinstance(inner, dict):
        raise UnknownUsage(name)
    return inner
