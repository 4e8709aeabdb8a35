"""Numbers and dates of an invoice with their captions, in the ways in which papers set them."""

from __future__ import annotations

import re
from collections.abc import Callable

from bench.generated.invoice_paper import InvoicePaper
from bench.generated.lots import chance
from bench.generated.sheet import ASCENT, Piece, Type, shrunk
from bench.generated.wording import Caption

Entry = tuple[Caption, str, str]
"""Caption, text and pointer ("" for what is no value)."""


def entries(paper: InvoicePaper) -> list[Entry]:
    """What this paper tells, in its order."""
    facts, layout, day = paper.facts, paper.layout, paper.layout.writing.date
    texts = {
        "invoice_number": facts.number, "order_number": facts.order,
        "customer_number": facts.customer, "seller_vat_id": facts.seller.vat,
        "currency": facts.currency, "issue_date": day(facts.issued),
        "delivery_date": day(facts.delivered), "due_date": day(facts.due),
    }  # fmt: skip
    paper.values |= {
        "/issue_date": facts.issued.isoformat(),
        "/delivery_date": facts.delivered.isoformat(),
        "/due_date": facts.due.isoformat(),
        "/currency": facts.currency,
    }
    told: list[Entry] = []
    for name in layout.fields:
        numbered = name == "invoice_number" and layout.title == "numbered"
        if texts[name] and not (numbered and chance(paper.lots, 0.7)):
            told.append((paper.wording.caption(name), texts[name], f"/{name}"))
    others = {
        "phone": facts.seller.phone, "fax": facts.seller.fax, "email": facts.seller.email,
        "tax_number": facts.seller.tax_number, "delivery_note": facts.note,
        "our_ref": facts.reference, "contact": facts.seller.person, "printed": day(facts.printed),
        "order_date": day(facts.delivered), "project": facts.buyer.lines[0],
    }  # fmt: skip
    for name in layout.extras:
        entry = (Caption(paper.wording.other(name), True), others[name], "")
        told.insert(paper.lots.randint(1, len(told)), entry)
    return told


def draw_info(paper: InvoicePaper, y: float, side: str, told: list[Entry]) -> float:
    """Draw them in a column or over the whole width; the end."""
    x, width = paper.column(side)
    ways: dict[str, Callable[[InvoicePaper, float, float, float, list[Entry]], float]] = {
        "beside": _beside, "dotted": _dotted, "run": _run, "inline": _inline, "above": _above,
        "table": _above, "sentence": _sentence,
    }  # fmt: skip
    return ways[paper.layout.info](paper, x, y, width, told)


def _value(paper: InvoicePaper, entry: Entry, type_: Type) -> Piece:
    caption, text, pointer = entry
    return text, type_, (paper.mark(pointer, caption),) if pointer else ()


def _pair(paper: InvoicePaper, entry: Entry, type_: Type, caption_type: Type) -> list[Piece]:
    head = paper.wording.closed(entry[0].text)
    return [(head + " ", caption_type, ()), _value(paper, entry, type_)]


def _types(paper: InvoicePaper) -> tuple[Type, Type]:
    """Of captions and of values."""
    bold = paper.lots.choice([(False, False), (True, False), (False, True)])
    return paper.type.with_(bold=bold[0]), paper.type.with_(bold=bold[1])


def _beside(paper: InvoicePaper, x: float, y: float, width: float, told: list[Entry]) -> float:
    caption_type, type_ = _types(paper)
    heads = [paper.wording.closed(caption.text) for caption, _, _ in told]
    wide = max(caption_type.width(head) for head in heads)
    at = min(x + wide + paper.lots.uniform(8, 40), x + width * 0.6)
    align = "right" if chance(paper.lots, 0.25) else "left"
    for head, entry in zip(heads, told, strict=True):
        base = y + ASCENT * type_.size
        paper.sheet.text(x, base, head, shrunk(head, caption_type, at - x - 4))
        text, _, marks = _value(paper, entry, type_)
        fit = shrunk(text, type_, x + width - at)
        paper.sheet.text(
            x + width if align == "right" else at, base, text, fit, *marks, align=align
        )
        y += paper.step(type_)
    return y


def _dotted(paper: InvoicePaper, x: float, y: float, width: float, told: list[Entry]) -> float:
    lines = []
    for entry in told:
        head, value = entry[0].text + " ", _value(paper, entry, paper.type)
        left = width * 0.9 - paper.type.width(head) - paper.type.width(f" {value[0]}")
        dots = "." * max(3, int(left / paper.type.width(".")))
        lines.append([(head, paper.type, ()), (dots + " ", paper.type, ()), value])
    return paper.stack(x, y, lines, width, leading=paper.layout.leading)


def _run(paper: InvoicePaper, x: float, y: float, width: float, told: list[Entry]) -> float:
    caption_type, type_ = _types(paper)
    lines = [_pair(paper, entry, type_, caption_type) for entry in told]
    return paper.stack(x, y, lines, width, leading=paper.layout.leading)


def _inline(paper: InvoicePaper, x: float, y: float, width: float, told: list[Entry]) -> float:
    gap = paper.lots.choice(["    ", "   |   ", "  -  ", "       ", "; "])
    lines: list[list[Piece]] = [[]]
    for entry in told:
        pair = _pair(paper, entry, paper.type, paper.type)
        wide = sum(type_.width(text) for text, type_, _ in [*lines[-1], *pair])
        if lines[-1] and wide > width - 20:
            lines.append([])
        if lines[-1]:
            lines[-1].append((gap, paper.type, ()))
        lines[-1] += pair
    return paper.stack(x, y, lines, width, leading=paper.layout.leading)


def _above(paper: InvoicePaper, x: float, y: float, width: float, told: list[Entry]) -> float:
    """Captions above their values, in cells side by side, framed or not."""
    framed = paper.layout.info == "table"
    small = paper.type.with_(size=paper.type.size - paper.lots.choice([0, 1, 1.5]))
    caption_type = small.with_(bold=chance(paper.lots, 0.4))
    across = max(1, min(len(told), int(width / 95)))
    cell, height = width / across, paper.step(paper.type)
    align = paper.lots.choice(["left", "left", "center"])
    for at in range(0, len(told), across):
        for place, entry in enumerate(told[at : at + across]):
            left = x + place * cell
            middle = left + 3 if align == "left" else left + cell / 2
            if framed:
                fill = paper.layout.tint if paper.layout.head_fill else None
                paper.sheet.box((left, y, left + cell, y + height + 2), fill=fill)
                paper.sheet.box((left, y + height + 2, left + cell, y + 2 * height + 4))
            paper.stack(middle, y + 2, [[(entry[0].text, caption_type, ())]], cell - 6, align=align)
            paper.stack(middle, y + height + 4, [[_value(paper, entry, paper.type)]], cell - 6,
                        align=align)  # fmt: skip
        y += 2 * height + 8
    return y


def _sentence(paper: InvoicePaper, x: float, y: float, width: float, told: list[Entry]) -> float:
    """Number and date in a line of words, what else there is below it."""
    pattern = paper.wording.words("sentence").replace(
        "{title}", paper.wording.title(credit=paper.facts.credit)
    )
    by_name = {entry[2]: entry for entry in told}
    pieces: list[Piece] = []
    for part in re.split(r"(\{\w+\})", pattern):
        name = {"{number}": "/invoice_number", "{date}": "/issue_date"}.get(part, "")
        if name in by_name:
            _, text, pointer = by_name.pop(name)
            pieces.append(_value(paper, (Caption("", True), text, pointer), paper.type))
        elif not name and part:
            pieces.append((part, paper.type, ()))
    y = paper.stack(x, y, [pieces], width, leading=paper.layout.leading)
    return _run(paper, x, y, width, list(by_name.values())) if by_name else y
