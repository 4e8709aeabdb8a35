"""Rows of a list on the review page: pasted, split, joined, said to be complete, and taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from review_desk import Desk, events

pytestmark = pytest.mark.e2e


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.focus(desk.value("Description"))
    return desk


def rows(desk: Desk) -> list[list[str]]:
    """What the table of lines shows, without the numbers of how sure it is."""
    found: list[list[str]] = desk.tab.value(
        "[...document.querySelectorAll('.values tbody tr')].map(r => [...r.querySelectorAll("
        "'.value')].map(v => [...v.childNodes].filter(n => n.nodeType === 3).map(n => n.data)"
        ".join('').trim()))"
    )
    return found


def said(run: Path, action: str) -> list[dict[str, Any]]:
    return [one for one in events(run) if one["action"] == action]


CELLS = "Line total\tDescription\tQuantity\n4.20\tTea\t2\nx\tMilk\t"
NONE = "\u2013"
WHITE, SCONE = ["Flat white", "2", "3.50", "7.00"], ["Scone", "1", "5.00", "5.00"]


def test_cells_of_a_spreadsheet_are_shown_as_understood_before_they_are_taken(
    desk: Desk, run: Path
) -> None:
    desk.keys("l", "p")
    desk.wait("document.activeElement.matches('dialog textarea')")
    desk.tab.ask(
        "Input.insertText", text="Line total\tDescription\tQuantity\n4.20\tTea\t2\nx\tMilk\t"
    )
    desk.click(desk.button("Read"))
    desk.wait("document.querySelectorAll('.mending tbody tr').length === 2")
    assert "The first row names the columns." in desk.text("dialog")
    cells = "[...document.querySelectorAll('.mending input')].map(i => i.value)"
    assert desk.tab.value(cells) == ["Tea", "2", "", "4.20", "Milk", "", "", "x"]
    desk.click(desk.button("Take"))
    desk.wait_for("dialog .problem", "Mend what is marked first.")
    assert events(run) == []
    desk.tab.value("document.activeElement.select()")
    desk.keys("1", "Enter")
    desk.saved()
    desk.wait("document.querySelectorAll('.values tbody tr').length === 4")
    assert [one["index"] for one in said(run, "add")] == [1, 2]
    assert rows(desk)[1:3] == [["Tea", "2", NONE, "4.20"], ["Milk", NONE, NONE, "1"]]
    desk.keys("u")  # both at once
    desk.saved()
    desk.wait("document.querySelectorAll('.values tbody tr').length === 2")
    assert rows(desk) == [WHITE, SCONE]


def test_two_rows_become_one_and_one_becomes_two(desk: Desk, run: Path) -> None:
    desk.keys("l", "g")
    desk.wait("document.querySelector('.mending textarea')?.value === 'Flat white\\nScone'")
    desk.click(desk.button("Take"))
    desk.saved()
    desk.wait("document.querySelectorAll('.values tbody tr').length === 1")
    assert len({one["group"] for one in events(run)}) == 1
    assert said(run, "remove")[0]["old"]["description"] == "Scone"
    desk.focus(desk.value("Description"))
    desk.keys("l", "s")
    desk.wait("document.querySelectorAll('.mending tbody tr').length === 2")
    desk.click(desk.button("Take"))
    desk.saved()
    desk.wait("document.querySelectorAll('.values tbody tr').length === 2")
    assert [row[0] for row in rows(desk)] == ["Flat white", "Scone"]


def test_that_there_are_no_other_rows_is_said(desk: Desk, run: Path) -> None:
    desk.keys("l", "c")
    desk.saved()
    assert [(one["action"], one["path"]) for one in events(run)] == [("confirm", "/line_items")]


def test_a_list_without_rows_gets_some(desk: Desk, run: Path) -> None:
    for _ in range(2):
        desk.focus(desk.value("Description"))
        desk.keys("l", "r")
        desk.saved()
    desk.wait("document.querySelector('.values table') === null")
    desk.click(".values .rows")
    desk.click(desk.button("Add a row"))
    desk.wait("document.activeElement.matches('.mending input')")
    desk.keys("T", "e", "a", "Enter")
    desk.saved()
    desk.wait("document.querySelectorAll('.values tbody tr').length === 1")
    assert rows(desk)[0][0] == "Tea"
