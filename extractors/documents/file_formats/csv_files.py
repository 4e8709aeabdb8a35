"""Tables as text (CSV, TSV): every row and column as it stands, in frames."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePath

from docglean.extractors.documents.drawing.drawn_format import drawn_format
from docglean.extractors.documents.drawing.encodings import decoded, is_text
from docglean.extractors.documents.drawing.grid import GridCell, add_grid
from docglean.extractors.documents.drawing.story import StoryPages
from docglean.extractors.documents.formats import Drawing
from docglean.extractors.documents.page_info import SourceFile, damaged
from docglean.schemas.errors import Problem

TYPES = {".csv": "text/csv", ".tsv": "text/tab-separated-values"}
SAMPLE = 20
"""Lines by which the sign between cells is told."""
LONGEST_CELL = 1_000_000
"""Letters of a cell, of which more are no table: a mark of quotation that nobody ends."""
MOST_COLUMNS = 1_000


def _sniff(head: bytes, name: str) -> str:
    media_type = TYPES.get(PurePath(name).suffix.lower(), "")
    return media_type if is_text(head) else ""


def _draw(source: SourceFile, most_pages: int) -> Drawing:
    text = decoded(Path(source.path).read_bytes()).replace("\x00", "")
    pages = StoryPages(source.name, most_pages)
    pages.expect(text.count("\n"))
    lengths: Counter[int] = Counter()
    try:
        add_grid(pages, _rows(text, source, lengths))
    except csv.Error as error:
        raise damaged(source, str(error)) from error
    return Drawing(pages.close(), tuple(_ragged(source.name, lengths)))


def _rows(text: str, source: SourceFile, lengths: Counter[int]) -> Iterator[list[GridCell]]:
    csv.field_size_limit(LONGEST_CELL)
    first, _, rest = text.partition("\n")
    told = first.strip().lower()
    if told.startswith("sep=") and len(told) == 5:  # what Excel writes and reads
        text, sign = rest, told[4]
    else:
        sign = "\t" if source.media_type.endswith("values") else _sign(text)
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign):
        if any(map(str.strip, row)):
            lengths[len(row)] += 1
            yield [GridCell(cell.strip()) for cell in row[:MOST_COLUMNS]]


def _sign(text: str) -> str:
    """The sign between cells: the one that divides most of the first lines into as many cells."""
    lines = text[:100_000].splitlines()[:SAMPLE]

    def agreement(sign: str) -> tuple[int, int]:
        rows = [len(row) for row in csv.reader(lines, delimiter=sign) if row]
        cells, times = Counter(rows).most_common(1)[0] if rows else (1, 0)
        return (times, cells) if cells > 1 else (0, 0)

    return max(",;\t|", key=agreement)


def _ragged(name: str, lengths: Counter[int]) -> Iterator[Problem]:
    """That rows have different numbers of cells: then a cell may stand under another's title."""
    if len(lengths) < 2:
        return
    (usual, _), *others = lengths.most_common()
    odd = sum(times for _, times in others)
    yield Problem(
        code="ragged_rows",
        message=f"{name}: {odd:,} rows have another number of cells than {usual}, which most have.",
        way_out="Look whether a sign between cells stands in a text without quotation marks.",
        severity="warning",
    )


CSV_FILES = drawn_format("csv", tuple(TYPES.values()), tuple(TYPES), _sniff, _draw, general=3)
