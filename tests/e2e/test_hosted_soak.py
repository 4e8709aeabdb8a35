"""The soak of `bench.hosted`, in small: its bounds hold, and it sees where they do not."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from random import Random

import pytest

from bench.hosted import Meter, told_of

pytestmark = pytest.mark.e2e


def test_documents_past_models_as_they_behave_keep_the_bounds() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.hosted", "--documents", "36", "--seed", "7"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All bounds are kept." in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    begun = next(line for line in done.stdout.splitlines() if line.startswith("begun"))
    assert re.findall(r"[23], [12]", begun)  # killed in mid run, and gone on with


def test_what_breaks_a_bound_is_told() -> None:
    meter = Meter(Random(0), requests=Counter(a=4, b=1), whole={"a": [1.0, 2.0, 9.0]})
    meter.spared.update(["a"])
    results = [{"document": {"name": "1.pdf"}, "status": "ok", "data": {"number": 2}}]
    spent = {"by": {"engine": [{"cost": "0.10"}]}}
    found = told_of(results, {"1.pdf": 1, "2.pdf": 2}, meter, [Decimal(1), Decimal(1)], spent, 1)
    assert found.broken == [
        "1 documents have no result",
        "ok with a wrong value: 1.pdf",
        "answers a request: 2.50 in the mean, 4 at the most",
        "1 answers were paid for twice",
        "only 1 of 2 good documents are ok",
        "the ledger has $0.10, the server billed $0",
    ]
