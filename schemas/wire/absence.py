"""What a document does not have, as its schema wants it said: null, an empty list, or no key."""

from __future__ import annotations

from typing import Any

from docglean.schemas.fields import Field

LEFT_OUT = object()
"""Stands for a key that is not written."""


def written(field: Field, data: Any) -> Any:
    """`data` with what is absent in a form that the schema takes.

    Null where null is allowed, ``[]`` where a list may be empty; else the key is left out where
    it may be. What is required and is not there stays null, and is a problem of its own
    (``missing``).

    Args:
        data: values in the schema's shape, absent ones null or not there. What is not of the
            field's shape stays as it is.
    """
    if field.shape == "object" and isinstance(data, dict):
        pairs = ((child.name, _of(child, data.get(child.name))) for child in field.children)
        return {name: value for name, value in pairs if value is not LEFT_OUT}
    if field.shape == "list" and isinstance(data, list):
        return [written(field.item, entry) for entry in data]
    return data


def is_there(data: Any) -> bool:
    """Whether data holds any value at all."""
    if isinstance(data, dict):
        return any(map(is_there, data.values()))
    if isinstance(data, list):
        return any(map(is_there, data))
    return data is not None


def _of(field: Field, data: Any) -> Any:
    """As `written`, of a property: `LEFT_OUT` where its key is to be."""
    if data is None or (field.shape == "object" and not is_there(data)) or data == []:
        return _absent(field)
    return written(field, data)


def _absent(field: Field) -> Any:
    if field.shape == "list" and field.may_be_empty:
        return []
    if field.shape == "object":
        # An object of which nothing is there is written where each of its fields may be absent.
        inner = {child.name: _absent(child) for child in field.children}
        shown = {name: value for name, value in inner.items() if value is not LEFT_OUT}
        if (shown and all(map(_may_be_absent, field.children))) or not (
            field.nullable or field.optional
        ):
            return shown
    if field.nullable:
        return None
    if field.optional:
        return LEFT_OUT
    return [] if field.shape == "list" else None


def _may_be_absent(field: Field) -> bool:
    if field.nullable or field.optional or (field.shape == "list" and field.may_be_empty):
        return True
    return field.shape == "object" and all(map(_may_be_absent, field.children))
