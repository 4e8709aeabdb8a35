"""A document reviewed by the keyboard alone, in a real browser, on the real server."""

from __future__ import annotations

from pathlib import Path

import pytest
from review_desk import Desk, events

pytestmark = pytest.mark.e2e


def test_the_worst_document_is_open_and_its_first_doubt_is_looked_at(desk: Desk) -> None:
    assert desk.document == "bad.pdf"
    assert desk.text("[role=option][aria-selected=true] .name") == "bad.pdf"
    assert desk.active == "Date"
    desk.wait("document.activeElement.matches('.values .value[aria-current=true]')")
    assert "60 % sure" in desk.text("#card .confidence")
    # Its box is magnified until its line can be read, and is in the middle of what is seen.
    desk.wait("document.querySelector('.spot')")
    _, top, _, height = desk.box(".box.on")
    _, above, _, high = desk.box("#paper")
    assert height >= 20
    assert above < top < above + high - height


def test_a_document_is_looked_at_corrected_and_signed_off(desk: Desk, run: Path) -> None:
    desk.keys("Enter")  # the date is right
    desk.wait("document.querySelector('#card h2').innerText === 'Total'")
    assert "other:one read: 12.00" in desk.text("#card .reading")
    assert desk.text("#broken") == "1 check fails"
    desk.keys("1", "2", ",", "0", "0")  # just typing edits
    desk.wait_for("#card .stored", "stored as 12.00")
    desk.keys("Enter")
    desk.saved()
    desk.wait("document.getElementById('broken').innerText === ''")  # checks run at once
    told = [(one["action"], one["path"], one.get("new")) for one in events(run)]
    assert told == [("confirm", "/date", None), ("set", "/total", "12.00")]
    assert {one["by"] for one in events(run)} == {"Ann"}
    desk.keys("d")
    desk.wait_for("dialog", "values not looked at")
    assert "stay unlabelled" in desk.text("dialog")
    desk.keys("d")
    desk.wait_for("#name", "fair.pdf")
    desk.saved()
    assert events(run)[-1]["action"] == "done"
    desk.keys("p")
    desk.wait_for("#name", "bad.pdf")
    assert "reviewed" in desk.tab.value("document.getElementById('head').innerHTML")


def test_wrong_typing_is_told_and_not_taken(desk: Desk, run: Path) -> None:
    desk.keys("e")
    desk.wait("document.activeElement.matches('.editor input')")
    desk.tab.value("document.activeElement.value = ''")
    desk.keys("s", "o", "o", "n", "Enter")
    desk.wait_for("#card .stored.wrong", "soon")
    assert desk.tab.value("document.activeElement.getAttribute('aria-invalid')") == "true"
    assert events(run) == []
    desk.keys("Escape")
    desk.wait("document.activeElement.matches('.values .value')")
    assert desk.active == "Date"


def test_undo_takes_the_last_thing_back(desk: Desk, run: Path) -> None:
    desk.keys("x")  # no date, it is said
    desk.saved()
    desk.wait("document.querySelector('#card h2').innerText === 'Total'")
    desk.keys("Ctrl+z")
    desk.wait("document.querySelector('#card h2').innerText === 'Date'")
    desk.saved()
    desk.wait_for("#card .state", "not looked at")
    assert desk.text("#card .big") == "2026-04-03"
    assert [one["action"] for one in events(run)] == ["absent", "undo"]


def test_tab_goes_from_doubt_to_doubt_and_then_out_of_the_values(desk: Desk) -> None:
    desk.keys("Tab")
    assert desk.active == "Total"
    desk.keys("Shift+Tab")
    assert desk.active == "Date"
    desk.keys("Tab", "Tab")
    assert desk.tab.value("!document.activeElement.matches('.values .value')")
    assert desk.active == "Total"


def test_what_is_looked_at_is_in_view_on_both_sides(desk: Desk) -> None:
    for _ in range(4):
        desk.keys("Tab", "ArrowDown")
        _, top, _, height = desk.box(".values .value[aria-current]")
        _, above, _, high = desk.box("#values")
        assert above - 1 <= top
        assert top + height <= above + high + 1


def test_arrows_go_through_all_values_and_stay_in_their_column(desk: Desk) -> None:
    desk.focus(desk.value("Quantity"))
    assert desk.active == "Quantity"
    assert desk.text("#card .crumb") == "Line items 1"
    desk.keys("ArrowDown")
    assert (desk.active, desk.text("#card .crumb")) == ("Quantity", "Line items 2")
    desk.keys("ArrowRight")
    assert desk.active == "Unit price"
    desk.keys("ArrowUp", "ArrowUp")
    assert "Line items" not in desk.text("#card .crumb")


def test_rows_are_added_moved_joined_and_removed(desk: Desk, run: Path) -> None:
    desk.focus(desk.value("Description"))
    desk.keys("l", "a")
    desk.wait("document.activeElement.matches('.mending input')")
    desk.keys("T", "e", "a", "Tab", "1", "Tab", "2", ".", "5", "Tab", "2", ".", "5", "Enter")
    desk.wait_for(".values", "Line items 3")
    desk.saved()
    assert events(run)[-1]["new"] == {
        "description": "Tea", "quantity": "1", "unit_price": "2.5", "line_total": "2.5",
    }  # fmt: skip
    assert events(run)[-1]["index"] == 1
    desk.keys("l", "j")
    desk.saved()
    desk.keys("l", "r")
    desk.wait_for(".values", "Line items 2")
    desk.saved()
    assert [one["action"] for one in events(run)] == ["add", "move", "remove"]


def test_help_tells_every_key_and_single_keys_can_be_turned_off(desk: Desk, run: Path) -> None:
    desk.keys("?")
    desk.wait("document.querySelector('dialog')")
    shown = desk.text("dialog")
    for key in ("Tab", "F2", "Ctrl Z", "the value is right", "sign the document off"):
        assert key in shown
    desk.click("#single")
    desk.keys("Escape")
    desk.wait("document.activeElement.matches('.values .value')")
    desk.keys("x", "d", "n")
    assert desk.document == "bad.pdf"
    assert events(run) == []
    desk.keys("Enter")
    desk.saved()
    assert [one["action"] for one in events(run)] == ["confirm"]


def test_a_document_is_found_by_name_and_opened_faster_than_it_is_found(desk: Desk) -> None:
    desk.keys("/", "f", "a", "i", "r", "Enter", "Enter")
    desk.wait_for("#name", "fair.pdf")
