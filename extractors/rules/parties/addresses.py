"""What a line of a letterhead is, told by its words: a name, part of an address, a way to call.

Rules of form that hold in many countries; no list of firms or places.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from docglean.schemas.labels import alternatives

# Legal forms, with or without dots, as they end a firm's name.
LEGAL = re.compile(rf"\b(?:{alternatives('letterheads.legal_forms')})(?:\b|\.|$)", re.IGNORECASE)
# What kind of house it is: said in a name rather than in an address or a notice.
TRADE = re.compile(rf"\b(?:{alternatives('letterheads.trades')})\b", re.IGNORECASE)
_STREET = re.compile(
    rf"\b(?:{alternatives('letterheads.streets')})\b"
    rf"|(?:{alternatives('letterheads.street_endings')})\s+\d"
    r"|\bc/\s?[a-z]|\bno\.?\s?\d+[a-z]?\s*[,&.]",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"""(?<![\d/.-])(?:
        (?:[A-Z]{1,2}[-\s])?\d{4,5},?\s+[^\W\d_]{2,}            # 43300 SERI, DE 12345 Ort, F-75001
        |[A-Z][^\W\d_]{2,}(?:,\s?|\s[-\u2013]?\s?)\d{5,6}(?![\d/-])  # Bangalore - 560067
        |[A-Z][A-Za-z. ]+,?\s+[A-Z]{2}\.?,?\s+\d{5}(?:-\d{4})?  # City, ST 12345
        |[A-Z]{1,2}\d[A-Z\d]?\s+\d[A-Z]{2}\b                    # SW1B 3BN
        |[A-Z][a-z]{2,},?\s[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}\b      # Leeds LS14AB: OCR loses blanks
        |\d{5}[A-Z][^\W\d_]{3,}                                # 12345Berlin
        |\d{5}-\d{3}\b|\d{4}\s?[A-Z]{2}\b\s+[^\W\d_]+           # Brazil, Netherlands
        )""",
    re.VERBOSE,
)
_CONTACT = re.compile(
    rf"@|\bwww\.|https?:|\b(?:{alternatives('letterheads.contacts')})\b\s*[.:(\d+]|"
    rf"\b(?:{alternatives('letterheads.contacts_alone')})\b|"
    r"^(?!.*\d{1,2}[/-]\d{1,2}[/-]\d{2})\+?[\s(\d)/-]{9,}$",
    re.IGNORECASE,
)
CALLS = {
    "phone": re.compile(r"\+?\(?\d[\d\s()./-]{6,}\d"),
    "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "website": re.compile(r"(?:https?://|www\.)[^\s|,;]+", re.IGNORECASE),
}
"""Ways to call and write."""
PARTS = ("address", "street", "place", "postcode")
"""What is said of a place."""
_REGISTRATION = re.compile(
    rf"\b(?:{alternatives('letterheads.registrations')})\b"
    r"|^\(?\s*[\dA-Z]{2,}[\d\s]{3,}\s*[-\u2013]?\s*[A-Z]?\s*\)?$",
    re.IGNORECASE,
)
_OTHER_MATTERS = re.compile(
    rf"\(?(?:{alternatives('letterheads.contacts')})\b\s*[.:(\d+]"
    rf"|\(?(?:{alternatives('letterheads.contacts_alone')}|{alternatives('letterheads.registrations')})\b"
    r"|[(\[][^()]*\d{4,}",
    re.IGNORECASE,
)
_TITLE = re.compile(rf"\b(?:{alternatives('letterheads.titles')})\b", re.IGNORECASE)
# What a till says to everybody, or a caption of its own.
NOTICE = re.compile(rf"\b(?:{alternatives('letterheads.notices')})\b", re.IGNORECASE)
_CODE_AND_PLACE = re.compile(
    r"(?P<before>[^\d,]+)?[\s,\u2013-]*\b(?P<code>(?:[A-Z]{1,2}[- ])?\d{4,6}(?:-\d{3,4})?|"
    r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2})\b,?\s*(?P<after>[^\d]+)?"
)
# "Bahnstr. 42", "12, chemin vert": a house's number behind or before a few words.
_HOUSE = re.compile(
    r"[^\d:@]{3,40}[\s,]+\d{1,4}\s?[a-zA-Z]?|\d{1,4}\s?[a-zA-Z]?[\s,]+[^\d:@]{3,50}"
)
Side = Literal["buyer", "other", "seller"]
_TABLES: dict[Side, str] = {"other": "others", "buyer": "buyer", "seller": "seller"}
_ANNOUNCED = {
    side: re.compile(rf"\b(?:{alternatives(f'headings.{table}')})\b", re.IGNORECASE)
    for side, table in _TABLES.items()
}


def heads(text: str) -> Side | None:
    """Whose name and address a heading announces."""
    if len(text.split()) > 5:
        return None
    return next((whose for whose, pattern in _ANNOUNCED.items() if pattern.search(text)), None)


def is_heading(text: str) -> bool:
    """Whether a line does nothing but announce a party: "Ship to", not "Client Services Ltd"."""
    bare = " ".join(text.split()).strip(" :.-")
    return any(pattern.fullmatch(bare) for pattern in _ANNOUNCED.values())


def is_house(text: str) -> bool:
    """Whether a line is a few words with a house's number, as above a postcode."""
    return bool(_HOUSE.fullmatch(text.strip()))


@lru_cache(maxsize=8192)
def is_address(text: str) -> bool:
    """Whether a line is part of an address: a street, a house, or a place with its postcode."""
    if is_contact(text) or is_registration(text):
        return False
    numbered = "," in text or any(map(str.isdigit, text))
    return bool(numbered and _STREET.search(_ascii(text))) or has_postcode(text)


def has_postcode(text: str) -> bool:
    """Whether a line holds a postcode with its place."""
    return bool(_POSTCODE.search(_ascii(text)))


def has_street(text: str) -> bool:
    """Whether a line names a street, a building or a quarter."""
    return bool(_STREET.search(text))


def is_contact(text: str) -> bool:
    """Whether a line tells how to call or write: telephone, e-mail, web."""
    return bool(_CONTACT.search(text))


def is_registration(text: str) -> bool:
    """Whether a line is a firm's number in some register, or its tax number."""
    return bool(_REGISTRATION.search(text))


def begins_other_matters(text: str) -> bool:
    """Whether a text behind a name or a place begins with a way to call or a register number."""
    return bool(_OTHER_MATTERS.match(text)) and any(map(str.isdigit, text))


def is_title(text: str) -> bool:
    """Whether a line says what the document is."""
    return bool(_TITLE.search(text)) and len(text.split()) <= 6


def call_in(part: str, text: str) -> str | None:
    """The first telephone number, mail or web address of a line; `part` is one of `CALLS`."""
    match = CALLS[part].search(text)
    return match.group(0).strip().rstrip(".,)") if match else None


def _ascii(text: str) -> str:
    """Without accents, for patterns of places; OCR sets accents where there are none."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def part_of(part: str, lines: Sequence[str]) -> str | None:
    """Street, postcode or place of an address in lines; None where it can't be told."""
    placed = next((line for line in lines if has_postcode(line)), None)
    if part == "street":
        return next(
            (line for line in lines if line is not placed and (has_street(line) or is_house(line))),
            None,
        )
    if placed is None:
        return None
    match = _CODE_AND_PLACE.search(placed)
    if match is None:
        return None
    found = match["code"] if part == "postcode" else match["before"] or match["after"]
    return found.strip(" ,.-") or None if found else None
