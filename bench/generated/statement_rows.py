"""The bookings of a statement, over as many pages as they take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bench.generated.paper import fitted
from bench.generated.sheet import ASCENT, DoesNotFit, Mark, Piece, wrapped
from bench.generated.statement_facts import Movement
from bench.generated.statement_paper import StatementPaper

AMOUNTS = ("debit", "credit", "amount", "balance")
FOOT = 60.0


@dataclass(frozen=True)
class Column:
    """One column: its name, edges and heading."""

    name: str
    left: float
    right: float
    head: str

    @property
    def place(self) -> tuple[float, str]:
        """Where its cells stand, and how they are aligned."""
        return (self.right - 3, "right") if self.name in AMOUNTS else (self.left + 3, "left")


def draw_rows(paper: StatementPaper) -> None:
    """Draw heading, balance before, bookings and balance after."""
    columns = _columns(paper)
    _head(paper, columns)
    balance, layout = paper.facts.opening, paper.layout
    if layout.opening in ("row", "both"):
        _balance_row(paper, columns, "opening_balance", balance)
    told: date | None = None
    for index, one in enumerate(paper.facts.movements):
        lines = _description(paper, columns, index, one)
        height = len(lines) * layout.type.size * layout.leading + layout.gap + 2
        if paper.y + height > layout.height - FOOT - 24:
            _break(paper, columns, balance)
            told = None
        balance += one.amount
        _row(paper, columns, index, one, balance, lines, repeated=one.day == told)
        told = one.day
        paper.y += height
    if layout.rules != "none":
        paper.sheet.rule(columns[0].left, paper.y, columns[-1].right)
    if layout.opening in ("row", "both"):
        _balance_row(paper, columns, "closing_balance", paper.facts.closing)
    paper.y += 8


# --- columns -----------------------------------------------------------------------------------


def _columns(paper: StatementPaper) -> tuple[Column, ...]:
    layout, type_ = paper.layout, paper.layout.type
    heads, widths = {}, {}
    widest = paper.signed(max((one.amount for one in paper.facts.movements), key=abs) * 10)
    for name in layout.columns:
        words = name in ("debit", "credit", "amount")
        heads[name] = (
            paper.wording.words(name, "statement") if words
            else paper.wording.caption(name, "statement.transactions").text
        )  # fmt: skip
        cell = {"reference": "0000000", "date": _day(paper, paper.facts.end),
                "value_date": _day(paper, paper.facts.end)}.get(name, widest)  # fmt: skip
        widths[name] = max(type_.with_(bold=True).width(heads[name]), type_.width(cell)) + 10
    widths["description"] = 0.0
    widths["description"] = paper.right - paper.left - sum(widths.values())
    if widths["description"] < 110:
        raise DoesNotFit("no room for what bookings say")
    at, found = paper.left, []
    for name in layout.columns:
        found.append(Column(name, at, at + widths[name], heads[name]))
        at += widths[name]
    return tuple(found)


def _head(paper: StatementPaper, columns: tuple[Column, ...]) -> None:
    layout, type_ = paper.layout, paper.layout.type.with_(bold=True)
    height = type_.size * layout.leading + 5
    left, right = columns[0].left, columns[-1].right
    if layout.head_fill:
        paper.sheet.box(
            (left, paper.y, right, paper.y + height), fill=(0.88, 0.9, 0.94), color=None
        )
    for column in columns:
        at, align = column.place
        paper.sheet.text(at, paper.y + 2 + ASCENT * type_.size, column.head, type_, align=align)
    if layout.rules != "none":
        paper.sheet.rule(left, paper.y + height, right)
    paper.y += height + 1


# --- rows --------------------------------------------------------------------------------------


def _day(paper: StatementPaper, day: date) -> str:
    text = paper.layout.writing.date(day)
    if paper.layout.days == "short":
        return text.replace(str(day.year), "").strip(" -/") if str(day.year) in text else text
    return text


def _description(
    paper: StatementPaper, columns: tuple[Column, ...], index: int, one: Movement
) -> list[list[Piece]]:
    column = next(column for column in columns if column.name == "description")
    mark = paper.mark(f"/transactions/{index}/description")
    texts = [", ".join([one.text, *one.more])] if paper.layout.joined else [one.text, *one.more]
    room, type_ = column.right - column.left - 8, paper.layout.type
    return [[(line, type_, (mark,))] for text in texts for line in wrapped(text, type_, room)]


def _row(
    paper: StatementPaper,
    columns: tuple[Column, ...],
    index: int,
    one: Movement,
    balance: Decimal,
    lines: list[list[Piece]],
    *,
    repeated: bool,
) -> None:
    layout, type_, at = paper.layout, paper.layout.type, f"/transactions/{index}"
    left, right = columns[0].left, columns[-1].right
    height = len(lines) * type_.size * layout.leading + layout.gap + 2
    if layout.rules == "zebra" and index % 2:
        paper.sheet.box(
            (left, paper.y, right, paper.y + height), fill=(0.94, 0.94, 0.94), color=None
        )
    elif layout.rules == "rows":
        paper.sheet.rule(left, paper.y + height, right, 0.3)
    figure = layout.writing.figure(abs(one.amount))
    cells = {
        "date": (_day(paper, one.day), one.day.isoformat(), "date"),
        "value_date": (_day(paper, one.value_day), one.value_day.isoformat(), "value_date"),
        "reference": (one.reference, one.reference, "reference"),
        "debit": (figure if one.amount < 0 else "", one.amount, "amount"),
        "credit": (figure if one.amount > 0 else "", one.amount, "amount"),
        "amount": (paper.signed(one.amount), one.amount, "amount"),
        "balance": (paper.signed(balance), balance, "balance"),
    }
    if repeated and layout.days == "once":
        cells["date"] = ("", "", "date")
    base = paper.y + 1 + ASCENT * type_.size
    for column in columns:
        place, align = column.place
        if column.name == "description":
            for line in lines:
                paper.sheet.line(place, base, fitted(line, column.right - column.left - 4))
                base += type_.size * layout.leading
            base = paper.y + 1 + ASCENT * type_.size
        elif cells[column.name][0]:
            text, value, name = cells[column.name]
            paper.sheet.text(
                place, base, text, type_, paper.value(f"{at}/{name}", value), align=align
            )


def _balance_row(
    paper: StatementPaper, columns: tuple[Column, ...], name: str, value: Decimal
) -> None:
    """A balance among the bookings, which is none of them."""
    caption = paper.caption(name)
    _sum_row(
        paper, columns, caption.text, paper.signed(value), paper.value(f"/{name}", value, caption)
    )


def _sum_row(
    paper: StatementPaper, columns: tuple[Column, ...], words: str, text: str, *marks: Mark
) -> None:
    type_ = paper.layout.type
    base = paper.y + 1 + ASCENT * type_.size
    column = next(column for column in columns if column.name == "description")
    line = fitted([(words, type_, ())], column.right - column.left - 4)
    paper.sheet.line(column.left + 3, base, line)
    paper.sheet.text(columns[-1].right - 3, base, text, type_, *marks, align="right")
    paper.y += type_.size * paper.layout.leading + 3


def _break(paper: StatementPaper, columns: tuple[Column, ...], balance: Decimal) -> None:
    carry = paper.layout.carry
    if carry:
        words = paper.wording.words("carried", "statement")
        _sum_row(paper, columns, words, paper.signed(balance))
    paper.sheet.page += 1
    paper.y = FOOT
    _head(paper, columns)
    if carry:
        words = paper.wording.words("carried", "statement")
        _sum_row(paper, columns, words, paper.signed(balance))
