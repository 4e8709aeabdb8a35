"""How probable each token of an answer was, as servers of chat completions tell it (``logprobs``).

Kept beside the answer's text in few characters: of each token the length of its UTF-8 bytes and
minus a hundred times the natural logarithm of its probability, as in ``2:0 5:13``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

REQUESTED: dict[str, Any] = {"logprobs": True, "top_logprobs": 1}
"""One alternative, not none: llama.cpp takes 0 for not wanting any, and leaving it out for 20."""
LEAST = 9_999
"""What a token that the server calls impossible is written as: e to the power of -99.99."""


def compact(choice: Mapping[str, Any], text: str) -> str:
    """The tokens that make up `text`, the last part of what a choice of an answer says.

    Empty where the server tells none, or where they are not this text: what a server cleans or
    cuts out of an answer leaves no telling which token is which.
    """
    told = choice.get("logprobs")
    tokens = told.get("content") if isinstance(told, dict) else None
    try:
        pieces = list(_pieces(tokens or ()))
    except (AttributeError, LookupError, TypeError, ValueError):
        return ""  # no answer is lost for what was asked for beside it
    said, wanted = b"".join(piece for piece, _ in pieces), text.encode("utf-8", "replace")
    start = said.rfind(wanted) if wanted else -1
    if start < 0:
        return ""
    found: list[str] = []
    at = 0
    for piece, cost in pieces:
        inside = min(at + len(piece), start + len(wanted)) - max(at, start)
        at += len(piece)
        if inside > 0:
            found.append(f"{inside}:{cost}")
    return " ".join(found)


def _pieces(tokens: Iterable[Any]) -> Iterator[tuple[bytes, int]]:
    for token in tokens:
        raw = token.get("bytes")
        if not isinstance(raw, list):
            raw = str(token["token"]).encode("utf-8", "replace")
        piece = bytes(raw)
        yield piece, round(min(LEAST, -100 * min(0.0, float(token["logprob"]))))


def spans(tokens: str) -> list[tuple[int, int, float]]:
    """Where each token begins and ends, in bytes, and the logarithm of its probability."""
    found: list[tuple[int, int, float]] = []
    at = 0
    for piece in tokens.split():
        size, _, cost = piece.partition(":")
        found.append((at, at + int(size), -int(cost) / 100))
        at += int(size)
    return found


def probabilities(
    told: list[tuple[int, int, float]], start: int, end: int
) -> tuple[float, float] | None:
    """Mean (geometric) and least probability of the tokens between two bytes; None of none."""
    logs = [log for begins, ends, log in told if begins < end and ends > start]
    if not logs:
        return None
    return math.exp(sum(logs) / len(logs)), math.exp(min(logs))
