"""A document reviewed with the mouse alone, and on a phone with a finger."""

from __future__ import annotations

from pathlib import Path

import pytest
from review_desk import Desk, events

pytestmark = pytest.mark.e2e


def test_a_document_is_looked_at_with_buttons(desk: Desk, run: Path) -> None:
    desk.click(desk.button("Right"))
    desk.wait("document.querySelector('#card h2').innerText === 'Total'")
    desk.click(desk.button("Take it"))  # what another engine read
    desk.saved()
    assert [(one["action"], one.get("new")) for one in events(run)] == [
        ("confirm", None), ("set", "12.00"),
    ]  # fmt: skip
    desk.click(desk.button("Sign off"))
    desk.wait_for("dialog", "values not looked at")
    desk.click(desk.button("All "))
    desk.wait_for("#name", "fair.pdf")
    desk.saved()
    done = [one for one in events(run) if one["action"] == "done"]
    assert len(done) == 1
    assert {one["group"] for one in events(run)[2:]} == {done[0]["group"]}


def test_values_and_boxes_lead_to_each_other(desk: Desk) -> None:
    desk.click(desk.value("Company"))
    desk.wait("document.querySelector('#card h2').innerText === 'Company'")
    desk.wait("document.querySelector('.box.on')?.textContent.includes('Company')")
    desk.click("#magnify")  # the whole page
    desk.wait("document.querySelector('.sheet').getBoundingClientRect().width < 700")
    desk.tab.mouse(*desk.on_page(395, 156))
    desk.wait("document.querySelector('#card h2').innerText === 'Line total'")
    desk.wait("document.activeElement.matches('td .value')")


def test_a_click_on_a_word_takes_its_text(desk: Desk, run: Path) -> None:
    desk.click("#magnify")
    desk.click(desk.value("Receipt number"))
    desk.wait("document.querySelector('#card h2').innerText === 'Receipt number'")
    desk.tab.mouse(*desk.on_page(112, 107))
    desk.wait("document.querySelector('.editor input')?.value === '4711'")
    desk.click(desk.button("Save"))
    desk.saved()
    (said,) = events(run)
    assert (said["action"], said["path"], said["new"]) == ("set", "/receipt_number", "4711")
    x0, _, x1, y1 = said["box"]["box"]
    assert said["box"]["page"] == 1
    assert 90 < x0 < 112 < x1 < 140
    assert abs(y1 - 112) < 6


def test_a_box_that_is_drawn_takes_the_text_in_it(desk: Desk, run: Path) -> None:
    desk.click("#magnify")
    desk.click(desk.value("Address"))
    desk.wait("document.querySelector('#card h2').innerText === 'Address'")
    desk.tab.mouse(*desk.on_page(50, 42), to=desk.on_page(300, 92))
    desk.wait(
        "document.querySelector('.editor :is(input, textarea)')?.value.includes('Corner Cafe')"
    )
    assert "12 Mill Lane" in desk.tab.value(
        "document.querySelector('.editor :is(input, textarea)').value"
    )
    desk.click(desk.button("Cancel"))
    assert events(run) == []


def test_a_box_over_a_row_fills_the_row(desk: Desk, run: Path) -> None:
    desk.click("#magnify")
    desk.click(desk.value("Description"))
    desk.click(desk.button("Rows"))
    desk.click(desk.button("Add a row below"))
    desk.click(desk.button("Take"))
    desk.saved()
    desk.wait_for(".values", "Line items 3")
    desk.keys("ArrowDown")
    desk.click(desk.button("Rows"))
    desk.click(desk.button("Take this row from the page"))
    desk.tab.mouse(*desk.on_page(50, 172), to=desk.on_page(440, 192))
    desk.wait("document.querySelector('.mending input')?.value === 'Scone'")
    desk.click(desk.button("Take"))
    desk.saved()
    told = {one["path"]: one["new"] for one in events(run) if one["action"] == "set"}
    assert told["/line_items/1/description"] == "Scone"
    assert told["/line_items/1/line_total"] == "5.00"
    assert len({one["group"] for one in events(run) if one["action"] == "set"}) == 1


def test_on_a_phone_pages_are_above_and_the_card_is_below(desk: Desk, run: Path) -> None:
    desk.tab.ask("Emulation.setDeviceMetricsOverride", width=400, height=850,
                 deviceScaleFactor=2, mobile=True)  # fmt: skip
    desk.tab.ask("Emulation.setTouchEmulationEnabled", enabled=True)
    desk.wait("document.querySelector('#card').getBoundingClientRect().bottom >= 849")
    assert desk.tab.value("document.documentElement.scrollWidth") <= 400
    _, paper_top, _, paper_high = desk.box("#paper")
    _, card_top, _, _ = desk.box("#card")
    assert paper_top + paper_high <= card_top + 1
    desk.wait("document.querySelector('.spot')")
    _, top, _, high = desk.box(".box.on")
    assert paper_top <= top
    assert top + high <= paper_top + paper_high
    assert desk.box(desk.button("Right"))[3] >= 36  # for a thumb
    desk.tap(desk.button("Right"))
    desk.wait("document.querySelector('#card h2').innerText === 'Total'")
    desk.saved()
    assert [one["action"] for one in events(run)] == ["confirm"]
    desk.tap("#queue-toggle")
    desk.wait("document.querySelector('#queue').checkVisibility()")
    desk.tap("[role=option]:last-child")
    desk.wait_for("#name", "good.pdf")
    desk.wait("!document.querySelector('#queue').checkVisibility()")
    desk.tab.ask("Emulation.setTouchEmulationEnabled", enabled=False)


def test_a_finger_taps_a_word_and_draws_a_box_when_it_is_asked_to(desk: Desk) -> None:
    desk.tab.ask("Emulation.setTouchEmulationEnabled", enabled=True)
    try:
        desk.click("#magnify")
        desk.click(desk.value("Receipt number"))
        desk.wait("document.querySelector('#card h2').innerText === 'Receipt number'")
        desk.tab.tap(*desk.on_page(112, 107))
        desk.wait("document.querySelector('.editor input')?.value === '4711'")
        desk.tap(desk.button("Take from page"))
        desk.wait("document.querySelector('#paper.drawing')")
        desk.tab.swipe(desk.on_page(50, 98), desk.on_page(150, 116))
        desk.wait("document.querySelector('.editor input')?.value === 'Receipt 4711'")
        desk.wait("!document.querySelector('#paper.drawing')")
    finally:
        desk.tab.ask("Emulation.setTouchEmulationEnabled", enabled=False)
