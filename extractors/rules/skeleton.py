"""The empty shape of a schema's data, and values put into it."""

from __future__ import annotations

from typing import Any

from docglean.schemas.fields import Field


def skeleton(field: Field) -> Any:
    """The shape of a field with nothing in it."""
    if field.shape == "object":
        return {child.name: skeleton(child) for child in field.children}
    return [] if field.shape == "list" else None


def put(values: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a path without indices."""
    *steps, last = path.split("/")[1:]
    for step in steps:
        values = values.setdefault(step, {})
    values[last] = value
