"""Parts of the engine that are switched off for the bench."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
from docglean.schemas.labels import words_of

from bench.ablation import PARTS, RULES, _finding_nothing


@pytest.mark.parametrize("name", sorted(PARTS))
def test_every_named_part_is_there(name: str) -> None:
    module, _, path = PARTS[name].partition(":")
    if module == "words":
        assert words_of(path)
        return
    found = importlib.import_module(f"{RULES}.{module}")
    for step in path.split("."):
        found = getattr(found, step)
    assert callable(found)


def test_what_is_switched_off_finds_nothing_of_its_kind() -> None:
    def some() -> list[str]:
        return ["found"]

    def maybe() -> int | None:
        return 1

    def whether() -> bool:
        return True

    assert [_finding_nothing(one)() for one in (some, maybe, whether)] == [[], None, False]


@pytest.mark.parametrize(
    ("name", "expression", "told"),
    [
        ("unnamed", "list(all_candidates.unnamed(None))", "[]"),
        ("language:fr", "len(labels.words_of('titles.receipt')) > 0, "
         "'facture' in labels.words_of('titles.invoice')", "True False"),
        ("words:tills", "labels.words_of('tills.words') == (NO_WORD,)", "True"),
    ],
)  # fmt: skip
def test_nothing_is_left_of_a_part_wherever_it_is_used(
    name: str, expression: str, told: str
) -> None:
    code = (
        f"from bench.ablation import NO_WORD, switch_off; switch_off({name!r});"
        "from docglean.schemas import labels;"
        "from docglean.extractors.rules.readers import all_candidates;"
        f"print({expression})"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == told
