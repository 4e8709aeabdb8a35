"""Questions of a form with what was filled in, in the ways in which forms set them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.generated.form_choices import draw_choice
from bench.generated.form_facts import COMBED, Choice, Question
from bench.generated.form_paper import FormPaper
from bench.generated.sheet import (
    ASCENT,
    DoesNotFit,
    Mark,
    Piece,
    Type,
    Widget,
    shrunk,
    wrapped,
)

Box = tuple[float, float, float, float]
COMB = 12.0
TOUCHING = frozenset({"frame", "grid", "columns"})
"""Styles whose frames share their edges."""


def draw_questions(paper: FormPaper, questions: Sequence[Question | Choice]) -> None:
    """In rows of as many as this form has columns; a choice has a row of its own."""
    across = 4 if paper.style == "columns" else paper.layout.columns
    row: list[Question] = []
    for one in questions:
        alone = isinstance(one, Choice) or one.kind == "text"
        if row and (alone or len(row) == across):
            _row(paper, row)
            row = []
        if isinstance(one, Choice):
            draw_choice(paper, one)
        elif alone:
            _row(paper, [one])
        else:
            row.append(one)
    if row:
        _row(paper, row)


def _row(paper: FormPaper, row: list[Question]) -> None:
    paper.room(54)
    gap = 0.0 if paper.style in TOUCHING else 14.0
    shares = [paper.lots.choice([1.0, 1.0, 1.4]) for _ in row]
    free = paper.right - paper.left - gap * (len(row) - 1)
    at, ends = paper.left, []
    for one, share in zip(row, shares, strict=True):
        width = free * share / sum(shares)
        ends.append(_question(paper, one, at, width))
        at += width + gap
    paper.y = max(ends) + (0 if paper.style in TOUCHING else paper.layout.gap)


def _question(paper: FormPaper, one: Question, x: float, width: float) -> float:
    """Draw one; its lower end."""
    at = f"/fields/{paper.asked}"
    paper.asked += 1
    if one.answer is None:
        paper.blanks.append(f"{at}/value")
    ways: dict[str, Callable[[FormPaper, Question, str, float, float], float]] = {
        "frame": _frame, "grid": _grid, "columns": _column, "above": _above, "below": _below,
        "line": _line, "colon": _line,
    }  # fmt: skip
    combed = paper.layout.combs and one.kind in COMBED and width > 150
    return (_comb if combed else ways[paper.style])(paper, one, at, x, width)


# --- styles: each draws one question from the top of the row and gives its lower end -----------


def _frame(paper: FormPaper, one: Question, at: str, x: float, width: float) -> float:
    small = _caption_type(paper, -1)
    top = _caption(paper, one, at, (x + 3, paper.y + 2, x + width - 3), small)
    end = top + paper.layout.filled.size * 1.45 + 1
    paper.sheet.box((x, paper.y, x + width, end))
    _fill(paper, one, at, (x + 3, top, x + width - 3, end - 1))
    return end


def _grid(paper: FormPaper, one: Question, at: str, x: float, width: float) -> float:
    half = x + width * 0.42
    end = _caption(paper, one, at, (x + 3, paper.y + 3, half - 3), _caption_type(paper)) + 2
    end = max(end, paper.y + paper.layout.filled.size * 1.45 + 5)
    paper.sheet.box((x, paper.y, half, end))
    paper.sheet.box((half, paper.y, x + width, end))
    _fill(paper, one, at, (half + 3, paper.y + 2, x + width - 3, end - 2))
    return end


def _column(paper: FormPaper, one: Question, at: str, x: float, width: float) -> float:
    """A heading cell above the cell of the answer."""
    head = paper.y + paper.layout.caption.size * 2.9
    end = head + paper.layout.filled.size * 1.6 + 2
    _caption(paper, one, at, (x + 3, paper.y + 2, x + width - 3), _caption_type(paper, -1))
    paper.sheet.box((x, paper.y, x + width, head), fill=(0.92, 0.92, 0.92))
    paper.sheet.box((x, head, x + width, end))
    _fill(paper, one, at, (x + 3, head, x + width - 3, end - 2))
    return end


def _above(paper: FormPaper, one: Question, at: str, x: float, width: float) -> float:
    top = _caption(paper, one, at, (x, paper.y, x + width), _caption_type(paper))
    end = top + paper.layout.filled.size * 1.45 + 2
    paper.sheet.box((x, top, x + width, end))
    _fill(paper, one, at, (x + 3, top + 1, x + width - 3, end - 1))
    return end


def _below(paper: FormPaper, one: Question, at: str, x: float, width: float) -> float:
    line = paper.y + paper.layout.filled.size * 1.45
    _fill(paper, one, at, (x + 2, paper.y, x + width, line))
    paper.sheet.rule(x, line, x + width, dotted=paper.layout.dotted)
    return _caption(paper, one, at, (x, line + 2, x + width), _caption_type(paper, -1))


def _line(paper: FormPaper, one: Question, at: str, x: float, width: float) -> float:
    """The caption, and what is filled in behind it: on a line or, with a colon, on none."""
    type_ = _caption_type(paper)
    line = paper.y + paper.layout.filled.size * 1.45
    pieces = _pieces(paper, one, at, type_)
    room = width * 0.62
    wide = sum(one_.width(text) for text, one_, _ in pieces)
    if wide > room:
        pieces = [
            (text, one_.with_(size=one_.size * room / wide), marks) for text, one_, marks in pieces
        ]
    start = paper.sheet.line(x, line - 0.3 * type_.size, pieces)[1] + 5
    _fill(paper, one, at, (start + 1, paper.y, x + width, line))
    if paper.style == "line":
        paper.sheet.rule(start, line, x + width, 0.5, dotted=paper.layout.dotted)
    return line + 1


def _comb(paper: FormPaper, one: Question, at: str, x: float, width: float) -> float:
    """A box for each letter, below the caption."""
    top = _caption(paper, one, at, (x, paper.y, x + width), _caption_type(paper)) + 1
    text = "".join(letter for letter in one.answer or "" if letter.isalnum())
    count = int(width / COMB)
    if len(text) > count:
        raise DoesNotFit(f"{text} in {count} boxes")
    count = min(count, max(len(text), paper.lots.choice([8, 10, 22])))
    mark, type_ = paper.sheet.mark(f"{at}/value"), paper.layout.filled.with_(size=9)
    for place in range(count):
        left = x + place * COMB
        paper.sheet.box((left, top, left + COMB, top + 14), width=0.4)
        if place < len(text):
            paper.sheet.text(left + COMB / 2, top + 10.5, text[place], type_, mark, align="center")
    if text:
        paper.values[mark.pointer] = text
        paper.accept[mark.pointer] = [one.answer, " ".join(text)]
    return top + 15


# --- captions ----------------------------------------------------------------------------------


def _caption_type(paper: FormPaper, larger: float = 0) -> Type:
    return paper.layout.caption.with_(size=paper.layout.caption.size + larger)


def _shown(paper: FormPaper, one: Question) -> str:
    return one.caption.upper() if paper.layout.upper else one.caption


def _pieces(paper: FormPaper, one: Question, at: str, type_: Type) -> list[Piece]:
    """Number, caption, what closes it, and small print behind it."""
    layout, key = paper.layout, paper.sheet.mark(f"{at}/key")
    number = f"{paper.asked}. " if layout.numbered else ""
    caption = _shown(paper, one)
    after = layout.closing + (" *" if layout.star and paper.asked % 2 else "")
    if paper.style == "colon" and not after.strip():
        after = ":"
    pieces: list[Piece] = [(number, type_, ()), (caption, type_, (key,)), (after, type_, ())]
    if number:
        paper.accept[key.pointer] = [number + caption]
    if one.hint:
        small = type_.with_(size=type_.size * 0.8, bold=False)
        pieces.append((f" {one.hint}", small, ()))
        paper.accept[key.pointer] = [f"{number}{caption} {one.hint}", f"{caption} {one.hint}"]
    return pieces


def _caption(
    paper: FormPaper, one: Question, at: str, place: tuple[float, float, float], type_: Type
) -> float:
    """The caption between two edges below a top, its small print on further lines; its end."""
    left, y, right = place
    pieces = _pieces(paper, one, at, type_)
    hints = pieces[3:]
    head = shrunk("".join(text for text, _, _ in pieces[:3]), type_, right - left)
    paper.sheet.line(
        left, y + ASCENT * type_.size, [(text, head, marks) for text, _, marks in pieces[:3]]
    )
    y += type_.size * 1.35
    for text, small, _ in hints:
        for line in wrapped(text, small, right - left):
            paper.sheet.text(left, y + ASCENT * small.size, line, shrunk(line, small, right - left))
            y += small.size * 1.25
    return y


# --- answers -----------------------------------------------------------------------------------


def _fill(paper: FormPaper, one: Question, at: str, box: Box) -> None:
    """What was filled in, at the foot of its place; as a field of the PDF if this form has some."""
    left, _, right, low = box
    if right - left < 24:
        raise DoesNotFit(f"{one.caption!r} leaves no room")
    type_ = paper.layout.filled
    base = low - 0.3 * type_.size
    if one.unit:
        small = _caption_type(paper)
        right = paper.sheet.text(right, base, one.unit, small, align="right")[0] - 4
    mark = paper.sheet.mark(f"{at}/value")
    if paper.layout.widgets:
        _widget(paper, one, (left, box[1], right, low), mark)
    elif one.answer is not None:
        across, down = paper.layout.shift
        fit = shrunk(one.answer, type_, right - left - max(across, 0) - 2)
        paper.sheet.text(left + max(across, 0), base + min(down, 0), one.answer, fit, mark)
    elif paper.layout.slots and one.kind in ("birth_date", "start", "date"):
        slot = shrunk(paper.layout.slots, _caption_type(paper), right - left - 2)
        paper.sheet.text(left, base, paper.layout.slots, slot)


def _widget(paper: FormPaper, one: Question, box: Box, mark: Mark) -> None:
    number = len(paper.sheet.widgets)
    name = {"number": f"Text{number}", "kind": f"{one.kind}_{number}",
            "caption": one.caption.replace(".", "")}[paper.layout.names]  # fmt: skip
    tip = one.caption if paper.layout.names != "kind" else ""
    answer = one.answer or ""
    size = shrunk(answer, paper.layout.filled, box[2] - box[0] - 6).size
    marks = () if one.answer is None else (mark,)
    told = Widget(paper.sheet.page, box, f"{name}_{number}", tip, answer, size, None, marks)
    paper.sheet.widgets.append(told)
