"""Slides of a PowerPoint file as pages: what stands on them at its place, black on white."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from docglean.extractors.documents.drawing.package import Package, Relation
from docglean.extractors.documents.drawing.story import STYLE
from docglean.extractors.documents.pdf import mupdf
from docglean.schemas.errors import SourceError

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
EMU = 12_700
"""English metric units of a point."""
USUAL = 9_144_000, 6_858_000
"""Size of a slide that tells none."""
LEAST, MOST = 72.0, 4_000.0
"""Points of a side of a slide."""
TEXT_SIZE = 12.0
"""Points of text that tells no size: it is made smaller where its box is."""
DEEPEST = 10
"""Groups within groups."""


@dataclass(frozen=True, slots=True)
class _Place:
    """How units inside a group become points of the page: times `scale`, plus `offset`."""

    scale: tuple[float, float] = (1 / EMU, 1 / EMU)
    offset: tuple[float, float] = (0.0, 0.0)

    def box(self, left: float, top: float, width: float, height: float) -> Any:
        (x, y), (dx, dy) = self.scale, self.offset
        x0, y0 = left * x + dx, top * y + dy
        return mupdf().Rect(x0, y0, x0 + max(width * x, 4), y0 + max(height * y, 4))


class SlidePages:
    """Draws the shown slides of an open file.

    Args:
        most_pages: slides that it may have.
    """

    def __init__(self, name: str, package: Package, most_pages: int) -> None:
        self.package = package
        self._name, self._most = name, most_pages
        self._document = mupdf().open()
        self._relations: dict[str, Relation] = {}

    def drawn(self) -> bytes:
        """All shown slides as a PDF; one empty page where there is none.

        Raises:
            SourceError: ``too_many_pages``.
        """
        main, root = self.package.main()
        size = root.find(P + "sldSz")
        width, height = USUAL if size is None else (_whole(size, "cx"), _whole(size, "cy"))
        self._size = tuple(min(max(one / EMU, LEAST), MOST) for one in (width, height))
        relations = self.package.relations(main)
        for node in root.iter(P + "sldId"):
            relation = relations.get(node.get(R + "id") or "")
            if relation is not None and relation.target in self.package.names:
                self._slide(relation.target)
        if not self._document.page_count:
            self._document.new_page(width=self._size[0], height=self._size[1])
        self._document.subset_fonts(fallback=False)
        return bytes(self._document.tobytes(garbage=3, deflate=True))

    def _slide(self, part: str) -> None:
        root = self.package.xml(part)
        if not is_shown(root):
            return
        if self._document.page_count >= self._most:
            raise SourceError(
                "too_many_pages",
                f"{self._name}: it has more slides than the limit of {self._most:,}.",
                "Raise the limit `max_pages`, or split the file.",
            )
        page = self._document.new_page(width=self._size[0], height=self._size[1])
        self._relations = self.package.relations(part)
        places = dict(_inherited(self.package, part))
        tree = root.find(f"{P}cSld/{P}spTree")
        self._shapes(page, () if tree is None else tree, _Place(), places, 0)

    def _shapes(
        self, page: Any, parent: Any, place: _Place, places: dict[str, Any], depth: int
    ) -> None:
        for node in parent:
            kind = node.tag.removeprefix(P) if isinstance(node.tag, str) else ""
            if _is_hidden(node) or depth > DEEPEST:
                continue
            if kind == "grpSp":
                self._shapes(page, node, _within(node, place), places, depth + 1)
            elif kind in ("sp", "graphicFrame", "pic", "cxnSp"):
                self._shape(page, node, place, places)

    def _shape(self, page: Any, node: Any, place: _Place, places: dict[str, Any]) -> None:
        frame = _frame(node)
        if frame is None:
            frame = next((places[key] for key in _keys(node) if key in places), None)
        box = place.box(*frame) if frame else page.rect
        if (table := next(node.iter(A + "tbl"), None)) is not None:
            _write(page, box, _table(table))
        elif (text := node.find(P + "txBody")) is not None:
            _write(page, box, _paragraphs(text))
        for blip in node.iter(A + "blip"):
            relation = self._relations.get(blip.get(R + "embed") or "")
            if relation is not None and not relation.external:
                _show(page, box, self.package.read(relation.target))


def is_shown(slide: Any) -> bool:
    """Whether the program shows a slide, by the root of its part."""
    return slide.get("show") not in ("0", "false")


def hidden_slides(package: Package) -> int:
    """How many slides of an open file are not shown."""
    relations = package.relations(package.main()[0]).values()
    slides = [package.xml(one.target) for one in relations if one.kind == "slide"]
    return sum(one is not None and not is_shown(one) for one in slides)


def _write(page: Any, box: Any, html: str) -> None:
    """Text in its box, smaller where it would not fit."""
    if html:
        page.insert_htmlbox(box, html, css=f"{STYLE} p {{ margin: 0 }}", scale_low=0)


def _show(page: Any, box: Any, picture: bytes) -> None:
    try:
        page.insert_image(box, stream=picture)
    except Exception:  # a picture that MuPDF does not know (EMF, SVG) leaves its place empty
        page.draw_rect(box, color=(0.5, 0.5, 0.5))


def _paragraphs(body: Any) -> str:
    found = []
    for paragraph in body.iter(A + "p"):
        runs = "".join(_run(node) for node in paragraph)
        if runs.strip():
            found.append(f"<p>{runs}</p>")
    return "".join(found)


def _run(node: Any) -> str:
    kind = node.tag.removeprefix(A) if isinstance(node.tag, str) else ""
    if kind == "br":
        return "<br>"
    if kind not in ("r", "fld"):
        return ""
    properties = node.find(A + "rPr")
    told = 0 if properties is None else _whole(properties, "sz")
    size = told / 100 if told else TEXT_SIZE
    bold = properties is not None and properties.get("b") in ("1", "true")
    css = f"font-size:{size:g}px" + (";font-weight:bold" if bold else "")
    text = "".join(one.text or "" for one in node.iter(A + "t"))
    return f'<span style="{css}">{escape(text)}</span>' if text else ""


def _table(table: Any) -> str:
    rows = []
    for row in table.iter(A + "tr"):
        cells = [
            f'<td colspan="{max(1, _whole(cell, "gridSpan"))}" '
            f'rowspan="{max(1, _whole(cell, "rowSpan"))}">{_paragraphs(cell)}</td>'
            for cell in row.iter(A + "tc")
            if not {"1", "true"} & {cell.get("hMerge"), cell.get("vMerge")}
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f'<table class="grid">{"".join(rows)}</table>'


def _inherited(package: Package, part: str) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Places of placeholders, by their kinds and numbers: of the master, then of the layout, which
    goes before."""
    layout = package.part_of("slideLayout", part)
    master = package.part_of("slideMaster", layout) if layout else ""
    for other in filter(None, (master, layout)):
        root = package.xml(posixpath.normpath(other))
        for node in () if root is None else root.iter(P + "sp"):
            if frame := _frame(node):
                yield from ((key, frame) for key in _keys(node))


def _keys(node: Any) -> list[str]:
    """What a placeholder is known by: its number, and its kind."""
    found = next(node.iter(P + "ph"), None)
    if found is None:
        return []
    kind = {"ctrTitle": "title", "subTitle": "body"}.get(found.get("type"), found.get("type"))
    number = found.get("idx")
    return [*([f"number {number}"] if number else []), f"kind {kind or 'body'}"]


def _frame(node: Any) -> tuple[float, ...] | None:
    """Left, top, width and height that a shape tells of itself."""
    found = node.find(P + "xfrm")
    if found is None:
        found = node.find(f"{P}spPr/{A}xfrm")
    return None if found is None else _offset(found, "off", "ext")


def _offset(node: Any, off: str, ext: str) -> tuple[float, ...] | None:
    at, size = node.find(A + off), node.find(A + ext)
    if at is None or size is None:
        return None
    return (_whole(at, "x"), _whole(at, "y"), _whole(size, "cx"), _whole(size, "cy"))


def _within(group: Any, place: _Place) -> _Place:
    """The places of shapes in a group, which has units of its own."""
    found = group.find(f"{P}grpSpPr/{A}xfrm")
    outer = None if found is None else _offset(found, "off", "ext")
    inner = None if found is None else _offset(found, "chOff", "chExt")
    if not outer or not inner or not inner[2] or not inner[3]:
        return place
    scale = [place.scale[i] * outer[2 + i] / inner[2 + i] for i in (0, 1)]
    offset = [place.offset[i] + place.scale[i] * outer[i] - scale[i] * inner[i] for i in (0, 1)]
    return _Place((scale[0], scale[1]), (offset[0], offset[1]))


def _is_hidden(node: Any) -> bool:
    for name in node:
        if isinstance(name.tag, str) and name.tag.rpartition("}")[2].startswith("nv"):
            told = name.find(P + "cNvPr")
            return told is not None and told.get("hidden") in ("1", "true")
    return False


def _whole(node: Any, key: str) -> int:
    told = node.get(key) or ""
    return int(told) if told.lstrip("-").isdigit() else 0
