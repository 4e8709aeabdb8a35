"""JSON Schema -> a Pydantic model, with the kinds that its types, formats and scoring tell.

Packages that do this (json-schema-to-pydantic, datamodel-code-generator) give a model for
validation; here each leaf needs its kind as well, also inside unions and lists, and what no
provider can be asked for must be refused by name.
"""

from __future__ import annotations

import json
import keyword
import re
import warnings
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal, Union
from urllib.parse import unquote

from docglean.schemas.errors import SchemaError, quoted
from docglean.schemas.given import Given
from docglean.schemas.kinds import Code, Day, Kind, Name, Number, Text
from docglean.schemas.kinds.either import Either
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic import Field as PydanticField
from pydantic_core import SchemaError as SchemaBuildError

FORMATS: Mapping[str, Any] = {"date": date, "date-time": datetime, "time": time}
CODES = frozenset(
    {"email", "idn-email", "uri", "uri-reference", "iri", "url", "uuid", "hostname", "ipv4", "ipv6"}
)
SCORED: Mapping[str, type[Kind]] = {
    "string_exact": Code,
    "string_fuzzy": Name,
    "string_semantic": Text,
    "string_case_insensitive": Text,
    "number_exact": Number,
    "number_tolerance": Number,
    "integer_exact": Number,
}
"""ExtractBench's `evaluation_config` of a leaf: how it is scored, so what it is."""

BOUNDS = {
    "minimum": "ge",
    "maximum": "le",
    "exclusiveMinimum": "gt",
    "exclusiveMaximum": "lt",
    "multipleOf": "multiple_of",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
}
SCALARS = {"string": str, "integer": int, "number": float, "boolean": bool}
WRAPPERS = ("schema_definition", "json_schema", "schema")


def model_from_file(path: Path) -> type[BaseModel]:
    """The model of a JSON Schema file.

    Raises:
        SchemaError: not JSON, not a schema of an object, or see `model_from_json_schema`.
    """
    try:
        raw = json.loads(path.read_bytes())
    except ValueError as error:
        raise SchemaError(
            "bad_json", f"{path} is not JSON: {error}.", "Write a JSON Schema."
        ) from error
    return model_from_json_schema(raw, name=path.stem)


def model_from_json_schema(schema: Any, *, name: str = "schema") -> type[BaseModel]:
    """The model of a JSON Schema of an object.

    A schema within ``{"name": ..., "schema": ...}`` (or ``schema_definition``) is taken out.

    Args:
        name: what it is called where it has no name or title itself.

    Raises:
        SchemaError: names the place that cannot be asked of a model: recursion, objects with
            free keys, choices between objects, references to other files.
    """
    description = ""
    while isinstance(schema, dict) and not {"properties", "$ref", "allOf"} & set(schema):
        inner = next((schema[key] for key in WRAPPERS if isinstance(schema.get(key), dict)), None)
        if inner is None:
            break
        name, description = schema.get("name") or name, schema.get("description") or description
        schema = inner
    if not isinstance(schema, dict):
        raise SchemaError("bad_json_schema", f"{name} is not a JSON Schema.", "Write an object.")
    reader = _Reader(schema)
    top = reader.resolved(schema, "", ())[0]
    if "properties" not in top:
        raise SchemaError(
            "not_an_object",
            f"{name}: the top of a schema must be an object with properties.",
            "Put it into one property of an object.",
        )
    top = {"description": description, **top}
    model = reader.model(top, str(top.get("title") or name), "", ())
    given = Given(schema, name)
    model.__given__ = given  # type: ignore[attr-defined]
    unasked = [note.message for note in given.notes if note.code == "keyword_not_asked"]
    if unasked:
        warnings.warn(f"{name}: {' '.join(unasked)}", stacklevel=2)
    return model


class _Reader:
    """Reads one JSON Schema document; places are JSON pointers of the values described."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def model(
        self, node: dict[str, Any], name: str, place: str, trail: tuple[str, ...]
    ) -> type[BaseModel]:
        """An object with properties as a model."""
        required = set(node.get("required", ()))
        fields: dict[str, Any] = {}
        for index, (key, inner) in enumerate(node["properties"].items()):
            annotation, default = self.property(inner, key, f"{place}/{key}", trail)
            if key in required and default is None:
                given = PydanticField(alias=key)
            else:
                # Without a value the key is left out: null is taken only where the schema says so.
                given = PydanticField(default, alias=key)
            fields[attribute(key, index)] = (annotation, given)
        return create_model(
            _class_name(name),
            __config__=ConfigDict(populate_by_name=True, protected_namespaces=()),
            __doc__=node.get("description") or "",
            **fields,
        )

    def property(self, node: Any, key: str, place: str, trail: tuple[str, ...]) -> tuple[Any, Any]:
        """Type and default of a property; the default is None where there is none of its type."""
        node, trail = self.resolved(node, place, trail)
        annotation = self.type_of(node, key, place, trail)
        default = node.get("default")
        if default is not None:
            try:
                TypeAdapter(annotation).validate_python(default)
            except ValidationError:
                default = None
        extras = [PydanticField(description=node["description"])] if node.get("description") else []
        return Annotated[(annotation, *extras)] if extras else annotation, default

    def resolved(
        self, node: Any, place: str, trail: tuple[str, ...]
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        """`node` with its reference and its allOf put in, and the references passed."""
        if node is True or node is None:
            return {}, trail
        if not isinstance(node, dict):
            raise SchemaError(
                "bad_json_schema",
                f"{place or 'The schema'}: {quoted(node)} is not a JSON Schema.",
                "",
            )
        while "$ref" in node:
            reference = node["$ref"]
            if reference in trail:
                raise SchemaError(
                    "recursive",
                    f"{place or 'The schema'}: {reference} contains itself, which no provider "
                    "accepts.",
                    "Write the levels out, or keep a flat list with a level property.",
                )
            trail = (*trail, reference)
            own = {key: value for key, value in node.items() if key != "$ref"}
            node = {**self.target(reference, place), **own}
        for part in node.get("allOf", ()):
            inner, trail = self.resolved(part, place, trail)
            node = _both(inner, {key: value for key, value in node.items() if key != "allOf"})
        return node, trail

    def target(self, reference: str, place: str) -> dict[str, Any]:
        """What a reference within the document points to."""
        found: Any = self.document
        try:
            if not re.match(r"#(/|$)", reference):
                raise KeyError(reference)
            for step in unquote(reference[1:]).split("/")[1:]:
                step = step.replace("~1", "/").replace("~0", "~")
                found = found[int(step)] if isinstance(found, list) else found[step]
            if not isinstance(found, dict):
                raise KeyError(reference)
        except (LookupError, TypeError, ValueError) as error:
            raise SchemaError(
                "bad_reference",
                f"{place or 'The schema'}: {reference} is not in the file.",
                "Put the definition under $defs of the same file.",
            ) from error
        return found

    def type_of(self, node: dict[str, Any], key: str, place: str, trail: tuple[str, ...]) -> Any:
        """The annotation of a node, with kind and bounds."""
        options = self.options(node, place, trail)
        asked = [option for option in options if not _is_null(option[0])]
        nullable = node.get("nullable") is True or len(asked) < len(options)
        if not asked:
            raise SchemaError("untyped", f"{place}: it can only be null.", "Give it a type.")
        asked = _askable(asked, place)
        types = [self.single(option, key, place, passed) for option, passed in asked]
        annotation: Any = types[0] if len(types) == 1 else Union[tuple(types)]  # noqa: UP007
        return Union[annotation, None] if nullable else annotation  # noqa: UP007

    def options(
        self, node: dict[str, Any], place: str, trail: tuple[str, ...]
    ) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
        """What a node may be, each resolved: anyOf, oneOf, a list of types, a null in an enum."""
        listed = node.get("anyOf") or node.get("oneOf")
        if listed and "properties" not in node:
            shared = {key: value for key, value in node.items() if key not in ("anyOf", "oneOf")}
            found = []
            for option in listed:
                inner, passed = self.resolved(option, place, trail)
                found += self.options({**shared, **inner}, place, passed)
            return found
        if isinstance(node.get("type"), list):
            return [({**node, "type": name}, trail) for name in node["type"]]
        if None in node.get("enum", ()):
            rest = [value for value in node["enum"] if value is not None]
            return [({"type": "null"}, trail), ({**node, "enum": rest}, trail)]
        return [(node, trail)]

    def single(self, node: dict[str, Any], key: str, place: str, trail: tuple[str, ...]) -> Any:
        """The annotation of a node that is one thing."""
        shape = _shape(node)
        if shape == "object":
            if not node.get("properties"):
                raise SchemaError(
                    "map",
                    f"{place}: an object without declared properties; providers refuse it or "
                    "return it empty always.",
                    "Declare its properties, or use an array of objects with a name and a value.",
                )
            return self.model(node, str(node.get("title") or key), place, trail)
        if shape == "array":
            return _bounded(list[self.item(node, key, place, trail)], node, "Items")  # type: ignore[misc]
        values = [node["const"]] if "const" in node else node.get("enum", ())
        if values and not any(isinstance(value, float | dict | list) for value in values):
            return Literal[tuple(values)]
        return _scalar(node, shape)

    def item(self, node: dict[str, Any], key: str, place: str, trail: tuple[str, ...]) -> Any:
        """The annotation of an array's items."""
        listed = node.get("prefixItems") or node.get("items")
        if isinstance(listed, list):
            if any(inner != listed[0] for inner in listed):
                raise SchemaError(
                    "mixed_tuple",
                    f"{place}: an array of different items has no form that providers accept.",
                    "Use an object with named properties.",
                )
            listed = listed[0]
        inner, passed = self.resolved(listed, f"{place}/*", trail)
        annotation = self.type_of(inner, key, f"{place}/*", passed)
        words = inner.get("description")
        return Annotated[annotation, PydanticField(description=words)] if words else annotation


def _both(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Two parts of an allOf as one; the second wins, properties and required are united."""
    united = {**first, **second}
    if "properties" in first and "properties" in second:
        united["properties"] = {**first["properties"], **second["properties"]}
    if "required" in first and "required" in second:
        united["required"] = [*first["required"], *second["required"]]
    return united


def _is_null(node: dict[str, Any]) -> bool:
    return node.get("type") == "null" or ("const" in node and node["const"] is None)


def _shape(node: dict[str, Any]) -> str:
    """The JSON type of a node, also where it is not written down."""
    named = node.get("type")
    if isinstance(named, str):
        return named
    if "properties" in node or "additionalProperties" in node:
        return "object"
    if "items" in node or "prefixItems" in node:
        return "array"
    values = node.get("enum") or [node.get("const")]
    numbers = all(isinstance(value, int | float) for value in values)
    return "number" if numbers else "string"


def _askable(
    options: list[tuple[dict[str, Any], tuple[str, ...]]], place: str
) -> list[tuple[dict[str, Any], tuple[str, ...]]]:
    """The options that a model can be asked for: single values; else the one list or object.

    A list or declared object is asked for even where a single value or an object with free keys
    would do too: the answer fits the schema either way.
    """
    containers = [
        option
        for option in options
        if _shape(option[0]) == "array"
        or (_shape(option[0]) == "object" and option[0].get("properties"))
    ]
    scalars = [option for option in options if _shape(option[0]) in SCALARS]
    if len(containers) > 1:
        raise SchemaError(
            "union",
            f"{place}: it may be one of {len(containers)} kinds of object or list, which a model "
            "cannot be asked for reliably.",
            "Declare one object with the properties of all, or a property of its own for each.",
        )
    return containers or scalars or options[:1]


def _scalar(node: dict[str, Any], shape: str) -> Any:
    if shape not in SCALARS:
        raise SchemaError(
            "bad_type", f"{quoted(shape)} is not a JSON type.", "See json-schema.org."
        )
    base: Any = SCALARS[shape]
    kind: Kind | None = None
    if shape == "string":
        base = FORMATS.get(node.get("format", ""), str)
        kind = _text_kind(node) if base is str else None
    elif shape != "boolean" and _scored(node):
        kind = Number()
    bounded = _bounded(base, node, "Length" if shape == "string" else "um", "multipleOf")
    if base is str and "pattern" in node:
        bounded = Annotated[bounded, _pattern(node["pattern"])]
    return Annotated[bounded, kind] if kind is not None else bounded


def _scored(node: dict[str, Any]) -> type[Kind] | None:
    config = node.get("evaluation_config")
    if isinstance(config, dict):
        config = next((metric.get("metric_id") for metric in config.get("metrics", ())), None)
    return SCORED.get(config) if isinstance(config, str) else None


def _text_kind(node: dict[str, Any]) -> Kind | None:
    """None where only the name can tell."""
    if "YYYY-MM-DD" in node.get("description", ""):
        # A date by its description, or a part of one, which stays the text it is.
        return Either.of(((Day(), date), (Text(), str)))
    if node.get("format") in CODES:
        return Code()
    scored = _scored(node)
    return scored() if scored is not None and issubclass(scored, (Text, Code)) else None


def _bounded(base: Any, node: dict[str, Any], *endings: str) -> Any:
    """`base` with the bounds of a node whose names end so."""
    bounds = {
        name: node[key]
        for key, name in BOUNDS.items()
        if key.endswith(endings)
        and isinstance(node.get(key), int | float)
        and not isinstance(node[key], bool)
    }
    return Annotated[base, PydanticField(**bounds)] if bounds else base


def _pattern(pattern: str) -> Any:
    """A pattern as JSON Schema means it: found anywhere in the text."""
    try:
        TypeAdapter(Annotated[str, PydanticField(pattern=pattern)])
    except SchemaBuildError:
        pass
    else:
        return PydanticField(pattern=pattern)
    # Look-around and back references, which pydantic's own engine does not know.
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise SchemaError(
            "bad_pattern", f"{pattern!r} is not a regular expression: {error}.", "Correct it."
        ) from error

    def matches(value: str) -> str:
        if compiled.search(value) is None:
            raise ValueError(f"it is not of the form {pattern}")
        return value

    return AfterValidator(matches)


def attribute(key: str, index: int) -> str:
    """The Python name of a property; JSON keeps the key itself."""
    plain = key.isidentifier() and not keyword.iskeyword(key) and not key.startswith("_")
    return key if plain and not hasattr(BaseModel, key) else f"field_{index}"


def _class_name(name: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    return "".join(word[:1].upper() + word[1:] for word in words) or "Schema"
