"""What the tests of wire schemas share: a schema of all kinds of fields, and vendors' rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal

import pytest
from docglean.schemas.fields import Printed
from docglean.schemas.kinds import Code, Currency, Money
from docglean.schemas.schema import schema_of
from docglean.schemas.wire.dialects import (
    DIALECTS,
    Dialect,
)
from jsonschema import Draft202012Validator
from llguidance import LLMatcher, LLTokenizer
from pydantic import BaseModel
from pydantic import Field as PydanticField

ALL = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
ANTHROPIC, OPENAI, GEMINI = DIALECTS["anthropic"], DIALECTS["openai"], DIALECTS["gemini"]


class State(Enum):
    """Open or closed."""

    OPEN = "open"
    CLOSED = "closed"


class Line(BaseModel):
    """One position."""

    name: str | None = None
    price: Annotated[Decimal | None, Money(), Printed("Price", "Preis")] = None
    count: int | None = None
    tags: list[str] = []


class Firm(BaseModel):
    """A firm."""

    name: str
    vat: Annotated[str | None, Code()] = None


class Bill(BaseModel):
    """A bill."""

    number: str = PydanticField(description="Number of the bill", pattern="^R")
    issued: date | None = None
    at: datetime | None = None
    from_: time | None = PydanticField(None, alias="from")
    currency: Annotated[str | None, Currency()] = None
    paid: bool | None = None
    state: State | None = None
    level: Literal[1, 2, 3] | None = None
    share: float | None = PydanticField(None, ge=0, le=1)
    rank: int | str | None = None
    seller: Firm | None = None
    lines: list[Line] = PydanticField([], description="All positions")
    notes: list[str] = []


BILL = schema_of(Bill)

ANSWER: dict[str, Any] = {
    "number": "R1",
    "issued": "2024-05-03",
    "at": "2024-05-03T10:20:00",
    "from": "08:00:00",
    "currency": "EUR",
    "paid": True,
    "state": "open",
    "level": "2",
    "share": 0.5,
    "rank": "DNS",
    "seller": {"name": "Acme", "vat": None},
    "lines": [
        {"name": "bolt", "price": "1.50", "count": 3, "tags": ["a", "a"]},
        {"name": None, "price": "2.00", "count": None, "tags": []},
    ],
    "notes": ["one", "two"],
}
TRUTH = {**ANSWER, "level": 2}


def nodes(form: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All schemas within a JSON Schema, definitions too."""
    yield form
    for inner in [
        *form.get("properties", {}).values(),
        *form.get("$defs", {}).values(),
        *form.get("anyOf", ()),
        *([form["items"]] if "items" in form else ()),
    ]:
        yield from nodes(inner)


def expanded(form: Any, definitions: dict[str, Any]) -> Any:
    """Without references: an independent way to count what limits count."""
    if isinstance(form, list):
        return [expanded(inner, definitions) for inner in form]
    if not isinstance(form, dict):
        return form
    if "$ref" in form:
        return expanded(definitions[form["$ref"].split("/")[-1]], definitions)
    return {key: expanded(value, definitions) for key, value in form.items() if key != "$defs"}


def depth(form: dict[str, Any]) -> int:
    inner = [*form.get("properties", {}).values(), *form.get("anyOf", ())]
    inner += [form["items"]] if "items" in form else []
    own = form.get("type") in ("object", "array")
    return own + max(map(depth, inner), default=0)


@cache
def check_form(text: str) -> None:
    """It is JSON Schema; many dialects say the same, and looking takes long."""
    Draft202012Validator.check_schema(json.loads(text))


def check_vendor_rules(form: dict[str, Any], dialect: Dialect) -> None:
    """The rules that the vendors publish, counted here without the code under test."""
    check_form(json.dumps(form))
    if not dialect.references:
        assert "$defs" not in form
    whole = expanded(form, form.get("$defs", {}))
    all_nodes = list(nodes(whole))
    for node in all_nodes:
        assert set(node) <= {
            "type", "properties", "required", "additionalProperties", "items", "enum", "anyOf",
            "description",
        }  # fmt: skip
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["properties"]
            assert node["required"] == list(node["properties"])
            assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", key) for key in node["properties"])
        if "anyOf" in node:
            assert dialect.nullable == "union"
            assert len(node["anyOf"]) == 2
            assert node["anyOf"][1] == {"type": "null"}
        elif "type" not in node:
            raise AssertionError(node)
    names = [key for node in all_nodes for key in node.get("properties", ())]
    values = [str(value) for node in all_nodes for value in node.get("enum", ())]
    assert len(names) <= min(dialect.properties, 5000)
    assert depth(whole) <= dialect.depth
    assert sum(map(len, names + values)) <= 120_000
    assert len(values) <= min(dialect.enum_values, 1000)
    assert sum("anyOf" in node for node in all_nodes) <= dialect.unions
    for node in all_nodes:
        if len(node.get("enum", ())) > 250:
            assert sum(map(len, map(str, node["enum"]))) <= 15_000


BYTES = LLTokenizer("byte")


def check_grammar(form: dict[str, Any], answer: Any = None) -> None:
    """A real grammar engine (of llama.cpp, and of vLLM's guidance) takes the form and, held to
    it byte by byte, could write the answer."""
    grammar = LLMatcher.grammar_from_json_schema(json.dumps(form))
    assert LLMatcher.validate_grammar(grammar, BYTES) == ""
    if answer is not None:
        matcher = LLMatcher(BYTES, grammar)
        assert matcher.consume_tokens(BYTES.tokenize_str(json.dumps(answer, ensure_ascii=False))), (
            answer
        )
        assert matcher.is_accepting()
