"""What a value, its list, its document and a null tell; and the words in which it is told."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pytest
from docglean.extractors.calibration_file import Calibration
from docglean.extractors.confidence.calibration import prior
from docglean.extractors.confidence.confidence import confidence_of
from docglean.extractors.confidence.document_signals import kind_doubt
from docglean.extractors.confidence.signals import SIGNALS
from docglean.extractors.confidence.value_signals import (
    check_signals,
    fields_of,
    null_signals,
    odd_entries,
    problem_signals,
    value_signals,
)
from docglean.extractors.confidence.word_signals import PageSignals
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import SchemaRecord
from docglean.schemas.checks import CheckOutcome
from docglean.schemas.errors import Problem
from docglean.schemas.kinds import Code, Money, Name
from docglean.schemas.schema import schema_of
from pydantic import BaseModel
from stand_ins import BILL, Bench, ok
from word_pages import page, till_slip


class Part(BaseModel):
    code: Annotated[str | None, Code()] = None
    price: Annotated[Decimal | None, Money()] = None


class Order(BaseModel):
    number: str
    customer: Annotated[str | None, Name()] = None
    discount: Annotated[Decimal | None, Money()] = None
    parts: list[Part] = []


ROOT = schema_of(Order).root
FIELDS = {field.path: field for field in ROOT.leaves()}


def leaves(*codes: str | None) -> list[Any]:
    return list(fields_of(ROOT, {"number": "A", "parts": [{"code": code} for code in codes]}))


def test_every_leaf_has_a_pointer_nulls_of_absent_objects_too() -> None:
    found = {pointer: value for pointer, _, value in leaves("X-1")}
    assert found == {
        "/number": "A", "/customer": None, "/discount": None, "/parts/0/code": "X-1",
        "/parts/0/price": None,
    }  # fmt: skip


def test_an_entry_of_another_form_is_odd_where_there_are_enough_others() -> None:
    assert odd_entries(leaves("X-1", "X-22", "X-3", "7")) == {"/parts/3/code"}
    assert odd_entries(leaves("X-1", "X-22", "X-3", None)) == {"/parts/3/code"}
    assert odd_entries(leaves("X-1", "X-22", "7")) == set()
    assert odd_entries(leaves("X-1", "7", "Y", "1.5")) == set()


def test_a_null_is_doubtful_where_its_caption_is_printed_or_the_field_is_required() -> None:
    seen = [PageSignals(page("Discount 5.00"))]
    assert null_signals(FIELDS["/discount"], seen) == {"absent": 1.0, "caption_seen": 1.0}
    assert null_signals(FIELDS["/discount"], [PageSignals(page("Total 5.00"))]) == {"absent": 1.0}
    assert null_signals(FIELDS["/number"], []) == {"absent": 1.0, "absent_usual": 1.0}
    assert null_signals(FIELDS["/parts/*/price"], seen) == {"absent": 1.0}


def test_a_name_with_a_long_number_is_none() -> None:
    named = FIELDS["/customer"]
    assert value_signals(named, "Farmasi S/B(587969-U)", None, {})["figures_in_name"] == 1.0
    assert value_signals(named, "99 Speed Mart", None, {})["figures_in_name"] == 0.0


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("RE-2063-1496", {}),
        ("Beleg", {"no_digit": 1.0}),
        ("20.02.2018", {"other_kind": 1.0}),
        ("1.659,68 EUR", {"other_kind": 1.0}),
        ("RM12.50", {"other_kind": 1.0}),
        ("03-1234 5678", {}),
        ("12.50-33", {}),
    ],
)
def test_a_code_that_is_printed_as_amounts_and_dates_are_may_be_one(
    code: str, told: dict[str, float]
) -> None:
    found = value_signals(FIELDS["/parts/*/code"], code, None, {})
    assert {name: one for name, one in found.items() if one} == told


def test_a_text_with_an_amount_in_it_may_be_longer_than_it_should() -> None:
    number = FIELDS["/number"]
    assert value_signals(number, "CORNETTO 3,00 6,39", None, {})["amount_inside"] == 1.0
    assert value_signals(number, "Tube 15 mm, 2.5 kg", None, {})["amount_inside"] == 0.0


def test_problems_speak_against_the_value_that_they_name() -> None:
    told = problem_signals(
        [
            Problem(code="conflict", message="", path="/number"),
            Problem(code="breaks_schema", message="", path="/discount"),
            Problem(code="check_failed", message="", path="/parts/0/price"),
            Problem(code="not_found", message="", path="/customer"),
            Problem(code="damaged", message=""),
        ]
    )
    assert told == {"/number": {"windows_differ": 1.0}, "/discount": {"problem": 1.0}}


def test_checks_speak_of_all_that_take_part_and_an_order_of_dates_proves_little() -> None:
    told = check_signals(
        [
            (
                CheckOutcome(("/total", "/net"), True, "Adds"),
                CheckOutcome(("/paid", "/total"), False, "Adds"),
            ),
            (
                CheckOutcome(("/due", "/date"), True, "NotBefore"),
                CheckOutcome(("/start", "/end"), False, "NotBefore"),
            ),
        ]
    )
    assert told["/total"] == {"check_holds": 1.0, "check_fails": 1.0}
    assert told["/net"] == {"check_holds": 1.0}
    assert told["/start"] == told["/end"] == {"check_fails": 1.0}
    assert "/due" not in told


@pytest.mark.parametrize(
    ("record", "doubt"),
    [
        (SchemaRecord(name="receipt", hash="", certainty=0.75), 0.25),
        (SchemaRecord(name="receipt", hash="", looks_like={"form": 0.8, "receipt": 0.1}), 0.9),
        (SchemaRecord(name="receipt", hash=""), 0.0),
        (None, 0.0),
    ],
)
def test_a_document_of_another_kind_is_doubted(record: SchemaRecord | None, doubt: float) -> None:
    assert kind_doubt(record, []) == pytest.approx(doubt)


def test_what_the_words_clearly_say_goes_before_likelihoods() -> None:
    record = SchemaRecord(name="receipt", hash="", looks_like={"receipt": 0.6})
    assert kind_doubt(record, [Problem(code="other_kind", message="")]) == 1.0


def test_reasons_are_told_strongest_first_in_words_for_their_direction() -> None:
    used = Calibration(family="local", weights={"exact": 1.0, "repeated": -2.0, "margin": 0.1})
    sure = confidence_of(used, {"exact": 1.0, "repeated": 1.0, "margin": 1.0}, "x", "/a")
    assert sure.why == (SIGNALS["repeated"].down, SIGNALS["exact"].up)
    assert sure.probability == pytest.approx(0.2891, abs=1e-4)
    assert not sure.calibrated


@pytest.mark.parametrize("family", ["local", "ocr", "image", "audio"])
def test_shipped_priors_weigh_signals_that_there_are_and_say_where_they_are_from(
    family: Any,
) -> None:
    used = prior(family)
    assert set(used.weights) <= set(SIGNALS)
    assert used.note
    assert not used.calibrated
    worse = ("nowhere", "hidden", "windows_differ", "absent_usual", "ocr_doubt", "garbled")
    assert all(used.weights.get(name, 0.0) <= 0 for name in worse)
    assert used.weights["nowhere"] < -1
    if family != "local":  # there all signals together speak for it, too: `test_weighed`
        # A field that is empty as a matter of course makes nobody look.
        assert used.probability(used.contributions({"absent": 1.0}, "mine", "/iban")) > 0.6


def test_the_prior_of_rules_is_less_sure_of_schemas_that_it_was_not_fitted_to() -> None:
    used = prior("local")

    def chance(signal: str, schema: str) -> float:
        return used.probability(used.contributions({signal: 1.0}, schema, "/nothing_known_of_it"))

    assert chance("exact", "mine") < chance("exact", "invoice")
    assert chance("absent", "mine") == chance("absent", "invoice")


async def test_a_value_that_is_not_on_the_page_is_less_sure_than_one_that_is(
    tmp_path: Path, workers: Workers
) -> None:
    bench = Bench(tmp_path, workers)
    said = {**BILL, "number": "Z-99", "lines": []}
    extraction, _ = await bench.extract(till_slip(tmp_path / "slip.pdf"), lambda call: ok(said))
    sure = extraction.confidence
    assert set(sure) == {"/number", "/total"}
    assert sure["/number"].signals["nowhere"] == 1.0
    assert sure["/total"].signals["exact"] == 1.0
    assert sure["/total"].probability > 0.8 > 0.5 > sure["/number"].probability
    assert SIGNALS["nowhere"].down in sure["/number"].why


def test_words_for_signals_are_short_and_begin_small() -> None:
    for signal in SIGNALS.values():
        for words in (signal.up, signal.down):
            assert len(words) <= 75
            assert not words.endswith(".")
            assert re.match(r"[a-zO]", words)
