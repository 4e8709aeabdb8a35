"""The page of results in a real browser: what needs a look is what it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Tab, browsing
from docglean.extractors.extraction import (
    Evidence,
    Extraction,
    SchemaRecord,
    SourceRecord,
    status_of,
)
from docglean.schemas.errors import Problem

from docglean.commands.exhibit_tree import exhibit
from docglean.commands.show import page

pytestmark = pytest.mark.e2e

SHOWN = "[...document.querySelectorAll('{}')].filter(e => e.checkVisibility())"


def document(name: str, *problems: Problem, **values: Any) -> Extraction[Any]:
    evidence = {
        f"/{key}": Evidence(how="exact", page=1, box=(0, 0, 9, 9), text=str(value))
        for key, value in values.items()
        if not isinstance(value, list)
    }
    return Extraction[Any](
        document=SourceRecord(name=name, uri=f"file:///{name}", pages=1),
        schema=SchemaRecord(name="bill", hash="0"),
        engine="local",
        status=status_of(values, problems),
        data=values,
        evidence=evidence,
        problems=list(problems),
    )


FOUND = [
    document("right.pdf", Problem(code="embedded_engine", message="Some."), total="1", net="1"),
    document(
        "sum.pdf", Problem(code="check_failed", message="1 + 1 is 2", path="/total"),
        total="3", net="1",
    ),
    document("whole.pdf", Problem(code="repaired", message="The file was mended."), total="5"),
    document(
        "two.pdf", Problem(code="conflict", message="7 or 8", path="/lines/1/amount"),
        Problem(code="missing", message="No number.", path="/number"),
        number=None, total="5", lines=[{"amount": "6"}, {"amount": "7"}],
    ),
    document("fine.pdf", total="9"),
]  # fmt: skip


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    folder: Path = tmp_path_factory.mktemp("browser")
    exhibits = [exhibit(number, one) for number, one in enumerate(FOUND, start=1)]
    (folder / "show.html").write_text(page(exhibits), encoding="utf-8")
    with browsing(folder / "profile") as tab:
        tab.size(1200)
        tab.open(folder / "show.html")
        yield tab


def texts(tab: Tab, selector: str) -> list[str]:
    found = tab.value(f"{SHOWN.format(selector)}.map(e => e.innerText.replace(/\\s+/g, ' '))")
    return [str(one).strip() for one in found]


def test_the_button_leaves_only_what_needs_a_look(tab: Tab) -> None:
    assert len(texts(tab, ".index .name")) == len(FOUND)
    assert "4 to look at" in texts(tab, ".sum")[0]
    tab.value("document.getElementById('doubts').click()")
    try:
        assert texts(tab, ".index .name") == ["sum.pdf", "whole.pdf", "two.pdf"]
        # The first document is right: the first that is not stands there instead.
        assert texts(tab, "article h2") == ["sum.pdf"]
        (leaf,) = texts(tab, "article .leaf")
        assert "Total" in leaf
        assert "check failed" in leaf
        # A document of which something is wrong as a whole says so, where no value is in doubt.
        press(tab, "n")
        assert texts(tab, "article h2") == ["whole.pdf"]
        assert "The file was mended." in texts(tab, "article .problems")[0]
        press(tab, "n")
        assert texts(tab, "article h2") == ["two.pdf"]
        assert texts(tab, "article tbody tr") == ["2 7"]
        assert "missing" in texts(tab, "article .leaf.doubt")[0]
        press(tab, "n")
        assert texts(tab, "article h2") == ["two.pdf"]  # the last one
    finally:
        tab.value("document.getElementById('doubts').click()")
    assert len(texts(tab, ".index .name")) == len(FOUND)
    assert tab.complaints == []


def press(tab: Tab, key: str) -> None:
    tab.value(f"document.dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}'}}))")


@pytest.mark.parametrize("width", [320, 640, 1200])
def test_nothing_runs_out_of_the_window(tab: Tab, width: int) -> None:
    tab.size(width)
    assert tab.value("document.documentElement.scrollWidth") <= width
    tab.size(1200)
