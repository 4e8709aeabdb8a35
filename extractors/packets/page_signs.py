"""What a page says of its document: little enough to keep of a thousand pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from zlib import crc32

from docglean.extractors.documents.page_numbers import PageNumber, is_number_alone, page_number
from docglean.extractors.documents.words import PageWords
from docglean.extractors.rules.classify import sort_by_words
from docglean.extractors.rules.fields.candidates import Candidate
from docglean.extractors.rules.fields.identity import telling_fields
from docglean.extractors.rules.fields.search import Search
from docglean.extractors.rules.page.sheet import Run, Sheet, legible_page, sheet_of
from docglean.extractors.rules.parties.addresses import (
    CALLS,
    call_in,
    is_address,
    is_contact,
    is_registration,
    is_title,
)
from docglean.extractors.rules.readers.all_candidates import all_candidates
from docglean.schemas.fields import Field
from docglean.schemas.labels import alternatives
from docglean.schemas.reading.style import Style, guess_style
from docglean.schemas.reading.texts import plain
from docglean.schemas.schema import Schema, load_schema

KINDS = ("invoice", "receipt", "statement", "form", "tables", "chart", "screenshot")
"""Built-in schemas among which a page's words tell its kind; notes are spoken."""
LEAST = 0.6
"""Score of a number, total or date that is believed here."""
TOP, LARGE = 0.3, 1.2
"""Share of a page, from its top, where a title stands; its print, of the page's usual height."""
MARGINS = 0.15
"""Share of a page, at both ends, where page numbers stand."""
CENTRED = 0.05
"""Share of a page's width by which what stands in its middle may be off."""
HEAD, FOOT = 0.12, 0.9
"""Shares of a page above which running heads stand, and below which feet do."""
BLANK = 3
"""Words up to which a page is blank, or a sheet that only separates."""
SKETCH = 96
"""Words of a page by which it is compared (bottom-k sketch, Cohen and Kaplan, 2007): the sampling
error of a share of words in common is about 5 %."""
MOST = 64
"""Codes kept of a page: long lists of article numbers say no more than their beginning."""

_CODE = re.compile(r"(?=\S*\d)[A-Za-z0-9][\w/.-]{3,}")
_AMOUNT = re.compile(r"[\d.,'-]*[.,]\d\d|\d{1,3}(?:[.,]\d{3})+")
_FIGURE = re.compile(r"\S*\d\S*")
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class PageSigns:
    """One page.

    Words and codes are kept as 32-bit sums (CRC) of them in lower case.

    Attributes:
        page: from 1.
        words: how many there are; 0 too where they can't be read.
        width: in points, as `height`.
        scan: all its words are by OCR.
        print_height: of its usual print, in points; 0 without words.
        left: where print begins, as share of the width.
        end: where print ends above the foot, as share of the height.
        counted: the page number that it prints.
        number: of the document, comparable; None where none stands there, as `date` and `total`.
        titled: a line on top says what the document is, and stands out or alone.
        senders: lines of addresses and ways to call in its upper third.
        kinds: how likely it is of each of `KINDS`.
        languages: those it may be in.
        continued: it begins in the middle of a sentence, or with what is carried forward.
        body: a sample of its words; `head` and `foot`: those in its margins.
        contacts: ways to call, and numbers in registers.
        codes: what has digits and is no amount.
        figures: a sample of all that has digits.
    """

    page: int
    words: int = 0
    width: float = 0.0
    height: float = 0.0
    scan: bool = False
    print_height: float = 0.0
    left: float = 0.0
    end: float = 0.0
    counted: PageNumber | None = None
    number: Any = None
    date: Any = None
    total: Any = None
    titled: bool = False
    senders: int = 0
    kinds: tuple[float, ...] = ()
    languages: tuple[str, ...] = ()
    continued: bool = False
    body: frozenset[int] = frozenset()
    head: frozenset[int] = frozenset()
    foot: frozenset[int] = frozenset()
    contacts: frozenset[int] = frozenset()
    codes: frozenset[int] = frozenset()
    figures: frozenset[int] = frozenset()

    @property
    def blank(self) -> bool:
        """Whether next to nothing is printed on it."""
        return self.words <= BLANK

    @property
    def kind(self) -> str:
        """What it looks like; empty where its words don't say."""
        best = max(self.kinds, default=0.0)
        return KINDS[self.kinds.index(best)] if best >= 0.5 else ""


def page_signs(number: int, words: PageWords | None, telling: Telling) -> PageSigns:
    """What one page says.

    Args:
        words: None where they can't be read.
    """
    if words is None or not words.words:
        return PageSigns(number, width=words.width if words else 0.0,
                         height=words.height if words else 0.0)  # fmt: skip
    text = words.text()
    style = guess_style(text)
    sheet = sheet_of(legible_page(words, style))
    runs = sheet.runs
    kinds = {one.name: share for one, share in sort_by_words(_kinds(), text)}
    body = [run for run in runs if HEAD * sheet.depth < run.box[3] < FOOT * sheet.depth]
    texts = [run.text for run in runs]
    return PageSigns(
        page=number,
        words=len(words.words),
        width=words.width,
        height=words.height,
        scan=all(word.source == "ocr" for word in words.words),
        print_height=sheet.height,
        left=_left(sheet),
        end=max((run.box[3] for run in body), default=0.0) / max(sheet.depth, 1.0),
        counted=_counted(sheet),
        titled=_is_titled(sheet),
        senders=sum(is_address(r.text) or is_contact(r.text) for r in _upper_third(sheet)),
        kinds=tuple(kinds[name] for name in KINDS),
        languages=style.languages,
        continued=_is_continued(body),
        body=_sketch(_words_of(texts)),
        head=frozenset(_words_of(r.text for r in runs if r.box[1] <= HEAD * sheet.depth)),
        foot=frozenset(_words_of(r.text for r in runs if r.box[3] >= FOOT * sheet.depth)),
        contacts=frozenset(_sum(one) for text in texts for one in _contacts(text)),
        codes=frozenset(sorted({_sum(one) for text in texts for one in _codes(text)})[:MOST]),
        figures=_sketch({_sum(one) for text in texts for one in _FIGURE.findall(text)}),
        **telling.of(sheet, style),
    )


class Telling:
    """Fields that tell a document from the next: its number, its date and its total.

    Args:
        schemas: of a run; the first with a number of its own is looked for.
        others: where none of them has one, an invoice's is.
    """

    def __init__(self, schemas: Sequence[Schema] = (), *, others: bool = True) -> None:
        for schema in (*schemas, *((load_schema("invoice"),) if others else ())):
            self._leaves = telling_fields(schema)
            self._schema = schema
            if "number" in self._leaves:
                break
        self._only = frozenset(leaf.path for leaf in self._leaves.values())

    @property
    def numbers(self) -> bool:
        """Whether documents have a number by which they can be told apart."""
        return "number" in self._leaves

    def of(self, sheet: Sheet, style: Style) -> Mapping[str, Any]:
        """What their captions say on a page, by ``number``, ``date`` and ``total``."""
        found = all_candidates(Search(self._schema, [sheet], style, self._only), {})
        return {name: _value(leaf, found.get(leaf.path, ())) for name, leaf in self._leaves.items()}


def _value(leaf: Field, found: Sequence[Candidate]) -> Any:
    best = next((one for one in found if one.caption is not None), None)
    if best is None or best.score < LEAST or leaf.kind is None:
        return None
    return leaf.kind.key(best.value)


@cache
def _kinds() -> tuple[Schema, ...]:
    return tuple(load_schema(name) for name in KINDS)


@cache
def _carried() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives('sums.carried')})\b", re.IGNORECASE)


def _is_titled(sheet: Sheet) -> bool:
    return any(
        is_title(run.text) and len(run.pieces) <= 3 and not any(map(str.isdigit, run.text))
        and (run.height >= LARGE * sheet.height or len(sheet.rows[run.row]) == 1)
        for run in sheet.runs
        if run.box[1] < TOP * sheet.depth
    )  # fmt: skip


def _counted(sheet: Sheet) -> PageNumber | None:
    """The page's own number, as it prints it in its margins; one alone at the edge, too."""
    in_margins = (run for run in sheet.runs if not MARGINS < _middle(run, sheet) < 1 - MARGINS)
    found = (page_number(run.text) for run in in_margins)
    return next((one for one in found if one is not None), None) or _counted_alone(sheet)


def _counted_alone(sheet: Sheet) -> PageNumber | None:
    """A number that is all of the first or last row: in the margin, or below all else in the middle
    of the page, where a short page ends with it."""
    for row in (sheet.rows[-1], sheet.rows[0]) if sheet.rows else ():
        run = row[0]
        digits = re.sub(r"\D", "", run.text)
        if len(row) > 1 or not is_number_alone(run.text) or not 0 < int(digits) < 1000:
            continue
        off = abs((run.box[0] + run.box[2]) / 2 / max(sheet.width, 1.0) - 0.5)
        ends = row is sheet.rows[-1] and off < CENTRED
        if ends or not MARGINS < _middle(run, sheet) < 1 - MARGINS:
            return PageNumber(int(digits), None, 0, len(run.text))
    return None


def _middle(run: Run, sheet: Sheet) -> float:
    return (run.box[1] + run.box[3]) / 2 / max(sheet.depth, 1.0)


def _left(sheet: Sheet) -> float:
    starts = sorted(row[0].box[0] for row in sheet.rows if row)
    return starts[len(starts) // 5] / max(sheet.width, 1.0) if starts else 0.0


def _upper_third(sheet: Sheet) -> Iterable[Run]:
    return (run for run in sheet.runs if run.box[3] < sheet.depth / 3)


def _is_continued(body: Sequence[Run]) -> bool:
    """Whether the first line goes on with a sentence, or the first lines with a sum."""
    if not body:
        return False
    first = body[0].text
    if len(first.split()) >= 4 and first[:1].islower():
        return True
    return any(_carried().search(run.text) for run in body[:4])


def _contacts(text: str) -> Iterable[str]:
    for part in CALLS:
        found = call_in(part, text) if part != "phone" or is_contact(text) else None
        if found is not None:
            yield re.sub(r"[\s()/.-]", "", found) if found[-1].isdigit() else found
    if is_registration(text):
        yield from _codes(text)


def _codes(text: str) -> Iterable[str]:
    return (one.rstrip(".") for one in _CODE.findall(text) if not _AMOUNT.fullmatch(one))


def _words_of(texts: Iterable[str]) -> set[int]:
    return {_sum(word) for text in texts for word in _WORD.findall(plain(text))}


def _sketch(words: Iterable[int]) -> frozenset[int]:
    return frozenset(sorted(words)[:SKETCH])


def _sum(text: str) -> int:
    return crc32(text.casefold().encode("utf-8", "replace"))
