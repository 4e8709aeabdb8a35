"""Replies become data with complaints; whole documents are checked by their schema."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import pytest
from docglean.extractors.answers.validate import (
    check_values,
    completed,
    deduplicated,
    missing_evidence,
    validate,
)
from docglean.extractors.extraction import Evidence
from docglean.extractors.models.base import Outcome, Reply
from docglean.extractors.requests.plan import Request
from docglean.schemas.errors import Problem
from docglean.schemas.kinds import Check, Code, Money, Text
from docglean.schemas.schema import schema_of
from docglean.schemas.wire.absence import is_there
from docglean.schemas.wire.dialects import DIALECTS, plain
from pydantic import BaseModel, field_validator, model_validator
from pydantic import Field as PydanticField


class Line(BaseModel):
    text: str | None = None
    amount: Annotated[Decimal | None, Money(), PydanticField(ge=0)] = None


class Bill(BaseModel):
    """A bill."""

    number: Annotated[str | None, Code(), PydanticField(pattern=r"^R-\d+$")] = None
    issued: date | None = None
    due: date | None = None
    paid: Annotated[bool | None, Check()] = None
    summary: Annotated[str | None, Text(on_page=False)] = None
    lines: list[Line] = []

    @field_validator("issued")
    @classmethod
    def not_too_old(cls, value: date | None) -> date | None:
        if value is not None and value.year < 1990:
            raise ValueError("bills are not that old")
        return value

    @model_validator(mode="after")
    def in_order(self) -> Bill:
        if self.issued and self.due and self.due < self.issued:
            raise ValueError("due before issued")
        return self


class Strict(BaseModel):
    name: str
    total: Decimal


BILL = schema_of(Bill)


def request(schema: Any = BILL, dialect: str = "openai", **told: Any) -> Request:
    return Request("d", (2, 3), 9, "pages", schema, DIALECTS[dialect], "", "", **told)


def reply(data: Any, outcome: Outcome = "ok", **told: Any) -> Reply:
    text = data if isinstance(data, str) else json.dumps(data)
    return Reply(outcome=outcome, text=text, **told)


def test_a_good_answer_has_nothing_to_complain_of() -> None:
    data = {
        "number": "R-1",
        "issued": "2024-05-01",
        "due": None,
        "paid": True,
        "summary": None,
        "lines": [{"text": "a", "amount": "1.50"}],
    }
    found = validate(reply(data), request(), whole=True)
    assert (found.problems, found.complaints) == ((), ())
    assert plain(found.data)[0] == data


@pytest.mark.parametrize(
    ("changed", "path", "words"),
    [
        ({"issued": "the first of May"}, "/issued", "not accepted"),
        ({"issued": "2024-13-45"}, "/issued", "not accepted"),
        ({"number": "17"}, "/number", "pattern"),
        ({"lines": [{"text": "a", "amount": "-3"}]}, "/lines/0/amount", "greater than or equal"),
        ({"lines": [{"text": "a", "amount": "about ten"}]}, "/lines/0/amount", "not accepted"),
        ({"issued": "1970-01-01"}, "/issued", "not that old"),
        ({"issued": "2024-05-02", "due": "2024-05-01"}, "the answer", "due before issued"),
    ],
)
def test_what_breaks_the_schema_is_complained_of(
    changed: dict[str, Any], path: str, words: str
) -> None:
    found = validate(reply({"lines": [], **changed}), request(), whole=True)
    assert len(found.complaints) == 1
    assert found.complaints[0].startswith(f"{path}: ")
    assert words in found.complaints[0]


def test_a_part_of_a_document_is_not_judged_as_a_whole() -> None:
    data = {"issued": "2024-05-02", "due": "2024-05-01", "lines": []}
    assert validate(reply(data), request(), whole=False).complaints == ()


def test_a_required_value_that_is_not_there_is_not_asked_for_again() -> None:
    found = validate(reply({"name": None, "total": "1"}), request(schema_of(Strict)), whole=True)
    assert found.complaints == ()


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('{"number": "R-1", "lines": [{"text": "a", "amount": "1"}, {"text": "b', 1),
        ('{"number": "R-1", "lines": [{"text": "a", "amount": "1"}', 1),
        ('{"number": "R-1", "issued": "2024-', 0),
        ("", None),
    ],
)
def test_a_cut_answer_is_read_as_far_as_it_goes(text: str, data: int | None) -> None:
    found = validate(reply(text, "truncated"), request(), whole=True)
    assert found.complaints == ()
    assert [(p.code, p.severity) for p in found.problems] == [("truncated", "error")]
    values = plain(found.data)[0]
    assert len(values["lines"]) == (data or 0)
    assert values["number"] == (None if data is None else "R-1")
    assert values["issued"] is None


def test_half_a_number_is_no_number() -> None:
    class Count(BaseModel):
        count: int | None = None
        other: int | None = None

    found = validate(
        reply('{"count": 7, "other": 12', "truncated"), request(schema_of(Count)), whole=True
    )
    assert found.data == {"count": 7, "other": None}


@pytest.mark.parametrize("outcome", ["refused", "failed", "too_large"])
def test_where_there_is_no_answer_there_is_a_problem(outcome: Outcome) -> None:
    found = validate(reply("ignored", outcome, message="Because."), request(), whole=True)
    assert found.data is None
    [problem] = found.problems
    assert (problem.code, problem.page, problem.severity) == (outcome, 2, "error")
    assert "pages 2-3" in problem.message
    assert "Because" in problem.message
    assert problem.way_out


def test_text_that_is_no_json_is_complained_of() -> None:
    found = validate(reply("Here you are: 17"), request(), whole=True)
    assert found.data is None
    assert [p.code for p in found.problems] == ["invalid"]
    assert "not JSON" in found.complaints[0]


def test_mended_json_is_marked() -> None:
    found = validate(reply({"lines": []}, repaired=True), request(), whole=True)
    assert [(p.code, p.severity) for p in found.problems] == [("repaired", "warning")]


def test_parts_of_recordings_are_not_called_pages() -> None:
    asked = Request("d", (2, 3), 9, "audio", BILL, DIALECTS["openai"], "", "")
    [problem] = validate(reply("", "refused"), asked, whole=True).problems
    assert "parts 2-3" in problem.message
    assert problem.page is None


def test_every_field_is_there_in_the_end() -> None:
    values = completed(BILL.root, {"number": "R-1", "lines": [{"text": "a"}]})
    assert values == {
        "number": "R-1",
        "issued": None,
        "due": None,
        "paid": None,
        "summary": None,
        "lines": [{"text": "a", "amount": None}],
    }
    assert completed(BILL.root, None)["lines"] == []


def test_a_whole_document_is_checked_with_pointers_into_it() -> None:
    values = completed(
        BILL.root, {"number": "R-1", "lines": [{"amount": "1"}, {"amount": "x"}, {"amount": "-1"}]}
    )
    problems = check_values(BILL, values)
    assert [(p.code, p.path, p.severity) for p in problems] == [
        ("breaks_schema", "/lines/1/amount", "error"),
        ("breaks_schema", "/lines/2/amount", "error"),
    ]
    assert values["lines"][1]["amount"] == "x"  # never a lost value


def test_a_required_value_that_is_missing_is_told() -> None:
    problems = check_values(schema_of(Strict), {"name": None, "total": "1.00"})
    assert [(p.code, p.path) for p in problems] == [("missing", "/name")]


def test_broken_checks_are_told() -> None:
    from docglean.schemas import Invoice

    schema = schema_of(Invoice)
    values = completed(schema.root, {"iban": "DE00123456789012345678"})
    assert "check_failed" in {problem.code for problem in check_values(schema, values)}


def test_a_value_that_no_page_shows_is_told() -> None:
    values = completed(
        BILL.root,
        {"number": "R-1", "paid": True, "summary": "All of it.", "lines": [{"text": "a"}]},
    )
    evidence = {
        "/number": Evidence(how="exact", page=1),
        "/lines/0/text": Evidence(how="not_found"),
    }
    problems = missing_evidence(BILL.root, values, evidence)
    # A tick has no text to be found, and a summary is not printed.
    assert [(p.code, p.path, p.severity) for p in problems] == [
        ("not_found", "/lines/0/text", "review")
    ]


def test_the_same_problem_is_told_once_and_as_the_error_it_is() -> None:
    error = Problem(code="too_slow", message="slow to draw", page=2, severity="error")
    warning = Problem(code="too_slow", message="slow to read", page=2, severity="warning")
    other = Problem(code="not_found", message="a", path="/a")
    assert deduplicated([warning, error, error, other, other]) == [error, other]


@pytest.mark.parametrize(
    ("values", "there"),
    [({"a": None, "b": []}, False), ({"a": [{"b": None}]}, False), ({"a": [{"b": False}]}, True)],
)
def test_whether_anything_was_found(values: dict[str, Any], there: bool) -> None:
    assert is_there(values) is there


@pytest.mark.parametrize("lines", [1, {"text": "a"}, [1, "a", None, [], {"text": "b"}]])
def test_values_of_another_shape_are_told_and_not_gone_into(lines: Any) -> None:
    problems = check_values(BILL, {"number": "R-1", "lines": lines})
    assert any(problem.path and problem.path.startswith("/lines") for problem in problems)
