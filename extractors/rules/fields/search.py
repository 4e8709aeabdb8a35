"""For each field of a schema, the places on the pages that may hold its value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from docglean.extractors.rules.fields.candidates import UNNAMED, Candidate, from_caption, readings
from docglean.extractors.rules.fields.field_names import (
    FITS,
    NAMED,
    FieldName,
    Names,
    best_fit,
    tokens,
)
from docglean.extractors.rules.fields.roles import (
    checked_codes,
    inner_labels,
    range_of,
    read_as,
    role_of,
)
from docglean.extractors.rules.fields.synonyms import labels_in, signed_as_lenders, take_of
from docglean.extractors.rules.page.captions import PrintedCaption, beside, captions_of
from docglean.extractors.rules.page.margins import page_number_words
from docglean.extractors.rules.page.sections import Heading, heading_over, headings_of, table_rows
from docglean.extractors.rules.page.sheet import Run, Sheet, Token
from docglean.extractors.rules.parties import addresses
from docglean.schemas.fields import Field
from docglean.schemas.kinds import (
    Choice,
    Clock,
    Day,
    Money,
    Name,
    Style,
    Text,
)
from docglean.schemas.schema import Schema

OUTSIDE = 0.75
"""A caption without heading may name a field of a nested object, if no other field wants it."""
EXACTLY = 0.95
"""Fit of a caption that is the field's own name, not another word that looks like it."""
SURE = 0.9
"""Fit from which words are a field's caption, even where nothing ends them."""
CUT = 0.9
"""What a value is worth beside a caption that begins within a run."""
SHORT_CODE, CODE_DIGITS = 0.5, 7
"""What a code with a checksum is worth that has fewer digits than that."""
NO_SECTION = 0.8
"""What a field without a party is worth below a party's heading."""
IN_TABLE = 0.8
"""What an amount is worth in a row of several."""
BY_PLACE = 0.04
"""What it adds at most to stand first on the pages, or last, as the field takes them."""
ELSEWHERE = 0.3
"""A caption under another object's heading names that one's field."""


@dataclass(frozen=True)
class CaptionPlace:
    """A caption with its sheet and the heading over it."""

    sheet: Sheet
    caption: PrintedCaption
    heading: Heading | None


class Search:
    """Candidates for the single values of one schema (or `only` these) on some pages."""

    def __init__(
        self,
        schema: Schema,
        sheets: Sequence[Sheet],
        style: Style,
        only: frozenset[str] | None = None,
    ) -> None:
        self.schema = schema
        self._labels_of = labels_in(schema)
        self.sheets = sheets
        self.style = style
        self.leaves = {
            leaf.path: signed_as_lenders(read_as(leaf))
            for leaf in single_leaves(schema.root)
            if leaf.kind is not None and leaf.kind.on_page and (only is None or leaf.path in only)
        }
        self.roles = {path: role_of(leaf) for path, leaf in self.leaves.items()}
        self.ranges = range_of(self.leaves.values())
        self.codes = checked_codes(schema.model, self.leaves.values())
        self._page_numbers = page_number_words(sheets)
        self._objects = {
            field.path: self.labels(field)
            for field in schema.root.walk()
            if field.shape == "object" and field.path and "*" not in field.path
        }
        self._names = Names({path: self._outer(leaf) for path, leaf in self.leaves.items()})
        self._inner = Names({path: self._inner_labels(leaf) for path, leaf in self.leaves.items()})

    def by_captions(self) -> dict[str, list[Candidate]]:
        """Candidates by path of the field that captions on the pages name."""
        found: dict[str, list[Candidate]] = {path: [] for path in self.leaves}
        for place in self._places:
            inner, outer = self._named(place)
            # A heading that has told whose it is decides, unless what stands there is not of
            # that kind: below "Bill to" an amount beside "VAT" is no tax number.
            for fits in (inner, outer):
                taken = {
                    path: list(self._beside(self.leaves[path], place, fit))
                    for path, fit in fits.items()
                }
                for path, ones in taken.items():
                    found[path] += ones
                    if path in self.ranges and len(ones) > 1:
                        # "Period: 01/04/2026 - 30/04/2026" names the end as well.
                        found[self.ranges[path]].append(replace(ones[1], score=ones[0].score))
                if any(taken.values()):
                    break
        return found

    # --- by captions ---------------------------------------------------------------------------

    @cached_property
    def _places(self) -> list[CaptionPlace]:
        places = []
        for sheet in self.sheets:
            headings = headings_of(sheet, self._objects)
            barriers = table_rows(sheet)
            for caption in captions_of(sheet):
                places.append(
                    CaptionPlace(sheet, caption, heading_over(caption, headings, sheet, barriers))
                )
        return places

    def _outer(self, leaf: Field) -> list[FieldName]:
        """Labels that name a leaf wherever they stand; those of a nested leaf with its parent's."""
        own = list(self.labels(leaf))
        for path, labels in self._objects.items():
            if leaf.path.startswith(path + "/"):
                own += [
                    FieldName(f"{outer.text} {inner.text}", outer.tokens + inner.tokens, NAMED)
                    for outer in labels
                    for inner in self.labels(leaf)
                ]
                if (role := role_of(leaf)) and role.part == "name":
                    own += [label for label in labels if label.belief >= NAMED]
        return own

    def labels(self, field: Field) -> Sequence[FieldName]:
        """Labels of a field; in a user's schema those that built-in fields lend it, too."""
        return self._labels_of(field)

    def _inner_labels(self, leaf: Field) -> list[FieldName]:
        role = self.roles[leaf.path]
        nested = any(leaf.path.startswith(path + "/") for path in self._objects)
        return [*(self.labels(leaf) if nested else ()), *(inner_labels(role) if role else ())]

    def _named(self, place: CaptionPlace) -> tuple[dict[str, float], dict[str, float]]:
        """Fields that a caption may name, with how well it does where it stands: those of the
        section that its heading begins, and those without one."""
        words = place.caption.tokens
        keys = place.heading.keys if place.heading else frozenset()
        fits: dict[str, float] = {}
        inner = {
            path: fit
            for path, fit in self._inner.fits(words).items()
            if self._stands_under(path, keys)
        }
        for path, fit in self._names.fits(words).items():
            nested = next((o for o in self._objects if path.startswith(o + "/")), None)
            plain = nested and fit <= self._inner.fits(words).get(path, 0.0)
            factor = 1.0
            if keys - {"other"} or (place.heading and nested):
                factor = ELSEWHERE if plain else 1.0 if nested else self._foreign(path, keys)
            elif plain:
                factor = OUTSIDE
            fits[path] = fit * factor
        return inner, fits

    def _stands_under(self, path: str, keys: frozenset[str]) -> bool:
        role = self.roles[path]
        if role and role.side and role.side in keys:
            return True
        return any(path.startswith(key + "/") for key in keys if key.startswith("/"))

    def _foreign(self, path: str, keys: frozenset[str]) -> float:
        """A field without section, whose caption stands below a party's heading."""
        role = self.roles[path]
        if isinstance(self.leaves[path].kind, Money):
            return 1.0  # nobody's address has amounts
        if role and role.side:
            return 1.0 if role.side in keys else ELSEWHERE
        return NO_SECTION

    def _beside(self, leaf: Field, place: CaptionPlace, fit: float) -> Iterator[Candidate]:
        caption, sheet = place.caption, place.sheet
        kind = leaf.kind
        assert kind is not None
        is_text = isinstance(kind, Name | Text) and not isinstance(kind, Choice)
        if not caption.closed and (not is_text or fit < SURE):
            return
        if isinstance(kind, Day | Clock) and not caption.colon and len(caption.tokens) == 0:
            return
        places = beside(sheet, caption)
        for value, pieces, quality in from_caption(kind, caption, places, sheet, self.style):
            if self._is_none_of(leaf, value, pieces) or (is_text and self._is_caption(pieces)):
                continue
            if fit < EXACTLY and self._is_page_number(pieces):
                continue
            score = fit * quality * (CUT if caption.cut else 1.0)
            score *= self._likeliness(leaf, value, pieces, place)
            yield Candidate(value, sheet.page, pieces, min(1.0, score), caption)

    def _is_none_of(self, leaf: Field, value: object, pieces: Sequence[Token]) -> bool:
        """Whether a field can't have this value: a name without letters, an amount as a code."""
        amount = leaf.path in self.codes and _is_amount(pieces, self.style)
        return amount or not self.holds(leaf.path, value)

    def _likeliness(
        self, leaf: Field, value: object, pieces: Sequence[Token], place: CaptionPlace
    ) -> float:
        """How far a value looks like one of this field."""
        if leaf.path in self.codes:
            # An IBAN or a tax number is longer.
            return SHORT_CODE if sum(map(str.isdigit, str(value))) < CODE_DIGITS else 1.0
        if isinstance(leaf.kind, Money):
            return _in_a_table(pieces, place.caption, place.sheet, leaf.kind, self.style)
        return 1.0

    def _is_page_number(self, pieces: Sequence[Token]) -> bool:
        """Whether a value is but the number of its page, which no other field asks for."""
        return all(id(piece.word) in self._page_numbers for piece in pieces)

    def named_by(self, caption: tuple[str, ...]) -> dict[str, float]:
        """Fields that a caption names wherever it stands, with how well it does."""
        return self._names.fits(caption)

    def holds(self, path: str, value: object) -> bool:
        """Whether a field can have this value: a party's name has letters."""
        role = self.roles.get(path)
        return not role or role.part != "name" or any(map(str.isalpha, str(value)))

    def amounts(self) -> list[Candidate]:
        """All amounts with cents or a currency on the pages, in reading order."""
        return [
            Candidate(value, sheet.page, pieces, UNNAMED)
            for sheet in self.sheets
            for run in sheet.runs
            for value, pieces, quality in readings(Money(), run, self.style)
            if quality >= 1.0
        ]

    def texts_beside(self, field: Field) -> Iterator[Candidate]:
        """What stands beside a list's own labels, as text."""
        leaf = replace(field, shape="value", kind=Text(), children=())
        labels = self.labels(field)
        for place in self._places:
            fit, _ = best_fit(labels, place.caption.tokens)
            if fit >= FITS:
                yield from self._beside(leaf, place, fit)

    def _is_caption(self, pieces: Sequence[Token]) -> bool:
        """Whether a text beside a caption is the next caption rather than a value."""
        text = " ".join(piece.text for piece in pieces)
        if text.endswith(":") or addresses.is_heading(text):
            return True
        return self.is_caption(text)

    def is_caption(self, text: str) -> bool:
        """Whether a text is what a field is called."""
        words = tokens(text)
        return max(self._names.fits(words, least=SURE).values(), default=0.0) >= SURE

    # --- order ---------------------------------------------------------------------------------

    def ranked(self, leaf: Field, found: Iterable[Candidate]) -> list[Candidate]:
        """Best first; equally good ones by their order on the pages, as the field takes them."""
        all_ = list(found)
        last = max((sheet.page for sheet in self.sheets), default=1)
        depth = {sheet.page: sheet.depth for sheet in self.sheets}

        take = take_of(leaf)

        def score(one: Candidate) -> float:
            at = (one.page - 1 + one.pieces[0].box[1] / max(depth[one.page], 1.0)) / max(last, 1)
            return one.score + BY_PLACE * (at if take == "last" else 1.0 - at)

        best: dict[tuple[object, frozenset[int]], Candidate] = {}
        for one in sorted(all_, key=score, reverse=True):
            key = (str(one.value), frozenset(id(piece.word) for piece in one.pieces))
            best.setdefault(key, replace(one, score=score(one)))
        return list(best.values())


def single_leaves(field: Field) -> Iterator[Field]:
    """Leaves that are not within a list, the field itself where it is one."""
    if field.shape == "value":
        yield field
    elif field.shape == "object":
        for child in field.children:
            yield from single_leaves(child)


def _is_amount(pieces: Sequence[Token], style: Style) -> bool:
    """Whether words are an amount of money that shows it: with cents, or a currency."""
    run = Run(0, 0, 0, tuple(pieces))
    return any(len(read) == len(pieces) and quality >= 1.0
               for _, read, quality in readings(Money(), run, style))  # fmt: skip


def _in_a_table(
    pieces: Sequence[Token], caption: PrintedCaption, sheet: Sheet, kind: Money, style: Style
) -> float:
    """Less than 1 where several different amounts stand in the row: it is a table's."""
    row = sheet.rows[caption.run.row]
    after = [run for run in row if run.box[0] >= caption.box[0]]
    values = {str(value) for run in after for value, _, q in readings(kind, run, style) if q >= 1.0}
    return IN_TABLE if len(values) > 1 else 1.0
