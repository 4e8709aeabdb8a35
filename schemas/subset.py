"""Some fields of a schema, to ask for them alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from docglean.schemas.checks import Outcomes
from docglean.schemas.errors import Problem, SchemaError
from docglean.schemas.fields import Field
from docglean.schemas.schema import Schema
from docglean.schemas.wire.dialects import keys
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


def with_surroundings(root: Field, paths: Iterable[str]) -> frozenset[str]:
    """These leaves and those that they can't be read without.

    That is all of a list, and with it the one that says which of its rows it is about; in an object
    below the root, the leaves that tell it apart from others.

    Args:
        root: of a schema.
    """
    return frozenset(leaf for path in paths for leaf in _surrounded(root, path))


def _surrounded(root: Field, path: str) -> Iterator[str]:
    rows = outermost_list(root, path)
    if rows is None:
        yield path
        parent = _parent(root, path)
        if parent is not root:
            yield from (leaf.path for leaf in keys(parent))
        return
    for one in (rows, *_about(root, rows)):
        yield from (leaf.path for leaf in one.leaves())


def _about(root: Field, rows: Field) -> Iterator[Field]:
    """The lists whose rows this one is about, and those that are about its rows."""
    for parent in root.walk():
        if parent.shape == "object" and rows in parent.children:
            for other in parent.children:
                numbers, theirs = rows.row_numbers, other.row_numbers
                if (numbers and numbers.of == other.name) or (theirs and theirs.of == rows.name):
                    yield other


def outermost_list(root: Field, path: str) -> Field | None:
    """The list that a leaf belongs to, the outermost of several; None where it is in none."""
    field = root
    while field.shape == "object":
        found = next((c for c in field.children if path == c.path or _below(path, c.path)), None)
        if found is None:
            return None
        field = found
    return field if field.shape == "list" else None


def _below(path: str, above: str) -> bool:
    return path.startswith(f"{above}/")


def _parent(root: Field, path: str) -> Field:
    """The object that a leaf outside of lists stands in."""
    return next(
        field for field in root.walk() if any(child.path == path for child in field.children)
    )
