"""How sure values are, on the page of results in a real browser: seen, heard, sorted, put away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Tab, browsing
from docglean.extractors.extraction import (
    Confidence,
    Evidence,
    Extraction,
    OtherReading,
    SchemaRecord,
    SourceRecord,
    status_of,
)
from docglean.schemas.errors import Problem
from shown_results import listed, settle, shown, told, wait_for

pytestmark = pytest.mark.e2e

WHY = ("printed on the page in another form", "OCR is unsure of its words")
CONTRAST = """
(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const color = rgb(getComputedStyle(e).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255];
  };
  const light = (color) => color.slice(0, 3).map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const all = [...document.querySelectorAll(".sure, .prior, .why")];
  return all.filter((e) => e.checkVisibility()).map((e) => {
    const pair = [light(rgb(getComputedStyle(e).color)), light(ground(e))];
    return [e.className, (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05)];
  });
})()
"""
"""Class and contrast of text against ground (WCAG 2.2, relative luminance) of all that is shown."""


def document(name: str, shares: dict[str, float], **more: Any) -> Extraction[Any]:
    values = {key: f"value of {key}" for key in shares} | more.pop("values", {})
    problems: list[Problem] = more.pop("problems", [])
    confidence = {
        f"/{key}": Confidence(probability=share, why=WHY) for key, share in shares.items()
    } | more.pop("confidence", {})
    return Extraction[Any](
        document=SourceRecord(name=name, uri=f"file:///{name}", pages=1),
        schema=SchemaRecord(name="receipt", hash="0", looks_like=more.pop("looks_like", {})),
        engine="local",
        status=status_of(values, problems),
        data=values,
        evidence={
            f"/{key}": Evidence(how="exact", page=1, box=(0, 0, 9, 9), text=values[key])
            for key in shares
        },
        confidence=confidence,
        problems=problems,
        **more,
    )


UNSURE = Problem(
    code="unsure_value", message="1 of 3 values is less sure than 90%.", paths=("/date",)
)
LINES = {
    "lines": [{"text": "bolt", "amount": "1.00"}, {"text": "nut", "amount": "2.00"}],
    "note": None,
}
FOUND = [
    document("sure.pdf", {"total": 0.99, "date": 0.95}),
    document(
        "mixed.pdf", {"number": 0.97, "total": 0.8, "date": 0.3}, values=LINES, problems=[UNSURE],
        confidence={
            "/note": Confidence(probability=0.2, why=("its caption is on a page",)),
            "/lines/0/text": Confidence(probability=0.98),
            "/lines/1/text": Confidence(probability=0.6, why=WHY),
        },
        readings={
            "/total": [OtherReading(engine="other:one", value="7.00", first="x", why="unsure")],
            "/date": [OtherReading(engine="other:two", value="v", taken=True, first="1 May")],
        },
        looks_like={"form": 0.82, "receipt": 0.03},
    ),
    document("middle.pdf", {"total": 0.75, "date": 0.91}),
]  # fmt: skip


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shown(tmp_path_factory.mktemp("sure"), FOUND)


@pytest.fixture(scope="module")
def tab(written: Path) -> Iterator[Tab]:
    with browsing() as tab:
        tab.ask("Emulation.setFocusEmulationEnabled", enabled=True)  # else no focus is told
        tab.size(1200)
        tab.open(written)
        wait_for(tab, "mixed.pdf")
        yield tab


def click(tab: Tab, button: str) -> None:
    tab.value(f"document.getElementById('{button}').click()")
    settle(tab)


def test_the_least_sure_document_comes_first_and_the_input_order_is_there(tab: Tab) -> None:
    assert listed(tab, ".index .name") == ["mixed.pdf", "middle.pdf", "sure.pdf"]
    assert listed(tab, ".index .sure") == ["20 %", "75 %", "95 %"]
    click(tab, "input")
    try:
        assert listed(tab, ".index .name") == ["sure.pdf", "mixed.pdf", "middle.pdf"]
        # The keys go by the order that is seen.
        tab.value("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'p'}))")
        wait_for(tab, "sure.pdf")
        tab.value("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'n'}))")
        wait_for(tab, "mixed.pdf")
    finally:
        click(tab, "worst")
    assert listed(tab, ".index .name") == ["mixed.pdf", "middle.pdf", "sure.pdf"]


def test_each_value_has_its_number_and_what_is_not_calibrated_is_said_once(tab: Tab) -> None:
    assert told(tab, "dl .leaf:not(.empty) > dd > .sure") == ["97 %", "80 %", "30 %"]
    assert told(tab, "td .sure") == ["98 %", "60 %"]
    assert told(tab, ".empty .sure") == ["left out, 20 % sure: its caption is on a page 20 %"]
    classes = tab.framed(
        "[...document.querySelectorAll('dl > .leaf > dd > .sure')].map(e => e.className)"
    )
    assert classes == ["sure high", "sure middle", "sure low"]
    said = tab.value("document.body.innerText.toLowerCase().split('not calibrated').length - 1")
    assert said == 1
    assert "looks like a form, 82 %, not a receipt" in told(tab, ".facts .look")


def test_values_are_sorted_by_it_and_back(tab: Tab) -> None:
    before = told(tab, "dl > .leaf > dt"), told(tab, "tbody th")
    assert before == (["Number", "Total", "Date", "No value"], ["1", "2"])
    click(tab, "sorted")
    try:
        assert told(tab, "dl > .leaf > dt") == ["Date", "Total", "Number", "No value"]
        assert told(tab, "tbody th") == ["2", "1"]
    finally:
        click(tab, "sorted")
    assert (told(tab, "dl > .leaf > dt"), told(tab, "tbody th")) == before


def test_why_is_seen_on_focus_heard_and_put_away_by_escape(tab: Tab) -> None:
    assert told(tab, ".why") == []
    leaf = "[...document.querySelectorAll('.leaf [data-f]')][1]"
    tab.framed(f"{leaf}.focus()")
    assert told(tab, ".why") == [f"80 % sure {'; '.join(WHY)}"]
    assert f"80 % sure: {'; '.join(WHY)}" in tab.framed(f"{leaf}.innerText + {leaf}.textContent")
    tab.framed("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}))")
    assert told(tab, ".why") == []
    tab.framed(f"{leaf}.blur()")
    tab.framed("document.querySelector('td [data-f]').focus()")
    tab.framed("document.activeElement.blur()")
    assert tab.complaints == []


def test_what_another_engine_read_stands_beside_the_value(tab: Tab) -> None:
    assert told(tab, ".other") == [
        "other:one read: 7.00 (unsure)", "taken from other:two; first read: 1 May",
    ]  # fmt: skip


def test_an_unsure_value_needs_a_look(tab: Tab) -> None:
    click(tab, "doubts")
    try:
        assert told(tab, "dl > .leaf > dt") == ["Date"]
        assert told(tab, ".tag") == ["unsure value"]
    finally:
        click(tab, "doubts")
    href = tab.framed("document.querySelector('.problems a').hash.slice(1)")
    assert tab.framed(f"document.getElementById('{href}').querySelector('dt').innerText") == "Date"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 400, 1000, 1600])
def test_it_can_be_read_in_both_schemes_and_nothing_runs_out_of_the_window(
    tab: Tab, scheme: str, width: int
) -> None:
    tab.ask("Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}])  # fmt: skip
    tab.size(width)
    tab.framed("document.querySelector('.leaf [data-f]').focus()")
    try:
        found = [*tab.value(CONTRAST), *tab.framed(CONTRAST)]
        assert {"sure high", "sure middle", "sure low", "prior", "why"} <= {one for one, _ in found}
        assert [one for one in found if one[1] < 4.5] == []
        assert tab.value("document.documentElement.scrollWidth") <= width
        assert tab.framed("document.documentElement.scrollWidth <= innerWidth")
    finally:
        tab.framed("document.activeElement.blur()")
        tab.ask("Emulation.setEmulatedMedia", features=[])
        tab.size(1200)


def test_without_any_confidence_the_page_is_as_before(tmp_path: Path) -> None:
    plain = [one.model_copy(update={"confidence": {}}) for one in FOUND]
    html = shown(tmp_path, plain).read_text("utf-8")
    assert "not calibrated" not in html
    assert 'id="sorted"' not in html
    assert html.index("sure.pdf") < html.index("mixed.pdf") < html.index("middle.pdf")
