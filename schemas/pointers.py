"""JSON pointers of values, and patterns of them in which ``*`` stands for every list entry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_INDEX = re.compile("0|[1-9][0-9]{0,8}")
"""Number of a list entry (RFC 6901): one way to write each."""


def places(values: Any, pattern: str) -> Iterator[tuple[str, Any]]:
    """JSON pointer and value of each place that `pattern` names and that is there, in order."""
    yield from _places(values, pattern.split("/")[1:], "")


def _places(value: Any, steps: list[str], pointer: str) -> Iterator[tuple[str, Any]]:
    if not steps:
        yield pointer, value
    elif steps[0] == "*" and isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _places(entry, steps[1:], f"{pointer}/{index}")
    elif isinstance(value, dict) and steps[0] in value:
        yield from _places(value[steps[0]], steps[1:], f"{pointer}/{steps[0]}")
    elif isinstance(value, list) and _INDEX.fullmatch(steps[0]) and int(steps[0]) < len(value):
        yield from _places(value[int(steps[0])], steps[1:], f"{pointer}/{steps[0]}")


def leaves(values: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its JSON pointer; an empty list is none."""
    if isinstance(values, dict):
        for name, value in values.items():
            yield from leaves(value, f"{pointer}/{name}")
    elif isinstance(values, list):
        for index, value in enumerate(values):
            yield from leaves(value, f"{pointer}/{index}")
    else:
        yield pointer, values


def value_at(values: Any, pointer: str) -> Any:
    """The value at a JSON pointer without ``*``; None where there is none."""
    return next((value for _, value in places(values, pointer)), None)


def at_same_entry(pattern: str, other: str, pointer: str) -> str:
    """`pattern` with the indices that `other` has in `pointer`: the same entry of the same list."""
    indices = [
        step for step, star in zip(pointer.split("/"), other.split("/"), strict=True) if star == "*"
    ]
    filled = iter(indices)
    return "/".join(next(filled, "*") if step == "*" else step for step in pattern.split("/"))


def pattern_of(pointer: str, values: Any = None) -> str:
    """The pointer with ``*`` for the number of each list entry.

    Args:
        values: that it points into; without, names of fields that are digits ("2024") count as
            numbers.
    """
    first, *steps = pointer.split("/")
    found = [first]
    at = values
    for step in steps:
        is_name = isinstance(at, dict) and step in at
        found.append("*" if step.isdigit() and not is_name else step)
        at = next((value for _, value in _places(at, [step], "")), None)
    return "/".join(found)


def name_of(pointer: str) -> str:
    return pointer.lstrip("/")
