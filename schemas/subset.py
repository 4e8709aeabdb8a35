"""Some fields of a schema, to ask for them alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from docglean.schemas.checks import Outcomes
from docglean.schemas.errors import Problem, SchemaError
from docglean.schemas.fields import Field
from docglean.schemas.schema import Schema
from pydantic import BaseModel


@dataclass(frozen=True, eq=False)
class SchemaSubset(Schema):
    """A schema without some of its fields; its model is that of the whole.

    What the model validates and checks is about all of its fields, so nothing is said of that:
    it is looked at when what was found is back among the others.

    Attributes:
        whole_hash: see `Schema.whole`.
    """

    whole_hash: str = ""

    @property
    def whole(self) -> str:
        """The hash of the schema that it is a part of."""
        return self.whole_hash

    def validate(self, values: Any) -> tuple[BaseModel | None, list[Problem]]:
        """No instance, and nothing against the values."""
        del values
        return None, []

    def outcomes(self, values: dict[str, Any]) -> Outcomes:
        """None."""
        del values
        return []


@lru_cache(maxsize=512)
def subset(schema: Schema, paths: frozenset[str]) -> Schema:
    """The schema with these leaves alone; itself where those are all that it has.

    Args:
        paths: of leaves, as `Field.path`.

    Raises:
        SchemaError: ``no_fields``.
    """
    known = frozenset(leaf.path for leaf in schema.root.leaves())
    if known <= paths:
        return schema
    root = _kept(schema.root, paths)
    if root is None:
        raise SchemaError("no_fields", f"None of the fields asked for is in {schema.name}.")
    facts = json.dumps([schema.hash, sorted(paths & known)])
    digest = hashlib.sha256(facts.encode()).hexdigest()
    return SchemaSubset(
        schema.name, schema.model, root, schema.description, digest, whole_hash=schema.whole
    )


def _kept(field: Field, paths: frozenset[str]) -> Field | None:
    if field.shape == "value":
        return field if field.path in paths else None
    children = tuple(kept for child in field.children if (kept := _kept(child, paths)) is not None)
    return replace(field, children=children) if children else None
