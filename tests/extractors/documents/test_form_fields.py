"""Fields of a PDF's own form: whatever is odd about one of them costs neither it nor the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.form_fields import form_fields
from docglean.extractors.documents.workers import Workers
from docglean.extractors.rules.document_values import read_words
from docglean.extractors.rules.readers.form_pairs import pairs_of
from papers import drawn_of, own_schema, page_of, sheet, words_of

CHECKBOX, RADIO, TEXT = (
    pymupdf.PDF_WIDGET_TYPE_CHECKBOX,
    pymupdf.PDF_WIDGET_TYPE_RADIOBUTTON,
    pymupdf.PDF_WIDGET_TYPE_TEXT,
)


def add(page: Any, kind: int, name: str, box: tuple[float, ...], value: Any, flags: int = 0) -> int:
    """A new field; its object's number."""
    widget = pymupdf.Widget()
    widget.field_type, widget.field_name = kind, name
    widget.rect, widget.field_flags = pymupdf.Rect(box), flags
    widget.field_value = value
    page.add_widget(widget)
    return next(w.xref for w in page.widgets() if w.field_name == name)


def boxes(page: Any, *ticks: bool) -> list[int]:
    return [
        add(page, CHECKBOX, f"box{n}", (50 + 100 * n, 90, 62 + 100 * n, 102), ticked)
        for n, ticked in enumerate(ticks)
    ]


def grown(box: Any, by: float) -> Any:
    return pymupdf.Rect(box.x0 - by, box.y0 - by, box.x1 + by, box.y1 + by)


def marks(page: Any) -> list[bool | None]:
    return [field.checked for field in form_fields(page)]


@pytest.mark.parametrize("shown", ["null", "/Off", "/Yes"])
@pytest.mark.parametrize("appearance", ["null", "<<>>", "<</N<<>>>>", "[3 /Yes]"])
def test_a_checkbox_without_an_appearance(appearance: str, shown: str) -> None:
    page = page_of((70, 100, "Agreed"), (170, 100, "Married"))
    for xref in boxes(page, True, False):
        page.parent.xref_set_key(xref, "AP", appearance)
    first = next(page.widgets()).xref
    page.parent.xref_set_key(first, "AS", shown)
    assert marks(page) == [shown != "/Off", False]
    words = words_of(page)
    assert [word.text for word in words.words if word.source == "widget"] == [
        "☐" if shown == "/Off" else "☒",
        "☐",
    ]


def test_the_state_called_no_may_be_on() -> None:
    page = page_of((70, 100, "Yes"), (170, 100, "No"))
    first, second = boxes(page, False, True)
    yes = page.parent.xref_get_key(second, "AP/N/Yes")[1]
    off = page.parent.xref_get_key(second, "AP/N/Off")[1]
    page.parent.xref_set_key(second, "AP", f"<</N<</No {yes}/Off {off}>>>>")
    page.parent.xref_set_key(second, "AS", "/No")
    page.parent.xref_set_key(first, "AP", f"<</N<</Yes {yes}/No {off}>>>>")
    page.parent.xref_set_key(first, "AS", "/No")
    assert marks(page) == [False, True]


def test_a_field_that_cannot_be_read_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_of((70, 100, "Agreed"), (170, 100, "Married"))
    broken = boxes(page, True, True)[0]
    load = pymupdf.Page.load_widget

    def failing(self: Any, xref: int) -> Any:
        if xref == broken:
            raise TypeError("'NoneType' object is not iterable")
        return load(self, xref)

    monkeypatch.setattr(pymupdf.Page, "load_widget", failing)
    found = [(word.text, word.source) for word in words_of(page).words]
    assert ("Agreed", "text") in found
    assert [text for text, source in found if source == "widget"] == ["☒"]


async def test_such_a_page_is_read(tmp_path: Path, workers: Workers, limits: Limits) -> None:
    page = page_of((70, 100, "Agreed"))
    page.parent.xref_set_key(boxes(page, True)[0], "AP", "null")
    page.parent.save(tmp_path / "form.pdf")
    document = await open_document(tmp_path / "form.pdf", workers, limits)
    assert document.pages[0].has_text
    assert [word.text for word in (await document.words(1)).words] == ["☒", "Agreed"]


MULTILINE = 4096


@pytest.mark.parametrize("text", ["Please call\nafter 6 pm\nthanks", "one\ntwo"])
@pytest.mark.parametrize(
    ("caption", "at", "box"),
    [
        ("Comments", (50, 340), (180, 328, 500, 400)),
        ("Remarks:", (50, 340), (120, 328, 400, 400)),
        ("Bemerkungen:", (50, 320), (50, 326, 400, 400)),
    ],
)
@pytest.mark.parametrize("drawn", [True, False])
def test_an_entry_of_several_lines(
    caption: str, at: tuple[int, int], box: tuple[int, ...], text: str, drawn: bool
) -> None:
    """Whether or not the file says how its field looks."""
    rows = [(50.0, 100.0 + 30 * n, word) for n, word in enumerate(("Name", "City", "Country"))]
    page = page_of(*rows, (*at, caption), (50, 430, "Office use only"))
    for n, value in enumerate(("Ann Other", "Bristol", "Wales")):
        add(page, TEXT, f"f{n}", (180, 88 + 30 * n, 400, 104 + 30 * n), value)
    xref = add(page, TEXT, "notes", box, text, MULTILINE)
    if not drawn:
        page.parent.xref_set_key(xref, "AP", "null")
    found = {pair.key_text: pair.value_text for pair in pairs_of(sheet(page))}
    assert found[caption.rstrip(":")] == " ".join(text.split())
    own = own_schema(**{caption.rstrip(":").lower(): {"type": "string"}})
    assert list(read_words(own, [words_of(page)]).values.values()) == [" ".join(text.split())]


def test_fields_below_each_other_with_captions_are_no_single_entry() -> None:
    page = page_of((50, 100, "Street:"), (50, 116, "City:"))
    add(page, TEXT, "a", (120, 90, 300, 104), "5 Quay Street")
    add(page, TEXT, "b", (120, 106, 300, 120), "Bristol")
    found = {pair.key_text: pair.value_text for pair in pairs_of(sheet(page))}
    assert found == {"Street": "5 Quay Street", "City": "Bristol"}


# --- boxes to tick as a list -------------------------------------------------------------------

TEXTS: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}}
LABELS = ("Chess", "Running", "Music")


def asked(question: str, *, above: bool, rows: bool) -> Any:
    """A question with three boxes: below it or right of it, side by side or in rows."""
    top = 130 if above else 100
    step = (0, 18) if rows else (90, 0)
    left = 60 if above else 250
    places = [(left + step[0] * n, top + step[1] * n) for n in range(3)]
    prints = [(x + 18.0, float(y), label) for (x, y), label in zip(places, LABELS, strict=True)]
    page = page_of((50, 40, "Membership", 14), (50, 100, question), *prints, (50, 220, "Thank you"))
    page.places = places
    return page


def as_fields(page: Any) -> None:
    for n, (x, y) in enumerate(page.places):
        add(page, CHECKBOX, f"i{n}", (x, y - 10, x + 12, y + 2), n != 1)


def as_squares(page: Any) -> None:
    for n, (x, y) in enumerate(page.places):
        box = pymupdf.Rect(x, y - 10, x + 12, y + 2)
        page.draw_rect(box)
        if n == 0:
            page.draw_rect(grown(box, -2), color=(0, 0, 0), fill=(0, 0, 0))
        if n == 2:
            page.draw_line(box.tl, box.br, width=1.2)
            page.draw_line(box.tr, box.bl, width=1.2)


@pytest.mark.parametrize("draw", [as_fields, as_squares])
@pytest.mark.parametrize(("above", "rows"), [(False, False), (True, False), (True, True)])
@pytest.mark.parametrize(
    ("name", "question"),
    [("interests", "Interests (tick all that apply)"), ("hobbies", "Hobbies:")],
)
def test_ticked_boxes_fill_a_list(
    name: str, question: str, above: bool, rows: bool, draw: Callable[[Any], None]
) -> None:
    page = asked(question, above=above, rows=rows)
    draw(page)
    schema = own_schema(**{name: TEXTS})
    reading = read_words(schema, [words_of(page)], (), {1: drawn_of(page)})
    assert reading.values[name] == ["Chess", "Music"]
    assert set(reading.evidence) == {f"/{name}/0", f"/{name}/1"}


def test_boxes_of_another_question_fill_no_list() -> None:
    page = asked("Favourite room", above=False, rows=False)
    as_fields(page)
    reading = read_words(own_schema(interests=TEXTS), [words_of(page)], (), {1: drawn_of(page)})
    assert reading.values["interests"] == []


def test_a_list_of_choices_needs_no_question() -> None:
    page = asked("Please tick", above=False, rows=False)
    as_fields(page)
    schema = own_schema(likes={"type": "array", "items": {"enum": ["chess", "running", "music"]}})
    reading = read_words(schema, [words_of(page)], (), {1: drawn_of(page)})
    assert reading.values["likes"] == ["chess", "music"]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [("Send me the newsletter", True), ("Do not send me the newsletter", None)],
)
def test_a_box_whose_sentence_mentions_the_field(sentence: str, expected: bool | None) -> None:
    page = page_of((70, 100, sentence), (70, 130, "I am over 18"))
    boxes(page, True)
    schema = own_schema(newsletter={"type": ["boolean", "null"]})
    assert read_words(schema, [words_of(page)]).values["newsletter"] is expected


@pytest.mark.parametrize("inner", [0.0, 1.5, 2.5])
@pytest.mark.parametrize("colour", [(0, 0, 0), (0, 0, 0.6), (0.35, 0.35, 0.35)])
def test_a_box_filled_solid_is_ticked(inner: float, colour: tuple[float, ...]) -> None:
    def draw(page: Any) -> None:
        for n, x in enumerate((50, 150, 250)):
            box = pymupdf.Rect(x, 91, x + 12, 103)
            page.draw_rect(box)
            if n == 1:
                page.draw_rect(grown(box, -inner), color=colour, fill=colour)

    found = sorted(drawn_of(page_of((66, 100, "A"), (166, 100, "B"), draw=draw)).squares)
    assert [ticked for _, ticked in found] == [False, True, False]


def test_solid_squares_alone_are_bullets() -> None:
    def draw(page: Any) -> None:
        for n in range(4):
            page.draw_rect(pymupdf.Rect(50, 91 + 20 * n, 60, 101 + 20 * n), fill=(0, 0, 0))

    assert drawn_of(page_of(draw=draw)).squares == ()
