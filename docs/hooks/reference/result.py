"""The format of a result: one that the embedded engine makes of a sample, and its keys."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from docglean.extractors.extraction import (
    Confidence,
    Evidence,
    ExampleRecord,
    OtherReading,
    PartRecord,
    Place,
    SchemaRecord,
    SourceRecord,
    Spending,
    Usage,
)
from docglean.extractors.value_review import ValueReview
from docglean.schemas import Problem
from pydantic import BaseModel

from docglean import Extraction, Settings, extract

from .docstrings import attributes, opening
from .markdown import code, table
from .source import REPOSITORY

SAMPLE = "samples/documents/invoice-three-pages.pdf"
KEPT = 2
"""Entries of lists, and of what has one for each value."""

MODELS: tuple[type[BaseModel], ...] = (
    Extraction, SourceRecord, PartRecord, SchemaRecord, Evidence, Place, Confidence, OtherReading,
    Problem, ValueReview, Spending, Usage, ExampleRecord,
)  # fmt: skip


def example() -> str:
    """A result, with the first entries only of lists and of what has one for each value."""
    told = json.loads(read().to_json())
    for name in ("evidence", "confidence"):
        told[name] = dict(list(told[name].items())[:KEPT])
    for name, value in told["data"].items():
        told["data"][name] = value[:KEPT] if isinstance(value, list) else value
    text = json.dumps(told, indent=2, ensure_ascii=False)
    return f"```json\n{text.replace(REPOSITORY.as_uri(), 'file:///home/you/docglean')}\n```"


@cache
def read() -> Extraction[Any]:
    """The sample as the engine `local` reads it, once, with a ledger of its own."""
    with TemporaryDirectory() as folder:
        settings = Settings(ledger=str(Path(folder) / "ledger.sqlite"))
        return extract(REPOSITORY / SAMPLE, "invoice", engine="local", pages="1", settings=settings)


def keys() -> str:
    """What each key of a result and of what stands in it says."""
    parts = []
    for model in MODELS:
        texts = attributes(model)
        rows = [
            (code(field.alias or name), kind(field.annotation), texts.get(name, ""))
            for name, field in model.model_fields.items()
        ]
        head = ("key", "what it is", "what it says")
        columns = 3 if texts else 2
        told = table(head[:columns], [row[:columns] for row in rows])
        parts += [f"## {model.__name__}", "", opening(model), "", told, ""]
    return "\n".join(parts)


def kind(hint: Any) -> str:
    """A type as JSON has it."""
    origin, inner = get_origin(hint), [one for one in get_args(hint) if one is not ...]
    if origin in (Union, UnionType):
        return " or ".join("null" if one is NoneType else kind(one) for one in inner)
    if origin is Literal:
        return ", ".join(code(one) for one in inner)
    if origin is tuple and len(inner) > 1:
        return f"{len(inner)} numbers"
    if origin in (list, tuple):
        return f"list of {kind(inner[0])}"
    if origin is dict:
        return f"by name, {kind(inner[1])}"
    if hint in MODELS:
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    names = {str: "text", int: "number", float: "number", bool: "true or false", Any: "any value"}
    return names.get(hint, f"text ({hint.__name__.lower()})")
