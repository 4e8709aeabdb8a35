"""Schemas in YAML files: a JSON Schema written as YAML, or the short form.

The short form is a mapping of fields::

    number:                        # its name tells the kind
    placed: date
    total: money "Amount to pay"
    status: [open, paid]           # one of these
    order_no:
      kind: code
      description: Number of the order
      printed: [Order No., Bestellnummer]
      required: true
    lines:                         # a list with these fields in each entry
      - article: code
        total: money
    seller:                        # one object
      name: name
    tags: [text]                   # a list of single values

A mapping of nothing but the words `kind`, `description`, `printed`, `required` and `fields` tells
of its field; any other is an object. `fields` holds the fields of an object that has a description
too; with ``kind: list`` it is a list of them. At the top, `name`, `description` and `fields` are
taken for the schema itself where nothing else stands beside `fields`.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from docglean.schemas.errors import SchemaError, quoted
from docglean.schemas.inline.fields import TextField, model_of
from docglean.schemas.inline.grammar import DEEPEST, field_name, parse_kind
from docglean.schemas.inline.kind_names import kind_named
from docglean.schemas.inline.place import SchemaTextError
from docglean.schemas.inline.yaml_nodes import YamlText
from docglean.schemas.wire.json_schema import WRAPPERS, model_from_json_schema
from pydantic import BaseModel

ABOUT_A_FIELD = frozenset({"kind", "description", "printed", "required", "fields"})
ABOUT_A_SCHEMA = frozenset({"name", "description", "fields"})
WAY_OUT = "See docs/how-to/schemas.md for the short form."
MISSPELT = 0.8
"""How alike a key and a known one are, of 1, from which the known one is meant."""


def model_from_yaml(path: Path) -> type[BaseModel]:
    """The Pydantic model of a YAML file.

    Raises:
        SchemaTextError: ``bad_yaml``: the line, and what is wrong there.
        SchemaError: see `model_from_json_schema`.
    """
    text = YamlText(path)
    if not isinstance(text.top, yaml.MappingNode):
        text.fail(text.top, "a schema is a mapping of fields", "Write `name: kind`, one a line.")
    top = text.pairs(text.top)
    if _is_json_schema(text, top):
        return _from_json_schema(text)
    if "fields" in top and _is_mapping(top["fields"]):
        _refuse_misspelt(text, text.top, ABOUT_A_SCHEMA)
    if "fields" in top and top.keys() <= ABOUT_A_SCHEMA and _is_mapping(top["fields"]):
        about = {key: text.value(node) for key, node in top.items() if key != "fields"}
        fields = _fields(text, top["fields"], 1)
        return model_of(
            fields, str(about.get("name") or path.stem), str(about.get("description") or "")
        )
    return model_of(_fields(text, text.top, 1), path.stem)


def _is_mapping(node: Any) -> bool:
    return isinstance(node, yaml.MappingNode)


def _is_json_schema(text: YamlText, top: Mapping[str, Any]) -> bool:
    if "$schema" in top or "$ref" in top or _is_mapping(top.get("properties")):
        return True
    inner = (text.pairs(top[key]) for key in WRAPPERS if _is_mapping(top.get(key)))
    return any(_is_mapping(one.get("properties")) or "$ref" in one for one in inner)


def _from_json_schema(text: YamlText) -> type[BaseModel]:
    try:
        return model_from_json_schema(text.value(text.top), name=text.path.stem)
    except SchemaTextError:
        raise
    except SchemaError as error:
        place = error.message.partition(":")[0]
        node = _node_at(text.top, place) if place.startswith("/") else text.top
        line = node.start_mark.line + 1
        message = f"{text.path}, line {line}: {error.message}"
        raise SchemaError(error.code, message, error.way_out) from error


def _node_at(top: Any, place: str) -> Any:
    """The node of a JSON Schema that describes the values at a place, or the last on the way."""
    node = top
    for step in place.split("/")[1:]:
        for key in ("items",) if step == "*" else ("properties", step):
            pairs = node.value if _is_mapping(node) else ()
            inner = next((value for name, value in pairs if name.value == key), None)
            if inner is None:
                return node
            node = inner
    return node


def _fields(text: YamlText, node: Any, depth: int) -> tuple[TextField, ...]:
    if depth > DEEPEST:
        text.fail(node, f"there are more than {DEEPEST} levels", "Write the levels as a flat list.")
    pairs = text.pairs(node)
    if not pairs:
        text.fail(node, "there are no fields", WAY_OUT)
    found: dict[str, TextField] = {}
    for key, inner in pairs.items():
        name = field_name(key)
        if name is None or name in found:
            why = "is no name" if name is None else "is here twice"
            text.fail(inner, f"{quoted(key)} {why}", "Names are words of letters and digits.")
        found[name] = _field(text, name, inner, depth)
    return tuple(found.values())


def _field(text: YamlText, name: str, node: Any, depth: int) -> TextField:
    if _is_mapping(node):
        pairs = text.pairs(node)
        if pairs and pairs.keys() <= ABOUT_A_FIELD:
            return _told(text, name, node, pairs, depth)
        _refuse_misspelt(text, node, ABOUT_A_FIELD)
        return TextField(name, children=_fields(text, node, depth + 1))
    if isinstance(node, yaml.SequenceNode):
        return _listed(text, name, node, depth)
    value = text.value(node)
    if value is None:
        return TextField(name)
    if not isinstance(value, str):
        text.fail(node, f"{quoted(value)} is no kind", WAY_OUT)
    return _named(text, name, node, value)


def _refuse_misspelt(text: YamlText, node: Any, known: frozenset[str]) -> None:
    """Raise for a mapping that tells of a field, or of the schema, with a key that is misspelt.

    It does where another key is a known one, or each is nearly one. What has a kind behind it is
    a field of an object, unless `kind` itself is meant.
    """
    keys = {key.value: (key, inner) for key, inner in node.value}
    near = {key: meant for key in keys.keys() - known if (meant := _nearest(key, known))}
    if not (keys.keys() & known or near.keys() == keys.keys()):
        return
    for word, (key, inner) in keys.items():
        meant = near.get(word)
        if meant is None or meant in keys or (meant != "kind" and _is_kind(inner)):
            continue
        text.fail(
            key,
            f"there is no key `{word}` (did you mean `{meant}`?)",
            f"If {word} is a field of an object, write `fields: {{{word}: ...}}` around them.",
        )


def _nearest(key: str, known: frozenset[str]) -> str | None:
    near = get_close_matches(key.casefold(), sorted(known), 1, MISSPELT)
    return near[0] if near and abs(len(near[0]) - len(key)) <= 1 else None


def _is_kind(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) and kind_named(node.value) is not None


def _named(text: YamlText, name: str, node: Any, value: str) -> TextField:
    """A field whose kind is written as on one line."""
    try:
        told = parse_kind(value)
    except SchemaTextError as error:
        text.fail(node, error.message.partition(": ")[2].rstrip("."), error.way_out)
    return TextField(name, told.kind, told.children, told.many, told.description)


def _listed(text: YamlText, name: str, node: Any, depth: int) -> TextField:
    if len(node.value) == 1 and _is_mapping(node.value[0]):
        return TextField(name, children=_fields(text, node.value[0], depth + 1), many=True)
    words = text.value(node)
    if not words or not all(isinstance(word, str) for word in words):
        text.fail(node, "a list holds one mapping of fields, one kind, or values to choose from",
                  WAY_OUT)  # fmt: skip
    if len(words) == 1:
        told = _named(text, name, node.value[0], words[0])
        return TextField(name, told.kind, told.children, True, told.description)
    choice = kind_named("|".join(words))
    if choice is None or any("|" in word for word in words):
        text.fail(node, "these are no values to choose from", WAY_OUT)
    return TextField(name, choice)


def _told(text: YamlText, name: str, node: Any, pairs: Mapping[str, Any], depth: int) -> TextField:
    """A field of which a mapping tells more than its kind."""
    kind = text.value(pairs["kind"]) if "kind" in pairs else None
    printed = text.value(pairs["printed"]) if "printed" in pairs else []
    printed = [printed] if isinstance(printed, str) else printed
    if not isinstance(printed, list) or not all(isinstance(word, str) for word in printed):
        text.fail(pairs["printed"], "printed is a list of words that pages print", WAY_OUT)
    required = text.value(pairs["required"]) if "required" in pairs else False
    if not isinstance(required, bool):
        text.fail(pairs["required"], "required is true or false", WAY_OUT)
    description = text.value(pairs["description"]) if "description" in pairs else ""
    children: tuple[TextField, ...] = ()
    many, named = kind == "list", TextField(name)
    if "fields" in pairs:
        if not _is_mapping(pairs["fields"]) or kind not in (None, "list"):
            text.fail(pairs["fields"], "fields are a mapping, and their kind is list or nothing",
                      WAY_OUT)  # fmt: skip
        children = _fields(text, pairs["fields"], depth + 1)
    elif "kind" in pairs:
        named = _field(text, name, pairs["kind"], depth)
    return TextField(
        name,
        named.kind,
        children or named.children,
        many or named.many,
        " ".join(str(description or named.description).split()),
        tuple(printed),
        required,
    )
