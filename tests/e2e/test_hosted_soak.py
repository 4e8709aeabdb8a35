"""The soak of `bench.hosted`, in small: its bounds hold, and it sees where they do not."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bench.hosted.documents import FAULTS, draw_documents, slip
from bench.hosted.meter import Answer, Meter
from bench.hosted.report import outcome_of
from bench.hosted.run import Estimate, Row, Soaked

pytestmark = pytest.mark.e2e


def test_documents_past_models_as_they_behave_keep_the_bounds() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.hosted", "--documents", "24", "--seed", "7"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All bounds are kept." in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    killed = next(line for line in done.stdout.splitlines() if line.startswith("killed"))
    assert re.findall(r"[12] / [01]", killed)  # killed in mid run, and gone on with


def result(name: str, number: int, *, status: str = "ok", cost: str = "0.10") -> dict[str, Any]:
    usage = {"input_tokens": 10, "output_tokens": 5}
    spent = {"usage": usage, "saved_usage": {"input_tokens": 0, "output_tokens": 0}}
    spent |= {"cost": cost, "saved": "0"}
    return {
        "document": {"name": name, "sha256": name}, "status": status, "data": {"number": number},
        "spending": spent,
    }  # fmt: skip


def record(cost: str) -> dict[str, Any]:
    usage = {"input_tokens": 10, "output_tokens": 5}
    return {
        "id": "r",
        "state": "over_budget",
        "totals": {"spending": {"usage": usage, "cost": cost}},
    }


def soaked(tmp_path: Path, **changes: Any) -> Soaked:
    """One document, read by one answer that cost 10 cents, with nothing wrong."""
    truth = draw_documents(tmp_path / "in", 1, "9")
    (name,) = truth
    told: dict[str, Any] = {
        "truth": truth,
        "meter": Meter(Random(0), answers=[Answer(1, "a", "a", Decimal("0.10"))]),
        "before": Estimate(Decimal(1), 10, 5),
        "after_three": Estimate(Decimal(1), 10, 5),
        "ends": ["killed", "ended"],
        "results": [result(name, 0)],
        "records": [record("0.10")],
        "rows": [Row(1, name, "r", Decimal("0.10"), 10, 5, 0)],
    }
    return Soaked(**told | changes)


def answers(count: int) -> list[Answer]:
    return [Answer(number, "a", "a", Decimal(0)) for number in range(1, count + 1)]


def lost() -> list[Answer]:
    return [Answer(1, "a", "a", Decimal("0.10")), Answer(2, "b", "b", Decimal("0.10"))]


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({}, []),
        ({"results": []}, ["1 documents have no result"]),
        ({"results": [result("0000.pdf", 7)]}, ["ok with a wrong value: 0000.pdf"]),
        (
            {"results": [result("0000.pdf", 0, status="failed")]},
            ["not ok without a reason: 0000.pdf"],
        ),
        (
            {"results": [result("0000.pdf", 0, cost="0.20")]},
            ["0000.pdf tells of $0.20, the ledger of $0.10"],
        ),
        (
            {"records": [record("0.07")]},
            ["run.json tells of $0.07 (over_budget), the ledger of $0.10"],
        ),
        (
            {"after_three": Estimate(Decimal(1), 4, 2)},
            [
                "10 tokens in, 4 were estimated after 3 documents",
                "5 tokens of answers, 2 were estimated after 3 documents",
            ],
        ),
        (
            {"meter": Meter(Random(0), answers=lost(), hasty=1)},
            [
                "1 requests came before the time that they were told",
                "the ledger lacks 1 answers",
                "the ledger has $0.10, $0.20 was billed for answers that came",
            ],
        ),
    ],
)  # fmt: skip
def test_what_breaks_a_bound_is_told(
    changes: dict[str, Any], broken: list[str], tmp_path: Path
) -> None:
    assert outcome_of(soaked(tmp_path, **changes)).broken == broken


def test_answers_in_vain_are_no_answers_too_many() -> None:
    meter = Meter(Random(0), answers=answers(4))
    assert (meter.most, meter.twice) == (4, 3)
    meter.answers[0].fate = "lost"
    meter.answers[1].fate = "empty"
    # Killed when the ledger had the last alone: the third was under way.
    meter.killed({2, 4})
    assert [one.fate for one in meter.answers] == ["lost", "empty", "killed", "kept"]
    assert (meter.most, meter.twice, meter.missing({2, 4})) == (1, 0, [])
    # What is given after the kill nobody forgives.
    meter.answers.append(Answer(5, "a", "a", Decimal(0)))
    assert (meter.twice, meter.missing({2, 4})) == (1, [meter.answers[-1]])


def test_the_same_page_in_two_documents_is_two_questions() -> None:
    meter = Meter(Random(0), answers=answers(3))
    meter.assign({1: "one", 2: "another", 3: "another"})
    assert (meter.most, meter.twice, meter.mean) == (2, 1, 1.5)


def test_a_failure_is_counted_against_its_document_from_the_third_on() -> None:
    meter = Meter(Random(0))
    for failures in range(1, 4):
        with pytest.raises(OSError, match="gone"), meter.asked("a", 7):
            raise OSError("gone")
        assert (7 in meter.spoilt) is (failures == 3)


def test_a_request_that_does_not_wait_as_it_was_told_is_hasty() -> None:
    meter = Meter(Random(0))
    meter.shut("a", 3600)
    with meter.asked("b", 1):
        pass
    assert meter.hasty == 0
    with meter.asked("a", 1):
        pass
    assert meter.hasty == 1


def test_every_kind_of_spoilt_document_can_be_made() -> None:
    whole = slip(7)
    made = {kind: spoil(whole, 7) for kind, spoil in FAULTS.items() if kind != "bomb"}
    assert made["jpg"] == whole
    assert len(made["zip"]) < 100_000
