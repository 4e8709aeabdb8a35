"""What README says that `make` can do, it can."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
README, MAKEFILE = (
    (REPOSITORY / name).read_text(encoding="utf-8") for name in ("README.md", "Makefile")
)
TOLD = sorted(set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)", README)))
MADE = re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("target", [one for one in TOLD if "-" in one or one in ("demo", "test")])
def test_a_target_of_readme_is_there(target: str) -> None:
    assert target in MADE
