"""Where each value of decoded data stands in the JSON that it was decoded from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docglean.schemas.wire.decode import Row
from docglean.schemas.wire.nodes import VALUE, Node

RawPath = tuple[str | int, ...]
"""Keys and indices down to a value of the JSON."""


def sources(node: Node, raw: Any, data: Any) -> Iterator[tuple[str, RawPath]]:
    """JSON pointer of each value of `data`, nulls too, with its place in `raw`.

    Values that did not come in the form that was asked for (a list that lost entries, an object
    in a string) are left out.
    """
    yield from _sources(node, raw, data, "", ())


def _sources(
    node: Node, raw: Any, data: Any, pointer: str, path: RawPath
) -> Iterator[tuple[str, RawPath]]:
    if node.field.shape == "object" and isinstance(raw, dict) and isinstance(data, dict):
        for child in node.children:
            name = child.field.name
            if child.key in raw and name in data:
                yield from _sources(
                    child, raw[child.key], data[name], f"{pointer}/{name}", (*path, child.key)
                )
    elif node.field.shape == "list" and isinstance(raw, list) and isinstance(data, list):
        if len(raw) == len(data):
            for index, (entry, row) in enumerate(zip(raw, data, strict=True)):
                value = row.value if isinstance(row, Row) else row
                place, at = f"{pointer}/{index}", (*path, index)
                yield from _sources(node.children[0], entry, value, place, at)
    elif node.field.shape == "value":
        if isinstance(raw, dict) and VALUE in raw:
            raw, path = raw[VALUE], (*path, VALUE)
        if not isinstance(raw, dict | list):
            yield pointer, path
