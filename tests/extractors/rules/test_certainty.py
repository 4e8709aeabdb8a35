"""How sure the rules say they are of what they read: signals beside the values."""

from __future__ import annotations

import pytest
from docglean.extractors.confidence.signals import SIGNALS
from docglean.extractors.rules.document_values import RuleReading, read_words
from docglean.extractors.rules.fields.candidates import Candidate
from docglean.extractors.rules.fields.certainty import certainty, sureness
from docglean.schemas.schema import load_schema
from papers import receipt, words

HEAD = ("SYARIKAT MAJU JAYA SDN BHD", "NO 12, JALAN BUNGA 3/4,", "43300 SERI KEMBANGAN, SELANGOR")


def read(*lines: str | tuple[str, str]) -> RuleReading:
    return read_words(load_schema("receipt"), [receipt(*HEAD, *lines)])


def test_what_stands_beside_its_caption_has_a_score_and_says_so() -> None:
    signals = read("Date: 04/03/2018", ("Total", "50.00"), ("Change", "10.00")).signals
    assert signals["/total"]["rule_caption"] == 1
    assert 0.5 < signals["/total"]["rule_score"] <= 1
    assert "rule_caption" not in signals["/company"]
    assert 0 < signals["/company"]["rule_score"] <= 1
    assert {name for told in signals.values() for name in told} <= SIGNALS.keys()
    assert all(0 < value <= 1 for told in signals.values() for value in told.values())


def test_another_value_that_fits_as_well_closes_the_gap() -> None:
    alone = read(("Total", "50.00")).signals["/total"]
    rivalled = read(("Total", "50.00"), ("Total", "60.00")).signals["/total"]
    twice = read(("Total", "50.00"), ("Total", "50.00")).signals["/total"]
    assert rivalled.get("rule_gap", 0) < alone["rule_gap"] / 2
    assert twice["rule_gap"] > 0.5  # the same value is no rival


def test_a_name_that_is_hardly_better_than_the_line_beside_it_has_no_gap() -> None:
    clear = read().signals["/company"]
    page = receipt("MAJU JAYA", "SERI MAJU", *HEAD[1:])
    unclear = read_words(load_schema("receipt"), [page]).signals["/company"]
    assert unclear.get("rule_gap", 0) < 0.3 < clear["rule_gap"]


def test_a_field_without_value_tells_what_might_have_been_one() -> None:
    def at(value: str, score: float) -> Candidate:
        return Candidate(value, 1, (), score)

    candidates = {"/a": [at("x", 0.3), at("y", 0.2)], "/b": [], "/c": [at("x", 0.9), at("y", 0.6)]}
    signals = certainty(candidates, {"/c": ("y", candidates["/c"][1])})
    assert signals == {
        "/a": {"rule_discarded": 0.3},
        "/c": {"rule_score": sureness(0.6), "rule_overruled": 1.0},
    }


def test_what_is_surer_than_a_guess_counts_by_its_odds() -> None:
    assert [sureness(one) for one in (0.0, 0.5, 0.9999)] == [0, 0, 1]
    assert sureness(0.99) - sureness(0.9) == pytest.approx(
        sureness(0.999) - sureness(0.99), abs=0.02
    )


def test_where_lines_may_belong_to_a_name_or_an_address_their_edge_is_told() -> None:
    clear = read().signals["/address"].get("rule_edge", 0)
    page = receipt(HEAD[0], "DIVISI TIMUR", *HEAD[1:], "MALAYSIA SEMENANJUNG", ("Total", "50.00"))
    unclear = read_words(load_schema("receipt"), [page]).signals["/address"]["rule_edge"]
    assert clear < unclear <= 1


def test_columns_of_a_table_are_named_by_their_heads() -> None:
    page = words(
        (40, 100, "Description"), (260, 100, "Qty"), (340, 100, "Unit price"), (460, 100, "Amount"),
        (40, 120, "Paper"), (260, 120, "2"), (340, 120, "3.00"), (460, 120, "6.00"),
        (40, 140, "Pens"), (260, 140, "4"), (340, 140, "1.50"), (460, 140, "6.00"),
    )  # fmt: skip
    found = read_words(load_schema("invoice"), [page])
    items = {path for path in found.evidence if path.startswith("/line_items/")}
    assert len(items) == 8
    assert all(found.signals[path] == {"rule_caption": 1.0} for path in items)
