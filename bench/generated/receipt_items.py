"""What was bought, in the ways in which tills print it."""

from __future__ import annotations

from decimal import Decimal

from bench.generated.receipt_facts import Bought
from bench.generated.receipt_paper import ReceiptPaper
from bench.generated.sheet import ASCENT, Piece, wrapped


def draw_items(paper: ReceiptPaper) -> None:
    """Draw all of them."""
    paper.divide()
    draw = {"row": _row, "two": _two, "count first": _count_first, "total only": _total_only}
    kind = paper.layout.items
    if paper.layout.item_heads:
        _heads(paper)
    for index, one in enumerate(paper.facts.items):
        draw[kind](paper, index, one)
    paper.divide()


def _heads(paper: ReceiptPaper) -> None:
    caption = {
        name: paper.wording.caption(name, "receipt.line_items").text
        for name in ("description", "quantity", "unit_price", "line_total")
    }
    if paper.layout.items == "row":
        base = paper.y + ASCENT * paper.layout.size
        paper.sheet.text(paper.left, base, caption["description"], paper.type)
        for edge, name in zip(_edges(paper), ("quantity", "unit_price", "line_total"), strict=True):
            paper.sheet.text(edge, base, caption[name], paper.type, align="right")
        paper.y += paper.layout.size * paper.layout.leading
    else:
        paper.both([(caption["description"], paper.type, ())],
                   [(caption["line_total"], paper.type, ())])  # fmt: skip
    if paper.layout.rules != "none":
        paper.divide()


def _edges(paper: ReceiptPaper) -> tuple[float, float, float]:
    """Right edges of count, price and total."""
    room = paper.right - paper.left
    cell = max(paper.type.width("9,999.99 S"), room * 0.19)
    return paper.right - 2 * cell, paper.right - cell, paper.right


def _pointer(index: int, name: str) -> str:
    return f"/line_items/{index}/{name}"


def _name(paper: ReceiptPaper, index: int, one: Bought, room: float) -> list[list[Piece]]:
    mark = paper.mark(_pointer(index, "description"))
    return [[(text, paper.type, (mark,))] for text in wrapped(one.name, paper.type, room)]


def _count(paper: ReceiptPaper, index: int, one: Bought) -> Piece:
    text = paper.layout.writing.short(one.quantity)
    if paper.layout.zeros and one.quantity == one.quantity.to_integral():
        text = paper.layout.writing.figure(one.quantity)
    return text, paper.type, (paper.value(_pointer(index, "quantity"), one.quantity),)


def _price(paper: ReceiptPaper, index: int, one: Bought) -> list[Piece]:
    mark = paper.value(_pointer(index, "unit_price"), one.price)
    return paper.money(one.price, paper.type, mark, sign=False)


def _total(paper: ReceiptPaper, index: int, one: Bought) -> list[Piece]:
    mark = paper.value(_pointer(index, "line_total"), one.total)
    pieces = paper.money(one.total, paper.type, mark, sign=paper.layout.sign_items)
    if paper.layout.tax_marks:
        pieces.append((" " + paper.lots.choice(["S", "A", "SR", "T"]), paper.type, ()))
    return pieces


def _row(paper: ReceiptPaper, index: int, one: Bought) -> None:
    """Name, count, price and total on one line, below the code if there is one."""
    edges = _edges(paper)
    if paper.layout.codes:
        paper.line([(one.code, paper.type, ())])
    room = edges[0] - paper.type.width("99.99") - paper.left - 4
    lines = _name(paper, index, one, room)
    base = paper.y + ASCENT * paper.layout.size
    cells = ([_count(paper, index, one)], _price(paper, index, one), _total(paper, index, one))
    for edge, pieces in zip(edges, cells, strict=True):
        paper.sheet.line(edge, base, pieces, "right")
    paper.y = paper.stack(paper.left, paper.y, lines, room, leading=paper.layout.leading)


def _two(paper: ReceiptPaper, index: int, one: Bought) -> None:
    """The name, and below it the count times the price, the total at the right."""
    for line in _name(paper, index, one, paper.right - paper.left):
        paper.line(line)
    joint = paper.lots.choice([" x ", " X ", " @ ", "x "])
    lead = f"  {one.code}  " if paper.layout.codes else "   "
    times = [_count(paper, index, one), (joint, paper.type, ()), *_price(paper, index, one)]
    paper.both([(lead, paper.type, ()), *times], _total(paper, index, one))


def _count_first(paper: ReceiptPaper, index: int, one: Bought) -> None:
    count = _count(paper, index, one)
    room = paper.right - paper.left - paper.type.width("99 ") - paper.type.width("9999.99 SR")
    lines = _name(paper, index, one, room)
    paper.both([count, (" ", paper.type, ()), *lines[0]], _total(paper, index, one))
    for line in lines[1:]:
        paper.line([("   ", paper.type, ()), *line])


def _total_only(paper: ReceiptPaper, index: int, one: Bought) -> None:
    """Count and price are printed only where there is more than one."""
    if one.quantity != Decimal(1):
        _two(paper, index, one)
        return
    room = paper.right - paper.left - paper.type.width("99999.99 SR")
    lines = _name(paper, index, one, room)
    paper.both(lines[0], _total(paper, index, one))
    for line in lines[1:]:
        paper.line(line)
