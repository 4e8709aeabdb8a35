"""Fields of a PDF's form (AcroForm): what is filled in and ticked, as words. Runs in a child.

A form's fields are written by many programs and kept by few rules: what MuPDF cannot tell of one
of them costs that field, never the page.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from docglean.extractors.documents import pdf
from docglean.extractors.documents.words import Word
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import within

HIDDEN = 1
"""PyMuPDF's `field_display` of a field that nobody sees."""
LINES_OF_FIELD = 1000
"""Numbers of text lines that each field has for itself, counted from far above any page's."""
USUAL_LINE = 14.0
"""Points from line to line of what is typed into a field."""
_OFF = ("", "Off")


@dataclass(frozen=True, slots=True)
class PdfField:
    """One field on a page.

    Attributes:
        value: what is filled in; of several choices, one a line.
        lines: it has room for several lines, of which the first stands at its top.
        checked: of a box or a radio button, else None.
        xref: number of its PDF object.
    """

    xref: int
    box: Box
    value: str = ""
    lines: bool = False
    checked: bool | None = None


def form_fields(page: Any) -> Iterator[PdfField]:
    """The fields of one page that can be seen and are no push buttons or signatures."""
    kind = pdf.mupdf().PDF_ANNOT_WIDGET
    for xref, annotation, *_ in page.annot_xrefs():
        if annotation == kind:
            with contextlib.suppress(Exception):
                found = _form_field(page, xref)
                if found is not None:
                    yield found


def _form_field(page: Any, xref: int) -> PdfField | None:
    pymupdf = pdf.mupdf()
    widget = page.load_widget(xref)
    silent = (pymupdf.PDF_WIDGET_TYPE_BUTTON, pymupdf.PDF_WIDGET_TYPE_SIGNATURE)
    if widget is None or widget.field_display == HIDDEN or widget.field_type in silent:
        return None
    box = pdf.placement(page)(tuple(widget.rect))
    value = widget.field_value
    if widget.field_type in (pymupdf.PDF_WIDGET_TYPE_CHECKBOX, pymupdf.PDF_WIDGET_TYPE_RADIOBUTTON):
        return PdfField(xref, box, checked=_is_on(page, widget))
    if isinstance(value, list | tuple):
        value = "\n".join(map(str, value))
    text = "" if value is None else str(value)
    lines = bool(int(widget.field_flags or 0) & pymupdf.PDF_TX_FIELD_IS_MULTILINE)
    return PdfField(xref, box, text, lines or "\n" in text)


def _is_on(page: Any, widget: Any) -> bool:
    """Whether a box is ticked: by the state that it shows, else by its field's value.

    ISO 32000-2, 12.7.5.2.3: the state is the name of an appearance, and ``Off`` is not ticked. Some
    forms call that ``No``, and have a ``Yes`` beside it.
    """
    states = _states(widget)
    told, shown = page.parent.xref_get_key(widget.xref, "AS")
    if told == "name":
        state = shown.removeprefix("/")
        return state not in _OFF and not (state == "No" and "Yes" in states)
    value = widget.field_value
    if value is None or isinstance(value, bool):
        return bool(value)
    on = [state for state in states if state not in _OFF]
    if value in _OFF or (value == "No" and (not on or "Yes" in on)):
        return False
    if on:
        return value in on
    # Without an appearance nothing tells which of several buttons has the field's value.
    return bool(widget.field_type == pdf.mupdf().PDF_WIDGET_TYPE_CHECKBOX)


def _states(widget: Any) -> list[str]:
    """Names of the states that a box has an appearance for; empty where it has none."""
    try:
        found = widget.button_states() or {}
    except Exception:  # whatever stands in the file where appearances belong
        return []
    return [state for states in found.values() for state in states or ()]


def with_widgets(layer: Sequence[Word], page: Any) -> list[Word]:
    """The layer's words, and those of form fields with source ``widget``; marks ``☒`` and ``☐``.

    What a field shows is in the layer, too, where its appearance is stored: then the words stay
    where they are shown, else they are shared out over the field.
    """
    words = list(layer)
    found: list[Word] = []
    for number, field in enumerate(form_fields(page)):
        line = LINES_OF_FIELD * (1000 + number)  # never the same line as one of the text layer
        shown = [word for word in words if covers(field.box, word)]
        if field.checked is not None:
            mark = "☒" if field.checked else "☐"
            found.append(Word(mark, field.box, source="widget", line=line))
        elif field.value:
            if "".join(word.text for word in shown) == "".join(field.value.split()):
                found += [replace(word, source="widget", line=line + word.line) for word in shown]
            else:
                found += _spread(field, line)
        else:
            continue
        words = [word for word in words if word not in shown]
    return words + found


def _spread(field: PdfField, line: int) -> list[Word]:
    """Words of a field's value, shared out over its box by length."""
    x0, y0, x1, y1 = field.box
    rows = field.value.splitlines() or [field.value]
    height = (y1 - y0) / len(rows)
    if field.lines:
        height = min(height, USUAL_LINE)
    # Print is about half as wide as high; a wide field isn't filled to its end.
    unit = min((x1 - x0) / max(max(map(len, rows)), 1), 0.5 * min(height, USUAL_LINE))
    words = []
    for row, content in enumerate(rows):
        start = 0
        for piece in content.split():
            start = content.index(piece, start)
            left, top = x0 + start * unit, y0 + row * height
            place = (left, top, left + len(piece) * unit, top + height)
            words.append(Word(piece, place, source="widget", line=line + row))
            start += len(piece)
    return words


def covers(box: Box, word: Word) -> bool:
    """Whether the middle of `word` stands in `box`."""
    return within(word.box, box)
