"""What is known of a document, written as a right reply would be: read back, nothing is lost."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from docglean.evaluation.layouts import load_labels
from docglean.schemas.kinds import Money
from docglean.schemas.schema import schema_of
from docglean.schemas.wire.dialects import DIALECTS, Dialect, compile_schema, plain
from pydantic import BaseModel, Field

ALL = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)


class State(Enum):
    OPEN = "open"
    CLOSED = "closed"


class Line(BaseModel):
    name: str | None = None
    price: Annotated[Decimal | None, Money()] = None
    tags: list[str] = []


class Firm(BaseModel):
    name: str | None = None
    city: str | None = None


class Bill(BaseModel):
    number: str | None = Field(None, alias="Rechnung Nr.")
    issued: date | None = None
    paid: bool | None = None
    state: State | None = None
    level: Literal[1, 2, 3] | None = None
    count: int | None = None
    seller: Firm | None = None
    buyer: Firm | None = None
    lines: list[Line] = []


SCHEMA = schema_of(Bill)
WHOLE: dict[str, Any] = {
    "Rechnung Nr.": "R-1", "issued": "2026-02-03", "paid": False, "state": "open", "level": 2,
    "count": 0, "seller": {"name": "Ann", "city": None}, "buyer": {"name": None, "city": None},
    "lines": [{"name": "Pears", "price": "2.00", "tags": ["a", "b"]},
              {"name": None, "price": "0.50", "tags": []}],
}  # fmt: skip


def back(values: dict[str, Any], dialect: Dialect, **asked: Any) -> tuple[dict[str, Any], Any]:
    """Values as a reply's JSON, and what the reply says."""
    wire = compile_schema(SCHEMA, dialect, **asked)
    sent = json.loads(json.dumps(wire.encode(values, dialect.nullable)))
    return sent, plain(wire.decode(sent).data)[0]


@ALL
def test_what_is_written_is_read_back(dialect: Dialect) -> None:
    assert back(WHOLE, dialect)[1] == WHOLE


@ALL
def test_what_was_not_looked_at_is_left_out_and_what_is_not_there_is_said(
    dialect: Dialect,
) -> None:
    partly = {"issued": None, "seller": {"city": "Ulm"}, "lines": [{"name": "Pears"}]}
    sent, _ = back(partly, dialect)
    absent = None if dialect.nullable == "union" else ""
    assert sent == {
        "issued": absent, "seller": {"city": "Ulm"}, "lines": [{"name": "Pears"}],
    }  # fmt: skip
    sent, _ = back({"seller": None, "lines": []}, dialect)
    assert sent == {"seller": {"name": absent, "city": absent}, "lines": []}


@ALL
def test_only_what_is_asked_for_is_said(dialect: Dialect) -> None:
    sent, _ = back(WHOLE, dialect, paths=frozenset({"/seller/city", "/lines/*/name"}))
    assert set(sent) == {"seller", "lines"}
    assert (set(sent["seller"]), set(sent["lines"][0])) == ({"city"}, {"name"})


@ALL
def test_labels_of_the_samples_are_read_back(dialect: Dialect) -> None:
    [labels] = load_labels(["samples"])
    for label in labels.labels:
        schema, truth = labels.schema(label), labels.truth(label)
        wire = compile_schema(schema, dialect)
        read = plain(wire.decode(wire.encode(truth, dialect.nullable)).data)[0]
        for name, value in truth.items():
            assert shape(read[name], value) == value


def shape(read: Any, like: Any) -> Any:
    """What was read, with no more keys than there were."""
    if isinstance(like, dict):
        return {name: shape((read or {}).get(name), inner) for name, inner in like.items()}
    if isinstance(like, list):
        return [shape(one, inner) for one, inner in zip(read, like, strict=True)]
    return read
