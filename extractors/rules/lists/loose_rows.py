"""Rows of words under a line of heads, where no table was seen: as tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from docglean.extractors.documents.words import PageWords, rows
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import union
from docglean.extractors.rules.fields.field_names import FITS
from docglean.extractors.rules.lists.head_fit import head_fit
from docglean.extractors.rules.lists.items import Target
from docglean.extractors.tables.cells import WIDE, TextLine, runs_of
from docglean.extractors.tables.table import Cell, Table

FAR = 4.0
"""Line heights of white space that end the rows."""


def tables_under_heads(pages: Sequence[PageWords], targets: Sequence[Target]) -> list[Table]:
    """Lines of words that name several of the fields, each with the rows below it."""
    return [table for page in pages for table in _of_page(page, targets)]


def _of_page(page: PageWords, targets: Sequence[Target]) -> list[Table]:
    lines = rows(page.upright())
    if not lines:
        return []
    height = median(box[3] - box[1] for line in lines for _, box in line)
    heads = [number for number, line in enumerate(lines) if _names_fields(line, targets, height)]
    found = []
    for head, end in pairwise([*heads, len(lines)]):
        table = _table(page, lines[head:end], height)
        if table is not None:
            found.append(table)
    return found


def _names_fields(line: TextLine, targets: Sequence[Target], height: float) -> bool:
    runs = runs_of(line, WIDE * height)
    if not 2 <= len(runs) <= 15:
        return False
    named: set[str] = set()
    for run in runs:
        head = " ".join(word.text for word, _ in run)
        score, target = max(
            ((head_fit(target.labels, head), target) for target in targets),
            key=lambda scored: scored[0],
        )
        if score >= FITS:
            named.add(target.pointer + "-" * target.negative)
    return len(named) >= min(2, len(targets)) and len(named) >= 0.5 * len(runs)


def _table(page: PageWords, lines: Sequence[TextLine], height: float) -> Table | None:
    heads = runs_of(lines[0], WIDE * height)
    columns = [_bounds(run) for run in heads]
    cells = [_cell(page, run, 0, column) for column, run in enumerate(heads)]
    bottom = max(box[3] for box in columns)
    row = 1
    for line in lines[1:]:
        top = min(box[1] for _, box in line)
        if top - bottom > FAR * height:
            break
        bottom = max(box[3] for _, box in line)
        parts: dict[int, TextLine] = {}
        for run in runs_of(line, WIDE * height):
            parts.setdefault(_nearest(_bounds(run), columns), []).extend(run)
        cells += [_cell(page, parts[column], row, column) for column in sorted(parts)]
        row += 1
    if row < 2:
        return None
    box = _on_page([part for line in lines[:row] for part in line])
    return Table(page.page, box, row, len(columns), tuple(cells), 1)


def _nearest(box: Box, columns: Sequence[Box]) -> int:
    """The column whose head stands over the box, or whose edge is nearest to its own."""

    def apart(column: Box) -> tuple[float, float]:
        shared = min(box[2], column[2]) - max(box[0], column[0])
        edges = min(abs(box[0] - column[0]), abs(box[2] - column[2]))
        return (0.0 if shared > 0 else 1.0, edges)

    return min(range(len(columns)), key=lambda number: apart(columns[number]))


def _cell(page: PageWords, run: TextLine, row: int, column: int) -> Cell:
    text = " ".join(word.text for word, _ in run)
    return Cell(text, _on_page(run), row, column, page=page.page)


def _bounds(run: TextLine) -> Box:
    return union(box for _, box in run)


def _on_page(run: TextLine) -> Box:
    """Around words on the page as it is, before it was turned upright and its lines level."""
    return union(word.box for word, _ in run)
