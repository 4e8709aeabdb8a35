"""A schema as JSON Schema for one server, and the server's JSON back as data in its shape.

Every property is required and every absent value has a way to be said (null, or "" in dialects
where unions are scarce): a model that must leave a key out, or may, does both wrongly.
Bounds, patterns and formats are told in the description and left to Pydantic: servers differ in
which they take, and a grammar that forces a full date makes a model invent the day.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Literal, get_origin

from docglean.schemas.errors import SchemaError
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Day, Moment, Style
from docglean.schemas.schema import Schema
from docglean.schemas.trees import json_form
from docglean.schemas.wire.decode import Decoded, decode
from docglean.schemas.wire.encode import Nullable, encode
from docglean.schemas.wire.limits import Dialect, measure, over, text_of
from docglean.schemas.wire.nodes import CONTINUED, PAGE, VALUE, Node, core_type, node_of
from docglean.schemas.wire.sources import RawPath, sources

NULL = {"type": "null"}
TOLD_LABELS = 4
"""Labels of a field that a model is told. They show what is meant, and a model knows the words for
it in other languages; told all, they were half of what an invoice's schema costs in a request."""
WORTH_SHARING = 200
"""Characters of an object's form from which a second use refers to the first."""


@dataclass(frozen=True, slots=True, eq=False)
class WireSchema:
    """What is sent, and the way back.

    Attributes:
        json_schema: JSON Schema, self-contained.
        hash: SHA-256 of it.
        paths: leaf paths asked for.
    """

    json_schema: dict[str, Any]
    hash: str
    paths: frozenset[str]
    _root: Node

    def decode(self, raw: Any, style: Style = Style()) -> Decoded:
        """A reply's JSON as data in the schema's shape.

        Keys not asked for are dropped. A value that cannot be what its field wants is kept as it
        came, with a problem of code ``breaks_schema``.

        Args:
            raw: parsed JSON.
            style: how the document prints numbers and dates, for replies that copy them.
        """
        return decode(self._root, raw, style)

    def encode(self, values: Mapping[str, Any], nullable: Nullable) -> dict[str, Any]:
        """Values in the schema's shape as a reply's JSON, of the fields asked for; see `encode`."""
        return encode(self._root, values, nullable)

    def sources(self, raw: Any, data: Any) -> dict[str, RawPath]:
        """Where the values of a reply's decoded data stand in its JSON, by JSON pointer."""
        return dict(sources(self._root, raw, data))


@lru_cache(maxsize=2048)
def compile_schema(
    schema: Schema,
    dialect: Dialect,
    *,
    paths: frozenset[str] | None = None,
    paged: bool = False,
) -> WireSchema:
    """`schema` as `dialect` writes it.

    Args:
        paths: the leaf paths to ask for; None for all.
        paged: list entries carry ``_page``, 0 for one that began before the first page shown,
            and ``_continued`` where they hold lists. The cells of a row (a list which is the
            entry of a list) carry neither: they stand where the row does. Where that makes more
            levels than the dialect takes, lists of single values in other entries do without.

    Raises:
        SchemaError: more than the dialect takes; `docglean.schemas.wire.dialects.groups` splits it.
    """
    wire = build(schema, dialect, paths, paged)
    broken = over(measure(wire.json_schema), dialect)
    if broken:
        raise SchemaError(
            "too_large",
            f"{schema.name} is more than {dialect.name} takes in one request: {'; '.join(broken)}.",
            "Ask for fewer fields at once, or make the schema flatter.",
        )
    return wire


def build(
    schema: Schema, dialect: Dialect, paths: frozenset[str] | None, paged: bool
) -> WireSchema:
    """As `compile_schema`, without looking at the limits."""
    known = frozenset(leaf.path for leaf in schema.root.leaves())
    asked = known if paths is None else paths & known
    root = node_of(schema.root, "", asked, dialect, paged)
    if root is None:
        raise SchemaError("no_fields", f"None of the fields asked for is in {schema.name}.", "")
    form = _form(root, dialect, "")
    if paged and measure(form).depth > dialect.depth:
        # Rather short lists without their pages than none of the schema.
        root = node_of(schema.root, "", asked, dialect, paged, wrapped=False) or root
        form = _form(root, dialect, "")
    if dialect.references:
        form = _shared(form)
    digest = hashlib.sha256(text_of(form).encode()).hexdigest()
    return WireSchema(form, digest, asked, root)


def _form(node: Node, dialect: Dialect, name: str) -> dict[str, Any]:
    field = node.field
    if field.shape == "value":
        return _leaf_form(node, dialect, name)
    form: dict[str, Any]
    if field.shape == "object":
        form = _object_form(
            {child.key: _form(child, dialect, child.field.name) for child in node.children}
        )
    else:
        form = {"type": "array", "items": _item_form(node, dialect)}
    words = _words(field.description, _labels(field), _renamed(node, name))
    if words and field.path:
        form["description"] = words
    return form


def _shared(form: dict[str, Any]) -> dict[str, Any]:
    """`form` with objects that occur more than once, as entries of many lists do, written once."""
    counts: Counter[str] = Counter()

    def count(node: Any) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object":
                counts[text_of(node)] += 1
            for inner in node.values():
                count(inner)

    count(form)
    names: dict[str, str] = {}
    definitions: dict[str, Any] = {}

    def replaced(node: Any, *, top: bool = False) -> Any:
        if not isinstance(node, dict):
            return node
        text = text_of(node) if node.get("type") == "object" and not top else ""
        if counts[text] < 2 or len(text) < WORTH_SHARING:
            return {key: replaced(inner) for key, inner in node.items()}
        if text not in names:
            names[text] = f"Entry{len(names) + 1}"
            definitions[names[text]] = {key: replaced(inner) for key, inner in node.items()}
        return {"$ref": f"#/$defs/{names[text]}"}

    short = replaced(form, top=True)
    return {**short, "$defs": definitions} if definitions else form


def _object_form(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _item_form(node: Node, dialect: Dialect) -> dict[str, Any]:
    inner = node.children[0]
    item = _form(inner, dialect, "")
    if not node.paged:
        return item
    # First, as keys are answered in this order: where it stands before what it says.
    properties: dict[str, Any] = {PAGE: {"type": "integer"}}
    if node.continued:
        properties[CONTINUED] = {"type": "boolean"}
    if inner.field.shape != "object":
        return _object_form({**properties, VALUE: item})
    form = _object_form({**properties, **item["properties"]})
    if "description" in item:
        form["description"] = item["description"]
    return form


def _leaf_form(node: Node, dialect: Dialect, name: str) -> dict[str, Any]:
    field, choices = node.field, node.choices
    kind = wire_type(field)
    form: dict[str, Any]
    if field.name == "*":
        # Entries are never absent: the list is shorter then.
        form = {"type": "string", "enum": list(choices)} if choices else {"type": kind}
    elif dialect.nullable == "empty":
        form = {"type": "string"}
        if choices:
            form["enum"] = [*choices, ""]
        elif kind == "boolean":
            form["enum"] = ["true", "false", ""]
    elif choices:
        form = {"anyOf": [{"type": "string", "enum": list(choices)}, NULL]}
    else:
        form = {"anyOf": [{"type": kind}, NULL]}
    hint = "" if choices else _hint(field)
    words = _words(field.description, hint, _labels(field), _renamed(node, name))
    if words:
        form["description"] = words
    return form


def wire_type(field: Field) -> Literal["string", "integer", "number", "boolean"]:
    """The JSON type of a leaf where null is possible; decimals are text, to keep their zeros."""
    core = core_type(field.annotation)
    if not isinstance(core, type) or issubclass(core, Enum):
        return "string"
    if issubclass(core, bool):
        return "boolean"
    if issubclass(core, int):
        return "integer"
    return "number" if issubclass(core, float) else "string"


def _hint(field: Field) -> str:
    """What is wanted beyond the JSON type, in words: the form of dates, bounds, patterns."""
    core = core_type(field.annotation)
    hints = []
    if isinstance(field.kind, Moment) or (isinstance(core, type) and issubclass(core, datetime)):
        hints.append("Date and time as YYYY-MM-DDTHH:MM:SS.")
    elif isinstance(field.kind, Day) or (isinstance(core, type) and issubclass(core, date)):
        hints.append("Date as YYYY-MM-DD.")
    elif isinstance(core, type) and issubclass(core, time):
        hints.append("Time as HH:MM:SS, 24 hours.")
    return " ".join([*hints, *_bounds(field)])


_BOUNDS = {
    "minimum": "At least {}.",
    "exclusiveMinimum": "More than {}.",
    "maximum": "At most {}.",
    "exclusiveMaximum": "Less than {}.",
    "multipleOf": "A multiple of {}.",
    "minLength": "At least {} characters.",
    "maxLength": "At most {} characters.",
    "pattern": "Of the form {} (regular expression).",
}


def _bounds(field: Field) -> list[str]:
    if get_origin(field.annotation) is not Annotated:
        return []
    declared = json_form(field.annotation) or {}
    for option in declared.get("anyOf", ()):
        if option.get("type") in ("number", "integer"):
            declared = {**option, **declared}
    return [words.format(declared[key]) for key, words in _BOUNDS.items() if key in declared]


def _labels(field: Field) -> str:
    if not field.labels:
        return ""
    told = ", ".join(f'"{label}"' for label in field.labels[:TOLD_LABELS])
    return f"Often printed as {told}."


def _renamed(node: Node, name: str) -> str:
    return f'Named "{name}".' if name and node.key != name else ""


def _words(*parts: str) -> str:
    """Sentences, each with a full stop where there is more than one."""
    said = [part.strip() for part in parts if part and part.strip()]
    ended = [part if part[-1] in ".!?:" else f"{part}." for part in said[:-1]]
    return " ".join([*ended, *said[-1:]])
