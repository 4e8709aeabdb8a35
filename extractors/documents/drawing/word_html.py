"""A Word file as HTML: what its pages show, in its order, without how its program lays it out.

Paragraphs, tables, pictures, text boxes, content controls, forms, notes, headers and footers; not
what is deleted, hidden, or a comment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from docglean.extractors.documents.drawing.package import Package, Relation
from docglean.extractors.documents.drawing.story import is_drawable
from docglean.extractors.documents.drawing.word_numbers import Numbers
from docglean.extractors.documents.drawing.word_styles import Look, Styles, W, draws_lines, value_of

R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
V = "{urn:schemas-microsoft-com:vml}"
EMU = 12_700
"""English metric units of a point."""
WIDEST_PICTURE = 520
"""Points: what is between the margins."""
TAB = "&#160;" * 6
"""Blanks, which keep apart what stands before a tab and behind."""
PARAGRAPH = "margin:2px 0"
NEW_PAGE = '<div style="page-break-before:always"></div>'
_HEADINGS = {"title": "h1", "heading1": "h1", "heading2": "h2", "heading3": "h3"}


@dataclass
class WordHtml:
    """A Word file as `body`, and the pictures in it by name."""

    body: str = ""
    pictures: dict[str, bytes] = field(default_factory=dict)


def word_html(package: Package) -> WordHtml:
    """The HTML of an open Word file.

    Raises:
        SourceError: ``damaged``, it has no main part.
    """
    main, root = package.main()
    found = WordHtml()
    walk = _Walk(package, found, main)
    body = root.find(W + "body")
    text = walk.blocks(body) if body is not None else ""
    heads, feet = walk.around(root)
    found.body = "".join([*heads, text, *walk.notes, *feet])
    return found


class _Walk:
    """Goes through the parts of a Word file once, from front to back."""

    def __init__(self, package: Package, found: WordHtml, main: str) -> None:
        self.package = package
        self.found = found
        self.main = main
        self.relations: dict[str, Relation] = package.relations(main)
        self.styles = Styles(self._part("styles"))
        self.numbers = Numbers(self._part("numbering"))
        self.notes: list[str] = []
        self._boxes: list[str] = []
        self._inline: dict[str, Callable[[Any], str]] = {
            "tab": lambda _: TAB,
            "br": _line_break,
            "cr": lambda _: "<br>",
            "noBreakHyphen": lambda _: "-",
            "sym": lambda node: f"&#x{node.get(W + 'char') or '20'};",
            "t": lambda node: escape(node.text or ""),
            "drawing": self._drawing,
            "pict": self._drawing,
            "object": self._drawing,
            "fldChar": _box_to_tick,
            "footnoteReference": lambda node: self._note(node, "footnotes", "footnote"),
            "endnoteReference": lambda node: self._note(node, "endnotes", "endnote"),
        }

    def _part(self, kind: str) -> Any:
        part = self.package.part_of(kind, self.main)
        return self.package.xml(part) if part else None

    def around(self, root: Any) -> tuple[list[str], list[str]]:
        """What stands in headers, and in footers, of all sections, each once."""
        found: dict[str, list[str]] = {"headerReference": [], "footerReference": []}
        for kind, parts in found.items():
            for node in root.iter(W + kind):
                relation = self.relations.get(node.get(R + "id") or "")
                if relation is not None and relation.target not in parts:
                    parts.append(relation.target)
        heads, feet = ([self._other(part) for part in parts] for parts in found.values())
        return heads, feet

    def _other(self, part: str) -> str:
        """The HTML of another part, which speaks of pictures of its own."""
        before, self.relations = self.relations, self.package.relations(part)
        root = self.package.xml(part)
        text = "" if root is None else self.blocks(root)
        self.relations = before
        return text

    def blocks(self, parent: Any) -> str:
        """Paragraphs and tables of an element."""
        return "".join(self._block(node) for node in parent)

    def _block(self, node: Any) -> str:
        kind = _kind(node)
        if kind == "p":
            return self._paragraph(node)
        if kind == "tbl":
            return self._table(node)
        if kind in ("sdt", "sdtContent", "customXml", "ins", "smartTag", "moveTo"):
            return self.blocks(node)
        if node.tag == MC + "AlternateContent":
            return self.blocks(_chosen(node))
        return ""

    def _paragraph(self, node: Any) -> str:
        properties = node.find(W + "pPr")
        style, numbered, aligned = "", None, ""
        if properties is not None:
            style = value_of(properties.find(W + "pStyle"))
            numbered = properties.find(W + "numPr")
            aligned = value_of(properties.find(W + "jc"))
        number = self.numbers.before(self.styles.numbering(style) if numbered is None else numbered)
        text = self._runs(node, style)
        boxes, self._boxes = "".join(self._boxes), []
        if number and text:
            text = f"{escape(number)} {text}"
        tag = _HEADINGS.get(style.lower().replace(" ", ""), "p")
        css = PARAGRAPH + (f";text-align:{aligned}" if aligned in ("center", "right") else "")
        breaks = NEW_PAGE if _begins_page(properties) else ""
        return f'{breaks}<{tag} style="{css}">{text or "&#160;"}</{tag}>{boxes}'

    def _runs(self, parent: Any, style: str) -> str:
        """What stands on the lines of a paragraph."""
        found = []
        for node in parent:
            kind = _kind(node)
            if kind == "r":
                found.append(self._run(node, style))
            elif node.tag == MC + "AlternateContent":
                found.append(self._runs(_chosen(node), style))
            elif kind in ("hyperlink", "ins", "sdt", "sdtContent", "fldSimple", "smartTag",
                          "customXml", "moveTo", "bdo", "dir"):  # fmt: skip
                found.append(self._runs(node, style))
        return "".join(found)

    def _run(self, node: Any, paragraph_style: str) -> str:
        properties = node.find(W + "rPr")
        own = "" if properties is None else value_of(properties.find(W + "rStyle"))
        look = self.styles.look(paragraph_style, own).over(properties)
        if look.hidden:
            return ""
        return _styled("".join(self._in_run(node)), look)

    def _in_run(self, node: Any) -> Iterator[str]:
        for child in node:
            if child.tag == MC + "AlternateContent":
                yield from self._in_run(_chosen(child))
            elif (make := self._inline.get(_kind(child))) is not None:
                yield make(child)

    def _table(self, node: Any) -> str:
        properties = node.find(W + "tblPr")
        framed = False
        if properties is not None:
            style = value_of(properties.find(W + "tblStyle"))
            own = properties.find(W + "tblBorders")
            framed = draws_lines(own) or (own is None and self.styles.has_frames(style))
        rows = [list(_cells(row)) for row in _rows(node)]
        lined = [
            draws_lines(cell.node.find(f"{W}tcPr/{W}tcBorders")) for row in rows for cell in row
        ]
        framed |= 2 * sum(lined) > len(lined)  # as LibreOffice writes it
        text = "".join(f"<tr>{self._row(rows, number)}</tr>" for number in range(len(rows)))
        kind = ' class="grid"' if framed else ""
        return f"<table{kind}>{text}</table>"

    def _row(self, rows: list[list[_Cell]], number: int) -> str:
        return "".join(
            self._cell(cell, _reaches_down(rows, number, cell.column))
            for cell in rows[number]
            if cell.merge != "continue"
        )

    def _cell(self, cell: _Cell, down: int) -> str:
        spans = f' colspan="{cell.across}"' if cell.across > 1 else ""
        spans += f' rowspan="{down}"' if down > 1 else ""
        fill = cell.node.find(f"{W}tcPr/{W}shd")
        look = Look() if fill is None else Look().over(cell.node.find(W + "tcPr"))
        css = f' style="background-color:#{look.background}"' if look.background else ""
        return f"<td{spans}{css}>{self._inside(cell.node)}</td>"

    def _inside(self, node: Any) -> str:
        """What stands in a cell; the cells of a table within it on lines, one a row."""
        found = []
        for child in node:
            if _kind(child) == "tbl":
                found += [
                    f"<p>{TAB.join(self._plain(cell.node) for cell in _cells(row))}</p>"
                    for row in _rows(child)
                ]
            else:
                found.append(self._block(child))
        return "".join(found)

    def _plain(self, node: Any) -> str:
        return " ".join(self._runs(one, "") for one in node.iter(W + "p"))

    def _drawing(self, node: Any) -> str:
        """A picture on its line; text boxes stand behind their paragraph."""
        for box in node.iter(W + "txbxContent"):
            if next(box.iterancestors(MC + "Fallback"), None) is None:
                before, self._boxes = self._boxes, []
                inside = self.blocks(box)
                self._boxes = [*before, inside, *self._boxes]
        extent = next(node.iter(WP + "extent"), None)
        pictures = [one.get(R + "embed") for one in node.iter(A + "blip")]
        pictures += [one.get(R + "id") for one in node.iter(V + "imagedata")]
        return "".join(self._picture(one or "", extent) for one in pictures)

    def _picture(self, key: str, extent: Any) -> str:
        relation = self.relations.get(key)
        if relation is None or relation.external:
            return ""
        picture = self.package.read(relation.target)
        if not is_drawable(picture):
            return ""
        self.found.pictures[relation.target] = picture
        size = ""
        if extent is not None:
            width = min(int(extent.get("cx") or 0) / EMU, WIDEST_PICTURE)
            size = f' style="width:{width:.0f}px"' if width >= 1 else ""
        return f'<img src="{escape(relation.target)}"{size}>'

    def _note(self, node: Any, part: str, kind: str) -> str:
        """The sign of a note, whose text stands at the end."""
        root = self._part(part)
        key = node.get(W + "id")
        found = (
            () if root is None else (one for one in root.iter(W + kind) if one.get(W + "id") == key)
        )
        for one in found:
            sign = str(len(self.notes) + 1)
            self.notes.append(f"<p>{sign} {self._plain(one)}</p>")
            return f"<sup>{sign}</sup>"
        return ""


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of a table: where it begins, and how it is joined to that above, as ``w:vMerge`` says:
    "restart" where it reaches down, "continue" where it is part of the one above."""

    node: Any
    column: int
    across: int
    merge: str


def _rows(table: Any) -> Iterator[Any]:
    for node in table:
        if _kind(node) == "tr":
            yield node
        elif _kind(node) in ("sdt", "sdtContent", "ins"):
            yield from _rows(node)


def _cells(row: Any) -> Iterator[_Cell]:
    column = 0
    for node in _cell_nodes(row):
        properties = node.find(W + "tcPr")
        across, merge = 1, ""
        if properties is not None:
            told = value_of(properties.find(W + "gridSpan"))
            across = max(1, int(told)) if told.isdigit() else 1
            joined = properties.find(W + "vMerge")
            merge = "" if joined is None else value_of(joined, "continue")
        yield _Cell(node, column, across, merge)
        column += across


def _cell_nodes(parent: Any) -> Iterator[Any]:
    for node in parent:
        if _kind(node) == "tc":
            yield node
        elif _kind(node) in ("sdt", "sdtContent", "ins"):
            yield from _cell_nodes(node)


def _reaches_down(rows: list[list[_Cell]], number: int, column: int) -> int:
    """Rows that a cell takes."""
    down = 1
    for row in rows[number + 1 :]:
        if not any(one.column == column and one.merge == "continue" for one in row):
            break
        down += 1
    return down


def _kind(node: Any) -> str:
    """The name of an element of Word's; of others none."""
    return node.tag.removeprefix(W) if isinstance(node.tag, str) and node.tag.startswith(W) else ""


def _chosen(node: Any) -> Any:
    """Of two ways to say the same the newer, without the older that stands behind it."""
    found = node.find(MC + "Choice")
    return () if found is None else found


def _styled(text: str, look: Look) -> str:
    css = look.css
    return f'<span style="{css}">{text}</span>' if text and css else text


def _begins_page(properties: Any) -> bool:
    if properties is None:
        return False
    node = properties.find(W + "pageBreakBefore")
    return node is not None and value_of(node, "1") not in ("0", "false", "off")


def _line_break(node: Any) -> str:
    return NEW_PAGE if node.get(W + "type") == "page" else "<br>"


def _box_to_tick(node: Any) -> str:
    """A box of a form of before 2007."""
    box = node.find(f"{W}ffData/{W}checkBox")
    if box is None:
        return ""
    told = box.find(W + "checked")
    told = box.find(W + "default") if told is None else told
    return "☒" if told is not None and value_of(told, "1") not in ("0", "false", "off") else "☐"
