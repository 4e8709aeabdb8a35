"""Where the tables of one page stand and how they are divided. Runs in a child process."""

from __future__ import annotations

import io
from typing import Any

from docglean.extractors.extraction import Box
from docglean.extractors.images import pixels
from docglean.extractors.pages import PageInfo, Source
from docglean.extractors.tables import Cell, Table
from docglean.extractors.words import PageWords, rows
from docglean.extractors.workers import stage

DPI = 150


def tables_on_page(source: Source, info: PageInfo, words: PageWords) -> list[Table]:
    """Tables of one page from top to bottom.

    Raises:
        SourceError: the page can't be drawn.
    """
    scale = DPI / 72
    width, height = max(1, round(info.width * scale)), max(1, round(info.height * scale))
    image = pixels(source, info, width, height)
    with stage("tables"):
        from img2table.document import Image  # type: ignore[import-untyped, unused-ignore]

        file = io.BytesIO()
        image.convert("RGB").save(file, "BMP")
        found = Image(src=file.getvalue()).extract_tables(
            borderless_tables=True, implicit_rows=True, implicit_columns=True
        )
        size = image.width / info.width, image.height / info.height
        return [_table(table, words, size) for table in found]


def _table(found: Any, words: PageWords, scale: tuple[float, float]) -> Table:
    places: dict[Box, list[tuple[int, int]]] = {}
    for row, cells in found.content.items():
        for column, cell in enumerate(cells):
            box = cell.bbox
            key = (box.x1 / scale[0], box.y1 / scale[1], box.x2 / scale[0], box.y2 / scale[1])
            places.setdefault(key, []).append((row, column))
    cells = []
    for box, at in places.items():
        row, column = min(at)
        inside = [(word, word.box) for word in words.words if _within(word.box, box)]
        text = " ".join(word.text for line in rows(inside) for word, _ in line)
        bottom, right = max(at)
        cells.append(Cell(text, box, row, column, bottom - row + 1, right - column + 1, words.page))
    cells.sort(key=lambda cell: (cell.row, cell.column))
    bounds = found.bbox
    box = (
        bounds.x1 / scale[0], bounds.y1 / scale[1], bounds.x2 / scale[0], bounds.y2 / scale[1]
    )  # fmt: skip
    columns = max(cell.column + cell.column_span for cell in cells)
    return Table(words.page, box, len(found.content), columns, tuple(cells), 1)


def _within(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x < outer[2] and outer[1] <= y < outer[3]
