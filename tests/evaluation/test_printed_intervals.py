"""An estimate is never printed outside its own interval."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from docglean.evaluation.report.render import plain
from docglean.evaluation.resampling import Interval
from hypothesis import given
from hypothesis import strategies as st

from docglean.commands.evaluate import share


@pytest.mark.parametrize("written", [share, plain], ids=["command line", "report"])
@given(parts=st.lists(st.floats(0, 1), min_size=3, max_size=3).map(sorted))
def test_all_three_are_rounded_alike(
    written: Callable[[Interval], str], parts: list[float]
) -> None:
    text = written(Interval(*parts))
    estimate, low, high = (float(number) for number in re.findall(r"[0-9.]+", text))
    assert low <= estimate <= high, text
