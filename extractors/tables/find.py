"""Where the tables of one page stand. Runs in a child process.

Two finders that miss different tables: rules that enclose cells, and MuPDF's layout model, which
sees tables without rules and knows prose, charts and lists for what they are. How a table is
divided is the work of ``grid``.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from docglean.extractors.documents import pdf
from docglean.extractors.documents.child import stage
from docglean.extractors.documents.formats import has_pdf_pages, pixels
from docglean.extractors.documents.page_info import PageInfo, SourceFile
from docglean.extractors.documents.raster import turned_clockwise
from docglean.extractors.documents.words import PageWords, slant, turned
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import centre, scaled, union
from docglean.extractors.tables.cells import Grid, Placed, Slot, stands_in
from docglean.extractors.tables.grid import divide
from docglean.extractors.tables.headers import (
    caption_of,
    header_rows,
    is_contents,
    spread_heads,
    with_whole_heads,
    with_whole_rows,
)
from docglean.extractors.tables.layout_model import layout_of
from docglean.extractors.tables.regions import Fragment, may_hold_tables, regions
from docglean.extractors.tables.rulings import drawn_rules, lattices, seen_rules
from docglean.extractors.tables.table import Cell, Table

if TYPE_CHECKING:
    from PIL.Image import Image

TEXT_HEIGHT = 10.0
"""Points; a page whose words are not of about this height is brought to it for the model."""
MAX_EDGE = 1200.0
PAPER = 595.0, 842.0
FONT, DESCENT = (0.5, 1.2), 0.2
"""Of a word's height: size of the invisible letters laid under its picture, at least and at most,
and how high their base line stands."""
JPEG_QUALITY = 80
DPI = 144


def tables_on_page(source: SourceFile, info: PageInfo, words: PageWords) -> list[Table]:
    """Tables of one page from top to bottom.

    Raises:
        SourceError: the page can't be drawn.
    """
    frame = _Frame.of(words)
    drawn = has_pdf_pages(source.media_type) and info.scan is None and not words.turn
    image = None if drawn else _picture(source, info, frame)
    with stage("tables"):
        if image is None:
            page = pdf.load_page(source, info.number)
            strokes, shades = (
                [_on_page(page, rule) for rule in rules] for rules in drawn_rules(page)
            )
        else:
            page = None
            scale = image.width / frame.size[0]
            strokes, shades = [scaled(rule, 1 / scale, 1 / scale) for rule in seen_rules(image)], []
        cells = lattices([*strokes, *shades])
        if not cells and not may_hold_tables(frame.placed):
            return []
        if page and not info.rotation:
            pieces = _predicted(page, 1.0)
        else:
            image = image or _picture(source, info, frame)
            pieces = _seen_pieces(image, frame)
        grids = _grids(frame, cells, pieces, strokes)
        found = [_table(grid, words.page, pieces, frame) for grid in grids]
        return [table for table in found if table is not None]


@dataclass(frozen=True)
class _Frame:
    """The page with its text upright and its lines level, in which tables are looked for.

    Attributes:
        words: those of the page as it is.
        size: width and height once upright, in points.
        placed: the words with their boxes there.
        slope: how far lines sunk before, as a share of their length.
    """

    words: PageWords
    size: tuple[float, float]
    placed: list[Placed]
    slope: float

    @classmethod
    def of(cls, words: PageWords) -> _Frame:
        size = words.width, words.height
        placed = [(word, turned(word.box, *size, words.turn)) for word in words.words]
        slope = slant(placed)
        upright = (size[1], size[0]) if words.turn in (90, 270) else size
        straight = [(word, _rotated(box, slope)) for word, box in placed]
        return cls(words, upright, straight, slope)

    def back(self, box: Box) -> Box:
        """A box of the frame on the page as it is."""
        tilted = _rotated(box, -self.slope)
        return turned(tilted, *self.size, (360 - self.words.turn) % 360)


def _rotated(box: Box, slope: float) -> Box:
    """A box moved with its middle as the page is turned by a small angle."""
    if not slope:
        return box
    x, y = centre(box)
    return box[0] + slope * y, box[1] - slope * x, box[2] + slope * y, box[3] - slope * x


def _on_page(page: Any, rule: Box) -> Box:
    if not page.rotation:
        return rule
    rect = (pdf.mupdf().Rect(rule) * page.rotation_matrix).normalize()
    return rect.x0, rect.y0, rect.x1, rect.y1


def _picture(source: SourceFile, info: PageInfo, frame: _Frame) -> Image:
    from PIL import Image as Pillow

    if has_pdf_pages(source.media_type):
        width, height = round(info.width * DPI / 72), round(info.height * DPI / 72)
    else:
        width, height = info.scan or (round(info.width), round(info.height))
    factor = min(1.0, 2000 / max(width, height))
    image = pixels(source, info, max(1, round(width * factor)), max(1, round(height * factor)))
    image = turned_clockwise(image, frame.words.turn)
    if not frame.slope:
        return image
    tilt = (1, -frame.slope, 0, frame.slope, 1, 0)
    return image.convert("L").transform(
        image.size, Pillow.Transform.AFFINE, tilt, Pillow.Resampling.BILINEAR, fillcolor=255
    )


# --- what the layout model sees ----------------------------------------------------------------


def _seen_pieces(image: Image, frame: _Frame) -> list[Fragment]:
    """Parts of a page that is a picture: the model is shown it with the words under it.

    The model reads text and picture of a PDF page, so one is made, of a size at which words are
    as high as in print.
    """
    placed, size = frame.placed, frame.size
    heights = [box[3] - box[1] for _, box in placed]
    factor = min(TEXT_HEIGHT / max(median(heights), 1.0), MAX_EDGE / max(size))
    pymupdf = pdf.mupdf()
    document = pymupdf.open()
    width, high = size[0] * factor, size[1] * factor
    # A small picture is laid on paper: the model knows pages, not what was cut out of one.
    left, top = (
        (max(0.0, whole - edge) / 2) for whole, edge in zip(PAPER, (width, high), strict=True)
    )
    page = document.new_page(width=width + 2 * left, height=high + 2 * top)
    file = io.BytesIO()
    image.convert("L").save(file, "JPEG", quality=JPEG_QUALITY)
    page.insert_image((left, top, left + width, top + high), stream=file.getvalue())
    font = pymupdf.Font("helv")
    writer = pymupdf.TextWriter(page.rect)
    for word, box in placed:
        x0, y0, x1, y1 = scaled(box, factor, factor)
        tall = y1 - y0
        length = font.text_length(word.text, fontsize=1) or 1.0
        fontsize = min(max((x1 - x0) / length, FONT[0] * tall), FONT[1] * tall)
        if fontsize > 0:
            at = left + x0, top + y1 - DESCENT * tall
            writer.append(at, word.text, font=font, fontsize=fontsize)
    writer.write_text(page, render_mode=3)
    return _predicted(page, 1 / factor, left, top)


def _predicted(page: Any, factor: float, left: float = 0.0, top: float = 0.0) -> list[Fragment]:
    pieces = []
    for group in layout_of(page):
        x0, y0, x1, y1 = map(float, group["group_bbox"])
        box = x0 - left, y0 - top, x1 - left, y1 - top
        grid = group.get("table_grid")
        rows = [box[1] + float(y) for y in grid.h_lines] if grid is not None else []
        columns = [box[0] + float(x) for x in grid.v_lines] if grid is not None else []
        pieces.append(
            Fragment(
                group["class_name"],
                scaled(box, factor, factor),
                tuple(y * factor for y in rows),
                tuple(x * factor for x in columns),
            )
        )
    return pieces


# --- both together -----------------------------------------------------------------------------


def _grids(
    frame: _Frame, cells: Sequence[Sequence[Box]], pieces: Sequence[Fragment],
    strokes: Sequence[Box],
) -> list[Grid]:  # fmt: skip
    """Divided tables, from top to bottom."""
    grids = []
    for region in regions(frame.placed, cells, pieces, strokes, frame.size[1]):
        grid = divide(region, [item for item in frame.placed if stands_in(item[1], region.box)])
        if grid is not None and _is_table(grid):
            grids.append(grid)
    return sorted(grids, key=lambda grid: (grid.ys[0], grid.xs[0]))


def _is_table(grid: Grid) -> bool:
    filled = [slot for slot in grid.slots if slot.words]
    return grid.rows >= 2 and grid.columns >= 2 and len(filled) >= 4


def _table(grid: Grid, page: int, pieces: Sequence[Fragment], frame: _Frame) -> Table | None:
    caption, place = caption_of(grid, pieces, frame.placed)
    if is_contents(grid, caption):
        return None
    heads = header_rows(grid)
    spread_heads(grid, heads)
    grid, heads = with_whole_heads(grid, heads)
    grid = with_whole_rows(grid, heads)
    cells = tuple(
        Cell(
            slot.text(), _text_box(slot) or frame.back(grid.box(slot)), slot.row, slot.column,
            slot.bottom - slot.row + 1, slot.right - slot.column + 1, page,
        )
        for slot in grid.slots
    )  # fmt: skip
    box = frame.back((grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1]))
    where = frame.back(place) if place is not None else None
    return Table(page, box, grid.rows, grid.columns, cells, heads, caption, where)


def _text_box(slot: Slot) -> Box | None:
    return union([word.box for word, _ in slot.words]) if slot.words else None
