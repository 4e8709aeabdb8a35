"""Codes: where one begins and ends in print, and those that are told by their form and checksum
wherever they stand: IBAN, BIC, VAT numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docglean.extractors.rules.page.captions import Beside
from docglean.extractors.rules.page.sheet import EMPTY, TICKED, Run, Sheet, Token
from docglean.schemas.kinds import Code, Style
from docglean.schemas.reading.texts import code_fold

_COUNTRY = re.compile(r"[A-Z]{2}\d{2}")
_VAT_START = re.compile(r"[A-Z]{2}[A-Z0-9]{0,3}\d|[A-Z]{2}$")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_GROUP = re.compile(r"[A-Z0-9]{2,}")
_DIALLED = re.compile(r"\+?[\d()/-]{2,}")
_PREFIX = re.compile(r"[A-Z]{2}")
GROUP_GAP = 0.8
"""Line heights between groups of one code."""
LONGEST_IBAN = 34


def bank_accounts(sheet: Sheet) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """IBANs with the right length and check digits, in one word or in groups (ISO 13616)."""
    from stdnum import iban

    for run in sheet.runs:
        pieces = run.pieces
        for start in range(len(pieces)):
            if not _COUNTRY.match(code_fold(pieces[start].text)):
                continue
            for end in range(start + 1, min(len(pieces), start + 12) + 1):
                text = " ".join(piece.text for piece in pieces[start:end])
                code = code_fold(text)
                if len(code) > LONGEST_IBAN:
                    break
                if len(code) >= 15 and iban.is_valid(code):
                    yield text, pieces[start:end]
                    break


def bank_codes(sheet: Sheet) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """Words of the form of a BIC: four letters, a country, two or five more (ISO 9362)."""
    from stdnum import bic

    for run in sheet.runs:
        for piece in run.pieces:
            if _BIC.fullmatch(piece.text) and bic.is_valid(piece.text):
                yield piece.text, (piece,)


def vat_numbers(sheet: Sheet) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """VAT numbers of the European Union with their country's letters and the right checksum."""
    from stdnum.eu import vat

    for run in sheet.runs:
        pieces = run.pieces
        for start in range(len(pieces)):
            if not _VAT_START.match(code_fold(pieces[start].text)):
                continue
            for end in range(start + 1, min(len(pieces), start + 5) + 1):
                text = " ".join(piece.text for piece in pieces[start:end])
                code = code_fold(text)
                if len(code) > 14:
                    break
                if len(code) >= 8 and code[2:].strip("0") and vat.is_valid(code):
                    yield text, pieces[start:end]
                    break


def codes_in(
    kind: Code, place: Beside, signs: dict[str, float], style: Style
) -> Iterator[tuple[Any, tuple[Token, ...], dict[str, float]]]:
    """Codes at the beginning of what stands in a place: with digits, or a word alone."""
    for rank, run in enumerate(place.runs[:2]):
        pieces = run.pieces
        first = next((i for i, p in enumerate(pieces) if any(map(str.isdigit, p.text))), None)
        if first is not None:
            start, end = _code_span(run, first)
        elif len(pieces) == 1 and rank == 0 and pieces[0].text not in (EMPTY, TICKED):
            start, end = 0, 1
        else:
            continue
        value = kind.parse(" ".join(piece.text for piece in pieces[start:end]), style)
        if value is not None:
            own = {"before": start, "behind": len(pieces) - end, "rank": rank}
            yield value, pieces[start:end], signs | own


def _code_span(run: Run, start: int) -> tuple[int, int]:
    """First word of the code around the word `start` of a run, and the one behind its last."""
    pieces = run.pieces
    end = start + 1
    while start and _PREFIX.fullmatch(pieces[start - 1].text):
        start -= 1  # the country's letters: "GB 980 7806 84"
    # Codes printed in groups, as an IBAN: the groups have digits and capitals only.
    while (
        end < len(pieces)
        and _goes_together(pieces[start].text, pieces[end].text)
        and pieces[end].box[0] - pieces[end - 1].box[2] <= GROUP_GAP * run.height
    ):
        end += 1
    return start, end


def _goes_together(first: str, other: str) -> bool:
    """Whether two words are groups of one code: "DE12 1234", "03-1234 5678"."""
    if _GROUP.fullmatch(first) and _GROUP.fullmatch(other) and any(map(str.isdigit, other)):
        return True
    return bool(_DIALLED.fullmatch(first)) and other.isdigit() and len(other) >= 3
