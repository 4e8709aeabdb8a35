"""Sheets of an Excel file: the cells that its program shows, as it shows them.

Values are those that the program has last computed; hidden sheets, rows and columns, and what is
white on white, are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from docglean.extractors.documents.drawing.grid import GridCell, Row
from docglean.extractors.documents.drawing.number_formats import BUILT_IN, shown_number, shown_text
from docglean.extractors.documents.drawing.package import Package

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
MOST_COLUMNS = 16_384
_HIDDEN = ("1", "true")
WHITE = ("FFFFFFFF", "00FFFFFF")


@dataclass
class Sheet:
    """One sheet.

    Attributes:
        cells: texts by row and column, from 0; empty ones are not there.
        right: places of numbers.
        merged: rows and columns that a cell takes, by its place.
        hidden_rows, hidden_columns: that have something in them.
        without_value: formulas that no program has computed yet.
        pictures: names of the parts.
        charts: whether it has any.
    """

    name: str
    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    right: set[tuple[int, int]] = field(default_factory=set)
    merged: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    hidden_rows: int = 0
    hidden_columns: int = 0
    without_value: int = 0
    pictures: list[str] = field(default_factory=list)
    charts: bool = False

    def rows(self) -> Iterator[Row]:
        """Rows from the first with something in it to the last; empty ones in between as one."""
        columns = _with_gaps({column for row in self.cells.values() for column in row})
        covered = self._covered()
        for number in _with_gaps(set(self.cells)):
            row = self.cells.get(number, {})
            yield [self._cell(number, one, row.get(one, ""), covered, columns) for one in columns]

    def _cell(
        self, row: int, column: int, text: str, covered: set[tuple[int, int]], columns: list[int]
    ) -> GridCell | None:
        if (row, column) in covered:
            return None
        down, across = self.merged.get((row, column), (1, 1))
        across = sum(column <= one < column + across for one in columns)
        return GridCell(text, max(1, across), down, right=(row, column) in self.right)

    def _covered(self) -> set[tuple[int, int]]:
        return {
            (row + y, column + x)
            for (row, column), (down, across) in self.merged.items()
            for y in range(down)
            for x in range(across)
            if x or y
        }


@dataclass
class _Unshown:
    """What a sheet hides.

    Attributes:
        cells: text, and whether it is a number, by row and column.
        last: row that was read last.
    """

    last: int = -1

    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    cells: dict[tuple[int, int], tuple[str, bool]] = field(default_factory=dict)


class Workbook:
    """The shown sheets of an open Excel file.

    Attributes:
        hidden: names of sheets that are not shown.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self.hidden: list[str] = []
        self._main, root = package.main()
        self._names = list(_every(root, "sheet"))
        self._from_1904 = any(one.get("date1904") in _HIDDEN for one in _every(root, "workbookPr"))
        self._strings = _shared_strings(package, package.part_of("sharedStrings", self._main))
        self._formats, self._unseen = _styles(package.xml(package.part_of("styles", self._main)))

    def sheets(self) -> Iterator[Sheet]:
        """One after the other, as their tabs stand."""
        relations = self.package.relations(self._main)
        for node in self._names:
            name = node.get("name") or ""
            relation = relations.get(node.get(R + "id") or "")
            if node.get("state", "visible") != "visible":
                self.hidden.append(name)
            elif relation is not None and relation.kind == "worksheet":
                yield self._sheet(name, relation.target)

    def _sheet(self, name: str, part: str) -> Sheet:
        from lxml import etree

        sheet, hidden = Sheet(name), _Unshown()
        tags = [space + one for space in (S, STRICT) for one in ("col", "row", "mergeCell")]
        with self.package.open(part) as file:
            for _, node in etree.iterparse(file, tag=tags, resolve_entities=False, no_network=True):
                kind = node.tag.rpartition("}")[2]
                if kind == "col" and _is_hidden(node, "width"):
                    last = min(int(node.get("max") or 0), MOST_COLUMNS)
                    hidden.columns |= set(range(int(node.get("min") or 1) - 1, last))
                elif kind == "row":
                    self._row(sheet, node, hidden)
                elif kind == "mergeCell":
                    _merge(sheet, node.get("ref") or "", hidden)
                _forget(node)
        sheet.hidden_rows = len({row for row, _ in hidden.cells if row in hidden.rows})
        sheet.hidden_columns = len({one for row, one in hidden.cells if row not in hidden.rows})
        self._add_drawings(sheet, part)
        return sheet

    def _row(self, sheet: Sheet, node: Any, hidden: _Unshown) -> None:
        number = int(node.get("r") or 0) - 1
        number = hidden.last = number if number >= 0 else hidden.last + 1
        if _is_hidden(node, "ht"):
            hidden.rows.add(number)
        found: dict[int, str] = {}
        column = -1
        for cell in node:
            place = _PLACE.match(cell.get("r") or "")
            column = _column(place[1]) if place else column + 1
            text, is_number = self._text(sheet, cell)
            if not text.strip():
                continue
            if column in hidden.columns or number in hidden.rows:
                hidden.cells[number, column] = text, is_number
                continue
            found[column] = text
            if is_number:
                sheet.right.add((number, column))
        if found:
            sheet.cells[number] = found

    def _text(self, sheet: Sheet, cell: Any) -> tuple[str, bool]:
        """What a cell shows, and whether it is a number."""
        kind, style = cell.get("t") or "n", int(cell.get("s") or 0)
        value = next((one.text or "" for one in cell if one.tag.endswith("}v")), None)
        if not value and kind in ("n", "s"):
            sheet.without_value += any(one.tag.endswith("}f") for one in cell)
            return "", False
        if style in self._unseen:
            return "", False
        code = self._formats.get(style, "General")
        if kind == "n":
            return shown_number(value or "", code, from_1904=self._from_1904), True
        if kind == "b":
            return ("TRUE" if value == "1" else "FALSE"), False
        if kind == "s":
            at = int(value or 0)
            text = self._strings[at] if 0 <= at < len(self._strings) else ""
        elif kind == "inlineStr":
            text = "".join(map(_string, (one for one in cell if one.tag.endswith("}is"))))
        else:
            text = value or ""
        return shown_text(text, code) if kind != "e" else text, False

    def _add_drawings(self, sheet: Sheet, part: str) -> None:
        for drawing in self.package.relations(part).values():
            if drawing.kind != "drawing" or drawing.external:
                continue
            inner = self.package.relations(drawing.target).values()
            sheet.pictures += [
                one.target for one in inner if one.kind == "image" and not one.external
            ]
            sheet.charts |= any(one.kind.startswith("chart") for one in inner)


def _is_hidden(node: Any, side: str) -> bool:
    """Whether a row or a column is not shown, or has no room (its side is 0)."""
    return node.get("hidden") in _HIDDEN or not (node.get(side) or "1").strip("0.")


def _every(root: Any, name: str) -> Iterator[Any]:
    return root.iter(S + name, STRICT + name)  # type: ignore[no-any-return]


def _forget(node: Any) -> None:
    """Let go of what was read of a long sheet."""
    node.clear(keep_tail=False)
    while node.getprevious() is not None:
        del node.getparent()[0]


def _merge(sheet: Sheet, told: str, hidden: _Unshown) -> None:
    """Join cells; what they say is shown as long as any of them is."""
    places = [(_column(letters), int(row) - 1) for letters, row in _PLACE.findall(told)]
    if len(places) == 2:
        (left, top), (right, bottom) = places
        first = top, left
        top = next((one for one in range(top, bottom + 1) if one not in hidden.rows), -1)
        left = next((one for one in range(left, right + 1) if one not in hidden.columns), -1)
        if top < 0 or left < 0:
            return
        if first in hidden.cells:
            sheet.cells.setdefault(top, {})[left], is_number = hidden.cells.pop(first)
            if is_number:
                sheet.right.add((top, left))
        lines = [row for row in sheet.cells if top <= row <= bottom]
        if lines and right >= left:
            sheet.merged[top, left] = (len(lines) if top in sheet.cells else 1, right - left + 1)


def _column(letters: str) -> int:
    number = 0
    for one in letters:
        number = 26 * number + ord(one) - 64
    return number - 1


def _shared_strings(package: Package, part: str) -> list[str]:
    from lxml import etree

    if part not in package.names:
        return []
    found = []
    with package.open(part) as file:
        tags = [S + "si", STRICT + "si"]
        for _, node in etree.iterparse(file, tag=tags, resolve_entities=False, no_network=True):
            found.append(_string(node))
            _forget(node)
    return found


def _string(node: Any) -> str:
    """A text, also one of several looks; without how it is spoken."""
    if not isinstance(node.tag, str) or node.tag.endswith(("}rPh", "}phoneticPr")):
        return ""
    return (node.text or "") if node.tag.endswith("}t") else "".join(map(_string, node))


def _styles(root: Any) -> tuple[dict[int, str], set[int]]:
    """Number formats by the numbers of styles, and the styles in which a text is white on white."""
    if root is None:
        return {}, set()
    own = {int(one.get("numFmtId")): one.get("formatCode") or "" for one in _every(root, "numFmt")}
    white = [_is_white(one) for fonts in _every(root, "fonts") for one in fonts]
    filled = [_is_filled(one) for fills in _every(root, "fills") for one in fills]
    formats, unseen = {}, set()
    styles = [one for styles in _every(root, "cellXfs") for one in styles]
    for number, one in enumerate(styles):
        key = int(one.get("numFmtId") or 0)
        formats[number] = own.get(key) or BUILT_IN.get(key, "General")
        font, fill = int(one.get("fontId") or 0), int(one.get("fillId") or 0)
        if font < len(white) and white[font] and not (fill < len(filled) and filled[fill]):
            unseen.add(number)
    return formats, unseen


def _is_white(font: Any) -> bool:
    colors = (one for one in font if isinstance(one.tag, str) and one.tag.endswith("}color"))
    return any(one.get("rgb") in WHITE or one.get("theme") == "0" for one in colors)


def _is_filled(fill: Any) -> bool:
    return any(
        one.get("patternType") not in ("none", None) or one.tag.endswith("}gradientFill")
        for one in fill
    )


def _with_gaps(numbers: set[int]) -> list[int]:
    """Numbers in order, and one in each gap between them."""
    found: list[int] = []
    for number in sorted(numbers):
        if found and number > found[-1] + 1:
            found.append(found[-1] + 1)
        found.append(number)
    return found
