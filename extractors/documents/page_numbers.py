"""Page numbers: what a page prints of itself in its margins, and what is no value of a document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from docglean.schemas.labels import alternatives

_ALONE = re.compile(r"[-\u2013\u2014|\[(]?\s*\d{1,4}\s*[-\u2013\u2014|\])]?")


@dataclass(frozen=True, slots=True)
class PageNumber:
    """Which page it is, and of how many where that is printed.

    Attributes:
        start, end: characters of the text that say so.
    """

    page: int
    last: int | None
    start: int
    end: int


@cache
def _number() -> re.Pattern[str]:
    """Of a page: with a word for it, or alone and of how many."""
    word, of = alternatives("pages.words"), f"{alternatives('pages.between')}|/|-"
    of_alone = f"{alternatives('pages.between_alone')}|/"
    return re.compile(
        rf"(?<![^\W_])(?P<word>{word})\s*(?:no\.?|nr\.?|n[°º])?\s*[:#]?\s*"
        rf"(?P<page>\d{{1,4}})(?:\s*(?:{of})\s*(?P<last>\d{{1,4}}))?(?![^\W_]|[.,/]\d)"
        rf"|(?<![\d.,/-])(?P<bare>\d{{1,4}})\s*(?:{of_alone})\s*(?P<whole>\d{{1,4}})(?![\d.,/-])",
        re.IGNORECASE,
    )


def page_number(text: str) -> PageNumber | None:
    """The page number that a text prints with a word for it ("Seite 2 von 3"), or as "2/3" alone.

    None where there is none, or where it can't be one (page 3 of 2).
    """
    for match in _number().finditer(text):
        if match["word"] is None and match.group().strip() != text.strip(" -\u2013()[]|"):
            continue  # "3/4" among other words is a fraction or a date
        page = int(match["page"] or match["bare"])
        last = match["last"] or match["whole"]
        if last is None or 0 < page <= int(last):
            return PageNumber(page, int(last) if last else None, match.start(), match.end())
    return None


def is_number_alone(text: str) -> bool:
    """Whether a text is but a small whole number, as stands alone at a page's edge: "- 3 -"."""
    return bool(_ALONE.fullmatch(text.strip()))
