"""What the bench says of values that are as sure as asked."""

from __future__ import annotations

from docglean.evaluation.calibration_fit import EMPTY, JudgedValue

from bench.confidence import among_sure


def judged(document: int, right: bool, **signals: float) -> JudgedValue:
    return JudgedValue(signals, "receipt/total", right, f"{document}", "papers")


def test_the_share_right_is_of_those_as_sure_as_asked_without_nulls_and_with_them() -> None:
    values = [judged(n, n != 3) for n in range(4)] + [judged(n, True, **{EMPTY: 1}) for n in (0, 1)]
    chances = [0.95, 0.9, 0.5, 0.99, 0.97, 0.2]
    there, every = among_sure("prior", values, chances, 0.9)
    assert there.startswith(
        "prior, values that are there: 3 of 4 are as sure as 0.9, of 3 documents; right 66.7% ("
    )
    assert every.startswith("prior, with nulls: 4 of 6 are as sure as 0.9, of 3 documents; right")
    assert "over documents" in there


def test_of_none_that_is_so_sure_nothing_is_told() -> None:
    there, _ = among_sure("prior", [judged(1, True)], [0.5], 0.9)
    assert there.endswith("0 of 1 are as sure as 0.9, of 0 documents; right -")
