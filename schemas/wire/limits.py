"""What each server takes of JSON Schema: one record a dialect, and the size of a schema.

Vendors' numbers stand as they are published; where nothing is published the number is a careful
one of ours, and its comment says so. They decide how a schema is split into groups of fields.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Dialect:
    """How JSON Schema is written for a server, and how much of it the server takes.

    All dialects share one grammar that every vendor documents: objects whose properties are all
    required and closed, arrays, strings, numbers, booleans, enums, unions with null. No bounds,
    patterns or formats, no recursion, no optional properties.

    Attributes:
        name: the server's.
        nullable: how an absent value is written: ``union`` as null, ``empty`` as "" (all leaves
            are then strings, so that no union is needed).
        leaves: value fields a request; a budget of ours for what vendors call "too complex",
            and for answers that a model can still get right in one go.
        properties: object properties in all.
        depth: levels of objects and arrays.
        names: characters of property names and enum values together.
        enum_values: values of all enums together.
        long_enum: characters of one enum's values where there are more than 250.
        unions: properties that are a union.
        references: an object that occurs more than once may be written once, under ``$defs``.
        constrained: the server holds the model to the schema while it writes.
    """

    name: str
    nullable: Literal["union", "empty"] = "union"
    leaves: int = 100
    properties: int = 5000
    depth: int = 10
    names: int = 120_000
    enum_values: int = 1000
    long_enum: int = 15_000
    unions: int = 5000
    references: bool = True
    constrained: bool = True


DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        # 24 optional properties and 16 unions a request, so absent is "" and nothing is optional.
        # "Schema is too complex" has no published number, nor has the depth: 100 and 10 are ours.
        Dialect("anthropic", nullable="empty", unions=16),
        # Published: 5000 properties, 10 levels, 120,000 characters, 1000 enum values. The budget
        # of leaves is ours: in the one published test of a 369-field schema in a single request,
        # no frontier model returned a valid answer.
        Dialect("openai", leaves=200),
        # 400 "too many states" comes without a number; long enums are what fills them first.
        # References came in late 2025 and are not known to work on the OpenAI-compatible door.
        Dialect("gemini", leaves=60, enum_values=250, unions=100, references=False),
        # Nothing published beyond support of JSON Schema.
        Dialect("mistral", leaves=60, enum_values=250, unions=100),
        # Local servers compile a grammar and publish no limit; small models get small questions.
        Dialect("ollama", leaves=60, depth=20),
        Dialect("llamacpp", leaves=60, depth=20),
        Dialect("vllm", leaves=60, depth=20),
        Dialect("lmstudio", leaves=60, depth=20),
        # Hands the schema on to any of the above, so the strictest of all of them.
        Dialect(
            "openrouter",
            nullable="empty",
            leaves=60,
            enum_values=250,
            unions=16,
            references=False,
        ),
        # JSON mode or prose: the schema is only shown, so nothing is refused.
        Dialect("plain", leaves=60, depth=20, constrained=False),
    )
}


@dataclass(frozen=True, slots=True)
class Size:
    """Of a JSON Schema as it is sent; see `Dialect` for what each counts."""

    properties: int = 0
    depth: int = 0
    names: int = 0
    enum_values: int = 0
    long_enum: int = 0
    unions: int = 0
    optional: int = 0


def measure(json_schema: Mapping[str, Any]) -> Size:
    """The size of a JSON Schema; what is referred to counts wherever it is used."""
    definitions = json_schema.get("$defs", {})
    counts = {"properties": 0, "names": 0, "values": 0, "long": 0, "unions": 0, "optional": 0}

    def visit(node: Mapping[str, Any], level: int) -> int:
        if "$ref" in node:
            return visit(definitions[node["$ref"].removeprefix("#/$defs/")], level)
        deepest = level
        values = node.get("enum", ())
        if values:
            length = sum(len(str(value)) for value in values)
            counts["values"] += len(values)
            counts["names"] += length
            if len(values) > 250:
                counts["long"] = max(counts["long"], length)
        if "anyOf" in node:
            counts["unions"] += 1
            deepest = max(visit(option, level) for option in node["anyOf"])
        if node.get("type") == "object":
            properties = node.get("properties", {})
            counts["properties"] += len(properties)
            counts["names"] += sum(map(len, properties))
            counts["optional"] += len(properties) - len(node.get("required", ()))
            deepest = max([level + 1, *(visit(inner, level + 1) for inner in properties.values())])
        if node.get("type") == "array":
            deepest = visit(node["items"], level + 1)
        return deepest

    depth = visit(json_schema, 0)
    return Size(
        counts["properties"],
        depth,
        counts["names"],
        counts["values"],
        counts["long"],
        counts["unions"],
        counts["optional"],
    )


def over(size: Size, dialect: Dialect) -> list[str]:
    """The limits of `dialect` that a schema of this size breaks, in words."""
    return [
        f"{getattr(size, name)} {words} (at most {getattr(dialect, name)})"
        for name, words in (
            ("properties", "properties"),
            ("depth", "levels of objects and lists"),
            ("names", "characters of names and choices"),
            ("enum_values", "choices"),
            ("long_enum", "characters of choices in one field"),
            ("unions", "fields that may be of two types"),
        )
        if getattr(size, name) > getattr(dialect, name)
    ]


def text_of(json_schema: Mapping[str, Any]) -> str:
    """A JSON Schema as compact text, in the order of its keys."""
    return json.dumps(json_schema, ensure_ascii=False, separators=(",", ":"))
