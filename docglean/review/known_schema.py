"""The schema of a result, without running code that came with it.

Who sent a run may have named any file of code in it, and what a file of code declares is only known
once it has run. So a schema written in Python is loaded only where it was named to us; one of ours,
one that was written on one line, and a JSON Schema or YAML that lies where the run says, are known
by their hash. Of any other the run itself tells the fields and their types.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from docglean.extractors.extraction import SchemaRecord
from docglean.flows.schema_shape import FieldShape, SchemaShape
from docglean.schemas.errors import SchemaError
from docglean.schemas.fields import Field
from docglean.schemas.schema import BUILT_IN, Schema, load_schema
from docglean.schemas.specs import from_anywhere, is_data


@dataclass(frozen=True, slots=True)
class KnownSchema:
    """What is known of a result's schema.

    Attributes:
        root: its tree of fields.
        schema: the schema itself, with its checks; None where only its fields are known.
        note: what a reviewer should know of that; empty where all is known.
    """

    root: Field
    schema: Schema | None = None
    note: str = ""


@dataclass(slots=True)
class KnownSchemas:
    """The schemas of a run's results, each looked for once.

    Attributes:
        shapes: what the run wrote down of them, by hash.
        given: that were named to us, by hash.
        specs: as the run's options name them; see the module.
    """

    shapes: Mapping[str, SchemaShape]
    given: Mapping[str, Schema] = field(default_factory=dict)
    specs: tuple[str, ...] = ()
    _found: dict[str, KnownSchema] = field(default_factory=dict)

    def of(self, used: SchemaRecord | None, values: Any) -> KnownSchema:
        """The schema of one result.

        Args:
            values: of the result: where nothing is written down of its schema they tell it.
        """
        if used is None or (used.hash not in self._found and not self._look(used)):
            name = "its schema" if used is None else f"the schema {used.name}"
            note = f"Of {name} only the fields with values are known, as text."
            return KnownSchema(_shape_of(values).field(), note=note)
        return self._found[used.hash]

    def _look(self, used: SchemaRecord) -> bool:
        found = self._loaded(used)
        if found is not None:
            self._found[used.hash] = KnownSchema(found.root, found)
        elif used.hash in self.shapes:
            self._found[used.hash] = KnownSchema(
                self.shapes[used.hash].root, note=self._without_checks(used)
            )
        return used.hash in self._found

    def spec_of(self, used: SchemaRecord) -> str | None:
        """How the run names a schema that is data, for use in any folder."""
        for spec in filter(is_data, self.specs):
            if any(one.hash == used.hash for one in _loading([spec])):
                return from_anywhere(spec)
        return None

    def _loaded(self, used: SchemaRecord) -> Schema | None:
        if used.hash in self.given:
            return self.given[used.hash]
        candidates = [used.name] if used.name in BUILT_IN else []
        candidates += [spec for spec in self.specs if is_data(spec)]
        return next((one for one in _loading(candidates) if one.hash == used.hash), None)

    def _without_checks(self, used: SchemaRecord) -> str:
        if used.name in BUILT_IN:
            return (
                f"The schema {used.name} has changed since this was read: its fields are those of "
                "then, and its checks are not made."
            )
        named = next((spec for spec in self.specs if not is_data(spec)), "order.py:Order")
        return (
            f"The checks of {used.name} are not made: no code that a result names is run. If it is "
            f"yours, start with --schema {named}."
        )


def given_schemas(specs: Iterable[str]) -> dict[str, Schema]:
    """Schemas that were named to us, by hash; code in them runs.

    Raises:
        SchemaError: one can't be loaded.
    """
    return {one.hash: one for one in map(load_schema, specs)}


def _loading(specs: Iterable[str]) -> Iterator[Schema]:
    for spec in specs:
        try:
            yield load_schema(spec)
        except SchemaError:
            continue


def _shape_of(value: Any, name: str = "") -> FieldShape:
    """A shape that holds a value; of a list with entries of several shapes that of the first."""
    if isinstance(value, dict):
        inner = tuple(_shape_of(one, key) for key, one in value.items())
        return FieldShape(name=name, shape="object", children=inner)
    if isinstance(value, list):
        entry = next((one for one in value if one is not None), None)
        return FieldShape(name=name, shape="list", children=(_shape_of(entry, "*"),))
    return FieldShape(name=name, shape="object" if name == "" else "value", type=_type_of(value))


def _type_of(value: Any) -> Any:
    kinds = {bool: "truth", int: "integer", float: "float"}
    return kinds.get(type(value), "text")
