"""Fields whose names are digits, such as the years of a report, are no entries of lists."""

from __future__ import annotations

from typing import Any

import pytest
from docglean.extractors.cascade.follow_up import follow_up
from docglean.extractors.condition import Condition
from docglean.extractors.extraction import Confidence, Extraction, SourceRecord
from docglean.schemas.pointers import leaves, pattern_of
from docglean.schemas.schema import schema_of
from pydantic import BaseModel, Field


class Revenue(BaseModel):
    before: str | None = Field(None, alias="2023")
    now: str | None = Field(None, alias="2024")


class Years(BaseModel):
    now: str | None = Field(None, alias="2024")
    total: str | None = None
    net: str | None = None
    revenue: Revenue | None = None
    rows: list[Revenue] = []


VALUES: dict[str, Any] = {
    "2024": "1",
    "total": "2",
    "net": "3",
    "revenue": {"2023": "4", "2024": "5"},
    "rows": [{"2023": "6", "2024": "7"}],
}


def read(unsure: str) -> Extraction[Any]:
    return Extraction[Any](
        document=SourceRecord(name="a.pdf", uri="file:///a.pdf"),
        engine="local",
        status="ok",
        data=VALUES,
        confidence={
            pointer: Confidence(probability=0.1 if pointer == unsure else 0.99)
            for pointer, _ in leaves(VALUES)
        },
    )


@pytest.mark.parametrize("pointer", ["/2024", "/revenue/2024", "/rows/0/2024"])
def test_they_are_asked_again_where_they_are_unsure(pointer: str) -> None:
    schema = schema_of(Years)
    asked = follow_up(read(pointer), Condition.of("confidence<0.9"), schema, [1])
    assert asked is not None
    assert asked.unsure == (pointer,)
    assert asked.paths is not None
    assert pointer.replace("/0/", "/*/") in asked.paths
    assert "/net" not in asked.paths


def test_a_condition_names_them_as_the_schema_does() -> None:
    extraction = read("")
    assert list(Condition.of("field == '/2024'").among(extraction)) == ["/2024"]
    assert list(Condition.of("field == '/rows/*/2024'").among(extraction)) == ["/rows/0/2024"]


def test_without_the_values_digits_are_numbers() -> None:
    assert pattern_of("/rows/0/2024") == "/rows/*/*"
    assert pattern_of("/rows/0/2024", VALUES) == "/rows/*/2024"
    assert pattern_of("/rows/9", VALUES) == "/rows/*"
    assert pattern_of("", VALUES) == ""
