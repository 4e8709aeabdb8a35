"""What the signals of a value come to together: by trees, of what rules read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from docglean.extractors import pipeline
from docglean.extractors.confidence.calibration import prior
from docglean.extractors.confidence.signals import SIGNALS
from docglean.extractors.confidence.weighed import AGAINST, FOR, add_weighed, weighed_signals
from docglean.extractors.documents.workers import Workers
from docglean.extractors.rules.ranker.model import model
from docglean.schemas.schema import load_schema
from stand_ins import BILL, Bench, ok
from word_pages import till_slip

INVOICE = load_schema("invoice")


def chance(name: str, signals: dict[str, float], schema: str = "invoice") -> float:
    """The probability that the shipped weights give a field of an invoice with these signals."""
    [field] = [one for one in INVOICE.root.children if one.name == name]
    told = {"/x": dict(signals)}
    add_weighed(schema, [("/x", field, None)], told)
    used = prior("local")
    return used.probability(used.contributions(told["/x"], schema, f"/{name}"))


def test_trees_ask_for_signals_that_there_are_and_for_facts_of_the_field() -> None:
    facts = {"listed", "nullable", "field_odds"}
    asked = {name for name in model("weighed").features if not name.startswith("is_")}
    assert asked - facts <= set(SIGNALS) - {FOR, AGAINST}
    assert {"exact", "rule_gap", "field_odds"} <= asked


@pytest.mark.parametrize("schema", ["invoice", "mine"])
def test_what_speaks_against_a_value_makes_it_less_sure(schema: str) -> None:
    good = {"exact": 1.0, "rule_score": 0.95, "rule_gap": 0.9, "rule_caption": 1.0, "figures": 1.0}
    bad = {**good, "rule_gap": 0.02, "rule_score": 0.4, "near_rival": 1.0, "check_fails": 1.0}
    assert chance("grand_total", good, schema) > chance("grand_total", bad, schema)


def test_a_field_that_is_empty_as_a_matter_of_course_makes_nobody_look() -> None:
    for schema in ("invoice", "mine"):
        assert chance("discount_total", {"absent": 1.0}, schema) > 0.6
    missing = {"absent": 1.0, "absent_usual": 1.0, "caption_seen": 1.0, "rule_discarded": 0.5}
    assert chance("grand_total", missing) < 0.5


@pytest.mark.parametrize(
    ("probability", "found"),
    [(0.5, {AGAINST: 0.0}), (1.0, {FOR: 1.0}), (0.0, {AGAINST: 1.0}), (0.8808, {FOR: 0.5})],
)
def test_a_probability_is_one_of_two_signals_from_0_to_1(
    probability: float, found: dict[str, float]
) -> None:
    assert weighed_signals(probability) == pytest.approx(found, abs=1e-3)


async def test_it_is_told_of_what_rules_read_and_of_nothing_else(
    tmp_path: Path, workers: Workers
) -> None:
    bench = Bench(tmp_path, workers)
    path = till_slip(tmp_path / "slip.pdf")
    context, _ = await bench.open(None, engine="local")
    async with context:
        read: Any = await pipeline.extract(context, path)
    assert read.confidence
    for sure in read.confidence.values():
        assert len({FOR, AGAINST} & set(sure.signals)) <= 1
    assert any(FOR in sure.signals for sure in read.confidence.values())
    answered, _ = await bench.extract(path, lambda call: ok(BILL))
    assert not any({FOR, AGAINST} & set(sure.signals) for sure in answered.confidence.values())
