"""HTML as far as a page of paper can have it: nothing from elsewhere, nothing that runs, nothing
that a browser would not show.

What is left is drawn by `story`. Style sheets of the file itself stay (they hide and colour), those
from elsewhere are not fetched; tables that only lay out others are taken apart, for MuPDF draws
tables within tables over each other.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from docglean.extractors.documents.drawing.story import is_drawable
from docglean.extractors.documents.drawing.style_sheets import ELSEWHERE, hides, own_style

SHOWN = frozenset(
    """a abbr address article aside b bdi bdo big blockquote body br caption center cite code col
    colgroup dd del details dfn div dl dt em fieldset figcaption figure font footer form h1 h2 h3 h4
    h5 h6 header hgroup hr html i img ins kbd label legend li main mark menu nav ol p pre q s samp
    section small span strike strong style sub summary sup table tbody td tfoot th thead time tr tt
    u ul var wbr""".split()
)
"""Elements that stay. Of others what they hold stays, but for those of `GONE`."""
GONE = frozenset(
    """applet audio base canvas datalist embed frame frameset head iframe link map meta noembed
    noframes noscript object param script source svg template title track video""".split()
)
"""Elements that go with all that they hold: a browser shows none of it as text."""
KEPT = frozenset("style class id align valign colspan rowspan width bgcolor color size dir".split())
"""Attributes that stay; and those by which style sheets may choose."""
_CHOSEN_BY = re.compile(r"(data|aria)-[a-z0-9-]+|type|role|name|title|lang")
LONGEST_WORD = 400
"""Letters without a blank: what is longer is no word, and would make a page as wide."""
ONE_LINE = 30
"""Letters of a cell that stays on one line: MuPDF measures columns a hair too narrow."""
MOST_DEEP = 200
"""Elements within elements; what lies deeper is put beside the others."""
_PLACED = re.compile(r"(position|float|transform)\s*:[^;]*;?", re.IGNORECASE)
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DATA = re.compile(r"data:image/[a-z0-9.+-]+;base64,(.*)", re.IGNORECASE | re.DOTALL)
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
"""What pictures begin with that MuPDF draws."""


@dataclass
class CleanHtml:
    """HTML that can be drawn.

    Attributes:
        body: what stands in its `<body>`.
        style: its style sheets.
        pictures: in it, by the names that it calls them by.
        elsewhere: addresses of pictures and style sheets that were not fetched.
        used: names of pictures of `own` that it shows.
    """

    body: str = ""
    style: str = ""
    pictures: dict[str, bytes] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    @property
    def blank(self) -> bool:
        """Whether there is nothing to see, nor would be if more had been fetched."""
        words = re.sub(r"<[^>]*>|&(nbsp|#160);", "", self.body)
        return not (words.strip() or self.pictures or self.elsewhere)

    def page(self, before: str = "") -> str:
        """All of it, with some HTML before the text: MuPDF wants style sheets to come first."""
        return f"{self.style}{before}{self.body}"


def clean_html(text: str, own: Mapping[str, bytes] | None = None) -> CleanHtml:
    """What can be drawn of a page of HTML.

    Args:
        own: pictures that come with it, by the content ids of a mail.
    """
    from lxml import etree, html

    found = CleanHtml()
    if not text.strip():
        return found
    parser = html.HTMLParser(
        remove_comments=True, remove_pis=True, no_network=True, huge_tree=False
    )
    try:
        tree = html.document_fromstring(_without_declaration(text), parser=parser)
    except etree.ParserError:  # a comment, and no element
        return found
    styles = [node for node in tree.iter("style") if node.text]
    body = tree.find("body")
    if body is None:
        return found
    cleaner = _Cleaner(found, own or {})
    found.elsewhere += [
        str(node.get("href"))
        for node in tree.iter("link")
        if "stylesheet" in (node.get("rel") or "")
    ]
    made = cleaner.cleaned(body)
    found.style = "".join(f"<style>{own_style(node.text)}</style>" for node in styles)
    found.body = etree.tostring(made, encoding="unicode", method="html")
    return found


def _without_declaration(text: str) -> str:
    """Without what tells the encoding, which has been seen to."""
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text.replace("\x00", ""))


class _Cleaner:
    """Makes new elements of those that are shown."""

    def __init__(self, found: CleanHtml, own: Mapping[str, bytes]) -> None:
        self.found = found
        self.own = own
        self._special: dict[str, Callable[[Any, Any], None]] = {
            "img": self._picture,
            "input": self._input,
            "select": self._select,
            "textarea": self._textarea,
        }

    def cleaned(self, body: Any) -> Any:
        """What a browser shows of an element."""
        from lxml import etree

        made = etree.Element("div")
        _copy_attributes(body, made, body.get("style") or "")
        made.text = _words(body.text)
        self._add(body, made, 0)
        return made

    def _add(self, node: Any, to: Any, depth: int) -> None:
        """Put the children of an element where they are shown."""
        for child in node:
            if isinstance(child.tag, str):
                self._add_one(child, to, depth)
            _append_text(to, child.tail)

    def _add_one(self, node: Any, to: Any, depth: int) -> None:
        from lxml import etree

        tag = node.tag.lower().rpartition(":")[2]
        style = node.get("style") or ""
        if tag in GONE or tag == "style" or node.get("hidden") is not None or hides(style):
            return
        if tag == "dialog" and node.get("open") is None:
            return
        if tag in self._special:
            self._special[tag](node, to)
            return
        inside = to
        if tag == "button":
            return
        if depth < MOST_DEEP and (tag in SHOWN or KEPT & set(node.keys())):
            inside = etree.SubElement(to, _plain_tag(node, tag) if tag in SHOWN else "span")
            _copy_attributes(node, inside, style)
        if tag == "details" and node.get("open") is None:  # closed: its caption alone
            for caption in node.findall("summary")[:1]:
                self._add_one(caption, inside, depth + 1)
            return
        _append_text(inside, node.text)
        self._add(node, inside, depth + 1)

    def _picture(self, node: Any, to: Any) -> None:
        from lxml import etree

        address = (node.get("src") or "").strip()
        name, content = self._own_picture(address)
        if content.startswith(_PICTURES) and is_drawable(content):
            self.found.pictures[name] = content
            made = etree.SubElement(to, "img", src=name)
            _copy_attributes(node, made, node.get("style") or "")
            for key in ("width", "height"):
                if (told := node.get(key) or "").isdigit():
                    made.set(key, told)
            return
        if address and not content:
            self.found.elsewhere.append(address)
        _append_text(to, node.get("alt"))

    def _own_picture(self, address: str) -> tuple[str, bytes]:
        """The name and the content of a picture that comes with the page; empty for others."""
        if address.lower().startswith("cid:"):
            key = unquote_to_bytes(address[4:]).decode("utf-8", "replace")
            if content := self.own.get(key):
                self.found.used.add(key)
                return f"picture{len(self.found.pictures)}", content
            return "", b""
        if inside := _DATA.match(address):
            try:
                content = base64.b64decode(unquote_to_bytes(inside[1]), validate=False)
            except (binascii.Error, ValueError):
                content = b""
            return f"picture{len(self.found.pictures)}", content or b"none"
        return "", b""

    def _input(self, node: Any, to: Any) -> None:
        kind = (node.get("type") or "text").lower()
        if kind in ("checkbox", "radio"):
            _append_text(to, "☒ " if node.get("checked") is not None else "☐ ")
        elif kind not in ("hidden", "password", "submit", "button", "image", "reset", "file"):
            _append_text(to, node.get("value"))

    def _select(self, node: Any, to: Any) -> None:
        options = list(node.iter("option"))
        chosen = [one for one in options if one.get("selected") is not None] or options[:1]
        _append_text(to, ", ".join(one.text_content().strip() for one in chosen))

    def _textarea(self, node: Any, to: Any) -> None:
        _append_text(to, node.text_content())


def _plain_tag(node: Any, tag: str) -> str:
    """The element that is drawn for one: parts of a table that lays out others are plain boxes."""
    if tag == "table":
        return "div" if next(node.iterdescendants("table"), None) is not None else tag
    if tag in ("tbody", "thead", "tfoot", "tr", "td", "th", "caption", "col", "colgroup"):
        outer = next(node.iterancestors("table"), None)
        lays_out = outer is None or next(outer.iterdescendants("table"), None) is not None
        return "div" if lays_out else tag
    if tag in ("html", "body", "form", "fieldset", "details", "summary", "main"):
        return "div"
    return tag


def _stays(attribute: str) -> bool:
    return attribute in KEPT or _CHOSEN_BY.fullmatch(attribute) is not None


def _copy_attributes(node: Any, made: Any, style: str) -> None:
    for key in filter(_stays, node.keys()):
        made.set(key, _legal(node.get(key)))
    own = _PLACED.sub("", ELSEWHERE.sub("", style))
    if made.tag == "table" and (node.get("border") or "0").strip() not in ("", "0"):
        made.set("class", f"{node.get('class') or ''} grid".strip())
    if made.tag in ("td", "th") and len(node.text_content().strip()) <= ONE_LINE:
        own = f"white-space:nowrap;{own}"
    if own.strip(" ;"):
        made.set("style", _legal(own))
    elif "style" in made.attrib:
        del made.attrib["style"]


def _append_text(to: Any, text: str | None) -> None:
    """Put text behind what an element has."""
    words = _words(text)
    if not words:
        return
    if len(to):
        to[-1].tail = (to[-1].tail or "") + words
    else:
        to.text = (to.text or "") + words


def _words(text: str | None) -> str:
    """Text without words that are longer than any line."""
    return re.sub(rf"\S{{{LONGEST_WORD}}}", r"\g<0> ", _legal(text or ""))


def _legal(text: str) -> str:
    """Text without characters that XML does not know."""
    return _ILLEGAL.sub("", text)
