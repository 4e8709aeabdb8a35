"""Values recognised by place and form where no caption names them: parties, dates, currencies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from docglean.extractors.rules.fields.candidates import UNNAMED, Candidate, from_caption, readings
from docglean.extractors.rules.fields.codes import bank_accounts, vat_numbers
from docglean.extractors.rules.fields.field_names import NUMERAL
from docglean.extractors.rules.fields.roles import (
    Role,
    is_bank_name,
    is_currency,
    is_main_date,
    is_main_number,
)
from docglean.extractors.rules.fields.search import Search
from docglean.extractors.rules.page.captions import beside, captions_of
from docglean.extractors.rules.page.sheet import Run, Token
from docglean.extractors.rules.parties import addresses, letterheads
from docglean.extractors.rules.parties.lines import PartyLine, is_narrow
from docglean.extractors.rules.parties.party import (
    Party,
    address_of,
    name_of,
    pieces_of,
    text_of,
)
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Choice, Clock, Currency, Day, Style

BY_PARTY = UNNAMED + 0.1
"""Score of what a party says of itself: it stands where such things do."""
BY_FORM = 0.85
"""Score of a number that proves what it is by its check digits."""
BY_MAJORITY = 0.3
"""What a currency adds to its score that stands at all amounts."""
HEADING, WHOLE_LINE, LARGE, HIGH = 0.4, 0.05, 0.2, 0.1
"""Score of a word that begins a line; what it adds to be the whole line, to be large print at most,
and to stand on top of the page."""
DATE, WITH_TIME, IN_TITLE, WITH_CAPTION, IN_LONG_LINE = 0.45, 0.15, 0.25, 0.05, 0.1
"""Score of a date without a caption; what a time and a title beside it add, and what another's
caption and a long line beside it take away."""
LONG_LINE = 60
"""Characters of a line that is a sentence."""
TITLE_ROWS, TITLE_WORDS = 25, 5
"""Rows of a page, and words of a row, in which its title stands."""
TITLE_NUMBER, TILL_NUMBER = 0.8, 0.55
"""Scores of a number in the row of the document's title, and of one on a till's receipt."""
BESIDE_DATE = 0.6
"""Score of a time beside a date."""
LEAST_LETTERS = 3
"""Letters of a word that says something by itself."""


def unnamed(search: Search) -> Iterator[tuple[str, Candidate]]:
    """Paths of fields with what may be their value by its place and form alone."""
    yield from _of_parties(search)
    yield from _of_codes(search)
    for leaf in search.leaves.values():
        if is_currency(leaf):
            yield from ((leaf.path, one) for one in _currency(search, leaf))
        elif isinstance(leaf.kind, Choice):
            yield from ((leaf.path, one) for one in _choice(search, leaf))
        elif isinstance(leaf.kind, Clock):
            yield from ((leaf.path, one) for one in _times(search, leaf))
    number = next(
        (leaf for leaf in search.leaves.values() if is_main_number(leaf, search.labels(leaf))), None
    )
    if number is not None:
        yield from ((number.path, one) for one in _numbers(search, number))
    main = next(
        (leaf for leaf in search.leaves.values() if is_main_date(leaf, search.labels(leaf))), None
    )
    if main is not None:
        yield from ((main.path, one) for one in _dates(search, main))


def _of_parties(search: Search) -> Iterator[tuple[str, Candidate]]:
    wanted = _wanted_of_parties(search)
    if not any(role.side for role in wanted.values()):
        return
    sides = _parties_by_side(search)
    named = any(role.side and role.part == "name" for role in wanted.values())
    for path, role in wanted.items():
        # Without a side it is the issuer's, where the schema asks for an issuer at all.
        party = sides[role.side or "seller"] if role.side or named else None
        candidate = _of_party(role, party, search.leaves[path], search.style) if party else None
        if candidate is not None:
            yield path, candidate


def _wanted_of_parties(search: Search) -> dict[str, Role]:
    """What of parties the schema asks for, by the field's path."""
    wanted = {path: role for path, role in search.roles.items() if role}
    if not any(role.side == "seller" and role.part == "name" for role in wanted.values()):
        # A bank's own paper; elsewhere its name is that of an account's bank.
        banks = [path for path, leaf in search.leaves.items() if is_bank_name(leaf)]
        wanted |= {path: Role("seller", "name") for path in banks}
    return wanted


def _parties_by_side(search: Search) -> Mapping[str, Party | None]:
    """The issuer as "seller", and the recipient as "buyer"."""
    return {
        side: party
        # "Invoice #" over a number is no firm with its telephone.
        if party and not search.is_caption(text_of(party.name, " "))
        else None
        for side, party in letterheads.parties(search.sheets).items()
    }


def _of_party(role: Role, party: Party, leaf: Field, style: Style) -> Candidate | None:
    lines = _lines_of(role, party)
    text = _text_of(role, lines) if lines else None
    value = leaf.kind.parse(text, style) if leaf.kind and text else None
    if value is None:
        return None
    lead = party.lead if role.part == "name" else None
    return Candidate(value, party.page, _words_of(text, pieces_of(lines)), BY_PARTY, lead=lead)


def _of_codes(search: Search) -> Iterator[tuple[str, Candidate]]:
    for path, part in search.codes.items():
        leaf = search.leaves.get(path)
        if leaf is None or part not in ("iban", "vat"):
            continue
        role = search.roles[path]
        if part == "vat" and role and role.side == "buyer":
            continue  # the first VAT number on a page is the issuer's
        finder = bank_accounts if part == "iban" else vat_numbers
        for sheet in search.sheets:
            for text, pieces in finder(sheet):
                value = leaf.kind.parse(text, search.style) if leaf.kind else None
                if value is not None:
                    yield path, Candidate(value, sheet.page, pieces, BY_FORM)


def _currency(search: Search, leaf: Field) -> Iterator[Candidate]:
    """The currency that stands at most amounts."""
    counts: dict[str, list[Candidate]] = {}
    for sheet in search.sheets:
        for row in sheet.rows:
            whole = replace(row[0], pieces=tuple(piece for run in row for piece in run.pieces))
            for value, pieces, quality in readings(Currency(), whole, search.style):
                if quality >= 1.0:
                    one = Candidate(value, sheet.page, pieces, UNNAMED)
                    counts.setdefault(value, []).append(one)
    if counts:
        total = sum(map(len, counts.values()))
        best = max(counts.values(), key=len)
        yield replace(best[0], score=UNNAMED + BY_MAJORITY * len(best) / total, shared=True)


def _choice(search: Search, leaf: Field) -> Iterator[Candidate]:
    """A word for one of the values that stands as a heading or begins one.

    A number or a letter may be anything: it is a choice only beside the field's own caption.
    """
    kind = leaf.kind
    assert isinstance(kind, Choice)
    for sheet in search.sheets[:1]:
        for run in sheet.runs:
            for end in range(min(4, len(run.pieces)), 0, -1):
                text = " ".join(piece.text for piece in run.pieces[:end]).strip("-\u2013*: ")
                value = kind.parse(text, search.style)
                if value is None or sum(map(str.isalpha, text)) < LEAST_LETTERS:
                    continue
                alone = end == len(run.pieces) or end + 3 >= len(run.pieces)
                large = min(LARGE, max(0.0, run.height / max(sheet.height, 1.0) - 1.0))
                high = HIGH * (1.0 - run.box[1] / max(sheet.depth, 1.0))
                if alone:
                    score = HEADING + WHOLE_LINE * (end == len(run.pieces)) + large + high
                    yield Candidate(value, sheet.page, run.pieces[:end], score)
                break


def _dates(search: Search, leaf: Field) -> Iterator[Candidate]:
    """Dates without a caption: one with a time beside it was printed by the till."""
    for sheet in search.sheets:
        for run in sheet.runs:
            for value, pieces, _ in readings(Day(), run, search.style):
                row = sheet.rows[run.row]
                text = " ".join(other.text for other in row)
                timed = any(True for other in row for _ in readings(Clock(), other, search.style))
                timed = timed or ":" in " ".join(piece.text for piece in pieces)
                titled = (
                    addresses.is_title(" ".join(text.split()[:TITLE_WORDS]))
                    and run.row < TITLE_ROWS
                )
                captioned = any(piece.text.endswith(":") for piece in run.pieces)
                score = (
                    DATE
                    + WITH_TIME * timed
                    + IN_TITLE * titled
                    - WITH_CAPTION * captioned
                    - IN_LONG_LINE * (len(text) > LONG_LINE)
                )
                yield Candidate(value, sheet.page, pieces, score)


def _numbers(search: Search, leaf: Field) -> Iterator[Candidate]:
    """A number behind "No." in the row of the document's title, or on a till's receipt."""
    for sheet in search.sheets[:1]:
        narrow = is_narrow(sheet)  # a till prints one number
        for caption in captions_of(sheet):
            row = " ".join(run.text for run in sheet.rows[caption.run.row])
            titled = addresses.is_title(" ".join(row.split()[:TITLE_WORDS]))
            alone = caption.tokens == (NUMERAL,)
            behind = caption.tokens[-1:] == (NUMERAL,) and addresses.is_title(caption.text)
            if not (alone or behind) or leaf.kind is None:
                continue
            if not titled and (not narrow or addresses.is_address(row)):
                continue
            for place in beside(sheet, caption)[:1]:
                found = from_caption(leaf.kind, caption, [place], sheet, search.style)
                for value, pieces, quality in found:
                    score = (TITLE_NUMBER if titled else TILL_NUMBER) * quality
                    yield Candidate(value, sheet.page, pieces, score, caption)


def _times(search: Search, leaf: Field) -> Iterator[Candidate]:
    """Times that stand beside a date."""
    for sheet in search.sheets:
        for row in sheet.rows:
            if not any(True for run in row for _ in readings(Day(), run, search.style)):
                continue
            for run in row:
                for value, pieces in _clocks(run, search.style):
                    yield Candidate(value, sheet.page, pieces, BESIDE_DATE)


def _lines_of(role: Role, party: Party) -> Sequence[PartyLine]:
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


def _text_of(role: Role, lines: Sequence[PartyLine]) -> str | None:
    whole = name_of(lines) if role.part == "name" else address_of(lines)
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


def _words_of(text: str | None, pieces: tuple[Token, ...]) -> tuple[Token, ...]:
    """The words that a text was made of; all where it can't be told."""
    if text is None:
        return pieces
    kept = tuple(
        piece for piece in pieces if piece.text.strip(",;") and piece.text.strip(",;") in text
    )
    return kept or pieces


def _clocks(run: Run, style: Style) -> Iterator[tuple[object, tuple[Token, ...]]]:
    for value, pieces, _ in readings(Clock(), run, style):
        if any(":" in piece.text or "." in piece.text for piece in pieces):
            yield value, pieces
