"""A schema as JSON Schema for one server, and the server's JSON back as data in its shape.

Every property is required and every absent value has a way to be said (null, or "" in dialects
where unions are scarce): a model that must leave a key out, or may, does both wrongly.
Bounds, patterns and formats are told in the description and left to Pydantic: servers differ in
which they take, and a grammar that forces a full date makes a model invent the day.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Literal, get_args, get_origin

from docglean.schemas.errors import Problem, SchemaError
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Choice, Currency, Day, Moment, Style
from docglean.schemas.limits import Dialect, measure, over, text_of
from docglean.schemas.schema import Schema
from docglean.schemas.trees import closed_values, json_form
from docglean.schemas.values import leaf_value

PAGE = "_page"
CONTINUED = "_continued"
VALUE = "value"
NULL = {"type": "null"}
WORTH_SHARING = 200
"""Characters of an object's form from which a second use refers to the first."""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of a list: its value, the page it starts on where asked for, and whether it only
    goes on from an earlier page."""

    value: Any
    page: int | None = None
    continued: bool = False


@dataclass(frozen=True, slots=True)
class Decoded:
    """Data in the schema's shape, list entries as `Row`s; and what did not fit it.

    Objects are always dicts with a key for each field asked for, absent values None, lists lists.
    """

    data: Any
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Node:
    """A field as it goes over the wire.

    Attributes:
        key: its JSON key there.
        choices: what is written there -> the value meant, for fields with a closed set.
        paged: entries carry their page; continued: they say also whether they only go on.
        whole: all leaves below are asked for.
    """

    field: Field
    key: str
    children: tuple[_Node, ...] = ()
    choices: Mapping[str, Any] | None = None
    paged: bool = False
    continued: bool = False
    whole: bool = True


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
    _root: _Node

    def decode(self, raw: Any, style: Style = Style()) -> Decoded:
        """A reply's JSON as data in the schema's shape.

        Keys not asked for are dropped. A value that cannot be what its field wants is kept as it
        came, with a problem of code ``breaks_schema``.

        Args:
            raw: parsed JSON.
            style: how the document prints numbers and dates, for replies that copy them.
        """
        problems: list[Problem] = []
        data = _decode(self._root, raw, "", style, problems)
        return Decoded(data, tuple(problems))


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
        paged: list entries carry ``_page``, 0 for one that began before the first page shown
            (and ``_continued`` where they hold lists). Entries of
            lists of single values inside other entries do not: they are few and short.

    Raises:
        SchemaError: more than the dialect takes; `docglean.schemas.dialects.groups` splits it.
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
    root = _node(schema.root, "", asked, dialect, paged, in_list=False)
    if root is None:
        raise SchemaError("no_fields", f"None of the fields asked for is in {schema.name}.", "")
    form = _form(root, dialect, "")
    if dialect.references:
        form = _shared(form)
    digest = hashlib.sha256(text_of(form).encode()).hexdigest()
    return WireSchema(form, digest, asked, root)


def _node(
    field: Field, key: str, asked: frozenset[str], dialect: Dialect, paged: bool, *, in_list: bool
) -> _Node | None:
    if field.shape == "value":
        if field.path not in asked:
            return None
        return _Node(field, key, choices=_sendable(choices_of(field), dialect))
    inside = in_list or field.shape == "list"
    keys = wire_keys(field)
    children = tuple(
        node
        for child in field.children
        if (node := _node(child, keys[child.name], asked, dialect, paged, in_list=inside))
    )
    if not children:
        return None
    carries = paged and field.shape == "list" and (field.item.shape == "object" or not in_list)
    return _Node(
        field,
        key,
        children,
        paged=carries,
        continued=carries and any(child.shape == "list" for child in field.item.walk()),
        whole=all(leaf.path in asked for leaf in field.leaves()),
    )


_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def wire_keys(field: Field) -> dict[str, str]:
    """Names of an object's fields -> keys that every vendor takes, each once."""
    keys: dict[str, str] = {}
    used = {PAGE, CONTINUED}
    used.update(child.name for child in field.children if _PLAIN_KEY.fullmatch(child.name))
    for child in field.children:
        key = child.name
        if not _PLAIN_KEY.fullmatch(key) or key in (PAGE, CONTINUED):
            base = re.sub(r"[^A-Za-z0-9.-]+", "_", key).strip("_.-")[:56] or "field"
            key, number = base, 2
            while key in used:
                key, number = f"{base}_{number}", number + 1
            used.add(key)
        keys[child.name] = key
    return keys


def choices_of(field: Field) -> dict[str, Any] | None:
    """The closed set of a leaf: as text -> its JSON value; None where it is open."""
    values = closed_values(_core(field.annotation))
    if values is None and isinstance(field.kind, Choice) and not isinstance(field.kind, Currency):
        values = field.kind.values
    named = {
        value if isinstance(value, str) else json.dumps(value, default=str): value
        for value in values or ()
        if value is not None and value != ""
    }
    return named or None


def _sendable(choices: dict[str, Any] | None, dialect: Dialect) -> dict[str, Any] | None:
    """None for a set larger than the dialect takes in an enum: it goes as open text then."""
    if choices is None or len(choices) >= dialect.enum_values:
        return None
    length = sum(map(len, choices))
    if length > dialect.names // 2 or (len(choices) >= 250 and length > dialect.long_enum):
        return None
    return choices


def _core(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _form(node: _Node, dialect: Dialect, name: str) -> dict[str, Any]:
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


def _item_form(node: _Node, dialect: Dialect) -> dict[str, Any]:
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


def _leaf_form(node: _Node, dialect: Dialect, name: str) -> dict[str, Any]:
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
    core = _core(field.annotation)
    if not isinstance(core, type) or issubclass(core, Enum):
        return "string"
    if issubclass(core, bool):
        return "boolean"
    if issubclass(core, int):
        return "integer"
    return "number" if issubclass(core, float) else "string"


def _hint(field: Field) -> str:
    """What is wanted beyond the JSON type, in words: the form of dates, bounds, patterns."""
    core = _core(field.annotation)
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
    return "Often printed as " + ", ".join(f'"{label}"' for label in field.labels) + "."


def _renamed(node: _Node, name: str) -> str:
    return f'Named "{name}".' if name and node.key != name else ""


def _words(*parts: str) -> str:
    """Sentences, each with a full stop where there is more than one."""
    said = [part.strip() for part in parts if part and part.strip()]
    ended = [part if part[-1] in ".!?:" else f"{part}." for part in said[:-1]]
    return " ".join([*ended, *said[-1:]])


def _decode(node: _Node, raw: Any, pointer: str, style: Style, out: list[Problem]) -> Any:
    if node.field.shape == "object":
        return _decode_object(node, raw, pointer, style, out)
    if node.field.shape == "list":
        return _decode_list(node, raw, pointer, style, out)
    return _decode_leaf(node, raw, pointer, style, out)


def _is_empty(raw: Any) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())


def _breach(pointer: str, message: str) -> Problem:
    return Problem(code="breaks_schema", message=message, path=pointer, severity="error")


def _short(raw: Any) -> str:
    text = json.dumps(raw, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "..."


def _unpacked(raw: Any) -> Any:
    """JSON that a model wrote into a string, as what it says; anything else as it is."""
    if isinstance(raw, str) and raw.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(raw)
        except ValueError:
            return raw
    return raw


def _decode_object(
    node: _Node, raw: Any, pointer: str, style: Style, out: list[Problem]
) -> dict[str, Any]:
    raw = _unpacked(raw)
    if isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    if not isinstance(raw, dict):
        if not _is_empty(raw) and raw != []:
            out.append(_breach(pointer, f"{_short(raw)} is not an object."))
        raw = {}
    return {
        child.field.name: _decode(
            child, raw.get(child.key), f"{pointer}/{child.field.name}", style, out
        )
        for child in node.children
    }


def _decode_list(
    node: _Node, raw: Any, pointer: str, style: Style, out: list[Problem]
) -> list[Row]:
    raw = _unpacked(raw)
    if _is_empty(raw):
        return []
    inner = node.children[0]
    if not isinstance(raw, list):
        if isinstance(raw, dict) and inner.field.shape == "value" and not node.paged:
            out.append(_breach(pointer, f"{_short(raw)} is not a list."))
            return []
        raw = [raw]
    rows: list[Row] = []
    for entry in raw:
        entry = _unpacked(entry) if inner.field.shape != "value" else entry
        page, continued = None, False
        if isinstance(entry, dict) and node.paged:
            page = _page_number(entry.get(PAGE))
            # Page 0: it began before the first page shown.
            continued = str(entry.get(PAGE)) == "0" or (
                node.continued and entry.get(CONTINUED) in (True, "true")
            )
            if inner.field.shape != "object" and VALUE in entry:
                entry = entry[VALUE]
        if _is_empty(entry):
            continue
        value = _decode(inner, entry, f"{pointer}/{len(rows)}", style, out)
        # A row without a single value says nothing. It keeps its place only where its other
        # fields are asked for elsewhere, as rows are put together by their order.
        if node.whole and not _says_something(value):
            continue
        rows.append(Row(value, page, continued))
    return rows


def _says_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_says_something(inner) for inner in value.values())
    if isinstance(value, list):
        return bool(value)
    return value is not None


def _page_number(raw: Any) -> int | None:
    if isinstance(raw, str) and raw.strip().isdecimal():
        raw = int(raw)
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and raw > 0 else None


def _decode_leaf(node: _Node, raw: Any, pointer: str, style: Style, out: list[Problem]) -> Any:
    if isinstance(raw, list) and len(raw) <= 1:
        raw = raw[0] if raw else None
    if isinstance(raw, dict) and set(raw) == {VALUE}:
        raw = raw[VALUE]
    if _is_empty(raw):
        return None
    if isinstance(raw, (dict, list)):
        out.append(_breach(pointer, f"{_short(raw)} is not a single value."))
        return json.dumps(raw, ensure_ascii=False)
    if node.choices:
        written = raw if isinstance(raw, str) else json.dumps(raw)
        if written in node.choices:
            return node.choices[written]
        # Capitals are not guaranteed by every grammar.
        folded = {text.casefold(): value for text, value in node.choices.items()}
        if written.strip().casefold() in folded:
            return folded[written.strip().casefold()]
    try:
        return leaf_value(node.field, raw, style)
    except ValueError as error:
        out.append(_breach(pointer, f"{_short(raw)} is not accepted: {error}."))
        return raw


def plain(data: Any) -> tuple[Any, dict[str, int]]:
    """`data` without its `Row`s; and the page of each list entry that has one, by JSON pointer."""
    pages: dict[str, int] = {}
    return _plain(data, "", pages), pages


def _plain(data: Any, pointer: str, pages: dict[str, int]) -> Any:
    if isinstance(data, dict):
        return {name: _plain(value, f"{pointer}/{name}", pages) for name, value in data.items()}
    if isinstance(data, list):
        entries = []
        for index, entry in enumerate(data):
            place = f"{pointer}/{index}"
            if isinstance(entry, Row):
                if entry.page is not None:
                    pages[place] = entry.page
                entry = entry.value
            entries.append(_plain(entry, place, pages))
        return entries
    return data
