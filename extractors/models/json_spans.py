"""Where in a JSON text each single value is written."""

from __future__ import annotations

import json
import re

ValuePath = tuple[str | int, ...]
"""Keys and indices that lead to a value."""
Spans = dict[ValuePath, tuple[int, int]]

_BLANK = re.compile(r"[ \t\n\r]*")
_VALUE = json.JSONDecoder()


def value_spans(text: str) -> Spans:
    """First character of each single value and the one behind it; of a string without its quotes,
    unless it is empty.

    Args:
        text: JSON as `json.loads` takes it.

    Raises:
        ValueError: it is none.
    """
    found: Spans = {}
    _scan(text, _next(text, 0), (), found)
    return found


def _next(text: str, at: int) -> int:
    """Where the next token begins."""
    blank = _BLANK.match(text, at)
    return at if blank is None else blank.end()


def _scan(text: str, at: int, path: ValuePath, out: Spans) -> int:
    """Note the single values of what begins at `at`; where it ends."""
    begins = text[at : at + 1]
    if begins in ("{", "["):
        return _scan_members(text, at, path, out)
    _, end = _VALUE.raw_decode(text, at)
    out[path] = (at + 1, end - 1) if begins == '"' and end - at > 2 else (at, end)
    return end


def _scan_members(text: str, at: int, path: ValuePath, out: Spans) -> int:
    closes = "}" if text[at] == "{" else "]"
    at, index = _next(text, at + 1), 0
    while text[at : at + 1] != closes:
        step: str | int = index
        if closes == "}":
            step, at = _VALUE.raw_decode(text, at)
            at = _next(text, _next(text, at) + 1)  # behind the colon
        at = _next(text, _scan(text, at, (*path, step), out))
        if text[at : at + 1] == ",":
            at = _next(text, at + 1)
        index += 1
    return at + 1
