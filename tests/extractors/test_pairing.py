"""The best pairs: as scipy finds them, without what it takes seconds to load."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from docglean.extractors.pairing import best_pairs
from scipy.optimize import linear_sum_assignment


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (5, 3), (40, 40)])
def test_they_are_those_of_scipy(shape: tuple[int, int]) -> None:
    worth = np.random.default_rng(7).random(shape)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    assert best_pairs(worth) == list(zip(rows.tolist(), columns.tolist(), strict=True))


def test_lists_of_lists_do_and_nothing_has_no_pair() -> None:
    assert best_pairs([[1.0, 9.0], [2.0, 3.0]]) == [(0, 1), (1, 0)]
    assert best_pairs(np.zeros((0, 3))) == []


def test_the_rest_of_scipy_stays_away() -> None:
    code = (
        "import sys\nfrom docglean.extractors.pairing import best_pairs\nbest_pairs([[1.0]])\n"
        "print([name for name in sys.modules if name.startswith('scipy.optimize')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
