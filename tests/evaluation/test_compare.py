"""Outcomes are exclusive, unlabelled values are never scored, lists are matched optimally."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from docglean.evaluation.compare import Tally, compare, match
from docglean.schemas.schema import schema_of
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel


class Line(BaseModel):
    text: str | None
    count: int | None
    total: Decimal | None


class Party(BaseModel):
    name: str | None
    city: str | None


class Bill(BaseModel):
    number: str | None
    issued: date | None
    total: Decimal | None
    seller: Party
    lines: list[Line]
    tags: list[str]


ROOT = schema_of(Bill).root


def outcomes(truth: Any, predicted: Any) -> dict[str, str]:
    return {row.pointer: row.outcome for row in compare(ROOT, truth, predicted)}


def test_each_outcome() -> None:
    truth = {"number": "A-1", "issued": None, "total": "9.00", "seller": {"name": "Ann"}}
    assert outcomes(truth, {"number": "a 1", "total": "9", "seller": {"name": None}}) == {
        "/number": "correct",
        "/issued": "correct_empty",
        "/total": "correct",
        "/seller/name": "missing",
    }
    assert outcomes(truth, {"number": "B", "issued": "2024-01-01", "seller": None}) == {
        "/number": "wrong",
        "/issued": "hallucinated",
        "/total": "missing",
        "/seller/name": "missing",
    }


def test_what_is_not_labelled_is_not_scored() -> None:
    assert outcomes({}, {"number": "A", "lines": [{"text": "x"}]}) == {}
    truth = {"lines": [{"text": "x"}]}
    assert outcomes(truth, {"lines": [{"text": "x", "total": "5.00"}]}) == {
        "/lines/0/text": "correct"
    }


def test_a_document_that_failed_gets_nothing_for_empty_labels() -> None:
    rows = compare(ROOT, {"number": "A", "issued": None, "lines": [{"text": "x"}]}, None)
    assert [row.outcome for row in rows] == ["missing", "missing", "missing"]
    assert Tally.of(rows).accuracy == 0


def test_blank_text_is_absent() -> None:
    assert outcomes({"number": ""}, {"number": "  "}) == {"/number": "correct_empty"}


def test_entries_are_matched_whatever_their_order() -> None:
    truth = [{"text": "bolt", "count": 1, "total": "2.00"},
             {"text": "nut", "count": 5, "total": "7.00"}]  # fmt: skip
    rows = compare(ROOT, {"lines": truth}, {"lines": truth[::-1]})
    assert {row.outcome for row in rows} == {"correct"}
    found = outcomes({"lines": truth}, {"lines": [{"text": "screw", "count": 9, "total": "1.00"}]})
    assert found == {
        **{f"/lines/{i}/{name}": "missing" for i in (0, 1) for name in ("text", "count", "total")},
        # pointers of extra entries are those of the prediction
        "/lines/0/text": "extra",
        "/lines/0/count": "extra",
        "/lines/0/total": "extra",
    }


def test_an_entry_of_which_one_value_is_wrong_is_no_lost_entry() -> None:
    truth = [{"text": "bolt", "count": 1, "total": "2.00"}]
    assert outcomes({"lines": truth}, {"lines": [{"text": "bolt", "count": 2, "total": None}]}) == {
        "/lines/0/text": "correct",
        "/lines/0/count": "wrong",
        "/lines/0/total": "missing",
    }


def test_equal_entries_that_are_there_twice_count_twice() -> None:
    line = {"text": "bolt", "count": 1, "total": "2.00"}
    rows = compare(ROOT, {"lines": [line, line]}, {"lines": [line]})
    assert sorted(row.outcome for row in rows) == ["correct"] * 3 + ["missing"] * 3


def test_lists_of_plain_values() -> None:
    assert sorted(
        row.outcome for row in compare(ROOT, {"tags": ["a", "b"]}, {"tags": ["b", "zzz"]})
    ) == ["correct", "extra", "missing"]


def test_long_lists_are_matched_too() -> None:
    random = Random(1)
    truth = [{"text": f"item {i}", "count": i % 7, "total": f"{i}.00"} for i in range(1500)]
    predicted = [dict(line) for line in truth]
    for index in random.sample(range(1500), 50):
        predicted[index]["total"] = "99999.00"
    random.shuffle(predicted)
    tally = Tally.of(compare(ROOT, {"lines": truth}, {"lines": predicted}))
    assert tally.counts["wrong"] == 50
    assert tally.counts["correct"] == 1500 * 3 - 50
    assert tally.counts["missing"] == tally.counts["extra"] == 0


LINES = st.lists(
    st.fixed_dictionaries(
        {
            "text": st.sampled_from(["bolt", "nut", "washer", None]),
            "count": st.integers(0, 3) | st.none(),
            "total": st.sampled_from(["1.00", "2.50", None]),
        }
    ),
    max_size=6,
)


@given(LINES)
def test_the_truth_itself_is_all_right(lines: list[dict[str, Any]]) -> None:
    tally = Tally.of(compare(ROOT, {"lines": lines}, {"lines": lines}))
    assert tally.right == tally.labelled
    assert tally.counts["extra"] == 0


@given(LINES, LINES)
def test_every_labelled_value_has_one_row(left: list[Any], right: list[Any]) -> None:
    tally = Tally.of(compare(ROOT, {"lines": left}, {"lines": right}))
    there = sum(value is not None for line in left for value in line.values())
    counts = tally.counts
    assert counts["correct"] + counts["wrong"] + counts["missing"] == there
    given = sum(value is not None for line in right for value in line.values())
    assert counts["correct"] + counts["wrong"] + counts["hallucinated"] + counts["extra"] == given


@given(LINES, LINES)
def test_pairs_are_one_to_one(left: list[Any], right: list[Any]) -> None:
    item = next(field for field in ROOT.children if field.name == "lines").item
    pairs = list(match(item, left, right))
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
