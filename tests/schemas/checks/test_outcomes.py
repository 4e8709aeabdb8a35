"""Checks that could be made, and all values that take part, whether they hold or not."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from docglean.schemas import checks
from docglean.schemas.builtin.invoice import Invoice
from docglean.schemas.checks import NAMED_AT_MOST, CheckOutcome, Rule, check
from docglean.schemas.checks.marks import Iban, NotBefore, VatId
from docglean.schemas.checks.sums import Adds, Balance, Product, SumOf
from docglean.schemas.pointers import value_at
from pydantic import BaseModel


def outcomes(model: type[BaseModel], values: dict[str, Any]) -> list[CheckOutcome]:
    """Of all checks, one after another."""
    return [outcome for rule in checks.outcomes(model, values) for outcome in rule]


def made(rule: Rule, values: dict[str, Any]) -> list[tuple[bool, set[str]]]:
    """Whether each comparison holds, and the values that take part; each must be there."""
    before = copy.deepcopy(values)
    found = list(rule.outcomes(values))
    assert values == before
    for outcome in found:
        assert len(set(outcome.paths)) == len(outcome.paths)
        assert all(value_at(values, path) is not None for path in outcome.paths)
    told = [(one.paths[0], one.message) for one in found if not one.holds]
    assert told == list(rule.broken(values))
    return [(one.holds, set(one.paths)) for one in found]


LINES = {"lines": [{"total": "10.00"}, {"total": "2.50"}]}
ITEMS = {"/lines/0/total", "/lines/1/total"}


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"net": "12.50", **LINES}, [(True, {"/net", *ITEMS})]),
        # The one that agrees takes part, the other does not.
        ({"gross": "12.50", "net": "99.00", **LINES}, [(True, {"/gross", *ITEMS})]),
        ({"net": "15.50", "shipping": "3.00", **LINES}, [(True, {"/net", "/shipping", *ITEMS})]),
        ({"net": "12.50", "shipping": "3.00", **LINES}, [(True, {"/net", *ITEMS})]),
        ({"net": "14.00", "shipping": "3.00", **LINES}, [(False, {"/net", "/shipping", *ITEMS})]),
        ({"net": "9.00", "lines": [{"total": "9.00"}, {"total": None}]}, []),
        ({"net": None, **LINES}, []),
    ],
)
def test_entries_and_their_total(
    values: dict[str, Any], found: list[tuple[bool, set[str]]]
) -> None:
    assert made(SumOf(("/net", "/gross"), "/lines/*/total", plus=("/shipping",)), values) == found


def test_a_total_and_its_parts() -> None:
    rule = Adds("/total", ("/net", "/tax"), plus=("/tip",))
    values = {"total": "3.00", "net": "2.00", "tax": "1.00", "tip": None}
    assert made(rule, values) == [(True, {"/total", "/net", "/tax"})]
    assert made(rule, values | {"tip": "1"}) == [(False, {"/total", "/net", "/tax", "/tip"})]
    assert made(rule, values | {"tax": None}) == []


def test_factors_and_their_product() -> None:
    rule = Product("/rows/*/sum", "/rows/*/count", "/rows/*/price", unless=("/rows/*/discount",))
    right = {"sum": "6.00", "count": "2", "price": "3.00"}
    rows = [right, right | {"sum": "7.00"}, right | {"discount": "1.00"}, {"sum": "5.00"}]
    first, second = ({f"/rows/{n}/{name}" for name in right} for n in (0, 1))
    assert made(rule, {"rows": rows}) == [(True, first), (False, second)]


def test_balances_from_above_or_from_below() -> None:
    rule = Balance("/open", "/rows/*/amount", "/close", "/rows/*/balance")
    rows = [{"amount": "1", "balance": "11"}, {"amount": "2"}, {"amount": "3", "balance": "16"}]
    amounts = {f"/rows/{n}/amount" for n in range(3)}
    values = {"open": "10", "close": "16", "rows": rows}
    assert made(rule, values) == [
        (True, {"/open", "/close", *amounts}),
        (True, {"/rows/0/balance", "/open", "/rows/0/amount"}),
        (True, {"/rows/2/balance", "/rows/0/balance", "/rows/1/amount", "/rows/2/amount"}),
    ]
    upwards = {"open": "10", "rows": rows[::-1]}
    assert [holds for holds, _ in made(rule, upwards)] == [True, True]
    wrong = {"open": "10", "rows": [*rows[:2], {"amount": "3", "balance": "17"}]}
    assert [holds for holds, _ in made(rule, wrong)] == [True, False]


@pytest.mark.parametrize(
    ("rule", "value", "found"),
    [
        (Iban("/number"), "DE89 3704 0044 0532 0130 00", [True]),
        (Iban("/number"), "DE88 3704 0044 0532 0130 00", [False]),
        (Iban("/number"), "DE89 **** 3000", []),
        (VatId("/number"), "DE136695976", [True]),
        (VatId("/number"), "DE136695978", [False]),
        (VatId("/number"), "136695976", []),
    ],
)
def test_check_digits(rule: Rule, value: str, found: list[bool]) -> None:
    assert [holds for holds, _ in made(rule, {"number": value})] == found


def test_dates_in_their_order() -> None:
    rule = NotBefore("/due", "/issued")
    both = {"/due", "/issued"}
    assert made(rule, {"issued": "2026-01-02", "due": "2026-01-02"}) == [(True, both)]
    assert made(rule, {"issued": "2026-01-03", "due": "2026-01-02"}) == [(False, both)]
    assert made(rule, {"issued": "2026-01-03", "due": "soon"}) == []


class Even(Rule):
    def patterns(self) -> tuple[str, ...]:
        return "/n", "/more/*/n"

    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        if values["n"] % 2:
            yield "/n", f"{values['n']} is odd."


class Louder(Adds):
    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        yield "/total", "Never right."


def test_a_rule_of_ones_own_holds_where_all_that_it_reads_is_there() -> None:
    class Inner(BaseModel):
        n: int = 0

    class Model(BaseModel):
        n: int = 0
        more: list[Inner] = []
        __checks__: ClassVar[tuple[Rule, ...]] = (Even(),)

    values = {"n": 2, "more": [{"n": 1}]}
    assert outcomes(Model, values) == [CheckOutcome(("/n", "/more/0/n"), True, "Even")]
    assert outcomes(Model, {"n": 2, "more": []}) == []
    assert outcomes(Model, {"n": 3, "more": []}) == [
        CheckOutcome(("/n",), False, "Even", "3 is odd.")
    ]


def test_a_rule_derived_from_ours_is_asked_what_is_broken() -> None:
    class Model(BaseModel):
        total: str = ""
        __checks__: ClassVar[tuple[Rule, ...]] = (Louder("/total", ("/net",)),)

    values = {"total": "1", "net": "1"}
    assert outcomes(Model, values) == [CheckOutcome(("/total",), False, "Louder", "Never right.")]
    assert [problem.message for problem in check(Model, values)] == ["Never right."]


def test_pointers_start_at_the_document_and_many_are_all_told() -> None:
    line = {"quantity": "1", "unit_price": "1.00", "line_total": "9.00"}
    values = {"line_items": [line] * 50}
    found = outcomes(Invoice, values)
    assert len(found) == 50 > NAMED_AT_MOST == len(check(Invoice, values))
    assert found[49].paths[0] == "/line_items/49/line_total"
    assert {one.name for one in found} == {"Product"}
