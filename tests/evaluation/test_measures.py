"""Metrics by hand, by their properties, and against other people's scorers."""

from __future__ import annotations

import copy
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from docglean.evaluation.compare import Tally, compare
from docglean.evaluation.metrics.reference_metrics import anls_star, comparable, json_accuracy
from docglean.evaluation.metrics.table_scores import cell_f1, table_scores
from docglean.evaluation.metrics.word_errors import hear, normalised
from docglean.schemas.schema import schema_of
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel

# --- transcripts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "language"),
    [
        ("IN EIGHTEEN THIRTEEN", "in 1813.", "en"),
        ("Go forward, ten meters!", "go forward 10 meters", "en"),
        ("nineteen ninety-six", "1996", "en"),
        ("Don't", "don\u2019t", "en"),
        ("dreiundzwanzig Euro", "23 Euro", "de"),
        ("1.234,50 Euro", "1234,50 euro", "de"),
        ("l'eau", "L\u2019EAU", "fr"),
    ],
)
def test_what_sounds_the_same_is_the_same(left: str, right: str, language: str) -> None:
    assert normalised(left, language) == normalised(right, language)


def test_errors_are_counted_by_hand() -> None:
    """One word substituted, one left out; in characters b -> x and d gone."""
    found = hear("a b c d", "a x c")
    assert (found.words, found.word_errors) == (4, 2)
    assert (found.characters, found.character_errors) == (4, 2)
    assert found.inserted is None


def test_a_clip_without_speech_has_no_rate() -> None:
    found = hear("", "Thank you. Bye")
    assert (found.words, found.word_errors, found.inserted) == (0, 0, 3)
    assert hear("  ", "").inserted == 0


def test_languages_without_blanks_are_counted_in_characters() -> None:
    found = hear("東京へ行く。", "東京に行く", "ja")
    assert (found.characters, found.character_errors) == (5, 1)


@given(st.text(alphabet="abc 12.,'", max_size=30))
@example("1.11'1")
def test_a_transcript_of_itself_has_no_errors(text: str) -> None:
    found = hear(text, text)
    assert found.word_errors == found.character_errors == 0
    assert normalised(normalised(text)) == normalised(text)


# --- tables -----------------------------------------------------------------------------------

TABLE = {
    "rows": [["", "2019", "", "2020"], ["Bread", "1.5", "1.6", "1.7"], ["Milk", "0.8", "0.9", ""]],
    "spans": [[0, 1, 0, 2]],
}
OTHER = {"rows": [["a", "b"], ["c", "d"], ["e", "f"]], "spans": []}
ALL = ("cell_f1", "grits_top", "grits_con", "teds", "teds_struct")


def test_the_same_tables_score_one_in_any_order() -> None:
    scores = table_scores([TABLE, OTHER], [OTHER, TABLE])
    assert scores == {name: pytest.approx(1.0) for name in ALL}


def test_cell_f1_by_hand() -> None:
    """8 of 9 texts are in both; one is another."""
    spoilt = copy.deepcopy(TABLE)
    spoilt["rows"][1][1] = "9.9"
    assert cell_f1([TABLE], [spoilt]) == pytest.approx(2 * 8 / 18)
    assert cell_f1([], []) == 1.0


def test_grits_content_by_hand() -> None:
    """GriTS of grids whose cells are the same or share no letter: 5 of 6 cells, F = 5/6."""
    spoilt = {"rows": [["a", "b"], ["c", "d"], ["e", "x"]], "spans": []}
    assert table_scores([OTHER], [spoilt])["grits_con"] == pytest.approx(5 / 6)


def test_structure_is_told_from_content() -> None:
    without_spans = {**TABLE, "spans": []}
    scores = table_scores([TABLE], [without_spans])
    assert scores["cell_f1"] == 1.0
    assert scores["grits_top"] < 1.0
    assert scores["teds_struct"] < 1.0
    spoilt = copy.deepcopy(TABLE)
    spoilt["rows"][1][0] = "zzz"
    assert table_scores([TABLE], [spoilt])["teds_struct"] == pytest.approx(1.0)


def test_missed_and_surplus_tables_count() -> None:
    for truth, given_tables in (([TABLE, OTHER], [TABLE]), ([TABLE], [TABLE, OTHER])):
        scores = table_scores(truth, given_tables)
        assert all(0 < scores[name] < 1 for name in ALL), scores
    assert set(table_scores([TABLE], []).values()) == {0.0}
    assert set(table_scores([], []).values()) == {1.0}


def test_odd_tables_break_nothing() -> None:
    odd: list[dict[str, Any]] = [
        {"rows": [[]]},
        {"rows": None, "spans": None},
        {
            "rows": [["a"], ["b", "c"], [None]],
            "spans": [[0, 0, 9, 9], [5, 5, 6, 6], [0], ["x"] * 4],
        },
    ]
    for table in odd:
        for score in table_scores([TABLE], [table]).values():
            assert 0 <= score <= 1


@given(st.integers(1, 4), st.integers(1, 4), st.randoms(use_true_random=False))
def test_worse_tables_never_score_better(height: int, width: int, random: Random) -> None:
    rows = [[f"r{r}c{c}" for c in range(width)] for r in range(height)]
    spoilt = [list(row) for row in rows]
    before = dict.fromkeys(ALL, 1.0)
    places = [(r, c) for r in range(height) for c in range(width)]
    random.shuffle(places)
    for r, c in places[:3]:
        spoilt[r][c] = "\u2603" * 9
        now = table_scores([{"rows": rows}], [{"rows": spoilt}])
        assert all(now[name] <= before[name] + 1e-9 for name in ALL)
        before = now


# --- other people's metrics -------------------------------------------------------------------


def test_anls_star_is_the_packages() -> None:
    """Against anls-star 1.0 of the authors, on random trees of texts."""
    from anls_star import anls_score

    random = Random(5)
    words = ["alpha", "alphb", "beta", "12.50", "12.51", "x"]

    def tree() -> dict[str, Any]:
        def entry() -> dict[str, Any]:
            # Alike in size, so that it does not matter which of two equal pairs is taken.
            return {name: random.choice([*words, None]) for name in "ab"}

        return {
            "one": random.choice([*words, None]),
            "two": {"deep": random.choice(words)},
            "many": [entry() for _ in range(random.randrange(1, 4))],
            "plain": random.sample(words, random.randrange(1, 4)),
        }

    for _ in range(300):
        truth, given_tree = tree(), tree()
        assert anls_star(truth, given_tree) == pytest.approx(anls_score(truth, given_tree))


def test_json_accuracy_by_hand() -> None:
    truth = {"a": "1", "b": {"c": "2", "d": "3"}, "tags": ["x", "y"]}
    assert json_accuracy(truth, copy.deepcopy(truth)) == 1.0
    assert json_accuracy(truth, {**truth, "tags": ["y", "x"]}) == 1.0
    assert json_accuracy(truth, {**truth, "a": "9"}) == pytest.approx(4 / 5)  # changed
    assert json_accuracy(truth, {**truth, "b": {"c": "2"}}) == pytest.approx(4 / 5)  # deleted
    assert json_accuracy(truth, {**truth, "more": {"p": 1, "q": 2}}) == pytest.approx(3 / 5)
    assert json_accuracy({"a": "1"}, {"x": "1", "y": "2", "z": "3"}) == 0.0  # never below
    assert json_accuracy({"a": "9.0"}, {"a": "9.00"}) == 0.0  # theirs, not ours


def test_only_what_is_labelled_is_compared() -> None:
    truth = {"a": 1, "lines": [{"x": 1}, {"y": 2}]}
    predicted = {"a": 1, "b": 2, "lines": [{"x": 1, "y": None, "z": 3}, {"x": None, "y": 2}]}
    left, right = comparable(truth, predicted)
    assert left == {"a": "1", "lines": [{"x": "1"}, {"y": "2"}]}
    assert right == {
        "a": "1",
        "lines": [{"x": "1", "y": None}, {"x": None, "y": "2"}],
    }
    assert anls_star(left, right) == 1.0


# --- stickler ---------------------------------------------------------------------------------


class Bill(BaseModel):
    number: str | None
    total: Decimal | None
    seller: str | None
    note: str | None


FIELDS = ("number", "total", "seller", "note")


def test_counts_of_fields_are_sticklers() -> None:
    """Against stickler-eval 1.0 (AWS Labs) on bills, field by field and engine by engine.

    Theirs calls what we call wrong a false discovery, hallucinated a false alarm, missing a false
    negative, correctly empty a true negative.
    """
    from stickler import ComparableField, StructuredModel
    from stickler.comparators import ExactComparator

    class Theirs(StructuredModel):
        number: Any = ComparableField(comparator=ExactComparator(), threshold=1.0, default=None)
        total: Any = ComparableField(comparator=ExactComparator(), threshold=1.0, default=None)
        seller: Any = ComparableField(comparator=ExactComparator(), threshold=1.0, default=None)
        note: Any = ComparableField(comparator=ExactComparator(), threshold=1.0, default=None)

    root = schema_of(Bill).root
    random = Random(3)

    def bill(spoil: float) -> tuple[dict[str, Any], dict[str, Any]]:
        words = {name: [f"{name}{i}" for i in range(3)] for name in FIELDS}
        words["total"] = ["1.00", "2.00", "3.00"]
        truth = {name: random.choice([*words[name], None]) for name in FIELDS}
        given_bill = {
            name: random.choice([*words[name], None]) if random.random() < spoil else value
            for name, value in truth.items()
        }
        return truth, given_bill

    accuracies = {}
    for spoil in (0.05, 0.3, 0.8):
        ours, theirs = [0] * 5, [0] * 5
        for _ in range(60):
            truth, given_bill = bill(spoil)
            tally = Tally.of(compare(root, truth, given_bill))
            counts = tally.counts
            for place, name in enumerate(
                ("correct", "wrong", "hallucinated", "missing", "correct_empty")
            ):
                ours[place] += counts[name]  # type: ignore[index]
            found = Theirs(**truth).compare_with(
                Theirs(**given_bill), include_confusion_matrix=True
            )["confusion_matrix"]["aggregate"]
            for place, name in enumerate(("tp", "fd", "fa", "fn", "tn")):
                theirs[place] += found[name]
        assert ours == theirs
        accuracies[spoil] = (ours[0] + ours[4]) / sum(ours)
    assert accuracies[0.05] > accuracies[0.3] > accuracies[0.8]
