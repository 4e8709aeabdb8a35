"""The shape of a schema as plain data, for run.json: who reads a run needs no code of anybody.

A spec in run.json (``order.py:Order``) says what was asked for; it is never loaded to read the
results, which may have been sent by a stranger.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Protocol, Union, get_args, get_origin

from docglean.extractors.rules.fields.telling import Telling
from docglean.schemas.fields import Field, RowNumbers
from docglean.schemas.schema import Schema
from pydantic import (
    BaseModel,
    ConfigDict,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

Type = Literal["text", "decimal", "integer", "float", "date", "moment", "truth"]

_TYPES: dict[type, Type] = {
    bool: "truth",
    int: "integer",
    float: "float",
    Decimal: "decimal",
    datetime: "moment",
    date: "date",
}
_CLASSES: dict[str, type] = {"text": str, **{name: kind for kind, name in _TYPES.items()}}


class Shaped(Protocol):
    """What columns are made of: a `Schema`, or what a run wrote down of one."""

    @property
    def name(self) -> str: ...

    @property
    def hash(self) -> str: ...

    @property
    def root(self) -> Field: ...


class FieldShape(BaseModel):
    """One node of a schema's tree of fields, see `Field`.

    Attributes:
        type: of a leaf's values.
        numbers_rows: its entries number the rows of another list, see `RowNumbers`.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    shape: Literal["value", "object", "list"]
    type: Type = "text"
    numbers_rows: bool = False
    children: tuple[FieldShape, ...] = ()

    @classmethod
    def of(cls, field: Field) -> FieldShape:
        """The shape of a field and all below it."""
        return cls(
            name=field.name,
            shape=field.shape,
            type=type_of(field) if field.shape == "value" else "text",
            numbers_rows=field.row_numbers is not None,
            children=tuple(cls.of(child) for child in field.children),
        )

    def field(self, path: str = "") -> Field:
        """A tree of fields of this shape; what else a schema declares it does not know."""
        return Field(
            self.name,
            path,
            self.shape,
            annotation=_CLASSES[self.type] if self.shape == "value" else None,
            row_numbers=RowNumbers("", ()) if self.numbers_rows else None,
            children=tuple(child.field(f"{path}/{child.name}") for child in self.children),
        )

    @model_validator(mode="after")
    def _is_a_tree(self) -> FieldShape:
        """Who wrote the file may have meant harm: a list has one item, a value nothing below it."""
        items = {"value": 0, "list": 1}.get(self.shape, len(self.children))
        if len(self.children) != items:
            raise ValueError(f"{self.name!r} is no field of a schema")
        return self

    @model_serializer(mode="wrap")
    def _brief(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without what is as by default: a schema has many fields."""
        told: dict[str, Any] = written(self)
        usual: tuple[tuple[str, Any], ...] = (
            ("type", "text"),
            ("numbers_rows", False),
            ("children", ()),
            ("children", []),
        )
        return {key: value for key, value in told.items() if (key, value) not in usual}


class SchemaShape(BaseModel):
    """What a run writes down of a schema that it used.

    Attributes:
        identity: paths of the fields that tell a document from another; see `identity_fields`.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    hash: str
    fields: FieldShape
    identity: dict[Telling, str] = {}

    @classmethod
    def of(cls, schema: Schema) -> SchemaShape:
        """The shape of a schema."""
        from docglean.extractors.rules.fields.identity import identity_fields

        return cls(
            name=schema.name,
            hash=schema.hash,
            fields=FieldShape.of(schema.root),
            identity={name: leaf.path for name, leaf in identity_fields(schema).items()},
        )

    @property
    def root(self) -> Field:
        """Its tree of fields."""
        return self.fields.field()


@cache
def type_of(leaf: Field) -> Type:
    """What a leaf's values are, by the type that its model declares."""
    for one in _told(leaf.annotation):
        for kind, name in _TYPES.items():
            if isinstance(one, type) and issubclass(one, kind):
                return name
    return "text"


def _told(annotation: Any) -> Iterator[Any]:
    """The types in an annotation, without None and metadata."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _told(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for one in get_args(annotation):
            yield from _told(one)
    elif annotation is not None and annotation is not type(None) and annotation is not time:
        yield annotation
