"""For each field of a schema, the places on the pages that may hold its value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from docglean.extractors.rules.fields.candidates import (
    SHOWN,
    Candidate,
    Signs,
    from_caption,
    readings,
)
from docglean.extractors.rules.fields.field_names import (
    FITS,
    NAMED,
    NUMERAL,
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
from docglean.extractors.rules.fields.synonyms import labels_in, signed_as_lenders
from docglean.extractors.rules.page.captions import PrintedCaption, beside, captions_of
from docglean.extractors.rules.page.margins import page_number_words
from docglean.extractors.rules.page.sections import Heading, heading_over, headings_of, table_rows
from docglean.extractors.rules.page.sheet import Run, Sheet, Token
from docglean.extractors.rules.parties import addresses
from docglean.schemas.fields import Field
from docglean.schemas.kinds import (
    Check,
    Clock,
    Code,
    Day,
    Money,
    Name,
    Style,
    Text,
)
from docglean.schemas.schema import Schema

SURE = 0.9
"""Fit from which words are a field's caption, even where nothing ends them."""
LIKE_ONE = 0.4
"""Fit from which words may be a field's caption: `ranking` weighs how well they do."""


@dataclass(frozen=True)
class CaptionPlace:
    """A caption with its sheet and the heading over it."""

    sheet: Sheet
    caption: PrintedCaption
    heading: Heading | None


class Search:
    """Candidates for the single values of one schema (or `only` these) on some pages.

    Attributes:
        labels: those of a field; in a user's schema with those that built-in fields lend it.
        leaves: single fields by path, with the kinds by which pages are read.
    """

    def __init__(
        self,
        schema: Schema,
        sheets: Sequence[Sheet],
        style: Style,
        only: frozenset[str] | None = None,
    ) -> None:
        self.schema = schema
        self.labels = labels_in(schema)
        self.sheets = sheets
        self.style = style
        self.leaves = {
            leaf.path: signed_as_lenders(read_as(leaf))
            for leaf in schema.root.single_leaves()
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
                    path: list(self._beside(self.leaves[path], place, signs))
                    for path, signs in fits.items()
                }
                for path, ones in taken.items():
                    found[path] += ones
                    if path in self.ranges and len(ones) > 1:
                        # "Period: 01/04/2026 - 30/04/2026" names the end as well.
                        end = replace(ones[1], signs=ones[1].signs | {"rank": 0.0})
                        found[self.ranges[path]].append(end)
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
                heading = heading_over(caption, headings, sheet, barriers)
                places.append(CaptionPlace(sheet, caption, heading))
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

    def _inner_labels(self, leaf: Field) -> list[FieldName]:
        role = self.roles[leaf.path]
        nested = any(leaf.path.startswith(path + "/") for path in self._objects)
        return [*(self.labels(leaf) if nested else ()), *(inner_labels(role) if role else ())]

    def _named(self, place: CaptionPlace) -> tuple[dict[str, Signs], dict[str, Signs]]:
        """Fields that a caption may name, with what speaks for it: those of the section that its
        heading begins, and those without one."""
        words = place.caption.tokens
        keys = place.heading.keys if place.heading else frozenset()
        under = self._inner.fits(words, least=LIKE_ONE)
        inner = {
            path: {"fit": fit, "inner": 1.0}
            for path, fit in under.items()
            if self._stands_under(path, keys)
        }
        known = self._names.fits(words, least=LIKE_ONE)
        outer: dict[str, Signs] = {}
        for path, fit in known.items():
            nested = next((o for o in self._objects if path.startswith(o + "/")), None)
            plain = bool(nested) and fit <= under.get(path, 0.0)
            foreign = bool(keys - {"other"}) and not nested and self._foreign(path, keys)
            others = (other for key, other in known.items() if key != path)
            outer[path] = {
                "fit": fit,
                "inner": 0.0,
                "stranger": float(plain and place.heading is not None),
                "plain": float(plain),
                "foreign": float(foreign),
                "rival_name": max(others, default=0.0),
            }
        return inner, outer

    def _stands_under(self, path: str, keys: frozenset[str]) -> bool:
        role = self.roles[path]
        if role and role.side and role.side in keys:
            return True
        return any(path.startswith(key + "/") for key in keys if key.startswith("/"))

    def _foreign(self, path: str, keys: frozenset[str]) -> bool:
        """Whether a field is not of the party under whose heading a caption stands."""
        role = self.roles[path]
        if isinstance(self.leaves[path].kind, Money):
            return False  # nobody's address has amounts
        return not (role and role.side and role.side in keys)

    def _beside(self, leaf: Field, place: CaptionPlace, signs: Signs) -> Iterator[Candidate]:
        caption, sheet = place.caption, place.sheet
        kind = leaf.kind
        assert kind is not None
        if isinstance(kind, Day | Clock) and not caption.colon and len(caption.tokens) == 0:
            return
        said = signs | {
            "colon": float(caption.colon),
            "closed": 1.0,
            "cut": float(caption.cut),
            "caption_words": len(caption.tokens),
            "caption_numeral": float(NUMERAL in caption.tokens),
            "caption_at": caption.box[0] / max(sheet.width, 1.0),
            "caption_first": float(caption.run.index == 0 and caption.start == 0),
        }
        places = beside(sheet, caption)
        for value, pieces, own in from_caption(kind, caption, places, sheet, self.style):
            if self._is_none_of(leaf, value, pieces):
                continue
            if self._is_named_between(leaf, caption, pieces):
                continue
            # Of marks there are but those beside the words that name them, and where a heading
            # has said whose it is, a caption below it is no guess.
            whose = bool(signs.get("inner")) and signs["fit"] >= SURE and not own.get("rank")
            told = isinstance(kind, Check) or (whose and isinstance(kind, Name | Text | Code))
            known = {} if told else said | own
            yield Candidate(value, sheet.page, pieces, signs["fit"], caption, signs=known)

    def _is_none_of(self, leaf: Field, value: object, pieces: Sequence[Token]) -> bool:
        """Whether a field can't have this value: a name without letters, an amount as a code, a
        caption as a text or as a number."""
        if leaf.path in self.codes and _is_amount(pieces, self.style):
            return True
        if not self.holds(leaf.path, value):
            return True
        numbered = isinstance(leaf.kind, Code) and any(map(str.isdigit, str(value)))
        return isinstance(leaf.kind, Text | Code) and not numbered and self._is_caption(pieces)

    def _is_named_between(
        self, leaf: Field, caption: PrintedCaption, pieces: Sequence[Token]
    ) -> bool:
        """Whether another field's own caption stands between a caption and words right of it."""
        return any(
            caption.box[2] <= other.box[0] and other.box[2] <= pieces[0].box[0]
            for other, fields in self._named_in_row[caption.run.page, caption.run.row]
            if leaf.path not in fields
        )

    @cached_property
    def _named_in_row(self) -> dict[tuple[int, int], list[tuple[PrintedCaption, frozenset[str]]]]:
        """Captions that surely name fields, with these, by page and row."""
        found: dict[tuple[int, int], list[tuple[PrintedCaption, frozenset[str]]]] = {}
        for place in self._places:
            caption = place.caption
            row = found.setdefault((caption.run.page, caption.run.row), [])
            fits = self._names.fits(caption.tokens, least=SURE)
            if fits:
                row.append((caption, frozenset(fits)))
        return found

    def is_page_number(self, pieces: Sequence[Token]) -> bool:
        """Whether a value is but the number of its page, which no other field asks for."""
        return all(id(piece.word) in self._page_numbers for piece in pieces)

    def named_by(self, caption: tuple[str, ...]) -> dict[str, float]:
        """Fields that a caption names wherever it stands, with how well it does."""
        return self._names.fits(caption)

    def holds(self, path: str, value: object) -> bool:
        """Whether a field can have this value: a party's name has letters."""
        role = self.roles.get(path)
        return not role or role.part != "name" or any(map(str.isalpha, str(value)))

    def amounts(self, kind: Money | None = None) -> list[Candidate]:
        """All amounts with cents or a currency on the pages, in reading order."""
        return list(self._amounts) if kind is None else self._amounts_of(kind)

    @cached_property
    def _amounts(self) -> list[Candidate]:
        return self._amounts_of(Money())

    def _amounts_of(self, kind: Money) -> list[Candidate]:
        return [
            Candidate(value, sheet.page, pieces, signs={"shown": quality})
            for sheet in self.sheets
            for run in sheet.runs
            for value, pieces, quality in readings(kind, run, self.style)
            if quality >= SHOWN
        ]

    def texts_beside(self, field: Field) -> Iterator[Candidate]:
        """What stands beside a list's own labels, as text."""
        leaf = replace(field, shape="value", kind=Text(), children=())
        labels = self.labels(field)
        for place in self._places:
            fit = best_fit(labels, place.caption.tokens)
            if fit >= FITS:
                for one in self._beside(leaf, place, {"fit": fit}):
                    yield replace(one, score=fit)

    def _is_caption(self, pieces: Sequence[Token]) -> bool:
        """Whether a text beside a caption is the next caption rather than a value."""
        text = " ".join(piece.text for piece in pieces)
        return text.endswith(":") or addresses.is_heading(text) or self.is_caption(text)

    def is_caption(self, text: str) -> bool:
        """Whether a text is what a field is called."""
        words = tokens(text)
        return max(self._names.fits(words, least=SURE).values(), default=0.0) >= SURE


def _is_amount(pieces: Sequence[Token], style: Style) -> bool:
    """Whether words are an amount of money that shows it: with cents, or a currency."""
    run = Run(0, 0, 0, tuple(pieces))
    return any(len(read) == len(pieces) and quality >= SHOWN
               for _, read, quality in readings(Money(), run, style))  # fmt: skip
