"""Data in the schema's shape as a server's JSON: what a right reply would look like.

The way back from `decode`, for values that are known. What is left out stays left out, and list
entries carry no pages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from docglean.schemas.wire.nodes import Node

Nullable = Literal["union", "empty"]


def encode(root: Node, values: Mapping[str, Any], nullable: Nullable) -> dict[str, Any]:
    """The values that are there of the fields asked for, under their keys on the wire.

    Args:
        nullable: how an absent value is written, as in `Dialect`.
    """
    return _object(root, values, nullable)


def _encoded(node: Node, value: Any, nullable: Nullable) -> Any:
    if node.field.shape == "object":
        return _object(node, value, nullable)
    if node.field.shape == "list":
        entries = value if isinstance(value, list) else []
        return [_encoded(node.children[0], entry, nullable) for entry in entries]
    if value is None:
        return None if nullable == "union" else ""
    for text, meant in (node.choices or {}).items():
        if meant == value:
            return text
    return value if isinstance(value, str) or nullable == "union" else json.dumps(value)


def _object(node: Node, value: Any, nullable: Nullable) -> dict[str, Any]:
    """An object that is not there has none of its values."""
    if not isinstance(value, Mapping):
        value = {child.field.name: None for child in node.children}
    told = {
        child.key: _encoded(child, value[child.field.name], nullable)
        for child in node.children
        if child.field.name in value
    }
    # Of an object of which nothing was looked at, nothing is said.
    return {key: one for key, one in told.items() if one != {}}
