"""Outcomes are exclusive, unlabelled values are never scored, lists are matched optimally."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from docglean.evaluation.compare import OUTCOMES, Tally, compare
from docglean.evaluation.matching import match
from docglean.schemas.builtin.form import Form
from docglean.schemas.builtin.tables import Tables
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
    assert tally.labelled_there == there
    assert tally.labelled == sum(len(line) for line in left)
    assert tally.given == sum(value is not None for line in right for value in line.values())


@given(LINES, LINES, LINES)
def test_how_much_is_labelled_does_not_depend_on_the_prediction(
    truth: list[Any], left: list[Any], right: list[Any]
) -> None:
    """So that two engines have the same denominators, a document that failed included."""
    tallies = [
        Tally.of(compare(ROOT, {"lines": truth}, predicted))
        for predicted in ({"lines": left}, {"lines": right}, {}, None)
    ]
    assert len({(tally.labelled, tally.labelled_empty) for tally in tallies}) == 1


@given(LINES, LINES, st.randoms(use_true_random=False))
def test_the_order_of_predicted_entries_changes_no_count(
    truth: list[Any], predicted: list[Any], random: Random
) -> None:
    shuffled = random.sample(predicted, len(predicted))
    figures = [
        Tally.of(compare(ROOT, {"lines": truth}, {"lines": lines})).counts["correct"]
        for lines in (predicted, shuffled)
    ]
    assert figures[0] == figures[1]


@given(LINES, st.data())
def test_a_worse_value_never_scores_better(
    truth: list[dict[str, Any]], data: st.DataObject
) -> None:
    """From a perfect answer, each value spoilt costs one that was right."""
    predicted = [dict(line) for line in truth]
    right = Tally.of(compare(ROOT, {"lines": truth}, {"lines": predicted})).right
    for line in predicted:
        name = data.draw(st.sampled_from(sorted(line)))
        line[name] = {"text": "spoilt", "count": 99, "total": "77.77"}[name]
        now = Tally.of(compare(ROOT, {"lines": truth}, {"lines": predicted})).right
        assert now < right
        right = now


@given(LINES, LINES)
def test_pairs_are_one_to_one(left: list[Any], right: list[Any]) -> None:
    item = next(field for field in ROOT.children if field.name == "lines").item
    pairs = list(match(item, left, right))
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)


def test_other_right_values_count_as_right() -> None:
    truth = {"total": "12.00", "lines": [{"text": "bolt", "total": "3.00"}]}
    accept = {"/total": ["-12.00"], "/lines/0/total": ["-3.00"]}
    rows = compare(
        ROOT, truth, {"total": "-12", "lines": [{"text": "bolt", "total": "-3"}]}, accept=accept
    )
    assert {row.outcome for row in rows} == {"correct"}
    wrong = compare(ROOT, truth, {"total": "-13.00", "lines": []}, accept=accept)
    assert {row.pointer: row.outcome for row in wrong}["/total"] == "wrong"


def test_rows_say_where_the_prediction_stands() -> None:
    truth = {"lines": [{"text": "bolt"}, {"text": "nut"}]}
    predicted = {"lines": [{"text": "washer"}, {"text": "nut"}, {"text": "bolt"}]}
    assert [(row.outcome, row.pointer, row.at) for row in compare(ROOT, truth, predicted)] == [
        ("correct", "/lines/0/text", "/lines/2/text"),
        ("correct", "/lines/1/text", "/lines/1/text"),
        ("extra", "/lines/0/text", "/lines/0/text"),
    ]
    assert compare(ROOT, {"number": "A"}, {"number": None})[0].at == "/number"
    assert compare(ROOT, {"lines": [{"text": "bolt"}]}, {"lines": []})[0].at is None


def test_nearly_right_counts_for_words_only() -> None:
    truth = {"number": "INV-20391", "total": "1000.00", "seller": {"name": "Restaurant Anna"}}
    predicted = {"number": "INV-20392", "total": "1000.01", "seller": {"name": "Restaurant Anne"}}
    rows = {row.path: row for row in compare(ROOT, truth, predicted)}
    assert {row.outcome for row in rows.values()} == {"wrong"}
    assert rows["/seller/name"].close
    assert not rows["/total"].close
    tally = Tally.of(list(rows.values()))
    assert tally.accuracy == 0
    assert tally.close == 1


def test_figures_by_hand() -> None:
    """4 right, 1 rightly empty, 2 wrong, 1 missing, 1 hallucinated, 1 extra."""
    truth = {
        "number": "A-1",
        "issued": None,
        "total": "9.00",
        "seller": {"name": "Ann", "city": None},
        "lines": [{"text": "bolt", "count": 1}, {"text": "nut", "count": 2}],
    }
    predicted = {
        "number": "A-1",
        "issued": None,
        "total": "8.00",
        "seller": {"name": None, "city": "Rome"},
        "lines": [{"text": "bolt", "count": 1}, {"text": "nut", "count": 3}, {"text": "zzz"}],
    }
    tally = Tally.of(compare(ROOT, truth, predicted))
    assert [tally.counts[outcome] for outcome in OUTCOMES] == [4, 1, 2, 1, 1, 1]
    assert tally.accuracy == 5 / 9
    assert tally.precision == 4 / 8
    assert tally.recall == 4 / 7
    assert tally.f1 == 8 / 15
    assert tally.hallucination_rate == 1 / 2


FORM = schema_of(Form).root


def form(truth: list[tuple[str, str | None]], given: list[tuple[str, str | None]]) -> Any:
    def pairs(entries: list[tuple[str, str | None]]) -> list[dict[str, Any]]:
        return [{"key": key, "value": value} for key, value in entries]

    rows = compare(FORM, {"fields": pairs(truth)}, {"fields": pairs(given)})
    return [(row.path.rpartition("/")[2], row.outcome) for row in rows]


def test_a_blank_caption_need_not_be_given() -> None:
    """A caption with nothing filled in: to leave it out is right, to fill it in is not."""
    assert form([("Message:", None)], []) == [("value", "correct_empty")]
    assert form([("Message:", None)], [("message", None)]) == [("value", "correct_empty")]
    assert form([("Message:", None)], [("Message", "Hello")]) == [("value", "hallucinated")]
    # blank captions that nobody labelled claim nothing
    assert form([("Date", "1 May")], [("Date", "1 May"), ("Room", None)]) == [
        ("key", "correct"),
        ("value", "correct"),
    ]
    assert form([("Date", "1 May")], [("Room", "12")]) == [
        ("key", "missing"),
        ("value", "missing"),
        ("key", "extra"),
        ("value", "extra"),
    ]


def test_captions_tell_entries_apart_where_values_repeat() -> None:
    truth: list[tuple[str, str | None]] = [("Male", "X"), ("Smoker", "X"), ("Married", "X")]
    given: list[tuple[str, str | None]] = [("Resident", "X"), ("Married:", "X"), ("Male", "X")]
    assert sorted(form(truth, given)) == sorted(
        [("key", "correct"), ("value", "correct")] * 2
        + [("key", "missing"), ("value", "missing"), ("key", "extra"), ("value", "extra")]
    )


def test_equal_captions_are_paired_by_value() -> None:
    truth: list[tuple[str, str | None]] = [("TEL", "44 71"), ("TEL", "32 512")]
    assert {outcome for _, outcome in form(truth, truth[::-1])} == {"correct"}


GRID = schema_of(Tables).root


def grid(truth: list[list[str]], given: list[list[str]], **more: Any) -> Tally:
    return Tally.of(
        compare(GRID, {"tables": [{"rows": truth} | more]}, {"tables": [{"rows": given}]})
    )


def test_cells_are_compared_in_order_and_empty_ones_are_not() -> None:
    rows = [["", "2019", "2020"], ["Bread", "1.5", "1.7"], ["Milk", "", "0.9"]]
    perfect = grid(rows, rows)
    assert (perfect.labelled, perfect.right) == (7, 7)
    shifted = grid(rows, [["", *row] for row in rows])
    assert shifted.right == 7
    swapped = grid(rows, [[row[0], row[2], row[1]] for row in rows])
    assert swapped.right < 7
    assert grid(rows, []).counts["missing"] == 7


def test_which_cells_span_others_is_no_value() -> None:
    assert grid([["a", "b"]], [["a", "b"]], spans=[[0, 0, 0, 1]]).labelled == 2
