"""For each field of a schema, the places on the pages that may hold its value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from docglean.extractors import addresses, parties
from docglean.extractors.candidates import Candidate, from_caption, readings
from docglean.extractors.captions import Caption, beside, captions_of
from docglean.extractors.labels import FITS, NAMED, NUMERAL, Label, Names, best_fit, labels_of, tokens
from docglean.extractors.patterns import bank_accounts, vat_numbers
from docglean.extractors.roles import (
    Role,
    checked_codes,
    inner_labels,
    is_main_date,
    is_main_number,
    role_of,
)
from docglean.extractors.sections import Heading, heading_over, headings_of
from docglean.extractors.sheets import Piece, Run, Sheet
from docglean.schemas.fields import Field
from docglean.schemas.kinds import (
    Check,
    Choice,
    Clock,
    Currency,
    Day,
    Money,
    Name,
    Style,
    Text,
)
from docglean.schemas.schema import Schema

OUTSIDE = 0.75
"""A caption without heading may name a field of a nested object, if no other field wants it."""
ELSEWHERE = 0.3
"""A caption under another object's heading names that one's field."""
UNNAMED = 0.55
"""What is found by place and form alone is worth less than what a caption names."""


@dataclass(frozen=True)
class Place:
    """A caption with its sheet and the heading over it."""

    sheet: Sheet
    caption: Caption
    heading: Heading | None


class Search:
    """Candidates for the single values of one schema on some pages."""

    def __init__(self, schema: Schema, sheets: Sequence[Sheet], style: Style) -> None:
        self.schema = schema
        self.sheets = sheets
        self.style = style
        self.leaves = {
            leaf.path: leaf
            for leaf in single_leaves(schema.root)
            if leaf.kind is not None and leaf.kind.on_page
        }
        self.roles = {path: role_of(leaf) for path, leaf in self.leaves.items()}
        self.codes = checked_codes(schema.model, self.leaves.values())
        self._objects = {
            field.path: labels_of(field)
            for field in schema.root.walk()
            if field.shape == "object" and field.path and "*" not in field.path
        }
        self._names = Names({path: self._outer(leaf) for path, leaf in self.leaves.items()})
        self._inner = Names({path: self._inner_labels(leaf) for path, leaf in self.leaves.items()})

    def candidates(self) -> dict[str, list[Candidate]]:
        """All candidates by path of the field, best first."""
        found: dict[str, list[Candidate]] = {path: [] for path in self.leaves}
        for place in self._places:
            for path, fit in self._named(place).items():
                found[path] += self._beside(self.leaves[path], place, fit)
        for path, candidate in self._unnamed():
            found[path].append(candidate)
        return {path: self._ranked(self.leaves[path], all_) for path, all_ in found.items()}

    # --- by captions ---------------------------------------------------------------------------

    @cached_property
    def _places(self) -> list[Place]:
        places = []
        for sheet in self.sheets:
            headings = headings_of(sheet, self._objects)
            for caption in captions_of(sheet):
                places.append(Place(sheet, caption, heading_over(caption, headings, sheet)))
        return places

    def _outer(self, leaf: Field) -> list[Label]:
        """Labels that name a leaf wherever they stand; those of a nested leaf with its parent's."""
        own = list(labels_of(leaf))
        for path, labels in self._objects.items():
            if leaf.path.startswith(path + "/"):
                own += [
                    Label(f"{outer.text} {inner.text}", outer.tokens + inner.tokens, NAMED)
                    for outer in labels
                    for inner in labels_of(leaf)
                ]
                if (role := role_of(leaf)) and role.part == "name":
                    own += [label for label in labels if label.belief >= NAMED]
        return own

    def _inner_labels(self, leaf: Field) -> list[Label]:
        role = self.roles[leaf.path]
        nested = any(leaf.path.startswith(path + "/") for path in self._objects)
        return [*(labels_of(leaf) if nested else ()), *(inner_labels(role) if role else ())]

    def _named(self, place: Place) -> dict[str, float]:
        """Fields that a caption may name, with how well it does where it stands."""
        words = place.caption.tokens
        keys = place.heading.keys if place.heading else frozenset()
        fits: dict[str, float] = {}
        for path, fit in self._inner.fits(words).items():
            if self._stands_under(path, keys):
                fits[path] = fit
        if fits:  # a heading has told whose it is: fields without section don't want it
            return fits
        for path, fit in self._names.fits(words).items():
            nested = next((o for o in self._objects if path.startswith(o + "/")), None)
            plain = nested and fit <= self._inner.fits(words).get(path, 0.0)
            factor = 1.0
            if keys - {"other"} or (place.heading and nested):
                factor = ELSEWHERE if plain else 1.0 if nested else self._foreign(path, keys)
            elif plain:
                factor = OUTSIDE
            fits[path] = fit * factor
        return fits

    def _stands_under(self, path: str, keys: frozenset[str]) -> bool:
        role = self.roles[path]
        if role and role.side and role.side in keys:
            return True
        return any(path.startswith(key + "/") for key in keys if key.startswith("/"))

    def _foreign(self, path: str, keys: frozenset[str]) -> float:
        """A field without section, whose caption stands below a party's heading."""
        role = self.roles[path]
        if role and role.side:
            return 1.0 if role.side in keys else ELSEWHERE
        return 0.8

    def _beside(self, leaf: Field, place: Place, fit: float) -> Iterator[Candidate]:
        caption, sheet = place.caption, place.sheet
        kind = leaf.kind
        assert kind is not None
        is_text = isinstance(kind, Name | Text) and not isinstance(kind, Choice)
        if not caption.closed and not is_text:
            return
        if not caption.closed and fit < 0.9:
            return
        places = beside(sheet, caption)
        for value, pieces, quality in from_caption(kind, caption, places, sheet, self.style):
            if is_text and self._is_caption(pieces):
                continue
            score = fit * quality * (0.9 if caption.cut else 1.0)
            if leaf.path in self.codes and sum(map(str.isdigit, str(value))) < 7:
                score *= 0.5  # an IBAN or a tax number is longer
            if isinstance(kind, Money):
                score *= _in_a_table(pieces, caption, sheet, kind, self.style)
            if isinstance(kind, Day | Clock) and not caption.colon and len(caption.tokens) == 0:
                continue
            yield Candidate(value, sheet.page, pieces, min(1.0, score), caption)

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
        labels = labels_of(field)
        for place in self._places:
            fit, _ = best_fit(labels, place.caption.tokens)
            if fit >= FITS:
                yield from self._beside(leaf, place, fit)

    def _is_caption(self, pieces: Sequence[Piece]) -> bool:
        """Whether a text beside a caption is the next caption rather than a value."""
        if pieces[-1].text.endswith(":"):
            return True
        words = tokens(" ".join(piece.text for piece in pieces))
        return max(self._names.fits(words, least=0.9).values(), default=0.0) >= 0.9

    # --- by place and form ---------------------------------------------------------------------

    def _unnamed(self) -> Iterator[tuple[str, Candidate]]:
        yield from self._of_parties()
        yield from self._of_codes()
        for leaf in self.leaves.values():
            if isinstance(leaf.kind, Currency):
                yield from ((leaf.path, one) for one in self._currency(leaf))
            elif isinstance(leaf.kind, Choice):
                yield from ((leaf.path, one) for one in self._choice(leaf))
            elif isinstance(leaf.kind, Clock):
                yield from ((leaf.path, one) for one in self._times(leaf))
        number = next((leaf for leaf in self.leaves.values() if is_main_number(leaf)), None)
        if number is not None:
            yield from ((number.path, one) for one in self._numbers(number))
        main = next((leaf for leaf in self.leaves.values() if is_main_date(leaf)), None)
        if main is not None:
            yield from ((main.path, one) for one in self._dates(main))

    def _of_parties(self) -> Iterator[tuple[str, Candidate]]:
        wanted = {path: role for path, role in self.roles.items() if role}
        named = any(role.side and role.part == "name" for role in wanted.values())
        if not any(role.side for role in wanted.values()):
            return
        found = [party for sheet in self.sheets[:2] for party in parties.parties_of(sheet)]
        sides = {"seller": parties.issuer_of(found), "buyer": parties.recipient_of(found)}
        for path, role in wanted.items():
            # Without a side it is the issuer's, where the schema asks for an issuer at all.
            party = sides[role.side or "seller"] if role.side or named else None
            if party is None:
                continue
            lines = _lines_of(role, party)
            if not lines:
                continue
            leaf = self.leaves[path]
            text = _text_of(role, lines)
            value = leaf.kind.parse(text, self.style) if leaf.kind and text else None
            if value is not None:
                pieces = _words_of(text, parties.pieces_of(lines))
                yield path, Candidate(value, party.page, pieces, UNNAMED + 0.1)

    def _of_codes(self) -> Iterator[tuple[str, Candidate]]:
        for path, part in self.codes.items():
            leaf = self.leaves.get(path)
            if leaf is None or part not in ("iban", "vat"):
                continue
            role = self.roles[path]
            if part == "vat" and role and role.side == "buyer":
                continue  # the first VAT number on a page is the issuer's
            finder = bank_accounts if part == "iban" else vat_numbers
            for sheet in self.sheets:
                for text, pieces in finder(sheet):
                    value = leaf.kind.parse(text, self.style) if leaf.kind else None
                    if value is not None:
                        yield path, Candidate(value, sheet.page, pieces, 0.85)

    def _currency(self, leaf: Field) -> Iterator[Candidate]:
        """The currency that stands at most amounts."""
        counts: dict[str, list[Candidate]] = {}
        for sheet in self.sheets:
            for run in sheet.runs:
                for value, pieces, quality in readings(leaf.kind, run, self.style):  # type: ignore[arg-type]
                    if quality >= 1.0:
                        one = Candidate(value, sheet.page, pieces, UNNAMED)
                        counts.setdefault(value, []).append(one)
        if counts:
            total = sum(map(len, counts.values()))
            best = max(counts.values(), key=len)
            yield replace(best[0], score=UNNAMED + 0.3 * len(best) / total, shared=True)

    def _choice(self, leaf: Field) -> Iterator[Candidate]:
        """A word for one of the values that stands as a heading or begins one."""
        kind = leaf.kind
        assert isinstance(kind, Choice)
        for sheet in self.sheets[:1]:
            for run in sheet.runs:
                for end in range(min(4, len(run.pieces)), 0, -1):
                    text = " ".join(piece.text for piece in run.pieces[:end]).strip("-–*: ")
                    value = kind.parse(text, self.style)
                    if value is None:
                        continue
                    alone = end == len(run.pieces) or end + 3 >= len(run.pieces)
                    large = min(0.2, max(0.0, run.height / max(sheet.height, 1.0) - 1.0))
                    high = 0.1 * (1.0 - run.box[1] / max(sheet.depth, 1.0))
                    if alone:
                        score = 0.4 + 0.05 * (end == len(run.pieces)) + large + high
                        yield Candidate(value, sheet.page, run.pieces[:end], score)
                    break

    def _dates(self, leaf: Field) -> Iterator[Candidate]:
        """Dates without a caption: one with a time beside it was printed by the till."""
        for sheet in self.sheets:
            for run in sheet.runs:
                for value, pieces, _ in readings(Day(), run, self.style):
                    row = sheet.rows[run.row]
                    text = " ".join(other.text for other in row)
                    timed = any(True for other in row for _ in readings(Clock(), other, self.style))
                    timed = timed or ":" in " ".join(piece.text for piece in pieces)
                    titled = addresses.is_title(" ".join(text.split()[:5])) and run.row < 25
                    captioned = any(piece.text.endswith(":") for piece in run.pieces)
                    score = 0.45 + 0.15 * timed + 0.25 * titled - 0.05 * captioned - 0.1 * (len(text) > 60)
                    yield Candidate(value, sheet.page, pieces, score)

    def _numbers(self, leaf: Field) -> Iterator[Candidate]:
        """A number behind "No." in the row of the document's title."""
        for sheet in self.sheets[:1]:
            for caption in captions_of(sheet):
                row = " ".join(run.text for run in sheet.rows[caption.run.row])
                if caption.tokens != (NUMERAL,) or not addresses.is_title(" ".join(row.split()[:5])):
                    continue
                for place in beside(sheet, caption)[:1]:
                    for value, pieces, quality in from_caption(
                        leaf.kind, caption, [place], sheet, self.style  # type: ignore[arg-type]
                    ):
                        yield Candidate(value, sheet.page, pieces, 0.8 * quality, caption)

    def _times(self, leaf: Field) -> Iterator[Candidate]:
        """Times that stand beside a date."""
        for sheet in self.sheets:
            for row in sheet.rows:
                if not any(True for run in row for _ in readings(Day(), run, self.style)):
                    continue
                for run in row:
                    for value, pieces in _clocks(run, self.style):
                        yield Candidate(value, sheet.page, pieces, 0.6)

    # --- order ---------------------------------------------------------------------------------

    def _ranked(self, leaf: Field, found: Iterable[Candidate]) -> list[Candidate]:
        """Best first; equally good ones by their order on the pages, as the field takes them."""
        all_ = list(found)
        last = max((sheet.page for sheet in self.sheets), default=1)
        depth = {sheet.page: sheet.depth for sheet in self.sheets}

        def score(one: Candidate) -> float:
            at = (one.page - 1 + one.pieces[0].box[1] / max(depth[one.page], 1.0)) / max(last, 1)
            return one.score + 0.04 * (at if leaf.take == "last" else 1.0 - at)

        best: dict[tuple[object, frozenset[int]], Candidate] = {}
        for one in sorted(all_, key=score, reverse=True):
            key = (str(one.value), frozenset(id(piece.word) for piece in one.pieces))
            best.setdefault(key, replace(one, score=score(one)))
        return list(best.values())


def single_leaves(field: Field) -> Iterator[Field]:
    """Leaves that are not within a list."""
    for child in field.children:
        if child.shape == "value":
            yield child
        elif child.shape == "object":
            yield from single_leaves(child)


def _in_a_table(
    pieces: Sequence[Piece], caption: Caption, sheet: Sheet, kind: Money, style: Style
) -> float:
    """Less than 1 where several different amounts stand in the row: a summary's, not the total's."""
    row = sheet.rows[caption.run.row]
    after = [run for run in row if run.box[0] >= caption.box[0]]
    values = {str(value) for run in after for value, _, q in readings(kind, run, style) if q >= 1.0}
    return 0.8 if len(values) > 1 else 1.0


def _lines_of(role: Role, party: parties.Party) -> Sequence[parties.Line]:
    if role.part == "name":
        return party.name
    if role.part in ("address", "street", "place", "postcode"):
        return party.address
    if role.part == "phone":
        return [line for line in party.contact if addresses.phone_in(line.text)][:1]
    if role.part == "email":
        return [line for line in party.contact if addresses.email_in(line.text)][:1]
    if role.part == "website":
        return [line for line in party.contact if addresses.website_in(line.text)][:1]
    return ()


def _text_of(role: Role, lines: Sequence[parties.Line]) -> str | None:
    whole = parties.text_of(lines, ", " if role.part != "name" else " ")
    if role.part in ("phone", "email", "website"):
        finder = {
            "phone": addresses.phone_in,
            "email": addresses.email_in,
            "website": addresses.website_in,
        }[role.part]
        return finder(whole)
    if role.part in ("street", "place", "postcode"):
        return addresses.part_of(role.part, [line.text for line in lines])
    return whole


def _words_of(text: str | None, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """The words that a text was made of; all where it can't be told."""
    if text is None:
        return pieces
    kept = tuple(piece for piece in pieces if piece.text.strip(",;") and piece.text.strip(",;") in text)
    return kept or pieces


def _clocks(run: Run, style: Style) -> Iterator[tuple[object, tuple[Piece, ...]]]:
    for value, pieces, _ in readings(Clock(), run, style):
        if any(":" in piece.text or "." in piece.text for piece in pieces):
            yield value, pieces
