"""Codes that can be told by their form and checksum wherever they stand: IBAN, VAT numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docglean.extractors.rules.page.sheet import Sheet, Token
from docglean.schemas.reading.texts import code_fold

_COUNTRY = re.compile(r"[A-Z]{2}\d{2}")
_VAT_START = re.compile(r"[A-Z]{2}[A-Z0-9]{0,3}\d|[A-Z]{2}$")
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
