"""Statements of accounts: facts and a layout drawn from a seed, set on pages."""

from __future__ import annotations

from bench.generated.kinds import Drawn
from bench.generated.lots import Lots, chance
from bench.generated.paper import plain_lines
from bench.generated.sheet import ASCENT, Piece, Sheet, Type
from bench.generated.statement_facts import statement_facts
from bench.generated.statement_layout import statement_layout
from bench.generated.statement_paper import StatementPaper
from bench.generated.statement_rows import draw_rows
from bench.generated.wording import Caption, wording

BLANK = ("iban", "bic", "statement_number", "opening_balance", "closing_balance", "total_in",
         "total_out")  # fmt: skip


def draw_statement(lots: Lots) -> Drawn:
    """Draw one.

    Raises:
        DoesNotFit: this layout has no room for these facts.
    """
    facts = statement_facts(lots)
    layout = statement_layout(lots, facts)
    sheet = Sheet(layout.width, layout.height)
    paper = StatementPaper(
        sheet,
        wording(lots, facts.language),
        facts=facts,
        layout=layout,
        lots=lots,
        y=lots.uniform(30, 50),
    )
    _head(paper)
    if layout.opening in ("above", "both"):
        paper.pair("opening_balance", facts.opening)
    if layout.totals == "above":
        _totals(paper)
    paper.y += 10
    draw_rows(paper)
    if layout.totals == "below":
        _totals(paper)
    if layout.opening == "above" or chance(lots, 0.4):
        paper.pair("closing_balance", facts.closing)
    small = Type(layout.type.face, 6.5)
    paper.sheet.text(
        paper.left, layout.height - 30, paper.wording.words("small", "statement"), small
    )
    blanks = tuple(f"/{name}" for name in BLANK)
    return Drawn("statement", facts.language, sheet, layout.stream, paper.values, blanks)


def _head(paper: StatementPaper) -> None:
    """The bank, whose account it is, and what the statement tells of itself."""
    facts, layout, lots = paper.facts, paper.layout, paper.lots
    wide = paper.right - paper.left
    mark = paper.mark("/bank_name")
    paper.y = paper.stack(
        paper.left, paper.y, plain_lines([facts.bank_name], layout.head, mark), wide
    )
    contact = " · ".join([*facts.bank.lines, facts.bank.phone])
    if chance(lots, 0.6):
        small = layout.type.with_(size=7)
        paper.y = paper.stack(paper.left, paper.y, plain_lines([contact], small), wide)
    paper.y += lots.uniform(12, 40)
    column, half = paper.left, wide / 2 - 12
    other = paper.left + wide / 2 + 12
    if layout.holder_right:
        column, other = other, column
    holder = plain_lines(facts.holder.name, layout.type, paper.mark("/account_holder"))
    holder += plain_lines(facts.holder.lines, layout.type)
    ends = [paper.stack(column, paper.y, holder, half, leading=layout.leading)]
    ends.append(_info(paper, other, paper.y, half))
    paper.y = max(ends) + 16
    title = layout.type.with_(bold=True, size=layout.type.size + 4)
    line = plain_lines([paper.wording.words("titles", "statement")], title)
    paper.y = paper.stack(paper.left, paper.y, line, wide) + 4


def _info(paper: StatementPaper, x: float, y: float, width: float) -> float:
    facts, type_ = paper.facts, paper.layout.type
    day = paper.layout.writing.date
    texts = {"iban": facts.bank.iban, "account_number": facts.account, "bic": facts.bank.bic,
             "statement_number": facts.number, "statement_date": day(facts.issued),
             "currency": facts.currency, "account_holder": " ".join(facts.holder.name)}  # fmt: skip
    paper.values["/statement_date"] = facts.issued.isoformat()
    for name in paper.layout.told:
        if name == "period":
            line = _period(paper)
        elif texts[name]:
            caption = paper.wording.caption(name, "statement")
            mark = paper.mark(f"/{name}", caption)
            line = [
                (paper.wording.closed(caption.text) + " ", type_, ()),
                (texts[name], type_, (mark,)),
            ]
        else:
            continue
        y = _told(paper, x, y, width, line)
    return y


def _told(paper: StatementPaper, x: float, y: float, width: float, line: list[Piece]) -> float:
    """A caption with its value behind it, in a column of its own, or below it."""
    way, type_ = paper.layout.info, paper.layout.type
    if way == "run" or len(line) < 2:
        return paper.stack(x, y, [line], width, leading=paper.layout.leading)
    head, values = line[0], line[1:]
    if way == "above":
        small = type_.with_(size=type_.size - 1)
        y = paper.stack(x, y, [[(head[0], small, ())]], width, leading=1.2)
        return paper.stack(x, y, [values], width, leading=1.5)
    base = y + ASCENT * type_.size
    at = paper.sheet.line(x, base, [head])[1] + 4
    paper.sheet.line(max(at, x + 0.42 * width), base, values)
    return y + type_.size * paper.layout.leading


def _period(paper: StatementPaper) -> list[Piece]:
    """First and last day, with a caption before them or words around them."""
    facts, type_, day = paper.facts, paper.layout.type, paper.layout.writing.date
    text = paper.wording.words("period", "statement")
    caption = Caption(text, False)
    marks = [paper.value(f"/period_{name}", at.isoformat(), caption)
             for name, at in (("start", facts.start), ("end", facts.end))]  # fmt: skip
    start: Piece = (day(facts.start), type_, (marks[0],))
    end: Piece = (day(facts.end), type_, (marks[1],))
    if "{" in text:
        head, _, tail = text.partition("{start}")
        return [(head, type_, ()), start, (tail.replace("{end}", ""), type_, ()), end]
    to = paper.wording.words("to", "statement")
    return [(paper.wording.closed(text) + " ", type_, ()), start, (f" {to} ", type_, ()), end]


def _totals(paper: StatementPaper) -> None:
    into = sum(one.amount for one in paper.facts.movements if one.amount > 0)
    out = -sum(one.amount for one in paper.facts.movements if one.amount < 0)
    for name, value in (("total_in", into), ("total_out", out)):
        if value:
            paper.pair(name, value, plain=True)
