"""Summaries of taxes: lines that print a rate and what it makes of an amount, wherever they stand.

No heads are needed: a rate in per cent times one of the line's amounts is another of them, or of
an amount that is printed elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import permutations
from typing import Any

from docglean.extractors.extraction import Evidence
from docglean.extractors.rules.fields.amounts import CENT
from docglean.extractors.rules.fields.candidates import evidence_of, readings
from docglean.extractors.rules.fields.field_names import FITS, best_fit, tokens
from docglean.extractors.rules.lists.items import Row
from docglean.extractors.rules.lists.paper import Paper
from docglean.extractors.rules.lists.targets import Target
from docglean.extractors.rules.page.sheet import Run, Sheet, Token
from docglean.schemas.kinds import Money
from docglean.schemas.values import leaf_value

MOST_RATE = 50
"""Per cent: no tax on a bill is higher."""
BASES = frozenset({"net", "base", "basis", "taxable"})
"""Words in the names of fields for what a rate is charged on."""
_RATE = re.compile(r"\(?(\d{1,2}(?:[.,]\d{1,3})?)\s?%\)?[:,]?")

Said = tuple[Decimal, tuple[Token, ...]]
"""A figure and its words."""
Line = tuple[Said, Said, Said | None]
"""A rate with its tax, and what it is charged on where the line prints that."""


def is_by_rate(targets: Sequence[Target]) -> bool:
    """Whether entries are but a rate, what it is charged on and what that makes."""
    return sorted(target.role for target in targets) == ["amount", "amount", "rate"]


def read_rates(targets: Sequence[Target], sheets: Sequence[Sheet], paper: Paper) -> list[Row]:
    """One entry a rate, in the order of the pages: of several lines with one rate that which says
    most, then that with the highest tax (others are of single items)."""
    rate = next(target for target in targets if target.role == "rate")
    amounts = [target for target in targets if target is not rate]
    base = next((t for t in amounts if BASES & set(tokens(t.leaf.name))), amounts[0])
    tax = next(target for target in amounts if target is not base)
    best: dict[Decimal, tuple[int, Line]] = {}
    for sheet in sheets:
        for row in sheet.rows:
            for line in _lines(row, tax, paper):
                known = best.get(line[0][0])
                if known is None or _weight(line) > _weight(known[1]):
                    best[line[0][0]] = sheet.page, line
    return [_row(page, line, (rate, tax, base), paper) for page, line in best.values()]


def _weight(line: Line) -> tuple[bool, Decimal]:
    return line[2] is not None, abs(line[1][0])


def _lines(row: Sequence[Run], tax: Target, paper: Paper) -> Iterator[Line]:
    pieces = tuple(piece for run in row for piece in run.pieces)
    words = [p.text for p in pieces if not any(map(str.isdigit, p.text)) and p.text != "%"]
    for rate in _rates(pieces):
        amounts = [
            (Decimal(value), said)
            for run in row
            for value, said, quality in readings(Money(), run, paper.style)
            if quality >= 1.0 and not set(map(id, said)) & set(map(id, rate[1]))
        ]
        made = (
            (rate, one, base)
            for one, base in permutations(amounts, 2)
            if _makes(rate[0], base[0], one[0])
        )
        only = amounts[0] if len(amounts) == 1 else None
        if line := next(made, None):
            yield line
        elif only and (
            any(_makes(rate[0], base, only[0]) for base in set(paper.printed))
            or best_fit(tax.labels, tokens(" ".join(words))) >= FITS
        ):
            yield rate, only, None


def _rates(pieces: Sequence[Token]) -> Iterator[Said]:
    """Rates in per cent that a line prints, with the sign or, in a column, without."""
    for number in range(len(pieces)):
        for size in (1, 2):
            match = _RATE.fullmatch(" ".join(p.text for p in pieces[number : number + size]))
            if match:
                value = Decimal(match[1].replace(",", "."))
                if 0 < value <= MOST_RATE:
                    yield value, tuple(pieces[number : number + size])
                break


def _makes(rate: Decimal, base: Decimal, tax: Decimal) -> bool:
    return bool(tax) and abs(rate * base / 100 - tax) <= CENT


def _row(page: int, line: Line, targets: Sequence[Target], paper: Paper) -> Row:
    values: dict[str, Any] = {}
    evidence: dict[str, Evidence] = {}
    for target, said in zip(targets, line, strict=True):
        if said is not None:
            value = leaf_value(target.leaf, str(said[0]), paper.style)
            values[target.leaf.name] = value
            evidence[target.pointer] = evidence_of(page, said[1], value)
    return values, evidence
