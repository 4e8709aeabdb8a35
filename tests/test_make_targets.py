"""What README and docs/ say that `make` can do, it can."""

from __future__ import annotations

import re

import pytest
from pages import REPOSITORY, pages

MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in pages().values())
TOLD = sorted(set(re.findall(r"\bmake ([a-z]+(?:-[a-z]+)*)", TEXT)))
MADE = re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("target", [one for one in TOLD if "-" in one or one in ("demo", "test")])
def test_a_target_of_a_page_is_there(target: str) -> None:
    assert target in MADE
