"""The foot of an invoice's pages: columns of small print, numbers of pages."""

from __future__ import annotations

from bench.generated.invoice_head import captioned, iban_line, vat_line
from bench.generated.invoice_paper import InvoicePaper
from bench.generated.lots import chance
from bench.generated.paper import plain_lines
from bench.generated.sheet import Piece, Type


def draw_foot(paper: InvoicePaper) -> None:
    """Draw it on every page or on the first alone."""
    layout, last = paper.layout, paper.sheet.page
    every = chance(paper.lots, 0.7)
    for page in range(paper.sheet.pages):
        paper.sheet.page = page
        if layout.footer and (page == 0 or every):
            _columns(paper)
        _number(paper, page, last + 1)
    paper.sheet.page = last


def _columns(paper: InvoicePaper) -> None:
    count = paper.layout.footer
    type_ = Type(paper.layout.face, 6.5 if count > 2 else 7)
    top, leading = paper.layout.height - 92, 1.3
    blocks = _blocks(paper, type_)[:count] if count > 1 else [_joined(paper, type_)]
    width = (paper.right - paper.left) / len(blocks)
    if chance(paper.lots, 0.6):
        paper.sheet.rule(paper.left, top - 4, paper.right, 0.4)
    for place, lines in enumerate(blocks):
        paper.stack(paper.left + place * width, top, lines, width - 8, leading=leading)


def _blocks(paper: InvoicePaper, type_: Type) -> list[list[list[Piece]]]:
    """Who, how to reach, where to pay, numbers: the first and the third carry values."""
    seller = paper.facts.seller
    who = plain_lines(seller.name, type_, paper.mark("/seller_name"))
    who += plain_lines(seller.lines, type_, paper.mark("/seller_address"))
    bank: list[list[Piece]] = []
    if paper.layout.bank == "footer" and seller.iban:
        bank = [*plain_lines([seller.bank], type_), iban_line(paper, type_)]
        bank.append(captioned(paper, paper.wording.caption("bic"), seller.bic, "/bic", type_))
    numbers = plain_lines([seller.register], type_)
    if seller.vat:
        numbers.append(vat_line(paper, type_))
    if chance(paper.lots, 0.6):
        numbers += plain_lines(paper.contacts(seller, "tax_number"), type_)
    reach = plain_lines(paper.contacts(seller, "phone", "email", "web"), type_)
    ordered = (
        [who, bank, numbers, reach] if paper.lots.random() < 0.5 else [who, reach, bank, numbers]
    )
    return [block for block in ordered if block]


def _joined(paper: InvoicePaper, type_: Type) -> list[list[Piece]]:
    """All of it on lines over the whole width."""
    joint: Piece = (paper.lots.choice(["  ·  ", "  -  ", "  |  ", ", "]), type_, ())
    lines: list[list[Piece]] = []
    for block in _blocks(paper, type_):
        line: list[Piece] = []
        for pieces in block:
            line += [*([joint] if line else []), *pieces]
        lines.append(line)
    return lines


def _number(paper: InvoicePaper, page: int, pages: int) -> None:
    layout = paper.layout
    if layout.page_number not in ("foot", "head"):
        return
    text = paper.wording.words("page").format(page=page + 1, pages=pages)
    y = layout.height - 18 if layout.page_number == "foot" else 16
    paper.sheet.text(paper.right, y, text, Type(layout.face, 7), align="right")
