"""Values are validated: defaults, problems with their places, bounds, validators and checks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

import pytest
from docglean.schemas.checks import Rule
from docglean.schemas.checks.sums import Adds, SumOf
from docglean.schemas.errors import SchemaError
from docglean.schemas.schema import schema_of
from order_schema import Colour, Firm, Order, Part
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
)


def test_whole_values_become_an_instance() -> None:
    schema = schema_of(Order)
    values = {
        "number": "A1",
        "placed": "2024-02-29",
        "colour": "red",
        "size": None,
        "rush": True,
        "rank": None,
        "seller": {"name": "Acme", "city": None},
        "buyer": {"name": None, "city": None},
        "Positionen": [{"name": "bolt", "price": "1.50"}],
        "notes": ["a", "b"],
    }
    found, problems = schema.validate(values)
    assert problems == []
    assert isinstance(found, Order)
    assert found.placed == date(2024, 2, 29)
    assert found.seller == Firm(name="Acme")
    # An optional object of which nothing was found is not there, though its name is required.
    assert found.buyer is None
    assert found.parts == [Part(name="bolt", price=Decimal("1.50"))]
    assert found.notes == ("a", "b")


def test_absent_values_are_left_to_the_defaults_of_the_model() -> None:
    found, problems = schema_of(Order).validate(
        {"number": "A1", "rush": None, "Positionen": [{"price": "1"}], "notes": None}
    )
    assert problems == []
    assert isinstance(found, Order)
    assert (found.rush, found.notes) == (False, ())


def test_problems_carry_json_pointers_and_codes() -> None:
    found, problems = schema_of(Order).validate(
        {
            "number": "B1",
            "rank": {"not": "single"},
            "seller": {"name": None, "city": "Rome"},
            "Positionen": [{"price": "1"}, {"name": "x", "price": None}, {"price": "-3"}],
        }
    )
    assert found is None
    told = {(problem.path, problem.code) for problem in problems}
    assert told == {
        ("/number", "breaks_schema"),
        ("/rank", "breaks_schema"),
        ("/seller/name", "missing"),
        ("/Positionen/1/price", "missing"),
        ("/Positionen/2/price", "breaks_schema"),
    }
    assert {problem.severity for problem in problems} == {"error"}


def test_a_missing_list_counts_as_empty_and_its_bounds_hold() -> None:
    class Needed(BaseModel):
        parts: list[Part] = Field(min_length=1, alias="Positionen")

    _, problems = schema_of(Needed).validate({})
    assert [(problem.path, problem.code) for problem in problems] == [
        ("/Positionen", "breaks_schema")
    ]
    # Where it may be left out, it is.
    order, problems = schema_of(Order).validate({"number": "A1", "Positionen": []})
    assert problems == []
    assert order is not None
    assert order.parts == []  # type: ignore[attr-defined]


def test_validators_of_the_user_and_strict_models_work_on_json_values() -> None:
    class Strict(BaseModel):
        """Strict."""

        model_config = ConfigDict(strict=True, extra="forbid")
        day: date
        amount: Decimal
        colour: Colour

        @field_validator("amount")
        @classmethod
        def whole(cls, value: Decimal) -> Decimal:
            if value != value.to_integral_value():
                raise ValueError("must be whole")
            return value

    schema = schema_of(Strict)
    good = {"day": "2024-01-02", "amount": "3", "colour": "blue"}
    found, problems = schema.validate(good)
    assert problems == []
    assert found == Strict(day=date(2024, 1, 2), amount=Decimal(3), colour=Colour.BLUE)
    _, problems = schema.validate({**good, "amount": "3.5"})
    assert [problem.path for problem in problems] == ["/amount"]
    assert "must be whole" in problems[0].message


def test_checks_are_those_that_the_model_declares() -> None:
    class Bill(BaseModel):
        """Adds up."""

        __checks__: ClassVar[tuple[Rule, ...]] = (SumOf("/total", "/parts/*/price"),)
        total: Decimal | None = None
        parts: list[Part] = []

    schema = schema_of(Bill)
    parts = [{"name": None, "price": "1.00"}, {"name": None, "price": "2.00"}]
    assert schema.checks({"total": "3.00", "parts": parts}) == []
    (problem,) = schema.checks({"total": "4.00", "parts": parts})
    assert (problem.code, problem.severity) == ("check_failed", "review")


def test_a_check_of_a_field_that_is_not_there_is_refused() -> None:
    class Inner(BaseModel):
        """Its check names no field."""

        __checks__: ClassVar[tuple[Rule, ...]] = (Adds("/total", ("/net", "/tax")),)
        total: Decimal | None = None
        net: Decimal | None = None

    class Outer(BaseModel):
        """Holds it in a list."""

        inner: list[Inner]

    with pytest.raises(SchemaError, match=r"/inner/\*/tax"):
        schema_of(Outer)
