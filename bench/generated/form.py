"""Printed forms that somebody filled in: frames, lines, combs and boxes to tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.generated.form_facts import COMBED, Choice, FormFacts, Question, form_facts
from bench.generated.form_layout import FormLayout, form_layout
from bench.generated.form_marks import scribble, tick
from bench.generated.kinds import Drawn
from bench.generated.lots import Lots, chance
from bench.generated.sheet import (
    ASCENT,
    DoesNotFit,
    Mark,
    Sheet,
    Type,
    Widget,
    shrunk,
)

BOX = 8.0
COMB = 12.0


@dataclass
class FormPaper:
    """A sheet with what the form asks and how it looks.

    Attributes:
        y: top of the next row, in points.
    """

    sheet: Sheet
    facts: FormFacts
    layout: FormLayout
    lots: Lots
    y: float
    values: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    accept: dict[str, list[Any]] = field(default_factory=dict)
    blanks: list[str] = field(default_factory=list)
    asked: int = 0
    boxes: int = 0

    @property
    def left(self) -> float:
        """Where rows begin."""
        return self.layout.margin

    @property
    def right(self) -> float:
        """Where rows end."""
        return self.layout.width - self.layout.margin

    def room(self, height: float) -> None:
        """Go on to a new page if there is less left than that."""
        if self.y + height > self.layout.height - 50:
            self.sheet.page += 1
            self.y = 50


def draw_form(lots: Lots) -> Drawn:
    """Draw one.

    Raises:
        DoesNotFit: this layout has no room for these facts.
    """
    facts, layout = form_facts(lots), form_layout(lots)
    paper = FormPaper(Sheet(layout.width, layout.height), facts, layout, lots, lots.uniform(30, 60))
    _title(paper)
    for heading, questions in facts.sections:
        if heading:
            _heading(paper, heading)
        _questions(paper, questions)
    _end(paper)
    return Drawn("form", facts.language, paper.sheet, layout.stream, paper.values,
                 tuple(paper.blanks), paper.told, paper.accept)  # fmt: skip


# --- what is printed besides -------------------------------------------------------------------


def _title(paper: FormPaper) -> None:
    layout, lots = paper.layout, paper.lots
    type_ = Type(layout.caption.face, lots.choice([12, 14, 16, 20]), bold=True)
    at, align = (layout.width / 2, "center") if chance(lots, 0.5) else (paper.left, "left")
    mark = paper.sheet.mark("/title")
    paper.sheet.text(at, paper.y + ASCENT * type_.size, paper.facts.title, type_, mark, align=align)
    small = layout.caption.with_(size=6.5, bold=False)
    if paper.facts.number:
        paper.sheet.text(paper.right, layout.height - 25, paper.facts.number, small, align="right")
    paper.y += type_.size * 1.6
    for note in paper.facts.notes:
        paper.sheet.text(paper.left, paper.y + ASCENT * 7, note, small.with_(size=7, italic=True))
        paper.y += 11
    paper.y += layout.gap


def _heading(paper: FormPaper, text: str) -> None:
    paper.room(60)
    paper.y += 5
    type_ = paper.layout.caption.with_(bold=True, size=paper.layout.caption.size + 1)
    height = type_.size * 1.6
    if paper.layout.heading == "bar":
        paper.sheet.box(
            (paper.left, paper.y, paper.right, paper.y + height), fill=(0.85, 0.85, 0.85)
        )
    paper.sheet.text(paper.left + 4, paper.y + 1.15 * type_.size, text, type_)
    paper.y += height
    if paper.layout.heading == "rule":
        paper.sheet.rule(paper.left, paper.y, paper.right, 1.0)
    paper.y += max(4, paper.layout.gap * 0.7)


def _end(paper: FormPaper) -> None:
    """The place to sign, if there is one."""
    facts = paper.facts
    if not facts.signature:
        return
    paper.room(50)
    base = paper.y + 34
    width = paper.lots.uniform(140, 220)
    left = paper.left if chance(paper.lots, 0.5) else paper.right - width
    paper.sheet.rule(left, base, left + width, dotted=paper.layout.dotted)
    mark = paper.sheet.mark("/signatures/0/label")
    small = shrunk(facts.signature, paper.layout.caption.with_(bold=False), width)
    paper.sheet.text(left, base + 2 + small.size, facts.signature, small, mark)
    paper.told["/signatures/0/signed"] = facts.signed
    if facts.signed:
        scribble(paper.sheet, left + 10, base - 3, width * 0.6, paper.lots)


# --- questions ---------------------------------------------------------------------------------


def _questions(paper: FormPaper, questions: Sequence[Question | Choice]) -> None:
    """In rows of as many as this form has columns; a choice has a row of its own."""
    row: list[Question] = []
    for one in questions:
        alone = isinstance(one, Choice) or one.kind == "text"
        if row and (alone or len(row) == paper.layout.columns):
            _row(paper, row)
            row = []
        if isinstance(one, Choice):
            _choice(paper, one)
        elif alone:
            _row(paper, [one])
        else:
            row.append(one)
    if row:
        _row(paper, row)


def _row(paper: FormPaper, row: list[Question]) -> None:
    paper.room(44)
    gap = 0.0 if paper.layout.style in ("frame", "grid") else 14.0
    width = (paper.right - paper.left + gap) / len(row) - gap
    ends = []
    for place, one in enumerate(row):
        ends.append(_question(paper, one, paper.left + place * (width + gap), width))
    paper.y = max(ends) + (0 if paper.layout.style in ("frame", "grid") else paper.layout.gap)


def _question(paper: FormPaper, one: Question, x: float, width: float) -> float:
    """Draw one; its lower end."""
    layout, y, index = paper.layout, paper.y, paper.asked
    paper.asked += 1
    key, mark = paper.sheet.mark(f"/fields/{index}/key"), paper.sheet.mark(f"/fields/{index}/value")
    if one.answer is None:
        paper.blanks.append(f"/fields/{index}/value")
    if layout.combs and one.kind in COMBED and width > 150:
        return _combed(paper, one, x, y, width, key, mark)
    small, line = layout.caption, layout.filled.size * 1.45
    high = small.size * 1.35
    if layout.style == "frame":
        end = y + high + line + 3
        paper.sheet.box((x, y, x + width, end))
        _caption(paper, one, index, x + 3, y + 2, width - 6, small.with_(size=small.size - 1), key)
        _fill(paper, one, (x + 3, y + high, x + width - 3, end - 1), mark)
        return end
    if layout.style == "grid":
        half, end = x + width * 0.42, y + line + 5
        paper.sheet.box((x, y, half, end))
        paper.sheet.box((half, y, x + width, end))
        _caption(paper, one, index, x + 3, y + 3, width * 0.42 - 6, small, key)
        _fill(paper, one, (half + 3, y + 2, x + width - 3, end - 2), mark)
        return end
    if layout.style == "above":
        _caption(paper, one, index, x, y, width, small, key)
        end = y + high + line + 2
        paper.sheet.box((x, y + high, x + width, end))
        _fill(paper, one, (x + 3, y + high + 1, x + width - 3, end - 1), mark)
        return end
    if layout.style == "below":
        _fill(paper, one, (x + 2, y, x + width, y + line), mark)
        paper.sheet.rule(x, y + line, x + width, dotted=layout.dotted)
        _caption(paper, one, index, x, y + line + 2, width, small.with_(size=small.size - 1), key)
        return y + line + 2 + high
    at = _caption(paper, one, index, x, y + line - high, width * 0.62, small, key) + 5
    _fill(paper, one, (at + 1, y, x + width, y + line), mark)
    if layout.style == "line":
        paper.sheet.rule(at, y + line, x + width, 0.5, dotted=layout.dotted)
    return y + line + 1


def _caption(
    paper: FormPaper,
    one: Question,
    index: int,
    x: float,
    y: float,
    width: float,
    type_: Type,
    key: Mark,
) -> float:
    """The caption at the top y; its right end."""
    layout = paper.layout
    number = f"{index + 1}. " if layout.numbered else ""
    after = layout.closing + (" *" if layout.star and index % 2 else "")
    fit = shrunk(number + one.caption + after, type_, width)
    base = y + ASCENT * type_.size
    if number:
        paper.accept[f"/fields/{index}/key"] = [number + one.caption]
    pieces = [(number, fit, ()), (one.caption, fit, (key,)), (after, fit, ())]
    return paper.sheet.line(x, base, pieces)[1]


def _fill(
    paper: FormPaper, one: Question, box: tuple[float, float, float, float], mark: Mark
) -> None:
    """What was filled in, at the foot of its place; as a field of the PDF if this form has some."""
    x0, _y0, x1, y1 = box
    if x1 - x0 < 20:
        raise DoesNotFit(f"{one.caption!r} leaves no room")
    type_ = paper.layout.filled
    if paper.layout.widgets:
        _widget(paper, one, box, mark)
    elif one.answer is not None:
        fit = shrunk(one.answer, type_, x1 - x0 - 2)
        paper.sheet.text(x0, y1 - 0.28 * type_.size, one.answer, fit, mark)


def _widget(
    paper: FormPaper, one: Question, box: tuple[float, float, float, float], mark: Mark
) -> None:
    number = len(paper.sheet.widgets)
    name = {"number": f"Text{number}", "kind": f"{one.kind}_{number}",
            "caption": one.caption.replace(".", "")}[paper.layout.names]  # fmt: skip
    tip = one.caption if paper.layout.names != "kind" else ""
    fit = shrunk(one.answer or "", paper.layout.filled, box[2] - box[0] - 6)
    marks = () if one.answer is None else (mark,)
    paper.sheet.widgets.append(
        Widget(
            paper.sheet.page, box, f"{name}_{number}", tip, one.answer or "", fit.size, None, marks
        )
    )


def _combed(
    paper: FormPaper, one: Question, x: float, y: float, width: float, key: Mark, mark: Mark
) -> float:
    """A box for each letter, below the caption."""
    index = paper.asked - 1
    _caption(paper, one, index, x, y, width, paper.layout.caption, key)
    text = "".join(letter for letter in one.answer or "" if letter.isalnum())
    count = int(width / COMB)
    if len(text) > count:
        raise DoesNotFit(f"{text} in {count} boxes")
    count = min(count, max(len(text), paper.lots.choice([8, 10, 22])))
    top = y + paper.layout.caption.size * 1.4
    type_ = paper.layout.filled.with_(size=9)
    for place in range(count):
        left = x + place * COMB
        paper.sheet.box((left, top, left + COMB, top + 14), width=0.4)
        if place < len(text):
            paper.sheet.text(left + COMB / 2, top + 10.5, text[place], type_, mark, align="center")
    if text:
        paper.values[mark.pointer] = text
        paper.accept[mark.pointer] = [one.answer, " ".join(text)]
    return top + 15


def _choice(paper: FormPaper, one: Choice) -> None:
    """A question with its boxes on one line."""
    layout, type_ = paper.layout, paper.layout.caption
    paper.room(24)
    paper.y += 2
    base = paper.y + ASCENT * type_.size
    at = paper.sheet.text(paper.left + 3, base, one.caption + layout.closing, type_)[1] + 16
    plain = type_.with_(bold=False)
    for place, option in enumerate(one.options):
        index = paper.boxes
        paper.boxes += 1
        mark = paper.sheet.mark(f"/checkboxes/{index}/label")
        if not layout.boxes_first:
            at = paper.sheet.text(at, base, option, plain, mark)[1] + 4
        box = (at, base - BOX + 1, at + BOX, base + 1)
        paper.told[f"/checkboxes/{index}/checked"] = place in one.ticked
        if layout.widgets:
            name = f"Check{len(paper.sheet.widgets)}"
            paper.sheet.widgets.append(
                Widget(paper.sheet.page, box, name, option, "", 8, place in one.ticked)
            )
        else:
            paper.sheet.box(box)
        if place in one.ticked and not layout.widgets:
            tick(paper.sheet, box, layout.tick)
        at += BOX + 4
        if layout.boxes_first:
            at = paper.sheet.text(at, base, option, plain, mark)[1]
        at += 14
    if at > paper.right + 14:
        raise DoesNotFit(f"{one.caption!r} has too many boxes")
    paper.y += type_.size * 1.5 + max(4, layout.gap * 0.6)
