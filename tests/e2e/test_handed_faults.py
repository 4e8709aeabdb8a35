"""Small inputs that once went wrong, in a folder that `DOCGLEAN_FAULTS` names: a row for each."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from docglean.schemas.dialects import DIALECTS, lint
from docglean.schemas.schema import load_schema

pytestmark = pytest.mark.e2e


def keywords_are_named(path: Path) -> None:
    """A schema whose keywords nobody can be asked for names each of them as it is loaded."""
    with pytest.warns(UserWarning, match="patternProperties"):
        schema = load_schema(str(path))
    told = [one.message for one in lint(schema, DIALECTS["openai"])]
    assert any("patternProperties" in message for message in told)


ROWS: dict[str, Callable[[Path], None]] = {
    "patternprops.json": keywords_are_named,
}
"""File of the folder -> what is right."""


@pytest.fixture(scope="module")
def faults() -> Path:
    """The folder; the tests are skipped where none is named."""
    told = os.environ.get("DOCGLEAN_FAULTS")
    if not told:
        pytest.skip("DOCGLEAN_FAULTS names no folder")
    return Path(told)


@pytest.mark.parametrize("name", ROWS)
def test_it_is_right_now(faults: Path, name: str) -> None:
    ROWS[name](faults / name)
