"""Codes: where one begins and ends in print, and those that are told by their form and checksum
wherever they stand: IBAN, BIC, VAT numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from docglean.extractors.rules.page.captions import Beside
from docglean.extractors.rules.page.sheet import EMPTY, TICKED, Run, Sheet, Token
from docglean.schemas.kinds import Code, Style
from docglean.schemas.reading.texts import code_fold

_FORMS = {
    "iban": (re.compile(r"[A-Z]{2}\d{2}"), 15, 34, 12),
    "bic": (re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$"), 8, 11, 1),
    "vat": (re.compile(r"[A-Z]{2}[A-Z0-9]{0,3}\d|[A-Z]{2}$"), 8, 14, 5),
}
"""How a code begins, the letters that it has at least and at most, and most words."""
_GROUP = re.compile(r"[A-Z0-9]{2,}")
_DIALLED = re.compile(r"\+?[\d()/-]{2,}")
_PREFIX = re.compile(r"[A-Z]{2}")
GROUP_GAP = 0.8
"""Line heights between groups of one code."""


def coded(form: str, sheet: Sheet) -> Iterator[tuple[str, tuple[Token, ...]]]:
    """Codes of a form on a page, in one word or in groups, by their length and check digits: "iban"
    (ISO 13616), "bic" (ISO 9362), "vat" numbers of the European Union with their country."""
    begins, shortest, longest, words = _FORMS[form]
    valid = _validator(form)
    for run in sheet.runs:
        for start, first in enumerate(run.pieces):
            if not begins.match(first.text if form == "bic" else code_fold(first.text)):
                continue
            for end in range(start + 1, min(len(run.pieces), start + words) + 1):
                text = " ".join(piece.text for piece in run.pieces[start:end])
                code = code_fold(text)
                if len(code) > longest:
                    break
                if len(code) >= shortest and code[2:].strip("0") and valid(code):
                    yield text, run.pieces[start:end]
                    break


def _validator(form: str) -> Callable[[str], bool]:
    from stdnum import bic, iban
    from stdnum.eu import vat

    return {"iban": iban.is_valid, "bic": bic.is_valid, "vat": vat.is_valid}[form]


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
