"""Tables of papers and reports, as pictures of nothing else and on pages between text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.generated.kinds import Drawn
from bench.generated.lots import Lots, chance, data
from bench.generated.sheet import ASCENT, DoesNotFit, Mark, Sheet, Type, wrapped
from bench.generated.table_facts import Span, TableFacts, table_facts
from bench.generated.table_layout import TableLayout, table_layout

PAGE = (595.0, 842.0)
RIM = 3.0
RAISED = 0.7, 0.3
"""Size of a raised mark, and how high it stands, in sizes of the text."""


@dataclass(frozen=True)
class Grid:
    """Where columns and rows stand: left edge and width, top and height, in points."""

    columns: tuple[tuple[float, float], ...]
    rows: tuple[tuple[float, float], ...]

    @property
    def left(self) -> float:
        """Where the table begins."""
        return self.columns[0][0]

    @property
    def right(self) -> float:
        """Where it ends."""
        return sum(self.columns[-1])

    @property
    def bottom(self) -> float:
        """Where it ends below."""
        return sum(self.rows[-1])

    def width(self, first: int, last: int) -> float:
        """Of several columns."""
        return sum(self.columns[last]) - self.columns[first][0]


def draw_table(lots: Lots) -> Drawn:
    """Draw one.

    Raises:
        DoesNotFit: the table is wider or longer than its page.
    """
    facts, layout = table_facts(lots), table_layout(lots)
    sheet = Sheet(*PAGE)
    left, top = (RIM, RIM) if layout.picture else (lots.uniform(40, 70), 70.0)
    if not layout.picture:
        top = _prose(sheet, lots, left, top, lots.randint(1, 6))
        top = _caption(sheet, lots, layout, left, top, "above")
    grid = _grid(facts, layout, left, top)
    if layout.picture:
        sheet.width, sheet.height = grid.right + RIM, grid.bottom + RIM
    elif grid.right > PAGE[0] - 30 or grid.bottom > PAGE[1] - 130:
        raise DoesNotFit("a table that is larger than its page")
    _rules(sheet, facts, layout, grid)
    for row, cells in enumerate(facts.rows):
        for column, text in enumerate(cells):
            if text:
                _cell(sheet, facts, layout, grid, row, column)
    if not layout.picture:
        end = _caption(sheet, lots, layout, left, grid.bottom + 6, "below")
        _prose(sheet, lots, left, end + 10, lots.randint(0, 2))
    rows = [list(cells) for cells in facts.rows]
    told = {"page": 1, "rows": rows, "spans": [list(span) for span in facts.spans],
            "header_rows": facts.header_rows}  # fmt: skip
    return Drawn("tables", "en", sheet, layout.stream, {}, told={"/tables": [told]},
                 picture=layout.picture)  # fmt: skip


def _prose(sheet: Sheet, lots: Lots, x: float, y: float, sentences: int) -> float:
    """Text of the page around the table."""
    type_ = Type(lots.choice(["helv", "tiro"]), 10)
    text = " ".join(lots.choice(data("tables")["prose"]) for _ in range(sentences))
    for line in wrapped(text, type_, PAGE[0] - 2 * x) if sentences else ():
        sheet.text(x, y + ASCENT * type_.size, line, type_)
        y += 13
    return y + 14


def _caption(
    sheet: Sheet, lots: Lots, layout: TableLayout, x: float, y: float, place: str
) -> float:
    if layout.caption != place:
        return y
    words = data("tables")
    text = lots.choice(words["captions"]).format(
        n=lots.randint(1, 9), head=lots.choice(words["heads"]), span=lots.choice(words["spans"]),
        stub=lots.choice(words["stubs"]), group=lots.choice(words["groups"]))  # fmt: skip
    sheet.text(x, y + ASCENT * 9, text, Type(layout.type.face, 9, bold=chance(lots, 0.5)))
    return y + 18


# --- measures ----------------------------------------------------------------------------------


def _type(facts: TableFacts, layout: TableLayout, row: int) -> Type:
    if row < facts.header_rows:
        return layout.type.with_(bold=layout.head_bold, italic=layout.head_italic)
    if row in facts.sections:
        return layout.type.with_(bold=layout.sections_bold)
    return layout.type


def _lines(facts: TableFacts, layout: TableLayout, row: int, column: int) -> list[str]:
    text, type_ = facts.rows[row][column], _type(facts, layout, row)
    if row in facts.sections or not text:
        return [text] if text else []
    span = _span(facts, row, column)
    return wrapped(text, type_, layout.widest * (span[3] - span[1] + 1))


def _span(facts: TableFacts, row: int, column: int) -> Span:
    """The places that a cell takes."""
    found = (span for span in facts.spans if span[:2] == (row, column))
    return next(found, (row, column, row, column))


def _grid(facts: TableFacts, layout: TableLayout, left: float, top: float) -> Grid:
    """Columns as wide as their widest text, then wider where a text over several needs it."""
    count = len(facts.rows[0])
    widths = [8.0] * count
    spanning: list[tuple[Span, float]] = []
    heights = []
    for row in range(len(facts.rows)):
        most = 1
        for column in range(count):
            lines = _lines(facts, layout, row, column)
            wide = max((_type(facts, layout, row).width(line) for line in lines), default=0.0)
            wide += layout.indent + layout.hang if column == 0 else 0
            span = _span(facts, row, column)
            if span[1] == span[3]:
                widths[column] = max(widths[column], wide)
            else:
                spanning.append((span, wide))
            most = max(most, len(lines))
        heights.append(most * layout.type.size * layout.leading + layout.row_gap)
    for span, wide in spanning:
        inside = slice(span[1], span[3] + 1)
        lack = wide + 4 - sum(widths[inside]) - layout.gap * (span[3] - span[1])
        if lack > 0:
            share = lack / (span[3] - span[1] + 1)
            widths[inside] = [width + share for width in widths[inside]]
    room = max(0.0, layout.stretch - sum(widths) - layout.gap * count) / count
    widths = [width + room for width in widths]
    return Grid(_stacked(left, [width + layout.gap for width in widths]), _stacked(top, heights))


def _stacked(start: float, sizes: Sequence[float]) -> tuple[tuple[float, float], ...]:
    found = []
    for size in sizes:
        found.append((start, size))
        start += size
    return tuple(found)


# --- drawing -----------------------------------------------------------------------------------


def _cell(
    sheet: Sheet, facts: TableFacts, layout: TableLayout, grid: Grid, row: int, column: int
) -> None:
    span, type_ = _span(facts, row, column), _type(facts, layout, row)
    x, width = grid.columns[column][0], grid.width(span[1], span[3])
    y, height = grid.rows[row]
    lines = _lines(facts, layout, row, column)
    step = type_.size * layout.leading
    spare = height - layout.row_gap - len(lines) * step
    if row < facts.header_rows:
        y += spare if layout.head_low else 0.0
    elif layout.middle:
        y += spare / 2
    align = "center" if span[1] != span[3] else layout.align
    if column == 0 or row in facts.sections or _textual(facts, column):
        align = "left"
    half = layout.gap / 2
    at = {"left": x + half, "center": x + width / 2, "right": x + width - half}[align]
    plain = row >= facts.header_rows and row not in facts.sections
    inset = layout.indent if facts.sections and column == 0 and plain else 0.0
    mark = sheet.mark(f"/tables/0/rows/{row}/{column}")
    for number, line in enumerate(lines):
        base = y + layout.row_gap / 2 + ASCENT * type_.size
        shift = inset + (layout.hang if number and column == 0 else 0.0)
        _line(sheet, layout, at + shift, base, line, type_, mark, align)
        y += step


def _line(
    sheet: Sheet, layout: TableLayout, x: float, base: float, line: str, type_: Type,
    mark: Mark, align: str,
) -> None:  # fmt: skip
    """One line of a cell, the mark at its end raised where the layout wants it."""
    text = line.rstrip("*") if layout.raised else line
    _, end = sheet.text(x, base, text, type_, mark, align=align)
    if text and text != line:
        small = type_.with_(size=RAISED[0] * type_.size)
        sheet.text(end + 0.4, base - RAISED[1] * type_.size, line[len(text) :], small, mark)


def _textual(facts: TableFacts, column: int) -> bool:
    """Whether a column holds words: those stand at its left."""
    body = [cells[column] for cells in facts.rows[facts.header_rows :] if cells[column]]
    return bool(body) and sum(text[0].isalpha() for text in body) > len(body) / 2


def _rules(sheet: Sheet, facts: TableFacts, layout: TableLayout, grid: Grid) -> None:
    left, right, kind = grid.left, grid.right, layout.rules
    under = sum(grid.rows[facts.header_rows - 1])
    if layout.head_fill:
        sheet.box((left, grid.rows[0][0], right, under), fill=(0.85, 0.87, 0.92), color=None)
    if kind in ("book", "rows"):
        for y in (grid.rows[0][0], grid.bottom):
            sheet.rule(left, y, right, 1.0)
    if kind in ("book", "head", "rows", "zebra"):
        sheet.rule(left, under, right, 0.6)
    for row in range(facts.header_rows, len(facts.rows)):
        top, height = grid.rows[row]
        if kind == "rows" and row > facts.header_rows:
            sheet.rule(left, top, right, 0.3, dashed=layout.head_low)
        if kind == "zebra" and row % 2:
            sheet.box((left, top, right, top + height), fill=(0.93, 0.93, 0.93), color=None)
    if kind == "grid":
        _boxes(sheet, facts, grid)
    elif layout.span_rules and kind != "none":
        for top, first, _, last in facts.spans:
            if top < facts.header_rows and first != last:
                y = sum(grid.rows[top])
                sheet.rule(grid.columns[first][0] + 3, y, sum(grid.columns[last]) - 3, 0.4)


def _boxes(sheet: Sheet, facts: TableFacts, grid: Grid) -> None:
    """A frame around every cell."""
    inside = {
        (row, column)
        for top, left, bottom, right in facts.spans
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    single = [(row, column, row, column) for row in range(len(grid.rows))
              for column in range(len(grid.columns)) if (row, column) not in inside]  # fmt: skip
    for top, left, bottom, right in [*facts.spans, *single]:
        sheet.box((grid.columns[left][0], grid.rows[top][0],
                   sum(grid.columns[right]), sum(grid.rows[bottom])), width=0.4)  # fmt: skip
