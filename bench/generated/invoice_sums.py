"""What stands below the items: sums, taxes by rate, how to pay."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bench.generated.invoice_head import captioned, iban_line
from bench.generated.invoice_items import PAD, ItemTable, new_page
from bench.generated.invoice_paper import InvoicePaper
from bench.generated.lots import chance
from bench.generated.paper import fitted, plain_lines
from bench.generated.sheet import ASCENT, Mark, Piece, Type, wrapped
from bench.generated.wording import Caption

Sum = tuple[list[Piece], Decimal, tuple[Mark, ...], bool]
"""Pieces of the caption, the amount, what it is, and whether it is set off from the others."""


def draw_sums(paper: InvoicePaper, table: ItemTable) -> float:
    """Draw all that is below the items but the foot; the end."""
    layout, y = paper.layout, table.bottom + 4
    sums = _sums(paper)
    step = paper.step(paper.type)
    rows = len(paper.facts.taxes) + 2
    y = new_page(paper, y, len(sums) * (step + 4) + 10)
    if layout.tax_table == "before":
        y = _tax_table(paper, new_page(paper, y, rows * step + 10), sums) + 8
    y = new_page(paper, y, len(sums) * (step + 4) + 10)
    y = _across(paper, y + 6, sums) if layout.sums == "across" else _below(paper, y, sums, table)
    if layout.tax_table == "after":
        y = _tax_table(paper, new_page(paper, y + 10, rows * step + 20), sums)
    return _payment(paper, new_page(paper, y + 12, 90))


# --- sums --------------------------------------------------------------------------------------


def _sums(paper: InvoicePaper) -> list[Sum]:
    facts, layout = paper.facts, paper.layout
    found: list[Sum] = []
    if facts.discount or facts.shipping:
        goods = sum((one.total for one in facts.items), Decimal(0))
        if chance(paper.lots, 0.5):
            plain = paper.wording.words("net")
            found.append(([(paper.wording.closed(plain), paper.type, ())], goods, (), False))
    if facts.discount:
        found.append(_sum(paper, "discount_total", facts.discount, sign=-1))
    if facts.shipping:
        found.append(_sum(paper, "shipping_total", facts.shipping))
    net = [_sum(paper, "net_total", facts.net)] if layout.net_shown else []
    taxes = _tax_sums(paper)
    whole = _whole(paper)
    if facts.gross_prices:
        found += [whole, *net, *taxes]
    else:
        found += [*net, *taxes, whole]
    if facts.paid:
        found.append(_sum(paper, "paid_amount", facts.paid, sign=paper.lots.choice([1, -1])))
        found.append(_sum(paper, "amount_due", facts.total - facts.paid, strong=True))
    elif layout.due_shown:
        found.append(_sum(paper, "amount_due", facts.total, strong=True))
    return found


def _sum(
    paper: InvoicePaper, name: str, value: Decimal, *, sign: int = 1, strong: bool = False
) -> Sum:
    caption = paper.wording.caption(name)
    mark = paper.value(f"/{name}", value, caption)
    type_ = paper.type.with_(bold=strong)
    return [(paper.wording.closed(caption.text), type_, ())], sign * value, (mark,), strong


def _whole(paper: InvoicePaper) -> Sum:
    """The sum with tax; now and then its caption is that of what is to be paid."""
    facts, strong = paper.facts, chance(paper.lots, 0.75)
    if facts.paid or paper.layout.due_shown or chance(paper.lots, 0.88):
        return _sum(paper, "grand_total", facts.total, strong=strong)
    caption = paper.wording.caption("amount_due")
    marks = tuple(
        paper.value(f"/{name}", facts.total, caption) for name in ("grand_total", "amount_due")
    )
    type_ = paper.type.with_(bold=strong)
    return [(paper.wording.closed(caption.text), type_, ())], facts.total, marks, strong


def _tax_sums(paper: InvoicePaper) -> list[Sum]:
    """A line for all taxes, or one for each rate."""
    facts, layout = paper.facts, paper.layout
    if len(facts.taxes) > 1 and not layout.rate_lines:
        caption = _without_rate(paper)
        mark = paper.value("/tax_total", facts.tax, caption)
        return [([(paper.wording.closed(caption.text), paper.type, ())], facts.tax, (mark,), False)]
    return [_rate_sum(paper, index) for index in range(len(facts.taxes))]


def _without_rate(paper: InvoicePaper) -> Caption:
    for _ in range(40):
        caption = paper.wording.caption("tax_total")
        if "{rate}" not in caption.text.lower():
            return caption
    return Caption("Tax", True)


def _rate_sum(paper: InvoicePaper, index: int) -> Sum:
    facts, type_ = paper.facts, paper.type
    rate, base, tax = facts.taxes[index]
    shown = paper.layout.writing.short(rate)
    caption = paper.wording.caption("tax_total", rate=shown)
    text = caption.text.replace("{RATE}", shown)
    several = len(facts.taxes) > 1
    if shown not in text and (several or chance(paper.lots, 0.6)):
        text += paper.lots.choice([f" {shown}%", f" {shown} %", f" ({shown} %)"])
    pieces: list[Piece] = [(text, type_, ())]
    if shown in text:
        head, _, tail = text.partition(shown)
        mark = paper.value(f"/taxes/{index}/rate", rate)
        pieces = [(head, type_, ()), (shown, type_, (mark,)), (tail, type_, ())]
        if paper.layout.rate_base:
            on = paper.value(f"/taxes/{index}/net", base)
            word = paper.wording.words("on")
            pieces += [(f" {word} ", type_, ()), (paper.layout.writing.figure(base), type_, (on,))]
    pieces.append((paper.wording.closed(" ").lstrip(), type_, ()))
    marks = [paper.value(f"/taxes/{index}/tax", tax, caption)] if shown in text else []
    if not several:
        marks.append(paper.value("/tax_total", tax, caption))
    return pieces, tax, tuple(marks), False


def _amount(paper: InvoicePaper, one: Sum) -> list[Piece]:
    return paper.amount(one[1], paper.type.with_(bold=one[3]), *one[2], sums=True)


def _below(paper: InvoicePaper, y: float, sums: Sequence[Sum], table: ItemTable) -> float:
    """Below each other, the amounts right-aligned."""
    layout, step = paper.layout, paper.step(paper.type) + 2
    wide = max(_width(_amount(paper, one)) for one in _unmarked(sums))
    heads = max(_width(one[0]) for one in sums)
    right, left = paper.right - PAD, paper.right - wide - heads - 30
    if layout.sums == "columns":
        right = table.column("line_total").edge
        left = min(table.column("description").left + PAD, right - wide - heads - 12)
    elif layout.sums == "left":
        left, right = paper.left, paper.left + heads + wide + 40
    left = max(left, paper.left + 2)
    room = right - wide - 10 - left
    top = y
    for one in sums:
        if one[3] and layout.rules != "none":
            paper.sheet.rule(left, y, right)
        base = y + 3 + ASCENT * paper.type.size
        pieces = fitted(one[0], room)
        if layout.sums_align == "right":
            paper.sheet.line(right - wide - 10, base, pieces, "right")
        else:
            paper.sheet.line(left, base, pieces)
        paper.sheet.line(right, base, _amount(paper, one), "right")
        y += step
    if layout.sums == "boxed":
        paper.sheet.box((left - 3, top, right + PAD, y + 3))
    return y + 6


def _unmarked(sums: Sequence[Sum]) -> list[Sum]:
    """The same, to be measured only."""
    return [(pieces, value, (), strong) for pieces, value, _, strong in sums]


def _width(pieces: Sequence[Piece]) -> float:
    return sum(type_.width(text) for text, type_, _ in pieces)


def _across(paper: InvoicePaper, y: float, sums: Sequence[Sum]) -> float:
    """Captions side by side, the amounts below them."""
    cell = (paper.right - paper.left) / len(sums)
    height = paper.step(paper.type) + 2
    ruled = paper.layout.rules in ("grid", "rows", "sides")
    for place, one in enumerate(sums):
        right = paper.left + (place + 1) * cell - 4
        if ruled:
            paper.sheet.box((right - cell + 4, y, right + 4, y + 2 * height + 2))
        paper.stack(right, y + 1, [one[0]], cell - 8, align="right")
        paper.stack(right, y + height + 1, [_amount(paper, one)], cell - 8, align="right")
    return y + 2 * height + 6


# --- taxes by rate -----------------------------------------------------------------------------


def _tax_table(paper: InvoicePaper, y: float, sums: Sequence[Sum]) -> float:
    facts, writing, type_ = paper.facts, paper.layout.writing, paper.type
    small = type_.with_(size=type_.size - paper.lots.choice([0, 1]))
    names = paper.lots.choice(
        [("rate", "net", "tax"), ("rate", "net", "tax"), ("rate", "tax", "net")]
    )
    heads = [paper.wording.caption(name, "invoice.taxes") for name in names]
    widest = writing.figure(max((facts.net, facts.tax), key=abs))
    cell = max(48.0, *(small.width(one.text) + 12 for one in heads), small.width(widest) + 12)
    left = paper.left if chance(paper.lots, 0.7) else paper.right - 3 * cell
    rows: list[list[Piece]] = [[(one.text, small.with_(bold=True), ()) for one in heads]]
    for index, (rate, net, tax) in enumerate(facts.taxes):
        at = f"/taxes/{index}"
        cells: dict[str, Piece] = {
            "rate": (writing.short(rate) + paper.lots.choice(["%", " %"]), small,
                     (paper.value(f"{at}/rate", rate),)),
            "net": (writing.figure(net), small, (paper.value(f"{at}/net", net, heads[1]),)),
            "tax": (writing.figure(tax), small, (paper.value(f"{at}/tax", tax, heads[2]),)),
        }  # fmt: skip
        rows.append([cells[name] for name in names])
    for row in rows:
        for place, piece in enumerate(row):
            paper.stack(left + (place + 1) * cell - 4, y, [[piece]], cell - 6, align="right")
        y += paper.step(small)
        if row is rows[0] and paper.layout.rules != "none":
            paper.sheet.rule(left, y, left + 3 * cell, 0.4)
    return y + 4


# --- how to pay --------------------------------------------------------------------------------


def _payment(paper: InvoicePaper, y: float) -> float:
    facts, layout, width = paper.facts, paper.layout, paper.right - paper.left
    type_ = paper.type
    lines: list[list[Piece]] = []
    if layout.previous_shown:
        previous = layout.writing.figure(facts.previous)
        text = f"{paper.wording.closed(paper.wording.other('previous'))} {previous}"
        lines += plain_lines([text], type_)
    if layout.terms in ("within", "by day"):
        lines += _terms(paper, type_, width)
    elif layout.terms == "caption":
        caption = paper.wording.caption("payment_terms")
        text = paper.wording.words("within").format(days=facts.days, day=_early(paper))
        lines.append(captioned(paper, caption, text, "/payment_terms", type_))
    if layout.bank == "below" and facts.seller.iban:
        lines += _bank(paper, type_)
    if chance(paper.lots, 0.5):
        lines += plain_lines([paper.wording.words("thanks")], type_)
    return paper.stack(paper.left, y, lines, width, leading=layout.leading)


def _terms(paper: InvoicePaper, type_: Type, width: float) -> list[list[Piece]]:
    """A sentence; the last day for payment is a value in it, the day of a discount is not."""
    facts, day = paper.facts, paper.layout.writing.date
    if paper.layout.terms == "within":
        text = paper.wording.words("within").format(days=facts.days, day=_early(paper))
        return plain_lines(wrapped(text, type_, width), type_)
    head, _, tail = paper.wording.words("by_day").partition("{day}")
    paper.values["/due_date"] = facts.due.isoformat()
    return [
        [(head, type_, ()), (day(facts.due), type_, (paper.mark("/due_date"),)), (tail, type_, ())]
    ]


def _early(paper: InvoicePaper) -> str:
    issued = paper.facts.issued
    return paper.layout.writing.date(issued.replace(day=min(28, issued.day + 7)))


def _bank(paper: InvoicePaper, type_: Type) -> list[list[Piece]]:
    seller = paper.facts.seller
    bank = f"{paper.wording.closed(paper.wording.other('bank'))} {seller.bank}"
    lines = [*plain_lines([bank], type_), iban_line(paper, type_)]
    lines.append(captioned(paper, paper.wording.caption("bic"), seller.bic, "/bic", type_))
    if chance(paper.lots, 0.3):
        return [[piece for line in lines for piece in [*line, ("   ", type_, ())]]]
    return lines
