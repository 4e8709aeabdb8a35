"""A schema: a Pydantic model with its name, its tree of fields and its hash; found and loaded."""

from __future__ import annotations

import difflib
import hashlib
import inspect
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from docglean.schemas.builtin import CLASSES
from docglean.schemas.checks import Outcomes, Rule, broken, inner_models, outcomes
from docglean.schemas.errors import Problem, SchemaError
from docglean.schemas.fields import NAMED_BY_FIELDS, Field
from docglean.schemas.given import Given, missing
from docglean.schemas.model_files import existing, model_in, model_in_file
from docglean.schemas.specs import HOW, kind_of_spec
from docglean.schemas.trees import json_form, tree
from docglean.schemas.wire.absence import is_there, written
from pydantic import BaseModel, ValidationError

BUILT_IN = {name: f"docglean.schemas.builtin.{name}:{cls}" for name, cls in CLASSES.items()}
"""Where the built-in schemas are, by name."""


@dataclass(frozen=True, eq=False)
class Schema:
    """What to extract.

    Attributes:
        name: short name, letters, digits and ``_-`` only.
        model: the Pydantic model.
        root: its tree of fields.
        description: what the schema is about; the model reads it.
        hash: SHA-256 of what is declared: fields, kinds, descriptions, bounds, checks. The file
            it stands in does not count.
    """

    name: str
    model: type[BaseModel]
    root: Field
    description: str
    hash: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and (self.name, self.hash) == (other.name, other.hash)

    def __hash__(self) -> int:
        return hash((self.name, self.hash))

    @property
    def whole(self) -> str:
        """Its hash; of some fields of a schema, that of all of it."""
        return self.hash

    def validate(self, values: Any) -> tuple[BaseModel | None, list[Problem]]:
        """The model's instance, or None and why: code ``missing`` or ``breaks_schema``.

        What was declared as JSON Schema is checked against that as well, as it was given.
        Absent values (null) are left to the model's defaults where it does not take None, and an
        optional object of which nothing is there is None.
        """
        values = written(self.root, values)
        present = _present(self.root, values)
        instance: BaseModel | None = None
        problems: list[Problem] = []
        try:
            # JSON mode: dates and decimals are text in `values`, also for strict models.
            told = json.dumps(present, default=str)
            instance = self.model.model_validate_json(told, by_alias=True)
        except ValidationError as error:
            problems = _problems(self.root, error)
        given = given_of(self.model)
        if given is not None:
            problems += given.problems(values, {problem.path or "" for problem in problems})
        return (None, problems) if problems else (instance, [])

    def checks(self, values: dict[str, Any]) -> list[Problem]:
        """Broken checks that the model declares: sums, dates, checksums."""
        return broken(self.outcomes(values))

    def outcomes(self, values: dict[str, Any]) -> Outcomes:
        """What came of each check that could be made, those that hold too; a tuple for each."""
        return outcomes(self.model, values)


def _present(field: Field, value: Any) -> Any:
    """`value` without what is absent, as the model's constructor wants it."""
    if field.shape == "object" and isinstance(value, dict):
        inner: dict[str, Any] = {}
        for child in field.children:
            if child.optional and child.name not in value:
                continue
            found = _present(child, value.get(child.name))
            if found is not None or child.nullable:
                inner[child.name] = found
        return None if field.nullable and not is_there(inner) else inner
    if field.shape == "object" and value is None and not field.nullable:
        return {}
    if field.shape == "list" and not (value is None and field.nullable):
        entries = [] if value is None else value
        if isinstance(entries, list):
            return [_present(field.item, entry) for entry in entries]
    return value


def given_of(model: type[BaseModel]) -> Given | None:
    """The JSON Schema that a model was made of; None where it was declared as a model."""
    given = model.__dict__.get("__given__")
    return given if isinstance(given, Given) else None


def _problems(root: Field, error: ValidationError) -> list[Problem]:
    found: dict[tuple[str, str], Problem] = {}
    for entry in error.errors(include_url=False):
        pointer = _pointer(root, entry["loc"])
        code = "missing" if entry["type"] == "missing" else "breaks_schema"
        message = (
            missing(pointer)
            if code == "missing"
            else f"{pointer or 'The whole'} is not accepted: {entry['msg']}."
        )
        found.setdefault(
            (pointer, code),
            Problem(code=code, message=message, path=pointer),
        )
    return list(found.values())


def _pointer(root: Field, location: tuple[int | str, ...]) -> str:
    """JSON pointer of a place in a ValidationError, whose tags of unions are left out."""
    field, pointer = root, ""
    for step in location:
        if field.shape == "list" and isinstance(step, int):
            field = field.item
        elif field.shape == "object":
            child = next((child for child in field.children if child.name == step), None)
            if child is None:
                break
            field = child
        else:
            break
        pointer = f"{pointer}/{step}"
    return pointer


@lru_cache(maxsize=512)
def schema_of(model: type[BaseModel]) -> Schema:
    """The schema of a Pydantic model.

    Raises:
        SchemaError: see `docglean.schemas.trees.tree`.
    """
    if not (inspect.isclass(model) and issubclass(model, BaseModel)):
        raise SchemaError(
            "not_a_model", f"{model!r} is not a Pydantic model.", "Derive it from BaseModel."
        )
    root = tree(model)
    rules = list(_rules(model, ""))
    _find_fields_of(rules, root, model)
    declared: dict[str, Any] = {
        "fields": [field_facts(field) for field in root.walk()],
        "checks": [f"{base} {rule!r}" for base, rule in rules],
    }
    given = given_of(model)
    if given is not None:
        declared["given"] = given.document
    text = json.dumps(declared, sort_keys=True, default=str)
    return Schema(
        name=_short_name(model),
        model=model,
        root=root,
        description=root.description,
        hash=hashlib.sha256(text.encode()).hexdigest(),
    )


def _rules(model: type[BaseModel], base: str) -> Iterator[tuple[str, Rule]]:
    """The checks that a model and those inside it declare, with the path that they start at."""
    for rule in getattr(model, "__checks__", ()):
        yield base, rule
    for key, inner, many in inner_models(model):
        yield from _rules(inner, f"{base}/{key}/*" if many else f"{base}/{key}")


def _find_fields_of(rules: Sequence[tuple[str, Rule]], root: Field, model: type[BaseModel]) -> None:
    """Raise for a check of a field that is not there: it would never say anything."""
    known = {field.path for field in root.walk()}
    for base, rule in rules:
        for pattern in rule.patterns():
            if base + pattern not in known:
                raise SchemaError(
                    "check_without_field",
                    f"{model.__name__} has no field {base + pattern}, which its check "
                    f"{type(rule).__name__} reads.",
                    "Write paths as JSON pointers from the model which declares the check, with "
                    "* for list entries: /lines/*/total.",
                )


def field_facts(field: Field) -> list[Any]:
    """All that is said of a field, as it stands in a schema's hash."""
    bounds = json_form(field.annotation) if field.shape == "value" else None
    return [
        field.path,
        field.shape,
        repr(field.kind),
        field.nullable,
        field.description,
        field.labels,
        field.take,
        bounds,
        # Only where it decides how an absent value is written.
        *([field.optional] if not field.nullable and field.shape == "value" else []),
        *([] if field.may_be_empty else [field.optional, "not empty"]),
    ]


def _short_name(model: type[BaseModel]) -> str:
    for name, spec in BUILT_IN.items():
        if f"{model.__module__}:{model.__name__}" == spec:
            return name
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", model.__name__)
    return re.sub(r"[^a-z0-9_-]+", "_", snake.lower()).strip("_")[:64] or "schema"


def is_built_in(schema: Schema) -> bool:
    """Whether it is the built-in schema of its name, and not a user's own."""
    place = f"{schema.model.__module__}:{schema.model.__name__}"
    return BUILT_IN.get(schema.name) == place


def named_by_fields(schema: Schema) -> bool:
    """Whether its name is made of those of its fields, so that one more makes another name."""
    return bool(schema.model.__dict__.get(NAMED_BY_FIELDS))


def built_in_by_hash() -> dict[str, Schema]:
    """The built-in schemas as they are today, by their hash."""
    return {schema.hash: schema for schema in map(load_schema, BUILT_IN)}


def load_schemas(specs: Sequence[str]) -> tuple[Schema, ...]:
    """All schemas named, each once; ``auto`` (or nothing) means the built-in ones."""
    names: list[str] = []
    for spec in specs or ("auto",):
        names += list(BUILT_IN) if spec == "auto" else [spec]
    return tuple(dict.fromkeys(load_schema(name) for name in names))


def load_schema(spec: str) -> Schema:
    """The schema that a spec stands for, see `docglean.schemas.specs`: ``NAME``,
    ``path.py:Model``, ``package.module:Model``, ``file.json``, ``file.yaml``, or its fields on one
    line.

    ``path.py`` alone will do where the file holds one model.

    Raises:
        SchemaError: nothing there, several candidates, what was written makes no sense, or the
            user's own code fails.
    """
    kind = kind_of_spec(spec)
    if kind == "text":
        from docglean.schemas.inline.grammar import model_from_text

        return schema_of(model_from_text(spec))
    if kind == "data file":
        return schema_of(_from_data(existing(spec)))
    if kind == "unknown":
        raise _unknown(spec)
    place, _, name = BUILT_IN.get(spec, spec).rpartition(":")
    if not place or not name.isidentifier():  # no class is named
        place, name = spec, ""
    return schema_of(
        model_in_file(place, name) if kind == "code file" else model_in(place, name, spec)
    )


def _from_data(path: Path) -> type[BaseModel]:
    if path.suffix.lower() == ".json":
        from docglean.schemas.wire.json_schema import model_from_file

        return model_from_file(path)
    from docglean.schemas.inline.yaml_files import model_from_yaml

    return model_from_yaml(path)


def _unknown(spec: str) -> SchemaError:
    near = difflib.get_close_matches(spec.casefold(), BUILT_IN, n=1, cutoff=0.6)
    meant = f"Did you mean {near[0]}? " if near else ""
    alone = f" A schema of this one field is '{spec},'." if spec.isidentifier() else ""
    return SchemaError(
        "unknown_schema",
        f"There is no schema {spec!r}.",
        f"{meant}Built in are {', '.join(BUILT_IN)}. {HOW}{alone}",
    )
