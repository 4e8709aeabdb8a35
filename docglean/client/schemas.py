"""What documents are read by, as it is written in Python."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pydantic import BaseModel

from docglean.schemas.schema import Schema, load_schemas, schema_of

SchemaLike = type[BaseModel] | str | Sequence[type[BaseModel] | str]
"""A Pydantic model, a spec as in ``--schema``, or several to choose from."""

REMEMBERED = 64
"""Models whose schema is not made again for each call."""


def schemas_of(given: SchemaLike) -> tuple[Schema, ...]:
    """Schemas from models and specs.

    Raises:
        SchemaError: one of them can't be used.
    """
    listed = [given] if isinstance(given, str | type) else list(given)
    return tuple(
        schema
        for one in listed
        for schema in ([_of_model(one)] if isinstance(one, type) else load_schemas([one]))
    )


_of_model = lru_cache(REMEMBERED)(schema_of)
