"""Where the tables of one page stand. Runs in a child process.

Two finders that miss different tables: rules that enclose cells, and MuPDF's layout model, which
sees tables without rules and knows prose, charts and lists for what they are. How a table is
divided is the work of `table_grids`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from docglean.extractors import pdfs
from docglean.extractors.extraction import Box
from docglean.extractors.images import pixels
from docglean.extractors.pages import PDF, PageInfo, Source
from docglean.extractors.table_cells import Grid, Placed, Slot
from docglean.extractors.table_grids import Region, divide
from docglean.extractors.table_rules import drawn_rules, lattices, seen_rules
from docglean.extractors.tables import Cell, Table
from docglean.extractors.words import PageWords, turned
from docglean.extractors.workers import stage

if TYPE_CHECKING:
    from PIL.Image import Image

TEXT_HEIGHT = 10.0
"""Points; a page whose words are not of about this height is brought to it for the model."""
MAX_EDGE = 1200.0
DPI = 144
CAPTION = re.compile(
    r"^\W*(?:table|tabelle|tableau|tab\.|tabla|tabella|tabela|tabel|exhibit|übersicht)\s*"
    r"[\dA-Z]*[\d.:-]*", re.I
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the page as the layout model sees it: ``table``, ``picture``, ``caption``..."""

    name: str
    box: Box
    rows: tuple[float, ...] = ()
    columns: tuple[float, ...] = ()


def tables_on_page(source: Source, info: PageInfo, words: PageWords) -> list[Table]:
    """Tables of one page from top to bottom.

    Raises:
        SourceError: the page can't be drawn.
    """
    turn = words.turn
    size = (info.width, info.height)
    upright = (size[1], size[0]) if turn in (90, 270) else size
    placed = [(word, turned(word.box, *size, turn)) for word in words.words]
    drawn = source.media_type == PDF and info.scan is None and not turn
    image = None if drawn else _picture(source, info, turn)
    with stage("tables"):
        if image is None:
            page = pdfs.load_page(source, info.number)
            rules = [_on_page(page, rule) for rule in drawn_rules(page)]
        else:
            page = None
            scale = image.width / upright[0]
            rules = [_scaled(rule, 1 / scale) for rule in seen_rules(image)]
        cells = lattices(rules, 3.0)
        pieces = _pieces(page, info.rotation) if page else None
        if pieces is None:
            image = image or _picture(source, info, turn)
            pieces = _seen_pieces(image, placed, upright)
        grids = _grids(placed, cells, pieces)
        tables = [_table(grid, words.page, pieces, placed) for grid in grids]
    if not turn:
        return tables
    back = (360 - turn) % 360
    return [_turned_back(table, upright, back) for table in tables]


def _on_page(page: Any, rule: Box) -> Box:
    if not page.rotation:
        return rule
    rect = (pdfs.mupdf().Rect(rule) * page.rotation_matrix).normalize()
    return rect.x0, rect.y0, rect.x1, rect.y1


def _scaled(box: Box, factor: float) -> Box:
    return box[0] * factor, box[1] * factor, box[2] * factor, box[3] * factor


def _picture(source: Source, info: PageInfo, turn: int) -> Image:
    from PIL import Image as Pillow

    if source.media_type == PDF:
        width, height = round(info.width * DPI / 72), round(info.height * DPI / 72)
    else:
        width, height = info.scan or (round(info.width), round(info.height))
    factor = min(1.0, 2000 / max(width, height))
    image = pixels(source, info, max(1, round(width * factor)), max(1, round(height * factor)))
    steps = {
        90: Pillow.Transpose.ROTATE_270,
        180: Pillow.Transpose.ROTATE_180,
        270: Pillow.Transpose.ROTATE_90,
    }
    return image.transpose(steps[turn]) if turn in steps else image


# --- what the layout model sees ----------------------------------------------------------------


def _pieces(page: Any, rotation: int) -> list[Piece] | None:
    """Parts of a PDF page with a text layer; None where the page is turned."""
    if rotation:
        return None
    return _predicted(page, 1.0)


def _seen_pieces(image: Image, placed: Sequence[Placed], size: tuple[float, float]) -> list[Piece]:
    """Parts of a page that is a picture: the model is shown it with the words under it.

    The model reads text and picture of a PDF page, so one is made, of a size at which words are
    as high as in print.
    """
    heights = [box[3] - box[1] for _, box in placed]
    factor = min(TEXT_HEIGHT / max(median(heights), 1.0), MAX_EDGE / max(size))
    pymupdf = pdfs.mupdf()
    document = pymupdf.open()
    page = document.new_page(width=size[0] * factor, height=size[1] * factor)
    file = io.BytesIO()
    image.convert("L").save(file, "JPEG", quality=80)
    page.insert_image(page.rect, stream=file.getvalue())
    font = pymupdf.Font("helv")
    writer = pymupdf.TextWriter(page.rect)
    for word, box in placed:
        x0, y0, x1, y1 = _scaled(box, factor)
        high = y1 - y0
        length = font.text_length(word.text, fontsize=1) or 1.0
        fontsize = min(max((x1 - x0) / length, 0.5 * high), 1.2 * high)
        if fontsize > 0:
            writer.append((x0, y1 - 0.2 * high), word.text, font=font, fontsize=fontsize)
    writer.write_text(page, render_mode=3)
    return _predicted(page, 1 / factor)


def _predicted(page: Any, factor: float) -> list[Piece]:
    page.get_layout(return_raw=True)
    pieces = []
    for group in page.layout_information or []:
        box = tuple(float(value) for value in group["group_bbox"])
        grid = group.get("table_grid")
        rows = [box[1] + float(y) for y in grid.h_lines] if grid is not None else []
        columns = [box[0] + float(x) for x in grid.v_lines] if grid is not None else []
        pieces.append(
            Piece(
                group["class_name"],
                _scaled((box[0], box[1], box[2], box[3]), factor),
                tuple(y * factor for y in rows),
                tuple(x * factor for x in columns),
            )
        )
    return pieces


# --- both together -----------------------------------------------------------------------------


def _grids(
    placed: Sequence[Placed], found: Sequence[Sequence[Box]], pieces: Sequence[Piece]
) -> list[Grid]:
    """Divided tables, from top to bottom."""
    pictures = [piece.box for piece in pieces if piece.name == "picture"]
    ruled = [
        (_union(cells), tuple(cells))
        for cells in found
        if not any(_share(_union(cells), picture) > 0.7 for picture in pictures)
        or _is_filled(cells, placed)
    ]
    grids = []
    taken: set[int] = set()
    for piece in pieces:
        if piece.name != "table":
            continue
        inside = [
            n
            for n, (box, cells) in enumerate(ruled)
            if n not in taken and (_share(box, piece.box) > 0.5 or _share(piece.box, box) > 0.5)
        ]
        taken |= set(inside)
        parts = [ruled[n] for n in inside if len(ruled[n][1]) >= 3]
        for region in _regions(piece, parts):
            grid = divide(region, [item for item in placed if _within(item[1], region.box)])
            if grid is not None and _is_table(grid):
                grids.append(grid)
    for n, (box, cells) in enumerate(ruled):
        if n in taken or len(cells) < 4:
            continue
        words = [item for item in placed if _within(item[1], box)]
        grid = divide(Region(box, cells=cells), words)
        if grid is not None and _is_table(grid, enclosed=True):
            grids.append(grid)
    return sorted(grids, key=lambda grid: (grid.ys[0], grid.xs[0]))


def _regions(piece: Piece, ruled: Sequence[tuple[Box, tuple[Box, ...]]]) -> list[Region]:
    if len(ruled) == 1 and _share(ruled[0][0], piece.box) < 0.9:
        # Rules around table, title and notes: the model knows which is which.
        cells = tuple(cell for cell in ruled[0][1] if _share(cell, piece.box) > 0.5)
        return [Region(piece.box, piece.rows, piece.columns, cells)]
    apart = [part for part in ruled if _is_grid(part[1])]
    if len(apart) > 1 and not any(
        _share(one[0], other[0]) > 0.1 for one in apart for other in apart if one is not other
    ):
        return [Region(box, _inside(piece.rows, box, 1), (), cells) for box, cells in apart]
    cells = tuple(cell for _, part in ruled for cell in part)
    return [Region(_union([piece.box, *cells]), piece.rows, piece.columns, cells)]


def _is_filled(cells: Sequence[Box], placed: Sequence[Placed]) -> bool:
    """Whether words stand in most cells, which the grid of a chart has not."""
    filled = sum(any(_within(box, cell) for _, box in placed) for cell in cells)
    return filled >= 0.7 * len(cells)


def _is_grid(cells: Sequence[Box]) -> bool:
    return min(len({round(cell[axis]) for cell in cells}) for axis in (0, 1)) >= 2


def _inside(values: Sequence[float], box: Box, axis: int) -> tuple[float, ...]:
    return tuple(value for value in values if box[axis] < value < box[axis + 2])


def _is_table(grid: Grid, *, enclosed: bool = False) -> bool:
    filled = [slot for slot in grid.slots if slot.words]
    if grid.rows < 2 or grid.columns < 2 or len(filled) < 4:
        return False
    if enclosed:
        return len(filled) >= 0.3 * len(grid.slots)
    return True


def _table(grid: Grid, page: int, pieces: Sequence[Piece], placed: Sequence[Placed]) -> Table:
    cells = tuple(
        Cell(
            slot.text(), _text_box(slot) or grid.box(slot), slot.row, slot.column,
            slot.bottom - slot.row + 1, slot.right - slot.column + 1, page,
        )
        for slot in grid.slots
    )  # fmt: skip
    box = (grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1])
    return Table(page, box, grid.rows, grid.columns, cells, 1, "")


def _text_box(slot: Slot) -> Box | None:
    return _union([box for _, box in slot.words]) if slot.words else None


def _turned_back(table: Table, size: tuple[float, float], turn: int) -> Table:
    from dataclasses import replace

    cells = tuple(replace(cell, box=turned(cell.box, *size, turn)) for cell in table.cells)
    return replace(table, box=turned(table.box, *size, turn), cells=cells)


def _within(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] - 1 <= x <= outer[2] + 1 and outer[1] - 1 <= y <= outer[3] + 1


def _union(boxes: Sequence[Box]) -> Box:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _share(inner: Box, outer: Box) -> float:
    """Share of `inner` that lies in `outer`."""
    across = min(inner[2], outer[2]) - max(inner[0], outer[0])
    down = min(inner[3], outer[3]) - max(inner[1], outer[1])
    area = max((inner[2] - inner[0]) * (inner[3] - inner[1]), 1e-6)
    return max(across, 0.0) * max(down, 0.0) / area
