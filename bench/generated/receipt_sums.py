"""The sums of a receipt, among amounts that are none of them."""

from __future__ import annotations

import re
from decimal import Decimal

from bench.generated.lots import chance
from bench.generated.receipt_paper import ReceiptPaper
from bench.generated.sheet import ASCENT, Mark, Type
from bench.generated.wording import Caption

BEFORE_TAX = re.compile(r"excl|before tax|net|\bht\b|base|imponibile|waren", re.IGNORECASE)


def draw_sums(paper: ReceiptPaper) -> None:
    """Draw sums, payment and the summary of taxes."""
    layout, facts = paper.layout, paper.facts
    if layout.numbers_total:
        count = f"{paper.wording.closed(paper.words('counts'))} {len(facts.items)}"
        paper.line([(count, paper.type, ())])
    if layout.subtotal:
        _sum(paper, "subtotal", facts.subtotal, caption=_subtotal_caption(paper))
    _extra(paper, "discount_total", facts.discount, -1)
    _extra(paper, "service_charge", facts.service)
    if layout.tax_line and facts.added:
        _sum(paper, "tax_total", facts.tax)
    if layout.split:
        _line(paper, _said(paper, "before_tax"), facts.exact - facts.tax, (), paper.type)
        _sum(paper, "tax_total", facts.tax)
    _total(paper)
    if layout.tax_line and not facts.added and not layout.split:
        _sum(paper, "tax_total", facts.tax)
    if facts.tip:
        _sum(paper, "tip", facts.tip)
    _payment(paper)
    if layout.summary:
        _summary(paper)
    if layout.balance:
        balance = Decimal(paper.lots.randint(0, 30000)) / 100
        _line(paper, _said(paper, "balances"), balance, (), paper.type)
    if chance(paper.lots, 0.15):
        saved = f"{paper.wording.closed(paper.words('saved'))} {paper.lots.randint(1, 900)}"
        paper.line([(saved, paper.type, ())])


def _extra(paper: ReceiptPaper, field: str, value: Decimal, sign: int = 1) -> None:
    """A sum that most receipts do not have; some print it as nought."""
    if value:
        _sum(paper, field, value, shown=sign * value)
    elif paper.layout.zeros and paper.lots.random() < 0.5:
        _sum(paper, field, Decimal("0.00"))


def _subtotal_caption(paper: ReceiptPaper) -> Caption:
    """One that says no more than is true: prices with tax in them are not before tax."""
    for _ in range(40):
        caption = paper.caption("subtotal")
        if paper.facts.added or not BEFORE_TAX.search(caption.text):
            return caption
    return Caption("Sub Total", True)


def _total(paper: ReceiptPaper) -> None:
    """What is to be paid; where it is rounded, before that too."""
    facts, layout = paper.facts, paper.layout
    big = paper.type.with_(bold=True, size=layout.size + paper.lots.choice([0, 2, 4]))
    type_ = big if layout.total_big else paper.type
    if layout.rounding and facts.rounding and chance(paper.lots, 0.75):
        caption = _said(paper, "with_tax") if layout.split else paper.caption("total")
        _line(paper, caption, facts.exact, (), paper.type)
        _sum(paper, "rounding", facts.rounding)
        words = paper.words("rounded") if chance(paper.lots, 0.7) else paper.caption("total").text
        _sum(paper, "total", facts.total, type_=type_, caption=Caption(words, False))
        return
    if layout.rounding:
        _sum(paper, "rounding", facts.rounding if facts.rounding else Decimal("0.00"))
    with_tax = layout.split and chance(paper.lots, 0.7)
    caption = _said(paper, "with_tax") if with_tax else None
    _sum(paper, "total", facts.total, type_=type_, caption=caption)
    if layout.total_twice:
        _sum(paper, "total", facts.total)


def _said(paper: ReceiptPaper, name: str) -> Caption:
    """A caption that schemas/labels is not asked for."""
    return Caption(paper.words(name), False)


def _payment(paper: ReceiptPaper) -> None:
    facts, layout = paper.facts, paper.layout
    if layout.paid:
        _sum(paper, "paid", facts.paid, shown=-facts.paid if chance(paper.lots, 0.04) else None)
        change = facts.paid - facts.total - facts.tip
        if layout.change:
            _sum(paper, "change", change)


def _summary(paper: ReceiptPaper) -> None:
    """Taxes by their code: amounts that are none of the sums."""
    facts, type_ = paper.facts, paper.type
    paper.divide()
    paper.line([(paper.words("summary"), type_, ())])
    goods, figure = facts.exact - facts.tax, paper.layout.writing.figure
    rows = [("%", paper.wording.caption("net", "invoice.taxes").text,
             paper.wording.caption("tax", "invoice.taxes").text)]  # fmt: skip
    for code, net, tax in ((paper.words("codes"), goods, facts.tax),
                           (paper.words("codes"), Decimal(0), Decimal(0))):  # fmt: skip
        rate = paper.layout.writing.short(facts.rate if net else Decimal(0))
        rows.append((f"{code} {rate}%", figure(net), figure(tax)))
    rows = rows[: 3 if paper.layout.zeros else 2]
    if chance(paper.lots, 0.35):
        rows.append((paper.words("total"), figure(goods), figure(facts.tax)))
    for first, second, third in rows[int(chance(paper.lots, 0.2)) :]:
        base = paper.y + ASCENT * type_.size
        paper.sheet.text(paper.left, base, first, type_)
        middle = paper.left + (paper.right - paper.left) * 0.66
        paper.sheet.text(middle, base, second, type_, align="right")
        paper.sheet.text(paper.right, base, third, type_, align="right")
        paper.y += type_.size * paper.layout.leading


# --- a line ------------------------------------------------------------------------------------


def _sum(
    paper: ReceiptPaper,
    field: str,
    value: Decimal,
    *,
    shown: Decimal | None = None,
    caption: Caption | None = None,
    type_: Type | None = None,
) -> None:
    caption = caption or paper.caption(field)
    mark = paper.value(f"/{field}", value, caption)
    _line(paper, caption, value if shown is None else shown, (mark,), type_ or paper.type)


def _line(
    paper: ReceiptPaper, caption: Caption, value: Decimal, marks: tuple[Mark, ...], type_: Type
) -> None:
    closed = caption.text if paper.layout.colon_column else paper.wording.closed(caption.text)
    pieces = paper.money(value, type_, *marks)
    if paper.layout.count_beside and any(mark.pointer == "/total" for mark in marks):
        pieces = [(f"{len(paper.facts.items)}      ", type_, ()), *pieces]
    if paper.layout.colon_column:
        pieces = [(": ", type_, ()), *pieces]
    if paper.layout.caption_align == "right":
        wide = max(sum(one.width(text) for text, one, _ in pieces), type_.width("RM 9999.99"))
        base = paper.y + ASCENT * type_.size
        at = paper.right - wide - type_.width("  ")
        if type_.width(closed) < at - paper.left:
            paper.sheet.text(at, base, closed, type_, align="right")
            paper.sheet.line(paper.right, base, pieces, "right")
            paper.y += type_.size * paper.layout.leading
            return
    paper.both([(closed, type_, ())], pieces)
