"""What was bought, on a till's receipt without column heads: lines that end in an amount."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from docglean.extractors.extraction import Evidence
from docglean.extractors.rules.fields.candidates import evidence_of, held_by, readings
from docglean.extractors.rules.fields.field_names import LabelsOf, Names, labels_of, tokens
from docglean.extractors.rules.lists.items import CENTS, SUM_FIT, Row
from docglean.extractors.rules.page.sheet import Run, Sheet, Token
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Money, Number, Style, Text
from docglean.schemas.labels import words_of

MOST_BEGIN, MOST_COUNT = 0.8, 100
"""Share of the lines that must begin with a number for it to be a count, and what that is below."""
MOST_LINES = 3
"""Lines that name one thing above its amount."""
_COUNT = re.compile(r"(?P<count>\d+(?:[.,]\d+)?)\s?[xX\u00d7*@](?:\s|$|(?=\d+[.,]\d\d\b))")
_TOTALS = frozenset(words_of("sums.of_tills"))


_Amount = tuple[Any, tuple[Token, ...]]
"""A value as its kind reads it, and its words."""


@dataclass
class _Item:
    """A line with an amount, and the words that say what it was for."""

    amount: _Amount
    words: list[Token] = field(default_factory=list)
    count: _Amount | None = None
    price: _Amount | None = None


@dataclass(frozen=True)
class _Targets:
    """Fields of an entry, by what they hold; a list without text and amount has none."""

    text: Field
    amount: Field
    count: Field | None
    price: Field | None


def read_till(
    entry: Field,
    others: Sequence[Field],
    sheets: Sequence[Sheet],
    style: Style,
    labels: LabelsOf = labels_of,
) -> list[Row]:
    """Entries of a list of things bought; nothing where the page is no till's receipt.

    Args:
        entry: the list's item.
        others: the schema's single fields: a line that names one of its sums ends the list.
    """
    targets = _targets(entry)
    if targets is None:
        return []
    names = names_of_sums(others, labels)
    return [
        _row(item, targets, sheet.page, style)
        for sheet in sheets
        for item in _items(sheet, names, style)
    ]


def names_of_sums(others: Sequence[Field], labels: LabelsOf = labels_of) -> Names:
    """The labels of the schema's single amounts."""
    return Names({leaf.path: labels(leaf) for leaf in others if isinstance(leaf.kind, Money)})


def _targets(entry: Field) -> _Targets | None:
    leaves = [leaf for leaf in entry.children if leaf.shape == "value"]
    money = [leaf for leaf in leaves if isinstance(leaf.kind, Money)]
    text = next((leaf for leaf in leaves if isinstance(leaf.kind, Text)), None)
    if text is None or not money:
        return None
    each = [leaf for leaf in money if {"price", "unit", "each"} & set(tokens(leaf.name))]
    whole = [leaf for leaf in money if leaf not in each] or money
    price = each[0] if len(money) > 1 and each else None
    return _Targets(text, whole[-1], next(filter(_counts, leaves), None), price)


def _counts(leaf: Field) -> bool:
    """Whether a field says how many of a thing were bought."""
    number = isinstance(leaf.kind, Number) and not isinstance(leaf.kind, Money)
    return number and "rate" not in tokens(leaf.name)


def _items(sheet: Sheet, names: Names, style: Style) -> list[_Item]:
    """Lines with an amount, from the first to the first sum, with the words that belong to them."""
    found: list[_Item] = []
    waiting: list[list[Token]] = []
    for row in sheet.rows:
        pieces = [piece for run in row for piece in run.pieces]
        ends = is_sum(row, names)
        amount = None if ends else _amount(row, style)
        if (found and ends) or (amount and _is_whole(found, amount)):
            break
        if amount is None:
            if ends or any(":" in piece.text for piece in pieces):
                waiting = []
            elif _has_word(pieces):
                waiting.append(pieces)
            continue
        left = [p for p in pieces if p.box[2] <= amount[1][0].box[0] + 1]
        item = _counted(left, amount, style)
        lines = waiting[-MOST_LINES:] if found else waiting[-1:]
        above = [piece for line in lines for piece in line]
        if not _has_word(item.words):
            item.words = above or item.words
        elif found:
            found[-1].words += above  # lines below a thing that go on about it
        waiting = []
        found.append(item)
    return _with_counts([item for item in found if _has_word(item.words)], style)


def _is_whole(found: Sequence[_Item], amount: _Amount) -> bool:
    """Whether an amount is that of all things above it."""
    told = sum((Decimal(item.amount[0]) for item in found), Decimal(0))
    return len(found) >= 2 and told == Decimal(amount[0])


def _with_counts(items: Sequence[_Item], style: Style) -> list[_Item]:
    """Things with the number that nearly all of their lines begin with as how many there are."""
    first = [_leading_count(item, style) for item in items]
    if len(items) > 1 and sum(count is not None for count in first) >= MOST_BEGIN * len(items):
        for item, count in zip(items, first, strict=True):
            if count is not None:
                item.count, item.words = (count, (item.words[0],)), item.words[1:]
    return list(items)


def _leading_count(item: _Item, style: Style) -> str | None:
    """The number in front of a thing's name."""
    if item.count is not None or len(item.words) < 2 or not _has_word(item.words[1:]):
        return None
    count = Number().parse(item.words[0].text, style)
    return count if count is not None and 0 < Decimal(count) < MOST_COUNT else None


def _has_word(pieces: Sequence[Token]) -> bool:
    """Whether there is more than a code: a word of letters."""
    return any(len(p.text) >= 3 and sum(map(str.isalpha, p.text)) >= 3 and
               not any(map(str.isdigit, p.text)) for p in pieces)  # fmt: skip


def _amount(row: Sequence[Run], style: Style) -> _Amount | None:
    """The rightmost amount of a row that shows its cents."""
    last = None
    for run in row:
        for value, pieces, quality in readings(Money(), run, style):
            if quality >= 1.0:
                signed = any("-" in piece.text for piece in pieces)
                last = value if signed else value.lstrip("-"), pieces  # "S" may name a tax
    return last


def is_sum(row: Sequence[Run], names: Names) -> bool:
    """Whether a line is named as one of the schema's sums, or as any till names its sums, or what
    it tells stands behind a colon."""
    words = [piece.text for run in row for piece in run.pieces]
    said = [word for word in words if not any(map(str.isdigit, word))]
    caption = tokens(" ".join(said))
    told = any(word.endswith(":") for word in said) and not words[-1].endswith(":")
    return told or bool(names.fits(caption, least=SUM_FIT)) or bool(_TOTALS & set(caption[:2]))


def _counted(before: Sequence[Token], amount: _Amount, style: Style) -> _Item:
    """A line's words without "2 x" and "2 x 3.40", and without the figures before its amount."""
    item = _Item(amount, list(before))
    behind = _take_count(item, before)
    figures = _take_figures(item, behind, style)
    if item.count is not None and figures:
        item.price = figures[0]
    elif item.count is None:
        item.count, item.price = _factors(figures, amount)
        item.words += [] if item.price else [piece for _, pieces in figures for piece in pieces]
    return item


def _take_count(item: _Item, before: Sequence[Token]) -> int:
    """Move "2 x" from an item's words to its count; where in its words that stood, 0 if nowhere."""
    for index, piece in enumerate(before):
        both = " ".join(p.text for p in before[index : index + 2])
        match = _COUNT.match(piece.text) or _COUNT.match(both)
        if match is None or (match["count"] == piece.text and index + 1 == len(before)):
            continue
        used = 1 if match.end() <= len(piece.text) else 2
        item.count = match["count"], tuple(before[index : index + used])
        item.words = [*before[:index], *before[index + used :]]
        return index
    return 0


def _take_figures(item: _Item, behind: int, style: Style) -> list[_Amount]:
    """Take the figures off the end of an item's words, as far as the word `behind`."""
    figures: list[_Amount] = []
    while len(item.words) > behind:
        value = Number().parse(item.words[-1].text, style)
        if value is None:
            break
        figures.insert(0, (value, (item.words.pop(),)))
    return figures


def _factors(figures: Sequence[_Amount], amount: _Amount) -> tuple[_Amount | None, _Amount | None]:
    """The two of a line's figures that make its amount: how many, and the price of one."""
    whole = Decimal(amount[0])
    for count in figures:
        for price in figures:
            fit = abs(Decimal(count[0]) * Decimal(price[0]) - whole) <= Decimal("0.01")
            if fit and count is not price and _is_price(price) and not _is_price(count):
                return count, price
    return None, None


def _is_price(figure: _Amount) -> bool:
    return bool(CENTS.search(figure[1][0].text))


def _row(item: _Item, targets: _Targets, page: int, style: Style) -> Row:
    text = " ".join(piece.text for piece in item.words)
    told: list[tuple[Field | None, Any, Sequence[Token]]] = [
        (targets.text, text, item.words),
        (targets.amount, item.amount[0], item.amount[1]),
        (targets.count, *(item.count or (None, ()))),
        (targets.price, *(item.price or (None, ()))),
    ]
    values: dict[str, Any] = {}
    evidence: dict[str, Evidence] = {}
    for target, raw, pieces in told:
        if target is None or raw is None:
            continue
        value = held_by(target, raw, style)
        if value is not None and pieces:
            values[target.name] = value
            evidence[f"/{target.name}"] = evidence_of(page, pieces, value)
    return values, evidence
