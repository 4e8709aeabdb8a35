"""Cost, the front, the rule and its sentence, and cascades, on made rows with known answers."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from docglean.evaluation.cascade import cascades, worthwhile
from docglean.evaluation.costs import Cost, costs, volumes
from docglean.evaluation.counts import gather
from docglean.evaluation.engine_figures import FEW, Figures, figures, short_names
from docglean.evaluation.gathered import Gathered
from docglean.evaluation.rates import Scope
from docglean.evaluation.recommendation import (
    Decision,
    FrontierPoint,
    chart_points,
    decide,
    dollars,
    standings,
    steps,
)
from docglean.extractors.extraction import Usage
from docglean.schemas.errors import Problem
from hypothesis import given
from hypothesis import strategies as st
from made_results import HOSTED, Made, engine

# --- the front ---------------------------------------------------------------------------------

POINTS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=7
)  # cost, quality


@given(POINTS, st.integers(0, 4))
def test_standings(made: list[tuple[int, int]], noise: int) -> None:
    """Against the definitions; a difference is shown where it is larger than `noise`."""
    prices, qualities = zip(*made, strict=True)

    def shown(left: int, right: int) -> bool:
        return qualities[left] - qualities[right] > noise

    found = standings(prices, qualities, shown)
    names = [name for name, _ in found]
    assert "front" in names
    best = max(range(len(made)), key=lambda i: (qualities[i], -prices[i]))
    assert names[best] == "front"
    for this, (name, by) in enumerate(found):
        no_dearer = [i for i in range(len(made)) if i != this and prices[i] <= prices[this]]
        if name == "beaten":
            assert by is not None
            assert prices[by] <= prices[this]
            assert shown(by, this)
        else:
            assert by is None
            assert not any(shown(i, this) for i in no_dearer)
        if name == "front":
            assert not any(
                qualities[i] >= qualities[this] and prices[i] < prices[this] for i in no_dearer
            )
    front = sorted((prices[i], qualities[i]) for i, name in enumerate(names) if name == "front")
    assert [quality for _, quality in front] == sorted(quality for _, quality in front)


@given(POINTS, st.randoms(use_true_random=False))
def test_order_of_engines_changes_nothing(made: list[tuple[int, int]], random: Any) -> None:
    order = list(range(len(made)))
    random.shuffle(order)

    def names(points: list[tuple[int, int]]) -> list[str]:
        return [
            name
            for name, _ in standings(
                [c for c, _ in points], [q for _, q in points],
                lambda left, right: points[left][1] > points[right][1] + 1,
            )
        ]  # fmt: skip

    assert [names(made)[i] for i in order] == names([made[i] for i in order])


@given(POINTS)
def test_a_point_worse_and_dearer_than_all_moves_no_other(made: list[tuple[int, int]]) -> None:
    def names(points: list[tuple[int, int]]) -> list[str]:
        found = standings(
            [c for c, _ in points], [q for _, q in points],
            lambda left, right: points[left][1] > points[right][1],
        )  # fmt: skip
        return [name for name, _ in found]

    assert names([*made, (9, -9)])[:-1] == names(made)


# --- made evaluations --------------------------------------------------------------------------


class Chosen:
    """One made evaluation with its figures and its choice."""

    def __init__(self, one: Made, hourly: str | None = None) -> None:
        price = None if hourly is None else Decimal(hourly)
        self.gathered: Gathered = gather(one.write())
        self.figures: Figures = figures(self.gathered)
        self.costs: list[Cost] = costs(self.gathered, price)
        self.points: list[FrontierPoint] = chart_points(self.figures, self.costs)
        self.decision: Decision = decide(self.figures, self.points, self.costs)
        self.volumes = volumes(self.gathered, self.costs, price)

    def cost(self, name: str) -> Cost:
        return next(cost for cost in self.costs if cost.engine == name)

    def point(self, name: str) -> FrontierPoint:
        return next(point for point in self.points if point.engine == name)


def made(folder: Path, *records: Any) -> Made:
    return Made(folder / "report", [engine(r) if isinstance(r, str) else r for r in records])


def words(size: int, quality: float, seed: int, length: int = 10) -> list[str]:
    random = np.random.default_rng(seed)
    return ["".join(random.choice(list("cw"), length, p=[quality, 1 - quality]))
            for _ in range(size)]  # fmt: skip


@pytest.mark.slow
def test_cost_of_1000_pages_by_hand(tmp_path: Path) -> None:
    one = made(tmp_path, HOSTED, "local", "unknown:m")
    for place, pages in enumerate((1, 3)):
        one.say(f"d{place}", HOSTED, "cw", cost=0.01 * pages, pages=pages, machine=3.6,
                latency=2 * (place + 1), calls=pages,
                usage=Usage(input_tokens=1000 * pages, output_tokens=100 * pages))  # fmt: skip
        one.say(f"d{place}", "local", "ww", pages=pages, machine=36)
        one.say(f"d{place}", "unknown:m", "cc", pages=pages, cost=None)
    bare = Chosen(one)
    hosted = bare.cost(HOSTED)
    assert (hosted.unit, hosted.units) == ("page", 4)
    assert hosted.billed == hosted.total == pytest.approx(10)
    assert hosted.batch == pytest.approx(5)  # half, by the tables
    assert hosted.errors == pytest.approx(500)
    assert (hosted.tokens_in, hosted.tokens_out) == (1000, 100)
    assert (hosted.p50, hosted.p95) == pytest.approx((3, 3.9))
    local = bare.cost("local")
    assert local.hours == pytest.approx(72 / 3600 / 4 * 1000)
    assert (local.machine, local.total) == (None, None)
    assert bare.cost("unknown:m").total is None
    priced = Chosen(one, "0.5")
    assert priced.cost("local").total == pytest.approx(2.5)
    assert priced.cost(HOSTED).total == pytest.approx(10.25)  # its drawing takes time as well
    volume = priced.volumes[0]
    assert (volume.own, volume.hosted) == ("local", HOSTED)
    assert volume.pages == pytest.approx(730 * 0.5 / 10 * 1000)
    assert volume.most == pytest.approx(730 * 200)
    assert volume.pays
    assert not Chosen(one, "50").volumes[0].pays


def test_repeats_do_not_make_it_dearer(tmp_path: Path) -> None:
    one = made(tmp_path, HOSTED)
    for repeat in (1, 2, 3):
        one.say("d", HOSTED, "c", repeat=repeat, cost=0.01, pages=2)
    assert Chosen(one).cost(HOSTED).total == pytest.approx(5)
    assert Chosen(one).cost(HOSTED).units == 2


def test_recordings_are_counted_by_the_piece(tmp_path: Path) -> None:
    one = made(tmp_path, HOSTED)
    one.say("d", HOSTED, "c", cost=0.01, pages=0, duration=30.0)
    cost = Chosen(one).cost(HOSTED)
    assert (cost.unit, cost.total) == ("recording", pytest.approx(10))
    assert "per 1,000 recordings" in Chosen(one).decision.sentence


def three(folder: Path, size: int = 60, seed: int = 1) -> Made:
    """A poor cheap engine, a good one and a dear one that is as good."""
    one = made(folder, engine("cheap:m"), engine("good:m"), engine("dear:m"))
    poor = words(size, 0.7, seed)
    good = words(size, 0.95, seed + 1)
    for place in range(size):
        one.say(f"d{place:03}", "cheap:m", poor[place], cost=0.001)
        one.say(f"d{place:03}", "good:m", good[place], cost=0.01)
        # the same but for two documents, one better and one worse
        other = {3: "c" * 10, 7: "w" + good[place][1:]}.get(place, good[place])
        one.say(f"d{place:03}", "dear:m", other, cost=0.1)
    return one


def test_the_rule_takes_the_cheapest_that_is_as_good(tmp_path: Path) -> None:
    chosen = Chosen(three(tmp_path))
    decision = chosen.decision
    assert decision.engine == "good:m"
    assert set(decision.candidates) == {"good:m", "dear:m"}
    assert decision.settled
    assert decision.rival is None
    assert chosen.point("cheap:m").standing == "front"
    assert chosen.point("good:m").standing == "front"
    assert chosen.point("dear:m").standing in ("front", "unclear")


def test_neighbours_tell_what_an_error_must_cost(tmp_path: Path) -> None:
    one = made(tmp_path, "cheap:m", "dear:m")
    for place in range(10):
        one.say(f"d{place}", "cheap:m", "cccww", cost=0.001)
        one.say(f"d{place}", "dear:m", "ccccw", cost=0.011)
    chosen = Chosen(one)
    (step,) = steps(chosen.figures, chosen.costs, chosen.points)
    assert (step.cheaper, step.dearer) == ("cheap:m", "dear:m")
    assert step.dearer_by == pytest.approx(10)
    assert step.fewer_errors == pytest.approx(1000)
    assert step.error_worth == pytest.approx(0.01)
    assert step.shown


def test_beaten_says_by_whom(tmp_path: Path) -> None:
    one = made(tmp_path, "good:m", "bad:m")
    for place, (left, right) in enumerate(zip(words(40, 0.95, 1), words(40, 0.6, 2), strict=True)):
        one.say(f"d{place}", "good:m", left, cost=0.01)
        one.say(f"d{place}", "bad:m", right, cost=0.02)
    point = Chosen(one).point("bad:m")
    assert (point.standing, point.beaten_by) == ("beaten", "good:m")


def test_a_dearer_engine_that_looks_worse_is_grey_not_beaten(tmp_path: Path) -> None:
    one = made(tmp_path, "good:m", "near:m")
    for place, word in enumerate(words(30, 0.9, 1)):
        one.say(f"d{place}", "good:m", word, cost=0.01)
        one.say(f"d{place}", "near:m", word if place else "w" * 10, cost=0.02)
    assert Chosen(one).point("near:m").standing == "unclear"


NUMBER = r"(\d[\d,]*\.?\d*)"


@pytest.mark.slow
@pytest.mark.parametrize("size", [8, 20, 60, 150])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_sentence_says_what_the_figures_say(tmp_path: Path, size: int, seed: int) -> None:
    chosen = Chosen(three(tmp_path, size, seed))
    decision, text = chosen.decision, chosen.decision.sentence
    assert decision.engine is not None
    assert text.startswith(f"Use {decision.engine}")
    assert text.endswith(".")
    rates = chosen.figures.rates(decision.engine)
    assert rates.accuracy is not None
    assert rates.exact is not None
    read = re.search(rf"reads {NUMBER} % of the labelled values right \({NUMBER} to {NUMBER} at "
                     rf"95 %\) and {NUMBER} % of the documents wholly", text)  # fmt: skip
    assert read is not None
    said = [float(group) for group in read.groups()]
    true = [rates.accuracy.estimate, rates.accuracy.low, rates.accuracy.high, rates.exact.estimate]
    assert said == pytest.approx([100 * share for share in true], abs=0.051)
    price = re.search(rf"for \${NUMBER} per 1,000 pages", text)
    assert price is not None
    assert float(price[1]) == pytest.approx(chosen.point(decision.engine).cost, rel=0.01)
    assert f"{size} documents" in text
    assert ("this is settled" in text) == decision.settled
    assert ("this is not settled" in text) != decision.settled
    if size < FEW:
        assert not decision.settled
        assert "are too few to tell" in text
    elif decision.rival:
        up_to = re.search(rf"{re.escape(decision.rival)} may still be up to {NUMBER} point", text)
        assert up_to is not None
        comparison = chosen.figures.comparison(decision.rival, decision.engine)
        assert comparison is not None
        assert float(up_to[1]) == pytest.approx(100 * comparison.difference.high, abs=0.051)
    else:
        for point in chosen.points:
            if point.engine != decision.engine and (point.cost or 0) >= (
                chosen.point(decision.engine).cost or 0
            ):
                comparison = chosen.figures.comparison(point.engine, decision.engine)
                assert comparison is not None
                assert comparison.difference.high <= 0.01
    for other in decision.candidates:
        assert (chosen.point(other).cost or 0) >= (chosen.point(decision.engine).cost or 0)


@pytest.mark.parametrize("cost", [0.001, 0.1])
def test_nothing_is_settled_by_documents_that_only_one_engine_read(
    tmp_path: Path, cost: float
) -> None:
    one = made(tmp_path, engine("good:m"), engine("ocr+openai:m@http://gate/v1?context=9"))
    for place in range(30):
        one.say(f"d{place}", "good:m", "ccccw", cost=0.01)
        if place < 2:
            one.say(f"d{place}", one.engines[1].spec, "ccccc", cost=cost)
    decision = Chosen(one).decision
    assert (decision.engine, decision.best) == ("good:m", "good:m")
    assert not decision.settled
    assert decision.rival == one.engines[1].spec
    assert decision.sentence.endswith(
        "this is not settled: 2 documents that ocr+openai:m read as well are too few to tell: "
        "it takes 50 to see differences of 5 to 6 points, 150 to see 3."
    )


def test_ten_documents_settle_what_they_show(tmp_path: Path) -> None:
    one = made(tmp_path, "good:m", "bad:m")
    for place in range(10):
        one.say(f"d{place}", "good:m", "ccccc", cost=0.001)
        one.say(f"d{place}", "bad:m", "ccwww" if place % 3 else "cccww", cost=0.01)
    chosen = Chosen(one)
    assert chosen.point("bad:m").standing == "beaten"
    assert chosen.decision.settled
    assert "this is settled: with 10 documents" in chosen.decision.sentence


def test_names_are_short_where_that_is_clear() -> None:
    url = "http://127.0.0.1:9/v1"
    assert short_names(
        [
            "local",
            f"ocr+vllm:a/b@{url}?context=9&effort=low",
            f"vllm:c@{url}",
            "vllm:c@http://gpu/v1",
        ]
    ) == {
        "local": "local",
        f"ocr+vllm:a/b@{url}?context=9&effort=low": "ocr+vllm:a/b?effort=low",
        f"vllm:c@{url}": f"vllm:c@{url}",
        "vllm:c@http://gpu/v1": "vllm:c@http://gpu/v1",
    }


def test_five_documents_choose_nothing(tmp_path: Path) -> None:
    decision = Chosen(three(tmp_path, 5)).decision
    assert decision.engine is None
    assert not decision.settled
    assert decision.sentence.startswith("5 documents show nothing")


def test_one_engine_is_no_choice(tmp_path: Path) -> None:
    one = made(tmp_path, HOSTED)
    for place in range(10):
        one.say(f"d{place}", HOSTED, "cccw", cost=0.002)
    decision = Chosen(one).decision
    assert decision.engine == HOSTED
    assert decision.sentence == (
        f"Only {HOSTED} was measured: it reads 75.0 % of the labelled values right (44.2 to 91.9 "
        "at 95 %) and 0.0 % of the documents wholly, for $2.00 per 1,000 pages; measure another "
        "engine to have a choice."
    )


def test_nothing_measured(tmp_path: Path) -> None:
    assert Chosen(made(tmp_path, HOSTED)).decision.sentence == "Nothing was measured."


@pytest.mark.slow
def test_own_engines_are_weighed_by_hours_where_an_hour_has_no_price(tmp_path: Path) -> None:
    own = engine("ollama:m", self_hosted=True)
    one = made(tmp_path, "local", own)
    for place, (left, right) in enumerate(zip(words(30, 0.9, 1), words(30, 0.9, 2), strict=True)):
        one.say(f"d{place}", "local", left, machine=1)
        one.say(f"d{place}", "ollama:m", right, machine=1, latency=9)
    bare = Chosen(one)
    assert bare.point("local").measure == "hours"
    assert bare.point("ollama:m").cost == pytest.approx(9 / 3.6)
    assert "machine hours per 1,000 pages" in bare.decision.sentence
    assert bare.decision.engine == "local"
    assert "$" in Chosen(one, "0.25").decision.sentence


def test_what_has_no_price_is_named_and_not_chosen(tmp_path: Path) -> None:
    one = made(tmp_path, HOSTED, "local")
    for place, (left, right) in enumerate(zip(words(30, 0.9, 1), words(30, 0.9, 2), strict=True)):
        one.say(f"d{place}", HOSTED, left, cost=0.01)
        one.say(f"d{place}", "local", right)
    decision = Chosen(one).decision
    assert decision.engine == HOSTED
    assert "local could not be weighed, since no price is known" in decision.sentence


def test_amounts_of_money() -> None:
    assert [dollars(x) for x in (0, 0.000412, 0.0123, 0.4, 1.5, 1234.5)] == [
        "$0", "$0.000412", "$0.0123", "$0.40", "$1.50", "$1,234.50",
    ]  # fmt: skip


# --- cascades ----------------------------------------------------------------------------------

FAILED_CHECK = Problem(code="check_failed", message="sum", path="/total")


def telling(folder: Path, *, size: int = 80) -> Made:
    """The cheap engine is wrong exactly where a check fails; the strong one is always right."""
    one = made(folder, "cheap:m", "strong:m")
    for place in range(size):
        bad = place % 4 == 0
        one.say(f"d{place:03}", "cheap:m", "ccww" if bad else "cccc", cost=0.001,
                problems=(FAILED_CHECK,) if bad else ())  # fmt: skip
        one.say(f"d{place:03}", "strong:m", "cccc", cost=0.02)
    return one


def test_a_cascade_by_hand(tmp_path: Path) -> None:
    chosen = Chosen(telling(tmp_path))
    (found,) = cascades(chosen.gathered, Scope(chosen.gathered), chosen.points, chosen.costs)
    assert (found.cheap, found.strong) == ("cheap:m", "strong:m")
    assert found.sent_on == pytest.approx(0.25)
    assert found.cost == pytest.approx(1 + 0.25 * 20)
    assert found.strong_cost == pytest.approx(20)
    assert found.accuracy.estimate == 1
    assert found.behind.estimate == 0
    assert found.chosen[0] in ("a check fails", "either")
    by_name = {rule.name: rule for rule in found.rules}
    # nothing was nowhere: nothing is sent on, and the errors stay
    assert by_name["a value is nowhere in the document"].sent_on == 0
    assert by_name["a value is nowhere in the document"].accuracy.estimate == pytest.approx(0.875)


def test_a_second_cheap_engine_that_disagrees_sends_on(tmp_path: Path) -> None:
    one = made(tmp_path, "cheap:m", "also:m", "strong:m")
    for place in range(60):
        bad = place % 5 == 0
        one.say(f"d{place:03}", "cheap:m", "cw" if bad else "cc", cost=0.001)
        one.say(f"d{place:03}", "also:m", "ww" if place % 10 == 1 else "cc", cost=0.002)
        one.say(f"d{place:03}", "strong:m", "cc", cost=0.02)
    chosen = Chosen(one)
    found = {(c.cheap, c.strong): c for c in cascades(
        chosen.gathered, Scope(chosen.gathered), chosen.points, chosen.costs)}  # fmt: skip
    cascade = found["cheap:m", "strong:m"]
    assert cascade.chosen == ("also:m differs", "also:m differs")
    assert cascade.accuracy.estimate == 1
    assert cascade.sent_on == pytest.approx(0.3)
    assert cascade.cost == pytest.approx(1 + 2 + 0.3 * 20)


def test_signals_that_say_nothing_are_scored_on_other_documents(tmp_path: Path) -> None:
    """A rule that was lucky on one half gains nothing on the other."""
    random = np.random.default_rng(3)
    one = made(tmp_path, "cheap:m", "strong:m")
    for place in range(200):
        alarm = random.random() < 0.3
        one.say(f"d{place:03}", "cheap:m", words(1, 0.8, place)[0], cost=0.001,
                problems=(FAILED_CHECK,) if alarm else ())  # fmt: skip
        one.say(f"d{place:03}", "strong:m", words(1, 0.95, 1000 + place)[0], cost=0.02)
    chosen = Chosen(one)
    (found,) = cascades(chosen.gathered, Scope(chosen.gathered), chosen.points, chosen.costs)
    between = 0.8 + found.sent_on * 0.15
    assert found.accuracy.estimate == pytest.approx(between, abs=0.03)
    assert found.behind.low > 0


def test_few_documents_teach_no_rule(tmp_path: Path) -> None:
    chosen = Chosen(telling(tmp_path, size=16))
    assert not cascades(chosen.gathered, Scope(chosen.gathered), chosen.points, chosen.costs)


def test_an_engine_read_once_stands_beside_every_repeat_of_another(tmp_path: Path) -> None:
    one = made(tmp_path, "local", HOSTED)
    for place in range(40):
        bad = place % 4 == 0
        one.say(f"d{place:02}", "local", "cw" if bad else "cc", machine=0.36,
                problems=(FAILED_CHECK,) if bad else ())  # fmt: skip
        for repeat in (1, 2):
            word = "cw" if place == 4 and repeat == 2 else "cc"
            one.say(f"d{place:02}", HOSTED, word, repeat=repeat, cost=0.01 * repeat, machine=0.0)
    chosen = Chosen(one, "1")
    (found,) = cascades(chosen.gathered, Scope(chosen.gathered), chosen.points, chosen.costs)
    assert found.sent_on == pytest.approx(0.25)
    assert found.strong_cost == pytest.approx(15) == pytest.approx(chosen.cost(HOSTED).total)
    assert found.cost == pytest.approx(0.1 + 0.25 * 15)
    assert found.accuracy.estimate == pytest.approx(1 - 0.5 / 80)
    assert found.behind.estimate == 0


def test_a_cascade_is_worth_showing_where_nothing_beats_it(tmp_path: Path) -> None:
    chosen = Chosen(telling(tmp_path))
    found = cascades(chosen.gathered, Scope(chosen.gathered), chosen.points, chosen.costs)
    assert worthwhile(found, chosen.points) == found
    dearer = replace(found[0], cost=found[0].cost + 1)
    assert worthwhile([*found, dearer], chosen.points) == found
    worse_than_strong = replace(found[0], cost=30.0)
    assert worthwhile([worse_than_strong], chosen.points) == []
