"""Summaries of taxes: lines that print a rate and what it makes of an amount, wherever they stand.

No heads are needed: a rate in per cent times one of the line's amounts is another of them, or of
an amount that is printed elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from docglean.extractors.extraction import Evidence
from docglean.extractors.rules.fields.candidates import evidence_of, readings
from docglean.extractors.rules.fields.field_names import FITS, FieldName, best_fit, tokens
from docglean.extractors.rules.lists.items import Row
from docglean.extractors.rules.lists.relations import CENT
from docglean.extractors.rules.lists.targets import Target
from docglean.extractors.rules.page.sheet import Sheet, Token
from docglean.schemas.kinds import Money, Style
from docglean.schemas.values import leaf_value

MOST_RATE = 50
"""Per cent: no tax on a bill is higher."""
BASES = frozenset({"net", "base", "basis", "taxable"})
"""Words in the names of fields for what a rate is charged on."""
_RATE = re.compile(r"\(?(\d{1,2}(?:[.,]\d{1,3})?)\s?%\)?[:,]?")

Said = tuple[Decimal, tuple[Token, ...]]
"""A figure and its words."""


@dataclass(frozen=True)
class _Line:
    """A rate with its tax, and what it is charged on where the line prints that."""

    page: int
    rate: Said
    tax: Said
    base: Said | None


def is_by_rate(targets: Sequence[Target]) -> bool:
    """Whether entries are but a rate, what it is charged on and what that makes."""
    amounts = sum(target.is_amount for target in targets)
    return amounts == 2 and sum(target.is_rate for target in targets) == 1 and len(targets) == 3


def read_rates(
    targets: Sequence[Target], sheets: Sequence[Sheet], style: Style, printed: Collection[Decimal]
) -> list[Row]:
    """One entry a rate, in the order of the pages: of several lines with one rate that which says
    most, then that with the highest tax (others are of single items)."""
    best: dict[Decimal, _Line] = {}
    taxes = [target for target in targets if target.is_amount and target is not _base(targets)]
    labels = [label for target in taxes for label in target.labels]
    for line in _lines(sheets, style, set(printed), labels):
        known = best.get(line.rate[0])
        if known is None or _weight(line) > _weight(known):
            best[line.rate[0]] = line
    return [_row(line, targets, style) for line in best.values()]


def _weight(line: _Line) -> tuple[bool, Decimal]:
    return line.base is not None, abs(line.tax[0])


def _lines(
    sheets: Sequence[Sheet], style: Style, printed: set[Decimal], labels: Sequence[FieldName]
) -> Iterator[_Line]:
    for sheet in sheets:
        for row in sheet.rows:
            pieces = tuple(piece for run in row for piece in run.pieces)
            words = [p.text for p in pieces if not any(map(str.isdigit, p.text)) and p.text != "%"]
            named = best_fit(labels, tokens(" ".join(words)))[0] >= FITS
            for rate in _rates(pieces):
                amounts = [
                    (Decimal(value), words)
                    for run in row
                    for value, words, quality in readings(Money(), run, style)
                    if quality >= 1.0 and not set(map(id, words)) & set(map(id, rate[1]))
                ]
                yield from _told(sheet.page, rate, amounts, printed, named=named)


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


def _told(
    page: int, rate: Said, amounts: Sequence[Said], printed: set[Decimal], *, named: bool
) -> Iterator[_Line]:
    for tax in amounts:
        for base in amounts:
            if base is not tax and _makes(rate[0], base[0], tax[0]):
                yield _Line(page, rate, tax, base)
                return
    last = amounts[-1] if len(amounts) == 1 else None
    if last and (named or any(_makes(rate[0], base, last[0]) for base in printed)):
        yield _Line(page, rate, last, None)


def _makes(rate: Decimal, base: Decimal, tax: Decimal) -> bool:
    return bool(tax) and abs(rate * base / 100 - tax) <= CENT


def _base(targets: Sequence[Target]) -> Target:
    """What a rate is charged on."""
    amounts = [target for target in targets if target.is_amount]
    return next((t for t in amounts if BASES & set(tokens(t.leaf.name))), amounts[0])


def _row(line: _Line, targets: Sequence[Target], style: Style) -> Row:
    base = _base(targets)
    values: dict[str, Any] = {}
    evidence: dict[str, Evidence] = {}
    for target in targets:
        said = line.rate if target.is_rate else line.base if target is base else line.tax
        if said is not None:
            value = leaf_value(target.leaf, str(said[0]), style)
            values[target.leaf.name] = value
            evidence[target.pointer] = evidence_of(line.page, said[1], value)
    return values, evidence
