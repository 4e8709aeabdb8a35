"""The upper part of an invoice: letterhead, addressee, title, numbers and dates."""

from __future__ import annotations

from bench.generated.invoice_info import draw_info, entries
from bench.generated.invoice_paper import InvoicePaper
from bench.generated.lots import chance
from bench.generated.paper import one_size, plain_lines
from bench.generated.sheet import Piece, Type
from bench.generated.wording import Caption

WHITE = (1.0, 1.0, 1.0)


def draw_head(paper: InvoicePaper) -> float:
    """Draw all above the items; the end."""
    layout = paper.layout
    y = _letterhead(paper, layout.top)
    y = max(y + 14, layout.top + 60)
    told = entries(paper)
    if layout.title == "top":
        y = _title(paper, y) + 8
    elif layout.parties_boxed:
        y += 6
    y = _parties(paper, y, told if layout.info_side == "right" else [])
    y += 16
    if layout.title in ("before", "numbered"):
        y = _title(paper, y) + 6
    if layout.info_side != "right":
        y = draw_info(paper, y, layout.info_side, told) + 10
    if layout.greeting:
        y = paper.stack(paper.left, y, plain_lines([paper.wording.words("hello")], paper.type),
                        paper.right - paper.left) + 8  # fmt: skip
    return y + 4


# --- letterhead --------------------------------------------------------------------------------


def _letterhead(paper: InvoicePaper, y: float) -> float:
    layout = paper.layout
    if layout.letterhead == "none" or layout.parties_boxed:
        return y
    centered = layout.letterhead == "center"
    side = {"right": "right", "center": "full", "band": "full"}.get(layout.letterhead, "left")
    x, width = paper.column(side)
    ink = layout.ink
    if layout.letterhead == "band":
        paper.sheet.box(
            (0, 0, layout.width, y + layout.name_size * 2.6), fill=layout.ink, color=None
        )
        ink = WHITE
    if layout.logo:
        y = _logo(paper, x, y, width, centered)
    align, at = ("center", x + width / 2) if centered else ("left", x)
    y = paper.stack(at, y, _name(paper, ink, width), width, align=align, leading=1.2)
    if layout.letterhead == "band":
        y = max(y, layout.top + layout.name_size * 2.6) + 6
    if layout.head_details:
        details = _details(paper)
        if layout.letterhead == "split":
            at, width = paper.column("right")
            return max(y, paper.stack(at, layout.top, details, width))
        y = paper.stack(at, y + 3, details, width, align=align)
    return y


def _logo(paper: InvoicePaper, x: float, y: float, width: float, centered: bool) -> float:
    size = paper.lots.uniform(22, 48)
    at = x + width / 2 - size / 2 if centered else x
    fill = paper.layout.tint if paper.layout.letterhead == "band" else paper.layout.ink
    paper.sheet.box((at, y, at + size, y + size), fill=fill, color=None)
    return y + size + 4


def _name(paper: InvoicePaper, ink: tuple[float, float, float], width: float) -> list[list[Piece]]:
    layout, lots = paper.layout, paper.lots
    bold = chance(lots, 0.7)
    type_ = Type(layout.head_face, layout.name_size, bold=bold, color=ink)
    name = paper.facts.seller.name
    shown = [part.upper() if layout.name_upper else part for part in name]
    type_ = one_size(shown, type_, width)
    return plain_lines(shown, type_, paper.mark("/seller_name"))


def _details(paper: InvoicePaper) -> list[list[Piece]]:
    """Address and contacts below the name, on lines of their own or on one."""
    lots, seller = paper.lots, paper.facts.seller
    type_ = Type(paper.layout.head_face, max(6.5, paper.layout.size - lots.choice([0, 1, 2])))
    mark = paper.mark("/seller_address")
    if chance(lots, 0.3):
        joint = lots.choice([" · ", ", ", " - ", " | "])
        lines = plain_lines([joint.join(seller.lines)], type_, mark)
    else:
        lines = plain_lines(list(seller.lines), type_, mark)
    names = [name for name in ("phone", "fax", "email", "web") if chance(lots, 0.5)]
    lines += plain_lines(paper.contacts(seller, *names), type_)
    if seller.vat and chance(lots, 0.25):
        lines.append(vat_line(paper, type_))
    if paper.layout.bank == "head" and seller.iban:
        lines.append(iban_line(paper, type_))
    return lines


def vat_line(paper: InvoicePaper, type_: Type) -> list[Piece]:
    """Caption and tax number of the seller."""
    caption = paper.wording.caption("seller_vat_id")
    number = _spaced(paper, paper.facts.seller.vat)
    return captioned(paper, caption, number, "/seller_vat_id", type_)


def iban_line(paper: InvoicePaper, type_: Type) -> list[Piece]:
    """Caption and account number of the seller."""
    caption = paper.wording.caption("iban")
    number = paper.facts.seller.iban
    number = number if chance(paper.lots, 0.8) else number.replace(" ", "")
    return captioned(paper, caption, number, "/iban", type_)


def captioned(
    paper: InvoicePaper, caption: Caption, text: str, pointer: str, type_: Type
) -> list[Piece]:
    """A caption with its value behind it."""
    mark = paper.mark(pointer, caption)
    return [(paper.wording.closed(caption.text) + " ", type_, ()), (text, type_, (mark,))]


def _spaced(paper: InvoicePaper, number: str) -> str:
    return number if chance(paper.lots, 0.8) else f"{number[:2]} {number[2:]}"


# --- addressee ---------------------------------------------------------------------------------


def _parties(paper: InvoicePaper, y: float, told: list[tuple[Caption, str, str]]) -> float:
    layout = paper.layout
    other = "left" if layout.addressee == "right" else "right"
    ends = [y]
    if layout.parties_boxed:
        ends.append(_seller_block(paper, y, other))
        ends.append(_buyer_block(paper, y, layout.addressee))
        return draw_info(paper, max(ends) + 10, "left", told) if told else max(ends)
    ends.append(_buyer_block(paper, y, layout.addressee))
    if told:
        ends.append(draw_info(paper, y + paper.lots.uniform(0, 12), other, told))
    elif layout.ship_to:
        ends.append(_ship_to(paper, y, other))
    return max(ends)


def _buyer_block(paper: InvoicePaper, y: float, side: str) -> float:
    layout, facts, lots = paper.layout, paper.facts, paper.lots
    x, width = paper.column(side)
    type_ = paper.type
    if layout.sender_line and side == "left":
        small = Type(layout.face, 6.5)
        line: list[Piece] = [
            (paper.facts.seller.name[0], small, (paper.mark("/seller_name"),)),
            (lots.choice([" · ", ", ", " - ", " | "]), small, ()),
            (", ".join(facts.seller.lines), small, (paper.mark("/seller_address"),)),
        ]
        y = paper.stack(x, y, [line], width) + 6
        if chance(lots, 0.4):
            paper.sheet.rule(x, y - 5, x + width * 0.8, 0.3)
    caption = None
    if layout.addressee_heading or layout.parties_boxed:
        caption = paper.wording.caption("buyer_name")
        heading = type_.with_(bold=chance(lots, 0.6))
        y = paper.stack(x, y, plain_lines([paper.wording.closed(caption.text)], heading), width) + 2
    name = type_.with_(bold=chance(lots, 0.35))
    lines = plain_lines(facts.buyer.name, name, paper.mark("/buyer_name", caption))
    if chance(lots, 0.2):
        lines += plain_lines(
            [f"{lots.choice(['', 'z. Hd. ', 'Attn. '])}{facts.buyer.person}"], type_
        )
    lines += plain_lines(facts.buyer.lines, type_, paper.mark("/buyer_address"))
    if layout.buyer_vat and facts.buyer.vat:
        vat = paper.wording.caption("buyer_vat_id")
        lines.append(captioned(paper, vat, facts.buyer.vat, "/buyer_vat_id", type_))
    return paper.stack(x, y, lines, width, leading=layout.leading)


def _seller_block(paper: InvoicePaper, y: float, side: str) -> float:
    x, width = paper.column(side)
    seller = paper.facts.seller
    caption = paper.wording.caption("seller_name")
    lines = plain_lines([paper.wording.closed(caption.text)], paper.type.with_(bold=True))
    lines += plain_lines(seller.name, paper.type, paper.mark("/seller_name", caption))
    lines += plain_lines(seller.lines, paper.type, paper.mark("/seller_address"))
    if seller.vat and chance(paper.lots, 0.5):
        lines.append(vat_line(paper, paper.type))
    lines += plain_lines(paper.contacts(seller, "phone"), paper.type)
    return paper.stack(x, y, lines, width, leading=paper.layout.leading)


def _ship_to(paper: InvoicePaper, y: float, side: str) -> float:
    """Another address that is none of the two."""
    x, width = paper.column(side)
    heading = paper.wording.closed(paper.wording.other("ship_to"))
    lines = plain_lines([heading], paper.type.with_(bold=True))
    lines += plain_lines([*paper.facts.buyer.name, *paper.facts.buyer.lines], paper.type)
    return paper.stack(x, y, lines, width, leading=paper.layout.leading)


def _title(paper: InvoicePaper, y: float) -> float:
    layout = paper.layout
    x, width = paper.column("full")
    type_ = Type(layout.head_face, layout.title_size, bold=True)
    pieces: list[Piece] = [(paper.wording.title(credit=paper.facts.credit), type_, ())]
    if layout.title == "numbered":
        caption = Caption(pieces[0][0], True)
        mark = paper.mark("/invoice_number", caption)
        joint = paper.lots.choice([" ", " ", " Nr. ", " # "])
        pieces += [(joint, type_, ()), (paper.facts.number, type_, (mark,))]
    align = paper.lots.choice(["left", "left", "left", "center", "right"])
    at = {"left": x, "center": x + width / 2, "right": x + width}[align]
    return paper.stack(at, y, [pieces], width, align=align)
