"""Ruled lines of a page, and the cells that they enclose. Runs in a child process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docglean.extractors.extraction import Box

THICKEST = 3.0
"""Points; a filled rectangle thinner than this is a line."""
SHORTEST = 3.0
"""Points, or pixels, from which a line is a rule."""
STRAIGHT = 1.0
"""Points by which a line may rise and still be level."""
TRANSPARENT = 0.05
"""Opacity below which nothing is seen."""
PAPER = 0.9
"""Share of the page's area from which a rectangle is the paper, not a cell."""
WINDOW, DARKER = 15, 9
"""Pixels around, and grey levels by which a rule in a picture is darker than these."""
RULE_PART, LEAST_RULE = 40, 20
"""Part of the picture's edge, and pixels, that a rule in a picture is long."""
THICKEST_SEEN = 8
"""Pixels; what is thicker in a picture is no rule."""
MEET = 3.0
"""Points, or pixels, within which rules are one, or meet."""
MAX_RULES = 3000
"""Rules of one page; more are a drawing, and finding cells in them takes too long."""


def drawn_rules(page: Any) -> tuple[list[Box], list[Box]]:
    """Horizontal and vertical lines that a PDF page draws, as boxes without thickness: strokes,
    and edges of shaded places, for a table's cells are often shaded rather than ruled.

    Coordinates are those of the page before its rotation.
    """
    if sum(kind.endswith("path") for kind, _ in page.get_bboxlog()) > MAX_RULES:
        return [], []
    area = page.rect.get_area()
    strokes: list[Box] = []
    shades: list[Box] = []
    for drawing in page.get_cdrawings():
        if drawing["type"] != "s" and (drawing.get("fill_opacity") or 1.0) < TRANSPARENT:
            continue
        for item in drawing["items"]:
            if item[0] == "l":
                strokes += _line(*item[1], *item[2])
            elif item[0] in ("re", "qu"):
                box = _bounds(item)
                thin = min(box[2] - box[0], box[3] - box[1]) <= THICKEST
                if thin or drawing["type"] != "f":
                    strokes += _edges(box, area)
                else:
                    shades += _edges(box, area)
    return strokes[:MAX_RULES], shades[: max(0, MAX_RULES - len(strokes))]


def _bounds(item: Any) -> Box:
    if item[0] == "re":
        x0, y0, x1, y1 = item[1][:4]
    else:
        points = item[1]
        xs, ys = [point[0] for point in points], [point[1] for point in points]
        x0, y0, x1, y1 = min(xs), min(ys), max(xs), max(ys)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _line(x0: float, y0: float, x1: float, y1: float) -> list[Box]:
    across, down = abs(x1 - x0), abs(y1 - y0)
    if down <= STRAIGHT and across >= SHORTEST:
        return [(min(x0, x1), (y0 + y1) / 2, max(x0, x1), (y0 + y1) / 2)]
    if across <= STRAIGHT and down >= SHORTEST:
        return [((x0 + x1) / 2, min(y0, y1), (x0 + x1) / 2, max(y0, y1))]
    return []


def _edges(box: Box, page_area: float) -> list[Box]:
    x0, y0, x1, y1 = box
    if (x1 - x0) * (y1 - y0) > PAPER * page_area:  # the paper
        return []
    if min(x1 - x0, y1 - y0) <= THICKEST:
        across = x1 - x0 >= y1 - y0
        middle = (y0 + y1) / 2 if across else (x0 + x1) / 2
        return _line(x0, middle, x1, middle) if across else _line(middle, y0, middle, y1)
    return [
        *_line(x0, y0, x1, y0),
        *_line(x0, y1, x1, y1),
        *_line(x0, y0, x0, y1),
        *_line(x1, y0, x1, y1),
    ]


def seen_rules(image: Any) -> list[Box]:
    """Horizontal and vertical lines that a picture of a page shows, in pixels.

    Long thin runs of ink, found by opening with a long thin kernel; a slight slope breaks a
    line into pieces, which are joined later.
    """
    import numpy
    from docglean.extractors.documents.strokes import (
        connected,
        ink_of,
        level_strokes,
        upright_strokes,
    )

    gray = numpy.asarray(image.convert("L"))
    ink = ink_of(gray, WINDOW, DARKER)
    wide, high = (max(LEAST_RULE, edge // RULE_PART) for edge in reversed(gray.shape))
    level: list[Box] = [
        (x, y + height / 2, x + width, y + height / 2)
        for x, y, width, height, _ in connected(level_strokes(ink, wide))
        if height <= THICKEST_SEEN
    ]
    upright: list[Box] = [
        (x + width / 2, y, x + width / 2, y + height)
        for x, y, width, height, _ in connected(upright_strokes(ink, high))
        if width <= THICKEST_SEEN
    ]
    rules = [*level, *upright]
    return rules if len(rules) <= MAX_RULES else []


def lattices(rules: Sequence[Box], tolerance: float = MEET) -> list[list[Box]]:
    """Cells that rules enclose, grouped to tables (the algorithm of pdfplumber)."""
    from pdfplumber import table as lines

    edges = [_edge(rule) for rule in rules]
    joined = lines.merge_edges(edges, tolerance, tolerance, tolerance, tolerance)
    joined = [edge for edge in joined if max(edge["width"], edge["height"]) >= SHORTEST]
    if len(joined) > MAX_RULES // 4:
        return []
    points = lines.edges_to_intersections(joined, tolerance, tolerance)
    if len(points) > MAX_RULES:
        return []
    return lines.cells_to_tables(lines.intersections_to_cells(points))


def _edge(rule: Box) -> dict[str, Any]:
    x0, y0, x1, y1 = rule
    return {
        "x0": x0, "x1": x1, "top": y0, "bottom": y1, "doctop": y0,
        "width": x1 - x0, "height": y1 - y0,
        "orientation": "h" if y0 == y1 else "v", "object_type": "line",
    }  # fmt: skip
