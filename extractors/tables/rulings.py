"""Ruled lines of a page, and the cells that they enclose. Runs in a child process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docglean.extractors.extraction import Box

THICKEST = 3.0
"""Points; a filled rectangle thinner than this is a line."""
SHORTEST = 3.0
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
        if drawing["type"] != "s" and (drawing.get("fill_opacity") or 1.0) < 0.05:
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
    if down <= 1.0 and across >= SHORTEST:
        return [(min(x0, x1), (y0 + y1) / 2, max(x0, x1), (y0 + y1) / 2)]
    if across <= 1.0 and down >= SHORTEST:
        return [((x0 + x1) / 2, min(y0, y1), (x0 + x1) / 2, max(y0, y1))]
    return []


def _edges(box: Box, page_area: float) -> list[Box]:
    x0, y0, x1, y1 = box
    if (x1 - x0) * (y1 - y0) > 0.9 * page_area:  # the paper
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
    import cv2
    import numpy

    gray = numpy.asarray(image.convert("L"))
    ink = cv2.adaptiveThreshold(
        255 - gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 15, -8
    )
    rules: list[Box] = []
    for across in (True, False):
        length = max(20, (gray.shape[1] if across else gray.shape[0]) // 40)
        kernel = numpy.ones((1, length) if across else (length, 1), numpy.uint8)
        opened = cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel)
        _, _, stats, _ = cv2.connectedComponentsWithStats(opened)
        for x, y, width, height, _ in stats[1:].tolist():
            if (height if across else width) > 8:
                continue
            middle = y + height / 2 if across else x + width / 2
            rules.append(
                (x, middle, x + width, middle) if across else (middle, y, middle, y + height)
            )
    return rules if len(rules) <= MAX_RULES else []


def lattices(rules: Sequence[Box], tolerance: float = 3.0) -> list[list[Box]]:
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
