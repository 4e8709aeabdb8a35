"""A firm or person as a page prints it: lines of a name, of an address, of ways to call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from docglean.extractors.rules.page.sheet import Token
from docglean.extractors.rules.parties.lines import PartyLine

_NUMBER = re.compile(r"(?<=\S)[(\[][^()]*\d{4,}[^()]*[)\]]?$")
_CODE_AND_PLACE = re.compile(r"\b(\d{4,6})(?=[^\W\d_]{3,})")


@dataclass(frozen=True)
class Party:
    """A firm or person with its address.

    Attributes:
        page: 1-based number of the page where its name stands.
        name, address, contact: the lines; empty where there are none.
        likely: how likely its name is the one that is looked for, 0 to 1.
        lead: how far ahead its name was of the next line that may be one.
        name_edge, address_edge: how unclear it is which lines they are, 0 to 1.
    """

    page: int
    name: tuple[PartyLine, ...] = ()
    address: tuple[PartyLine, ...] = ()
    contact: tuple[PartyLine, ...] = ()
    likely: float = 0.0
    lead: float = 0.0
    name_edge: float = 0.0
    address_edge: float = 0.0


def name_of(lines: Sequence[PartyLine]) -> str:
    """A name without the register's number that is printed close to it: "ACME S/B(139386-X)"."""
    whole = text_of(lines, " ")
    return _NUMBER.sub("", whole).strip(" ,") or whole


def address_of(lines: Sequence[PartyLine]) -> str:
    """An address in one line; where OCR lost the blank behind a postcode, one is set."""
    told = [lines[0], *(replace(line, pieces=(*line.caption, *line.pieces)) for line in lines[1:])]
    return _CODE_AND_PLACE.sub(r"\1 ", text_of(told, ", "))


def text_of(lines: Sequence[PartyLine], joint: str) -> str:
    """Lines as one text, `joint` between them unless a comma is there."""
    found = ""
    for line in lines:
        text = line.text.strip()
        if found:
            found += " " if found.endswith((",", "-")) else joint
        found += text
    return found.strip(" ,")


def pieces_of(lines: Sequence[PartyLine]) -> tuple[Token, ...]:
    """The words of several lines."""
    return tuple(piece for line in lines for piece in line.pieces)
