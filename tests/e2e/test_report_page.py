"""The report in a real browser: silent, asking nobody, on a phone, in the dark, on paper, aloud."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pymupdf
import pytest
from browser import Tab, browsing
from docglean.evaluation.report.report import HTML, write_report
from made_results import HOSTILE, whole

pytestmark = pytest.mark.e2e

CONTRAST = """(() => {
  const linear = c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
  };
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255)
    + 0.0722 * linear(b / 255);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] > 0.99) return colour;
    }
    return [255, 255, 255, 1];
  };
  const poor = new Set();
  for (const element of document.querySelectorAll('p, li, td, th, dt, dd, h1, h2, h3, summary, a,'
      + ' small, caption span, .key, .verdict, .sign, .none, .no')) {
    if (!element.textContent.trim() || !element.checkVisibility()) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const bold = element.matches('.sign');  // beside a word that says the same
    if (ratio < (bold ? 3 : 4.5)) {
      poor.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
    }
  }
  return [...poor];
})()"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    folder = tmp_path_factory.mktemp("browser")
    made = whole(folder, hostile=HOSTILE)
    made.write()
    write_report(made.folder, hourly_price=Decimal("0.5"))
    with browsing() as tab:
        tab.size(1200)
        tab.open(made.folder / HTML)
        yield tab


def light_and_wide(tab: Tab) -> None:
    tab.size(1200)
    tab.ask("Emulation.setEmulatedMedia", media="", features=[])


def test_it_is_silent_and_asks_nobody(tab: Tab) -> None:
    light_and_wide(tab)
    assert tab.complaints == []
    assert [url.rpartition("/")[2] for url in tab.requests] == ["report.html"]
    assert tab.value("document.scripts.length") == 0
    assert tab.value("document.title").startswith("Accuracy report: 4 engines, 24 documents")


@pytest.mark.parametrize("width", [320, 400, 768, 1200, 1900])
def test_nothing_scrolls_sideways(tab: Tab, width: int) -> None:
    light_and_wide(tab)
    tab.size(width)
    assert tab.value("document.documentElement.scrollWidth") <= width
    # what is wider than its frame can be reached by keyboard
    assert tab.value(
        "[...document.querySelectorAll('.scroll')].every(e => e.tabIndex === 0 &&"
        " e.getAttribute('aria-label'))"
    )


def test_figures_of_fields_fit_a_phone(tab: Tab) -> None:
    light_and_wide(tab)
    tab.size(400)
    frames = "[...document.querySelectorAll('.scroll:has(> .stacks)')]"
    assert tab.value(f"{frames}.length") > 0
    assert tab.value(f"{frames}.every(e => e.scrollWidth <= e.clientWidth)")
    # four engines, each figure with the sign of its own
    row = "[...document.querySelectorAll('.stacks tbody tr:first-child td.n')]"
    assert tab.value(f"{row}.map(e => e.dataset.head)")[1:5] == ["A", "B", "C", "D"]


def test_charts_fit_the_screen(tab: Tab) -> None:
    light_and_wide(tab)
    shown = "[...document.querySelectorAll('svg.chart')].filter(e => e.checkVisibility())"
    wide = tab.value(f"{shown}.map(e => e.getAttribute('viewBox').split(' ')[2])")
    assert set(wide) == {"760"}
    tab.size(400)
    narrow = tab.value(f"{shown}.map(e => e.getAttribute('viewBox').split(' ')[2])")
    assert set(narrow) == {"340"}
    assert len(wide) == len(narrow) == 5  # one of them of confidence, where its part is open
    # no text sticks out of its chart
    assert (
        tab.value(
            f"{shown}.flatMap(e => [...e.querySelectorAll('text')].filter(t => {{"
            "const [a, b] = [t.getBoundingClientRect(), e.getBoundingClientRect()];"
            "return a.right > b.right + 2 || a.left < b.left - 2; }).map(t => t.textContent))"
        )
        == []
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(tab: Tab, scheme: str) -> None:
    """Contrast of 4.5 to 1 at least (WCAG 2.2, 1.4.3)."""
    light_and_wide(tab)
    tab.ask("Emulation.setEmulatedMedia", media="screen",
            features=[{"name": "prefers-color-scheme", "value": scheme}])  # fmt: skip
    ground = tab.value("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(243, 244, 246)", "dark": "rgb(20, 23, 28)"}[scheme]
    ink = tab.value("getComputedStyle(document.querySelector('svg.chart text')).fill")
    assert ink == tab.value("getComputedStyle(document.body).color")
    assert tab.value(CONTRAST) == []


def test_it_can_be_heard(tab: Tab) -> None:
    light_and_wide(tab)
    nodes = tab.ask("Accessibility.getFullAXTree")["nodes"]

    def named(role: str) -> list[str]:
        heard = [node for node in nodes if not node.get("ignored")]
        mine = [node for node in heard if node.get("role", {}).get("value") == role]
        return [node.get("name", {}).get("value", "") for node in mine]

    images = named("image")
    assert images
    assert all(images)
    assert any(name.startswith("Page 1 of documents/invoice-scan.pdf") for name in images)
    assert all(named("table"))
    assert all(named("region"))
    assert len(named("main")) == len(named("banner")) == 1
    heads = named("columnheader")
    assert heads
    assert sum(not head.strip() for head in heads) == 0


def test_paper_shows_everything(tab: Tab) -> None:
    light_and_wide(tab)
    closed = "[...document.querySelectorAll('details:not([open])')]"
    assert tab.value(f"{closed}.length") > 0
    printed = tab.ask("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
    with pymupdf.open(stream=base64.b64decode(printed["data"]), filetype="pdf") as paper:
        text = " ".join("".join(page.get_text() for page in paper).split())
        width, height = paper[0].rect.width, paper[0].rect.height
    assert (round(width), round(height)) == (595, 842)  # A4
    for said in ("In one sentence", "harmonic mean of precision and recall", "Worst documents",
                 "seed 20260101"):  # fmt: skip
        assert said in text


def test_hostile_text_is_shown_as_it_is(tab: Tab) -> None:
    light_and_wide(tab)
    text: Any = tab.value("document.body.innerText")
    assert "<script>alert(1)</script>" in text
    assert tab.value("document.querySelectorAll('img').length") == 0
    # an override of direction ends with the value that it stands in
    assert tab.value(
        "[...document.querySelectorAll('bdi')].every(e =>"
        " getComputedStyle(e).unicodeBidi.startsWith('isolate'))"
    )
