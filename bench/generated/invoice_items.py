"""The table of an invoice's items, over as many pages as it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from bench.generated.invoice_facts import Item
from bench.generated.invoice_paper import InvoicePaper
from bench.generated.lots import chance
from bench.generated.paper import fitted
from bench.generated.sheet import ASCENT, DoesNotFit, Piece, Type, wrapped

NUMERIC = frozenset({"quantity", "unit_price", "discount", "tax_rate", "line_total"})
LABELLED = ("article_number", "quantity", "unit", "unit_price", "discount", "tax_rate",
            "line_total")  # fmt: skip
PAD = 3.0


@dataclass(frozen=True)
class Column:
    """One column: its edges, and its heading in lines."""

    name: str
    left: float
    right: float
    head: tuple[str, ...]

    @property
    def align(self) -> str:
        """How its cells stand."""
        return "right" if self.name in NUMERIC else "left"

    @property
    def edge(self) -> float:
        """Where its cells are aligned."""
        return self.right - PAD if self.align == "right" else self.left + PAD


@dataclass(frozen=True)
class ItemTable:
    """Where the columns stand and where the table ends."""

    columns: tuple[Column, ...]
    bottom: float

    def column(self, name: str) -> Column:
        """One of them."""
        return next(one for one in self.columns if one.name == name)


def draw_items(paper: InvoicePaper, y: float) -> ItemTable:
    """Draw the table."""
    rows = [_cells(paper, index, item) for index, item in enumerate(paper.facts.items)]
    columns = _columns(paper, rows)
    y = _head(paper, columns, y) if paper.layout.headed else y
    subtotal = Decimal(0)
    for index, (item, cells) in enumerate(zip(paper.facts.items, rows, strict=True)):
        texts = _description(paper, index, item, columns)
        height = max(len(texts), 1) * paper.step(paper.type) + paper.layout.row_gap + 2
        if y + height > paper.floor - (26 if paper.layout.carry else 8):
            y = _break(paper, columns, y, subtotal)
        y = _row(paper, columns, y, height, cells | {"description": texts}, index)
        subtotal += item.total
    if paper.layout.rules in ("head", "zebra"):
        paper.sheet.rule(columns[0].left, y, columns[-1].right)
    for pointer in _missing(paper, len(rows)):
        paper.blanks.append(pointer)
    return ItemTable(columns, y)


def _missing(paper: InvoicePaper, rows: int) -> list[str]:
    """Values that no item has on this paper."""
    absent = [name for name in LABELLED if name not in paper.layout.columns]
    if "tax_code" in paper.layout.columns:
        absent.remove("tax_rate")
    return [f"/line_items/{index}/{name}" for index in range(rows) for name in absent]


# --- cells -------------------------------------------------------------------------------------

Cells = dict[str, list[list[Piece]]]
"""Lines of each cell of a row."""


def _cells(paper: InvoicePaper, index: int, item: Item) -> Cells:
    """What stands in a row, but for its description."""
    writing, type_, at = paper.layout.writing, paper.type, f"/line_items/{index}"
    codes = sorted({one.rate for one in paper.facts.items}, reverse=True)
    made: dict[str, Callable[[], list[Piece]]] = {
        "position": lambda: [(str((index + 1) * (10 if paper.layout.tens else 1)), type_, ())],
        "article_number": lambda: [(item.article, type_, (paper.mark(f"{at}/article_number"),))],
        "quantity": lambda: _quantity(paper, at, item),
        "unit": lambda: [(item.unit, type_, (paper.mark(f"{at}/unit"),))],
        "unit_price": lambda: paper.amount(
            item.price, type_, paper.value(f"{at}/unit_price", item.price),
            places=paper.layout.price_places),
        "discount": lambda: _discount(paper, at, item),
        "tax_rate": lambda: [
            (f"{writing.short(item.rate)}{paper.layout.percent}", type_,
             (paper.value(f"{at}/tax_rate", item.rate),))],
        "tax_code": lambda: [("ABC"[codes.index(item.rate)], type_, ())],
        "line_total": lambda: paper.amount(
            item.total, type_, paper.value(f"{at}/line_total", item.total)),
    }  # fmt: skip
    return {name: [made[name]()] for name in paper.layout.columns if name in made}


def _quantity(paper: InvoicePaper, at: str, item: Item) -> list[Piece]:
    writing, layout = paper.layout.writing, paper.layout
    whole = item.quantity == item.quantity.to_integral() and not layout.quantity_places
    text = writing.short(item.quantity) if whole else writing.figure(item.quantity)
    mark = paper.value(f"{at}/quantity", item.quantity)
    pieces: list[Piece] = [(text, paper.type, (mark,))]
    if layout.unit_with_quantity and "unit" not in layout.columns:
        pieces += [(" ", paper.type, ()), (item.unit, paper.type, (paper.mark(f"{at}/unit"),))]
    return pieces


def _discount(paper: InvoicePaper, at: str, item: Item) -> list[Piece]:
    if not item.off:
        return []
    sign = "-" if paper.layout.discount_minus else ""
    text = f"{sign}{item.off}{paper.layout.percent}"
    return [(text, paper.type, (paper.mark(f"{at}/discount"),))]


def _description(
    paper: InvoicePaper, index: int, item: Item, columns: tuple[Column, ...]
) -> list[list[Piece]]:
    """Lines of the text: what it is, then what else is said about it."""
    column = next(one for one in columns if one.name == "description")
    width = column.right - column.left - 2 * PAD
    mark = paper.mark(f"/line_items/{index}/description")
    small = paper.type.with_(size=paper.type.size - (0.8 if paper.layout.small_more else 0))
    texts = [item.thing, *item.more]
    if paper.layout.joined:
        texts = [", ".join(texts)]
    lines: list[list[Piece]] = []
    for place, text in enumerate(texts):
        type_ = small if place else paper.type
        lines += [[(part, type_, (mark,))] for part in wrapped(text, type_, width)]
    return lines


# --- columns -----------------------------------------------------------------------------------


def _columns(paper: InvoicePaper, rows: list[Cells]) -> tuple[Column, ...]:
    names = paper.layout.columns
    heads = {name: _heading(paper, name) for name in names}
    bold = _head_type(paper)
    widths: dict[str, float] = {}
    for name in names:
        if name == "description":
            continue
        cells = [
            sum(type_.width(text) for text, type_, _ in line) for row in rows for line in row[name]
        ]
        head = max(bold.width(word) for word in heads[name].split())
        widths[name] = max([head, *cells]) + 2 * PAD + 4
        if bold.width(heads[name]) < 46:
            widths[name] = max(widths[name], bold.width(heads[name]) + 2 * PAD + 2)
    rest = paper.right - paper.left - sum(widths.values())
    if rest < 80:
        raise DoesNotFit(f"{len(names)} columns leave {rest:.0f} pt for the description")
    widths["description"] = rest
    at, found = paper.left, []
    for name in names:
        lines = wrapped(heads[name], bold, widths[name] - 2 * PAD)
        found.append(Column(name, at, at + widths[name], tuple(lines)))
        at += widths[name]
    return tuple(found)


def _heading(paper: InvoicePaper, name: str) -> str:
    if name in ("position", "tax_code"):
        text = paper.wording.words(name)
    else:
        text = paper.wording.caption(name, "invoice.line_items").text
    if paper.layout.writing.place == "head" and name in ("unit_price", "line_total"):
        text += paper.lots.choice([" {}", " ({})", " in {}"]).format(paper.layout.writing.sign)
    return text.upper() if paper.layout.head_upper else text


def _head_type(paper: InvoicePaper) -> Type:
    return paper.type.with_(bold=paper.layout.head_bold)


def _head(paper: InvoicePaper, columns: tuple[Column, ...], y: float) -> float:
    layout, type_ = paper.layout, _head_type(paper)
    height = max(len(column.head) for column in columns) * paper.step(type_) + 4
    left, right = columns[0].left, columns[-1].right
    if layout.head_fill or layout.rules in ("grid", "sides"):
        fill = layout.tint if layout.head_fill else None
        paper.sheet.box((left, y, right, y + height), fill=fill,
                        color=None if layout.rules == "none" else (0, 0, 0))  # fmt: skip
    sign = layout.writing.sign
    for column in columns:
        align, edge = column.align, column.edge
        if not layout.head_align:
            align, edge = "center", (column.left + column.right) / 2
        base = y + 2
        for text in column.head:
            pieces = _sign_marked(paper, text, sign, type_)
            room = column.right - column.left - 2
            paper.sheet.line(edge, base + ASCENT * type_.size, fitted(pieces, room), align)
            base += paper.step(type_)
    if layout.rules in ("head", "rows", "zebra"):
        paper.sheet.rule(left, y + height, right, 0.8)
    return y + height


def _sign_marked(paper: InvoicePaper, text: str, sign: str, type_: Type) -> list[Piece]:
    """A heading in which the sign of the currency, if it is there, is the currency's value."""
    head, found, tail = text.partition(sign)
    if not found or paper.layout.writing.place != "head":
        return [(text, type_, ())]
    paper.values["/currency"] = paper.facts.currency
    return [(head, type_, ()), (sign, type_, (paper.mark("/currency"),)), (tail, type_, ())]


# --- rows --------------------------------------------------------------------------------------


def _row(
    paper: InvoicePaper,
    columns: tuple[Column, ...],
    y: float,
    height: float,
    cells: Cells,
    index: int,
) -> float:
    layout, type_ = paper.layout, paper.type
    left, right = columns[0].left, columns[-1].right
    if layout.rules == "zebra" and index % 2:
        paper.sheet.box((left, y, right, y + height), fill=(0.94, 0.94, 0.94), color=None)
    lines = len(cells["description"])
    for column in columns:
        base = y + 2 + ASCENT * type_.size
        if layout.amounts_last and column.name in ("line_total", "unit_price", "discount"):
            base += (lines - 1) * paper.step(type_)
        for line in cells[column.name]:
            room = column.right - column.left - PAD
            paper.sheet.line(column.edge, base, fitted(line, room), column.align)
            base += paper.step(type_)
    if layout.rules == "rows":
        paper.sheet.rule(left, y + height, right, 0.3)
    elif layout.rules == "grid":
        for column in columns:
            paper.sheet.box((column.left, y, column.right, y + height), width=0.4)
    elif layout.rules == "sides":
        for x in [left, *(column.right for column in columns)]:
            paper.sheet.upright(x, y, y + height, 0.4)
        if index == len(paper.facts.items) - 1:
            paper.sheet.rule(left, y + height, right)
    return y + height


def _break(paper: InvoicePaper, columns: tuple[Column, ...], y: float, subtotal: Decimal) -> float:
    """Go on at the top of another page, what has been summed up carried over."""
    carried = paper.layout.carry
    if carried:
        _carry(paper, columns, y + 3, subtotal)
    paper.sheet.page += 1
    y = paper.layout.top + 30
    if paper.layout.headed and chance(paper.lots, 0.8):
        y = _head(paper, columns, y)
    if carried and chance(paper.lots, 0.7):
        y = _carry(paper, columns, y + 3, subtotal)
    return y + 4


def _carry(paper: InvoicePaper, columns: tuple[Column, ...], y: float, subtotal: Decimal) -> float:
    base = y + ASCENT * paper.type.size
    text = next(one for one in columns if one.name == "description")
    total = next(one for one in columns if one.name == "line_total")
    paper.sheet.text(text.left + PAD, base, paper.wording.words("carried"), paper.type)
    figure = paper.layout.writing.figure(subtotal)
    paper.sheet.text(total.edge, base, figure, paper.type, align="right")
    return y + paper.step(paper.type) + 2


def new_page(paper: InvoicePaper, y: float, needed: float) -> float:
    """Where to go on: here, or on a new page if less than `needed` points are left."""
    if y + needed <= paper.floor:
        return y
    paper.sheet.page += 1
    return paper.layout.top + 30
