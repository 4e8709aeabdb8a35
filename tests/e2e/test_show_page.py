"""The page of results in a real browser: what needs a look is what it leads to."""

from __future__ import annotations

import time
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
from shown_results import listed, settle, shown, told, wait_for

from docglean.commands.exhibit_tree import exhibit
from docglean.commands.show_pages import list_page

pytestmark = pytest.mark.e2e


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


PRESS = "document.dispatchEvent(new KeyboardEvent('keydown', {{key: '{}'}}))"


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    folder: Path = tmp_path_factory.mktemp("browser")
    page = shown(folder, FOUND)
    with browsing() as tab:
        tab.size(1200)
        tab.open(page)
        wait_for(tab, "right.pdf")
        yield tab


def test_the_button_leaves_only_what_needs_a_look(tab: Tab) -> None:
    assert len(listed(tab, ".index .name")) == len(FOUND)
    assert "4 to look at" in listed(tab, ".sum")[0]
    tab.value("document.getElementById('doubts').click()")
    try:
        assert listed(tab, ".index .name") == ["sum.pdf", "whole.pdf", "two.pdf"]
        # The first document is right: the first that is not stands there instead.
        wait_for(tab, "sum.pdf")
        settle(tab)
        (leaf,) = told(tab, "article .leaf")
        assert "Total" in leaf
        assert "check failed" in leaf
        # A document of which something is wrong as a whole says so, where no value is in doubt.
        press(tab, "n")
        wait_for(tab, "whole.pdf")
        assert "The file was mended." in told(tab, "article .problems")[0]
        # Also where the keys are pressed in the document.
        tab.framed(PRESS.format("n"))
        wait_for(tab, "two.pdf")
        settle(tab)
        assert told(tab, "article tbody tr") == ["2 7"]
        assert "missing" in told(tab, "article .leaf.doubt")[0]
        press(tab, "n")
        settle(tab)
        wait_for(tab, "two.pdf")  # the last one
    finally:
        tab.value("document.getElementById('doubts').click()")
    assert len(listed(tab, ".index .name")) == len(FOUND)
    assert tab.complaints == []


def press(tab: Tab, key: str) -> None:
    tab.value(PRESS.format(key))


def test_only_the_tools_of_the_page_around_are_seen(tab: Tab) -> None:
    assert told(tab, ".tools") == []
    tab.value("document.getElementById('larger').click()")
    settle(tab)
    assert tab.framed("View.zoom") == 1.25
    tab.value("document.getElementById('smaller').click()")
    address = tab.value("document.getElementById('alone').href")
    assert address == tab.framed("location.href")


def test_the_page_asks_only_for_the_pages_of_documents_that_were_looked_at(tab: Tab) -> None:
    names = {address.rsplit("/", 1)[1].split("#")[0] for address in tab.requests}
    assert names <= {"show.html", *(f"{number}.html" for number in range(1, 5))}


@pytest.mark.parametrize("width", [320, 640, 1200])
def test_nothing_runs_out_of_the_window(tab: Tab, width: int) -> None:
    tab.size(width)
    assert tab.value("document.documentElement.scrollWidth") <= width
    assert tab.framed("document.documentElement.scrollWidth <= innerWidth")
    tab.size(1200)


# The last: it leaves the page of the others.
def test_a_list_of_some_becomes_that_of_all_and_keeps_the_document(
    tab: Tab, tmp_path: Path
) -> None:
    exhibits = [exhibit(number, found) for number, found in enumerate(FOUND, 1)]
    page = tmp_path / "show.html"
    page.write_text(list_page(exhibits[:2], (), "show-pages", unread=3))
    tab.open(page)
    deadline = time.monotonic() + 30
    while listed(tab, ".index .name") != ["right.pdf", "sum.pdf"]:
        assert time.monotonic() < deadline
    tab.value("document.querySelectorAll('.index a')[1].click()")
    page.write_text(list_page(exhibits, (), "show-pages"))
    while len(listed(tab, ".index .name")) < len(FOUND):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert tab.value("document.querySelector('.index [aria-current] .name').innerText") == "sum.pdf"
