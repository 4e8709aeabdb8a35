"""How runs and paragraphs of a Word file look: their own properties over those of their styles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DEEPEST = 20
"""Styles that build upon each other; more are a circle."""
_SWITCHES = (("vanish", "hidden"), ("b", "bold"), ("i", "italic"), ("strike", "struck"))
_OFF = ("0", "false", "off", "none")


@dataclass(frozen=True, slots=True)
class Look:
    """What of a run's properties decides whether and how it is seen.

    Attributes:
        hidden: it is shown by no program.
        color, background: as six hex digits; empty where none is told.
        points: 0 where no size is told.
    """

    hidden: bool = False
    bold: bool = False
    italic: bool = False
    struck: bool = False
    color: str = ""
    background: str = ""
    points: float = 0.0

    def over(self, properties: Any) -> Look:
        """With the properties of a `w:rPr`, which go before."""
        if properties is None:
            return self
        nodes = ((name, properties.find(W + key)) for key, name in _SWITCHES)
        told: dict[str, Any] = {
            name: value_of(node, "1") not in _OFF for name, node in nodes if node is not None
        }
        look = replace(self, **told)
        if (node := properties.find(W + "color")) is not None:
            look = replace(look, color=_hex(value_of(node)))
        if (node := properties.find(W + "shd")) is not None:
            look = replace(look, background=_hex(node.get(W + "fill")))
        if (node := properties.find(W + "sz")) is not None:
            look = replace(look, points=_number(value_of(node)) / 2)
        return look

    @property
    def css(self) -> str:
        """The same as a style of HTML."""
        told = [
            f"color:#{self.color}" if self.color else "",
            f"background-color:#{self.background}" if self.background else "",
            f"font-size:{self.points:g}px" if self.points else "",
            "font-weight:bold" if self.bold else "",
            "font-style:italic" if self.italic else "",
            "text-decoration:line-through" if self.struck else "",
        ]
        return ";".join(filter(None, told))


class Styles:
    """The styles of a Word file by their ids.

    Args:
        root: of its part of styles; None where it has none.
    """

    def __init__(self, root: Any) -> None:
        self._styles: dict[str, Any] = {}
        self._default = Look()
        if root is None:
            return
        self._styles = {node.get(W + "styleId") or "": node for node in root.iter(W + "style")}
        self._default = Look().over(root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr"))

    def look(self, paragraph_style: str, run_style: str) -> Look:
        """How a run of these styles looks."""
        look = self._default
        for name in (paragraph_style, run_style):
            for node in reversed(self._chain(name)):
                look = look.over(node.find(W + "rPr"))
        return look

    def numbering(self, name: str) -> Any:
        """The `w:numPr` of a paragraph style; None where it has none."""
        found = (node.find(f"{W}pPr/{W}numPr") for node in self._chain(name))
        return next((one for one in found if one is not None), None)

    def has_frames(self, name: str) -> bool:
        """Whether a style of tables draws lines."""
        found = (node.find(f"{W}tblPr/{W}tblBorders") for node in self._chain(name))
        return any(draws_lines(one) for one in found)

    def _chain(self, name: str) -> list[Any]:
        """A style and those that it builds upon."""
        chain: list[Any] = []
        while name in self._styles and len(chain) < DEEPEST:
            chain.append(self._styles[name])
            name = value_of(chain[-1].find(W + "basedOn"))
        return chain


def draws_lines(borders: Any) -> bool:
    """Whether a `w:tblBorders` draws any."""
    return borders is not None and any(value_of(one) not in ("nil", "none", "") for one in borders)


def value_of(node: Any, default: str = "") -> str:
    """The `w:val` of an element; the default where it has none, "" where there is no element."""
    return "" if node is None else str(node.get(W + "val", default))


def _hex(told: str | None) -> str:
    return told if told and len(told) == 6 and told.isalnum() else ""


def _number(told: str) -> float:
    try:
        return float(told)
    except ValueError:
        return 0.0
