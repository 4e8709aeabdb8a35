"""Figures of made rows with known answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from docglean.evaluation.comparisons import field_differences
from docglean.evaluation.counts import gather
from docglean.evaluation.engine_figures import Figures, figures
from docglean.evaluation.rates import Scope
from docglean.evaluation.resampling import Interval
from made_results import Made, engine


def made(folder: Path, *specs: str) -> Made:
    return Made(folder / "report", [engine(spec) for spec in specs])


def of(one: Made) -> Figures:
    return figures(gather(one.write()))


def estimate(interval: Interval | None) -> float | None:
    return None if interval is None else round(interval.estimate, 6)


def test_every_rate_by_hand(tmp_path: Path) -> None:
    one = made(tmp_path, "local")
    one.say("d1", "local", "ccce")
    one.say("d2", "local", "wmhx")
    one.say("d3", "local", "mu", failed=True)
    found = of(one).rates("local")
    # 3 correct, 1 correct empty, 1 wrong, 2 missing, 1 hallucinated, 1 extra, 1 unanswered
    assert found.documents == 3
    assert found.labelled == 9
    assert estimate(found.accuracy) == round(4 / 9, 6)
    assert estimate(found.precision) == round(3 / 6, 6)
    assert estimate(found.recall) == round(3 / 6, 6)
    assert estimate(found.f1) == 0.5
    assert estimate(found.hallucination) == round(1 / 3, 6)
    assert estimate(found.omission) == round(2 / 6, 6)
    assert estimate(found.exact) == round(1 / 3, 6)
    assert estimate(found.failure) == round(1 / 3, 6)
    # fields: f0 1/3 right, f1 1/3, f2 1/2, f3 1/1 (the extra one is no labelled value)
    assert estimate(found.macro) == round((1 / 3 + 1 / 3 + 1 / 2 + 1) / 4, 6)
    assert found.outcomes["unanswered"] == 1
    assert found.exact is not None
    assert (round(found.exact.low, 3), round(found.exact.high, 3)) == (0.061, 0.792)  # Wilson


def test_nearly_right_counts_in_the_lenient_figure_only(tmp_path: Path) -> None:
    one = made(tmp_path, "local")
    one.say("d1", "local", "cw")
    object.__setattr__(one.rows[1], "close", True)
    found = of(one).rates("local")
    assert (estimate(found.accuracy), estimate(found.lenient)) == (0.5, 1.0)


def test_what_is_never_labelled_has_no_rate(tmp_path: Path) -> None:
    one = made(tmp_path, "local")
    one.say("d1", "local", "cc")
    one.say("d2", "local", "")
    found = of(one).rates("local")
    assert found.hallucination is None
    assert found.documents == 1
    assert estimate(found.failure) == 0


def test_a_large_set_does_not_drown_a_small_one(tmp_path: Path) -> None:
    one = made(tmp_path, "local")
    for place in range(30):
        one.say(f"d{place}", "local", "cccc")
    for place in range(3):
        one.say(f"d{place}", "local", "cwww", set="b")
    found = of(one)
    assert estimate(found.rates("local").accuracy) == 0.625
    by_set = {part.value: estimate(part.rates[0].accuracy) for part in found.slices}
    assert by_set == {"a": 1.0, "b": 0.25}
    assert found.sets == {"a": 30, "b": 3}


def test_fields_and_slices(tmp_path: Path) -> None:
    one = made(tmp_path, "local", "other:m")
    for place in range(6):
        tags = {"source": "scan" if place < 2 else "text", "length": "1 page"}
        one.say(f"d{place}", "local", "cw", tags=tags)
        one.say(f"d{place}", "other:m", "wc" if place < 2 else "cc", tags=tags)
    found = of(one)
    fields = {f.path: {e: estimate(i) for e, i in f.accuracy.items()} for f in found.fields}
    assert fields == {
        "/f0": {"local": 1.0, "other:m": round(4 / 6, 6)},
        "/f1": {"local": 0.0, "other:m": 1.0},
    }
    assert found.fields[0].documents == 6
    assert found.fields[0].outcomes["other:m"]["wrong"] == 2
    slices = {(s.tag, s.value): (s.documents, *(estimate(r.accuracy) for r in s.rates))
              for s in found.slices}  # fmt: skip
    # one set and one length: nothing to tell apart
    assert slices == {("source", "scan"): (2, 0.5, 0.5), ("source", "text"): (4, 0.5, 1.0)}


def test_rare_values_of_a_tag_are_taken_together(tmp_path: Path) -> None:
    one = made(tmp_path, "local")
    for place in range(40):
        one.say(f"d{place}", "local", "c", tags={"maker": f"m{place if place < 20 else 0}"})
    values = [s.value for s in of(one).slices]
    assert len(values) == 12
    assert "m0" in values
    assert values[-1] == "(others)"


def test_repeats_are_averaged_and_their_spread_is_told(tmp_path: Path) -> None:
    one = made(tmp_path, "local", "other:m")
    for place in range(8):
        one.say(f"d{place}", "local", "cc")
        for repeat in (1, 2):
            wrong = place == 0 or (place == 1 and repeat == 2)
            one.say(f"d{place}", "other:m", "cw" if wrong else "cc", repeat=repeat,
                    said={1: "a" if repeat == 1 else "b"})  # fmt: skip
    found = of(one)
    assert [r.engine for r in found.repeats] == ["other:m"]
    repeats = found.repeats[0]
    assert repeats.accuracy == pytest.approx([15 / 16, 14 / 16])
    assert repeats.spread == pytest.approx(1 / 16)
    assert repeats.exact == pytest.approx([7 / 8, 6 / 8])
    assert estimate(repeats.pass_all) == 0.75
    assert repeats.changing == pytest.approx(2 / 16)  # f1 of d0 and of d1
    assert estimate(found.rates("other:m").accuracy) == round(29 / 32, 6)
    assert estimate(found.rates("other:m").exact) == round(6.5 / 8, 6)
    comparison = found.comparison("local", "other:m")
    assert comparison is not None
    assert (comparison.left_only, comparison.right_only) == (2, 0)  # right in all repeats


def test_a_difference_is_shown_or_what_it_would_take(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    one = made(tmp_path, "good:m", "bad:m", "same:m")
    for place in range(40):
        word = "".join(random.choice(list("cw"), 10, p=[0.8, 0.2]))
        worse = "".join(c if random.random() > 0.2 else "w" for c in word)
        one.say(f"d{place:02}", "good:m", word)
        one.say(f"d{place:02}", "bad:m", worse)
        one.say(f"d{place:02}", "same:m", "".join(random.permutation(list(word))))
    found = of(one)
    shown = found.comparison("good:m", "bad:m")
    assert shown is not None
    assert shown.shown
    assert shown.difference.low > 0.05
    assert shown.adjusted >= shown.p_value
    assert shown.sentence.startswith("good:m reads ")
    assert shown.turned().sentence == shown.sentence
    turned = found.comparison("bad:m", "good:m")
    assert turned is not None
    assert turned.difference.estimate == -shown.difference.estimate
    assert (turned.left_only, turned.right_only) == (shown.right_only, shown.left_only)
    none = found.comparison("good:m", "same:m")
    assert none is not None
    assert not none.shown
    assert none.difference.estimate == 0
    assert none.more is not None
    assert none.sentence.startswith("No difference shown with 40 documents")


def test_three_documents_never_show_a_difference(tmp_path: Path) -> None:
    one = made(tmp_path, "good:m", "bad:m")
    for place in range(3):
        one.say(f"d{place}", "good:m", "cccc")
        one.say(f"d{place}", "bad:m", "wwwc" if place else "wwww")
    found = of(one).comparison("good:m", "bad:m")
    assert found is not None
    assert not found.difference.spans_zero  # the bootstrap of three is too bold
    assert not found.shown
    assert "more would be needed" in found.sentence or "seen 4 times in 5" in found.sentence


def test_engines_are_compared_on_shared_documents_only(tmp_path: Path) -> None:
    one = made(tmp_path, "a:m", "b:m", "c:m")
    for place in range(6):
        one.say(f"d{place}", "a:m", "cc")
        one.say(f"d{place}" if place < 4 else f"e{place}", "b:m", "cc" if place < 4 else "ww")
    one.say("other", "c:m", "cc")
    found = of(one)
    pair = found.comparison("a:m", "b:m")
    assert pair is not None
    assert (pair.documents, pair.difference.estimate) == (4, 0)
    assert found.comparison("a:m", "c:m") is None


def test_labels_that_all_engines_contradict(tmp_path: Path) -> None:
    one = made(tmp_path, "a:m", "b:m")
    for name, said in (("a:m", "7.00"), ("b:m", 7)):
        one.say("d1", name, "cw", said={1: said}, truths={1: "9.00"})
        one.say("d2", name, "ch", said={1: "2024"})
        one.say("d3", name, "cw")  # both wrong, each in its way
        one.say("d4", name, "cx", said={1: "Freight"})
        one.say("d5", name, "cx", said={1: "1"})  # too short to be more than chance
    one.say("d6", "a:m", "cw", said={1: "x"})
    one.say("d6", "b:m", "mm", failed=True)  # b gave no answer, so nobody agrees with a
    gathered = gather(one.write())
    assert [(s.document, s.truth, s.outcome, s.engines) for s in gathered.suspects] == [
        ("d1", "9.00", "wrong", 2),
        ("d2", None, "hallucinated", 2),
        ("d4", None, "extra", 2),
    ]
    found = figures(gathered)
    before, after = found.rates("a:m"), found.without_suspects[0]
    assert estimate(before.accuracy) == round(6 / 10, 6)
    assert estimate(after.accuracy) == round(6 / 8, 6)
    assert estimate(before.exact) == 0
    assert estimate(after.exact) == 0.5  # d1, d2 and d4 of six


def test_one_engine_alone_suspects_no_label(tmp_path: Path) -> None:
    one = made(tmp_path, "a:m")
    one.say("d1", "a:m", "w")
    gathered = gather(one.write())
    assert gathered.suspects == []
    assert figures(gathered).without_suspects == []


def test_other_metrics_are_sums_over_sums(tmp_path: Path) -> None:
    one = made(tmp_path, "a:m")
    one.say("d1", "a:m", "c", measures={"word_error_rate": (1, 10)})
    one.say("d2", "a:m", "c", measures={"word_error_rate": (8, 90)})
    measures = of(one).measures
    assert [(m.name, m.documents) for m in measures] == [("word_error_rate", 2)]
    assert estimate(measures[0].by_engine["a:m"]) == 0.09


def test_word_errors_may_be_more_than_words(tmp_path: Path) -> None:
    one = made(tmp_path, "a:m")
    for place, errors in enumerate((20, 30, 1)):
        one.say(f"d{place}", "a:m", "c", measures={"word_error_rate": (errors, 10)})
    interval = of(one).measures[0].by_engine["a:m"]
    assert interval is not None
    assert estimate(interval) == 1.7
    assert interval.high > 1.7


def test_fields_in_which_two_engines_differ(tmp_path: Path) -> None:
    one = made(tmp_path, "a:m", "b:m")
    for place in range(20):
        one.say(f"d{place:02}", "a:m", "ccw")
        one.say(f"d{place:02}", "b:m", "wcw" if place < 12 else "cc" + "wc"[place < 14])
    gathered = gather(one.write())
    found = {f.path: f for f in field_differences(Scope(gathered), "a:m", "b:m")}
    assert list(found) == ["/f0", "/f2", "/f1"]  # the largest first
    assert (found["/f0"].difference.estimate, found["/f0"].shown) == (0.6, True)
    assert (found["/f2"].difference.estimate, found["/f2"].shown) == (-0.1, False)
    assert found["/f1"].difference.estimate == 0
    assert found["/f0"].adjusted == pytest.approx(3 * 2 / 2**12)  # 12 differ, three fields


def test_nothing_stored_is_no_error(tmp_path: Path) -> None:
    found = of(made(tmp_path, "a:m"))
    assert found.documents == 0
    assert found.rates("a:m").accuracy is None
