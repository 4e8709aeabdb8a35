"""A firm or person as a page prints it: lines of a name, of an address, of ways to call."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import median

from docglean.extractors.extraction import Box
from docglean.extractors.rules.page.sheet import Printed, Sheet, Token
from docglean.extractors.rules.parties import addresses

NARROW = 62
"""Characters a line, from which a page is no till's receipt."""
_NUMBER = re.compile(r"\(?[^()]*\d{4,}[^()]*\)?")


@dataclass(frozen=True)
class PartyLine(Printed):
    """One line of a block."""

    pieces: tuple[Token, ...]

    @cached_property
    def confidence(self) -> float:
        """Mean of its words'."""
        return sum(piece.word.confidence for piece in self.pieces) / len(self.pieces)


@dataclass(frozen=True)
class Party:
    """A firm or person with its address, as far as it is printed in one place.

    Attributes:
        name, address, contact: the lines; empty where there are none.
        sender: how much speaks for its being the issuer, rather than the addressee.
        name_lead: how far ahead its name was of other lines that may be one; None where there was
            no other.
    """

    page: int
    name: tuple[PartyLine, ...] = ()
    address: tuple[PartyLine, ...] = ()
    contact: tuple[PartyLine, ...] = ()
    sender: float = 0.0
    box: Box = field(default=(0.0, 0.0, 0.0, 0.0))
    name_lead: float | None = None


def is_narrow(sheet: Sheet) -> bool:
    """Whether a page is as narrow as a till's receipt, by the characters that fit its width."""
    units = [(run.box[2] - run.box[0]) / len(run.text) for run in sheet.runs if len(run.text) > 5]
    if not units:
        return False
    left = min(run.box[0] for run in sheet.runs)
    right = max(run.box[2] for run in sheet.runs)
    return (right - left) / median(units) < NARROW


def without_number(line: PartyLine) -> PartyLine:
    """A name without the register's number in brackets behind it: "ACME SDN BHD (139386 X)"."""
    for index in range(1, len(line.pieces)):
        rest = " ".join(later.text for later in line.pieces[index:])
        if _NUMBER.fullmatch(rest):
            return replace(line, pieces=line.pieces[:index])
    return line


def without_caption(line: PartyLine) -> PartyLine:
    """A line without the caption before its colon."""
    for index, piece in enumerate(line.pieces[:-1]):
        if piece.text.endswith(":"):
            return replace(line, pieces=line.pieces[index + 1 :])
    return line


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


def is_place(text: str) -> bool:
    """Whether a line may name a place below its postcode: a district, a country."""
    return (
        not any(char.isdigit() for char in text)
        and 1 <= len(text.split()) <= 3
        and not addresses.is_notice(text)
    )
