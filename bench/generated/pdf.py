"""A drawn sheet as a PDF, its runs written in a drawn order and cut in a drawn way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pymupdf

from bench.generated.lots import Lots
from bench.generated.sheet import DoesNotFit, Run, Sheet, Stroke, Widget


@dataclass(frozen=True)
class Stream:
    """How text stands in a PDF.

    Attributes:
        order: read (as drawn), shuffled, or backward (the last block first).
        cut: runs (a run each), words (a word each) or lines (runs of a line together).
    """

    order: str
    cut: str


def pdf_of(sheet: Sheet, stream: Stream, lots: Lots) -> bytes:
    """The file."""
    document: Any = pymupdf.open()
    for number in range(sheet.pages):
        page = document.new_page(width=sheet.width, height=sheet.height)
        for stroke in sheet.strokes:
            if stroke.page == number:
                _stroke(page, stroke)
        runs = [run for run in sheet.runs if run.page == number]
        if stream.order == "shuffled":
            lots.shuffle(runs)
        elif stream.order == "backward":
            runs.reverse()
        _write(page, [part for run in runs for part in _cut(run, stream)])
        for widget in sheet.widgets:
            if widget.page == number:
                page.add_widget(_field(widget))
    document.subset_fonts()
    found: bytes = document.tobytes(deflate=True, garbage=3, no_new_id=True)
    return found


def _cut(run: Run, stream: Stream) -> Iterator[tuple[float, Run, str]]:
    if stream.cut != "words":
        yield run.x, run, run.text
        return
    at = run.x
    for word in run.text.split(" "):
        if word:
            yield at, run, word
        at += run.type.width(f"{word} ")


def _write(page: Any, parts: list[tuple[float, Run, str]]) -> None:
    """Text of one colour goes on by one writer for as long as the colour stays."""
    writer, color = None, None
    for x, run, text in parts:
        if writer is None or color != run.type.color:
            if writer is not None:
                writer.write_text(page, color=color)
            writer, color = pymupdf.TextWriter(page.rect), run.type.color
        writer.append((x, run.baseline), text, font=run.type.font, fontsize=run.type.size)
    if writer is not None:
        writer.write_text(page, color=color)


def _field(told: Widget) -> Any:
    field: Any = pymupdf.Widget()
    field.rect = pymupdf.Rect(told.box)
    field.field_name, field.field_label = told.name, told.tip
    if told.checked is None:
        field.field_type = pymupdf.PDF_WIDGET_TYPE_TEXT
        field.field_value, field.text_fontsize = told.text, told.size
    else:
        field.field_type = pymupdf.PDF_WIDGET_TYPE_CHECKBOX
        field.field_value = told.checked
    return field


def _stroke(page: Any, stroke: Stroke) -> None:
    x0, y0, x1, y1 = stroke.box
    dashes = "[1 2] 0" if stroke.dotted else "[4 3] 0" if stroke.dashed else None
    told = {"color": stroke.color, "width": stroke.width, "dashes": dashes}
    if stroke.line or x0 == x1 or y0 == y1:
        page.draw_line((x0, y0), (x1, y1), **told)
    else:
        page.draw_rect(stroke.box, fill=stroke.fill, **told)


def check_text(content: bytes, sheet: Sheet) -> None:
    """Raise `DoesNotFit` where the box of a value does not hold its text in the PDF's text."""
    with pymupdf.open(stream=content, filetype="pdf") as document:
        for number, page in enumerate(document):
            words = [word[:5] for word in page.get_text("words")]
            for run in sheet.runs:
                if run.page == number and run.marks:
                    _check_run(run, words)


def _check_run(run: Run, words: list[tuple[float, float, float, float, str]]) -> None:
    x0, y0, x1, y1 = run.box
    inside = [
        text
        for left, top, right, bottom, text in words
        if x0 - 1.5 <= left and right <= x1 + 1.5 and y0 < (top + bottom) / 2 < y1
    ]
    wanted = "".join(run.text.split())
    if "".join(inside) != wanted and sorted("".join(inside)) != sorted(wanted):
        overlapping = [text for left, top, right, bottom, text in words
                       if left < x1 and right > x0 and y0 < (top + bottom) / 2 < y1]  # fmt: skip
        if not any(wanted in one for one in ["".join(overlapping), *overlapping]):
            raise DoesNotFit(f"{run.text!r} is not in its box: {inside}")
