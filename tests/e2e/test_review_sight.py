"""The review page can be read and used by everybody: widths, schemes, contrast, names, focus."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from browser import browsing
from review_desk import Desk, a_run, serving

pytestmark = pytest.mark.e2e

CONTRAST = """
(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const color = rgba(getComputedStyle(e).backgroundColor);
      if (color[3] > 250) return color;
    }
    return [255, 255, 255];
  };
  const light = (color) => color.slice(0, 3).map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const found = {};
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !e.checkVisibility({opacityProperty: true})) continue;
    if (e.closest(".sr, .skip, [disabled], script, .sheet, figcaption")) continue;
    const pair = [light(rgba(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) found[`${e.tagName}.${e.className}: ${e.innerText.slice(0, 30)}`] = ratio;
  }
  return found;
})()
"""
"""Texts whose contrast with what is behind them is below AA (WCAG 2.2, 4.5 to 1)."""

NAMELESS = """
[...document.querySelectorAll("button, input, select, textarea, [role], a[href]")]
  .filter((e) => e.checkVisibility() && !e.matches(".box, [role=status], [role=alert]"))
  .filter((e) => !(e.getAttribute("aria-label") || e.innerText || e.textContent.trim()
    || e.labels?.length || e.title))
  .map((e) => e.outerHTML.slice(0, 120))
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("sight")
    with serving(a_run(folder / "in")) as server, browsing() as tab:
        desk = Desk(tab)
        desk.open(server.address)
        desk.keys("Tab")
        desk.wait("document.querySelector('#card .fails')")
        yield desk


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 640, 1280, 2000])
def test_all_of_it_can_be_read_and_nothing_runs_out_of_the_window(
    desk: Desk, scheme: str, width: int
) -> None:
    """640 is what 1,280 is at 200 %."""
    desk.tab.ask("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": scheme}])  # fmt: skip
    desk.tab.size(width)
    assert desk.tab.value(CONTRAST) == {}
    assert desk.tab.value("document.documentElement.scrollWidth") <= width
    desk.keys("e")
    desk.wait("document.activeElement.matches('.editor input')")
    left, top, wide, high = desk.box(".editor input")
    assert left >= 0
    assert left + wide <= width
    assert 0 <= top < top + high <= 900
    assert desk.tab.value(CONTRAST) == {}
    desk.keys("Escape")


def test_everything_has_a_name_and_the_document_an_order(desk: Desk) -> None:
    desk.tab.size(1280)
    assert desk.tab.value(NAMELESS) == []
    name = desk.tab.value("document.querySelector('.values .value[aria-current]').innerText")
    assert name.replace("\n", " ").startswith("Total: 17.00")
    assert "not looked at" in name
    for role, label in (("main", ""), ("nav", "Queue")):
        assert desk.tab.value(f"document.querySelectorAll('{role}').length") == 1, label
    levels = desk.tab.value(
        "[...document.querySelectorAll('h1,h2,h3,h4')].filter(h => h.checkVisibility())"
        ".map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_focus_is_seen_and_comes_back_from_windows(desk: Desk) -> None:
    for key, opened in (("?", "dialog"), ("d", "dialog"), ("e", ".editor input")):
        desk.keys(key)
        desk.wait(f"document.querySelector('{opened}')?.contains(document.activeElement)")
        desk.keys("Escape")
        desk.wait("document.activeElement.matches('.values .value')")
        assert (
            desk.tab.value("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
        )


def test_who_wants_no_motion_gets_none(desk: Desk) -> None:
    desk.tab.ask("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-reduced-motion", "value": "reduce"}])  # fmt: skip
    moving = desk.tab.value(
        "[...document.querySelectorAll('*')].filter(e => "
        "parseFloat(getComputedStyle(e).transitionDuration) > 0).length"
    )
    assert moving == 0
    desk.tab.ask("Emulation.setEmulatedMedia", features=[])
