"""What all parts of a paper share while it is drawn, and what is then found printed on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from docglean.evaluation.labels import LabelBox, put

from bench.generated.figures import plain
from bench.generated.sheet import ASCENT, Mark, Piece, Run, Sheet, Type, Widget, shrunk
from bench.generated.wording import Caption, Wording


@dataclass(frozen=True)
class Printed:
    """One place where a value is printed.

    Attributes:
        pointer: JSON pointer of the value in what is expected.
        text: as it is printed, its lines joined by blanks.
        boxes: a page, from 1, and shares of its width and height, of each line.
        caption: words beside it, "" where there are none.
        known: whether schemas/labels has the caption.
    """

    pointer: str
    text: str
    boxes: tuple[LabelBox, ...]
    caption: str
    known: bool


class Edges(Protocol):
    """A layout's width and margin, in points."""

    @property
    def width(self) -> float: ...
    @property
    def margin(self) -> float: ...


class Margins:
    """Between its margins a paper is printed on."""

    layout: Edges

    @property
    def left(self) -> float:
        """Where text begins."""
        return self.layout.margin

    @property
    def right(self) -> float:
        """Where text ends."""
        return self.layout.width - self.layout.margin


@dataclass
class Paper(Margins):
    """A sheet with the words of its language and what its values are.

    Attributes:
        values: what is right, by JSON pointer, where it is not the text as printed.
    """

    sheet: Sheet
    wording: Wording
    values: dict[str, str] = field(default_factory=dict)

    def mark(self, pointer: str, caption: Caption | None = None) -> Mark:
        """As `Sheet.mark`."""
        told = caption or Caption("", True)
        return self.sheet.mark(pointer, told.text, told.known)

    def value(self, pointer: str, right: Decimal | str, caption: Caption | None = None) -> Mark:
        """A mark of a value that is written otherwise than it is labelled."""
        self.values[pointer] = plain(right) if isinstance(right, Decimal) else right
        return self.mark(pointer, caption)

    def stack(
        self,
        x: float,
        y: float,
        lines: Sequence[Sequence[Piece]],
        width: float,
        *,
        align: str = "left",
        leading: float = 1.3,
    ) -> float:
        """Draw lines below each other from the top y, smaller where one is too wide; the end."""
        for line in lines:
            pieces = fitted(line, width)
            size = max((type_.size for _, type_, _ in pieces), default=9.0)
            self.sheet.line(x, y + ASCENT * size, pieces, align)
            y += size * leading
        return y


def fitted(line: Sequence[Piece], width: float) -> list[Piece]:
    """The same pieces, all smaller where together they are wider."""
    wide = sum(type_.width(text) for text, type_, _ in line)
    if wide <= width:
        return list(line)
    share = width / wide * 0.99
    return [(text, type_.with_(size=type_.size * share), marks) for text, type_, marks in line]


def plain_lines(texts: Sequence[str], type_: Type, *marks: Mark) -> list[list[Piece]]:
    """A line each."""
    return [[(text, type_, marks)] for text in texts]


def one_size(texts: Sequence[str], type_: Type, width: float) -> Type:
    """The size in which all of them fit."""
    return min((shrunk(text, type_, width) for text in texts), key=lambda one: one.size)


# --- what was printed --------------------------------------------------------------------------


def printed(sheet: Sheet) -> list[Printed]:
    """Every place of every value, in the order in which they were drawn."""
    found: dict[tuple[str, int], list[tuple[Run | Widget, Mark]]] = defaultdict(list)
    for run in [*sheet.runs, *sheet.widgets]:
        for mark in run.marks:
            found[mark.pointer, mark.place].append((run, mark))
    return [
        Printed(
            pointer=pointer,
            text=" ".join(run.text for run, _ in runs),
            boxes=tuple(_share(sheet, run) for run, _ in runs),
            caption=runs[0][1].caption,
            known=runs[0][1].known,
        )
        for (pointer, _), runs in found.items()
    ]


def _share(sheet: Sheet, run: Run | Widget) -> LabelBox:
    x0, y0, x1, y1 = run.box
    box = (x0 / sheet.width, y0 / sheet.height, x1 / sheet.width, y1 / sheet.height)
    return LabelBox(page=run.page + 1, box=box)


def expected(
    places: Sequence[Printed], values: Mapping[str, Any], blank: Sequence[str]
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """Right values of what is printed, null for the fields in `blank` that are not, and others
    that are right too: the same text as it is printed elsewhere."""
    found: dict[str, Any] = {}
    others: dict[str, list[Any]] = defaultdict(list)
    for one in places:
        if one.pointer in values:
            put(found, one.pointer, values[one.pointer])
        elif one.pointer not in others:
            put(found, one.pointer, one.text)
            others[one.pointer] = []
        else:
            others[one.pointer].append(one.text)
    there = {one.pointer for one in places}
    for pointer in blank:
        if pointer not in there:
            put(found, pointer, None)
    return found, {pointer: texts for pointer, texts in others.items() if texts}
