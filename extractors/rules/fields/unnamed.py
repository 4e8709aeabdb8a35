"""Values recognised by place and form where no caption names them: parties, dates, currencies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from docglean.extractors.rules.fields.candidates import SHOWN, Candidate, readings
from docglean.extractors.rules.fields.certainty import sureness
from docglean.extractors.rules.fields.codes import coded, codes_in
from docglean.extractors.rules.fields.field_names import NUMERAL, tokens
from docglean.extractors.rules.fields.roles import (
    Role,
    is_bank_name,
    is_currency,
    is_main_number,
    sum_role,
)
from docglean.extractors.rules.fields.search import Search
from docglean.extractors.rules.page.captions import Beside
from docglean.extractors.rules.page.sheet import Run, Token
from docglean.extractors.rules.parties import addresses, letterheads
from docglean.extractors.rules.parties.lines import PartyLine
from docglean.extractors.rules.parties.party import (
    Party,
    address_of,
    name_of,
    pieces_of,
    text_of,
)
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Choice, Clock, Code, Currency, Day, Money, Style

BY_PARTY = 0.65
"""How likely what a party says of itself is right: it stands where such things do."""
LEAST_LETTERS = 3
"""Letters of a word that says something by itself."""
MOST_AMOUNTS = 120
"""Amounts that may be a sum which no known caption names: the last ones of a document."""
LEAST_CODE = 3
"""Letters and digits of a number of a document, at least."""


def unnamed(search: Search) -> Iterator[tuple[str, Candidate]]:
    """Paths of fields with what may be their value by its place and form alone."""
    yield from _of_parties(search)
    yield from _of_codes(search)
    leaves = search.leaves.values()
    numbers = [leaf for leaf in leaves if is_main_number(leaf, search.labels(leaf))]
    for leaf in leaves:
        found = _numbers(search, leaf) if leaf in numbers[:1] else _of_kind(search, leaf)
        yield from ((leaf.path, one) for one in found)


def _of_kind(search: Search, leaf: Field) -> Iterable[Candidate]:
    """What on the pages is of a field's kind, where that tells something."""
    if is_currency(leaf):
        return _currency(search)
    if isinstance(leaf.kind, Choice):
        return _choice(search, leaf.kind)
    if isinstance(leaf.kind, Clock):
        return _times(search)
    if isinstance(leaf.kind, Day):
        return _dates(search)
    if isinstance(leaf.kind, Money) and sum_role(search.labels(leaf)):
        return _amounts(search, leaf.kind)
    return ()


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
    text, lines = _said_of(role, party)
    value = leaf.kind.parse(text, style) if leaf.kind and text else None
    if value is None or text is None:
        return None
    words = _words_of(text, pieces_of(lines))
    if role.part == "name":
        sure = {"rule_score": sureness(party.likely), "rule_edge": party.name_edge}
        return Candidate(value, party.page, words, BY_PARTY, lead=party.lead, sure=sure)
    sure = {"rule_edge": party.address_edge} if role.part in addresses.PARTS else {}
    return Candidate(value, party.page, words, BY_PARTY, sure=sure)


def _of_codes(search: Search) -> Iterator[tuple[str, Candidate]]:
    for path, part in search.codes.items():
        leaf = search.leaves.get(path)
        if leaf is None:
            continue
        role = search.roles[path]
        if part == "vat" and role and role.side == "buyer":
            continue  # the first VAT number on a page is the issuer's
        for sheet in search.sheets:
            for text, pieces in coded(part, sheet):
                value = leaf.kind.parse(text, search.style) if leaf.kind else None
                if value is not None:
                    yield path, Candidate(value, sheet.page, pieces, signs={"by_form": 1.0})


def _currency(search: Search) -> Iterator[Candidate]:
    """The currency that stands at most amounts."""
    counts: dict[str, list[Candidate]] = {}
    for sheet in search.sheets:
        for row in sheet.rows:
            whole = replace(row[0], pieces=tuple(piece for run in row for piece in run.pieces))
            for value, pieces, quality in readings(Currency(), whole, search.style):
                if quality >= SHOWN:
                    one = Candidate(value, sheet.page, pieces, shared=True)
                    counts.setdefault(value, []).append(one)
    if counts:
        total = sum(map(len, counts.values()))
        best = max(counts.values(), key=len)
        yield replace(best[0], signs={"majority": len(best) / total})


def _choice(search: Search, kind: Choice) -> Iterator[Candidate]:
    """A word for one of the values that stands as a heading or begins one.

    A number or a letter may be anything: it is a choice only beside the field's own caption.
    """
    for sheet in search.sheets[:1]:
        for run in sheet.runs:
            for end in range(min(4, len(run.pieces)), 0, -1):
                text = " ".join(piece.text for piece in run.pieces[:end]).strip("-\u2013*: ")
                value = kind.parse(text, search.style)
                if value is None or sum(map(str.isalpha, text)) < LEAST_LETTERS:
                    continue
                if end + 3 >= len(run.pieces):
                    signs = {"behind": float(len(run.pieces) - end)}
                    yield Candidate(value, sheet.page, run.pieces[:end], signs=signs)
                break


def _dates(search: Search) -> Iterator[Candidate]:
    """All dates: one with a time beside it was printed by the till."""
    for sheet in search.sheets:
        for run in sheet.runs:
            for value, pieces, _ in readings(Day(), run, search.style):
                row = sheet.rows[run.row]
                timed = any(True for other in row for _ in readings(Clock(), other, search.style))
                timed = timed or ":" in " ".join(piece.text for piece in pieces)
                yield Candidate(value, sheet.page, pieces, signs={"timed": float(timed)})


def _amounts(search: Search, kind: Money) -> Sequence[Candidate]:
    """All amounts that show their cents or currency, the last ones."""
    last = {sheet.page for sheet in search.sheets[-2:]}
    return [one for one in search.amounts(kind) if one.page in last][-MOST_AMOUNTS:]


def _numbers(search: Search, leaf: Field) -> Iterator[Candidate]:
    """Codes on the first page: a number of the document stands near its top."""
    kind = Code()
    for sheet in search.sheets[:1]:
        for run in sheet.runs:
            for place in [Beside((run,), "right", 0.0), *_rests(run)]:
                for value, pieces, own in codes_in(kind, place, {}, search.style):
                    letters = sum(map(str.isalnum, str(value)))
                    if letters >= LEAST_CODE and leaf.kind and leaf.kind.parse(str(value)):
                        yield Candidate(value, sheet.page, pieces, signs=own)


def _rests(run: Run) -> Iterator[Beside]:
    """What stands behind a word for "number" in a run."""
    for at, piece in enumerate(run.pieces[:-1]):
        if tokens(piece.text)[-1:] == (NUMERAL,):
            yield Beside((run.part(at + 1),), "right", 0.0)


def _times(search: Search) -> Iterator[Candidate]:
    """Times with a colon or a dot in a row with a date."""
    rows = ((sheet, row) for sheet in search.sheets for row in sheet.rows)
    for sheet, row in rows:
        if any(True for run in row for _ in readings(Day(), run, search.style)):
            for run in row:
                for value, pieces, _ in readings(Clock(), run, search.style):
                    if any(":" in piece.text or "." in piece.text for piece in pieces):
                        yield Candidate(value, sheet.page, pieces, signs={"timed": 1.0})


def _said_of(role: Role, party: Party) -> tuple[str | None, Sequence[PartyLine]]:
    """What a party says that a field asks for, and the lines in which it does."""
    if role.part == "name":
        return name_of(party.name) if party.name else None, party.name
    if role.part in addresses.CALLS:
        calls = ((addresses.call_in(role.part, one.text), one) for one in party.contact)
        return next(((text, [one]) for text, one in calls if text), (None, ()))
    if role.part not in addresses.PARTS or not party.address:
        return None, ()
    if role.part == "address":
        return address_of(party.address), party.address
    lines = [line.text for line in party.address]
    return addresses.part_of(role.part, lines), party.address


def _words_of(text: str, pieces: tuple[Token, ...]) -> tuple[Token, ...]:
    """The words that a text was made of; all where it can't be told."""
    solid = "".join(text.split())  # a postcode and its place may have got a blank
    kept = tuple(
        piece for piece in pieces if piece.text.strip(",;") and piece.text.strip(",;") in solid
    )
    return kept or pieces
