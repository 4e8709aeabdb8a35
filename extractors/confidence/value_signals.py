"""What a value, its field and its list tell of how sure it is, and what speaks for a null."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from docglean.extractors.confidence.word_signals import PageSignals, needle_of, text_signals
from docglean.extractors.extraction import Evidence
from docglean.extractors.rules.fields.field_names import INNER
from docglean.extractors.rules.fields.synonyms import all_labels
from docglean.schemas.checks import Outcomes
from docglean.schemas.errors import Problem
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Clock, Code, Day, Moment, Money, Name, Number, Text
from docglean.schemas.kinds.figures import as_decimal
from docglean.schemas.pointers import pattern_of

FIGURES = (Number, Day, Moment, Clock)
SAYS_NOTHING = frozenset({"not_found", "check_failed", "other_kind", "several_documents"})
"""Codes of problems that other signals tell, or that are of the whole document."""
HARDLY_PROVES = frozenset({"NotBefore"})
"""Checks that hold of most wrong values, too."""
FEW_ENTRIES = 4
"""Values of a column, below which none of them can be odd."""
USUAL = 0.6
"""Share of a column's values from which their form is the usual one."""
CAPTION_PAGES = 10
"""Pages, from the first on, that are searched for captions of what was not found."""
SHORT_CAPTION = 4
"""Letters below which a caption may be a part of anything."""
CURRENCY = 3
"""Letters of a currency beside an amount, at most."""
HEAD = frozenset(
    "company address seller_name seller_address date issue_date total grand_total invoice_number "
    "account_number".split()
)
"""Names of fields without which hardly a paper of business is printed."""

_FIGURE = re.compile(r"\D{0,4}\d[\d.,'\u2019]*[.,]\d\d\D?|\D?\d{1,4}([./-])\d{1,2}\1\d{2,4}\D?")
_CENTS = re.compile(r"(?<![\d.,])\d+[.,]\d\d(?![\d.,])")
_LONG_NUMBER = re.compile(r"\d{4}")
_DIGITS, _LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")


def fields_of(field: Field, value: Any, pointer: str = "") -> Iterator[tuple[str, Field, Any]]:
    """Pointer, field and value of every leaf, nulls too; a list without entries has none."""
    if field.shape == "object":
        given = value if isinstance(value, Mapping) else {}
        for child in field.children:
            yield from fields_of(child, given.get(child.name), f"{pointer}/{child.name}")
    elif field.shape == "list":
        for index, entry in enumerate(value if isinstance(value, list) else ()):
            yield from fields_of(field.item, entry, f"{pointer}/{index}")
    else:
        yield pointer, field, value


def value_signals(
    field: Field, value: Any, evidence: Evidence | None, pages: Mapping[int, PageSignals]
) -> dict[str, float]:
    """Signals of what a value is, beside what else its page prints."""
    if isinstance(field.kind, FIGURES):
        found = {"figures": 1.0}
        page = None if evidence is None or evidence.page is None else pages.get(evidence.page)
        amount = as_decimal(value) if isinstance(field.kind, Money) else None
        if page is not None and amount is not None:
            found["near_rival"] = float(page.nearly(amount))
            found["rounding_rival"] = float(page.rounded(amount))
        return found
    if not isinstance(value, str):
        return {}
    if isinstance(field.kind, Code):
        digits = any(map(str.isdigit, value))
        return {"other_kind": float(is_of_other_kind(value)), "no_digit": float(not digits)}
    if not (field.kind is None or isinstance(field.kind, Text)):
        return {}
    found = text_signals(value)
    found["other_kind"] = float(is_of_other_kind(value))
    found["amount_inside"] = float(bool(_CENTS.search(value)))
    if isinstance(field.kind, Name):
        found["figures_in_name"] = float(bool(_LONG_NUMBER.search(value)))
    return found


def is_of_other_kind(text: str) -> bool:
    """Whether a text or code is printed as amounts and dates are: "12.50 EUR", "03/04/2021"."""
    words = text.split()
    figures = [word for word in words if any(map(str.isdigit, word))]
    short = all(len(word) <= CURRENCY for word in words if word not in figures)
    return bool(figures) and short and all(map(_FIGURE.fullmatch, figures))


def null_signals(field: Field, pages: Sequence[PageSignals]) -> dict[str, float]:
    """Signals of a value that was not found."""
    found = {"absent": 1.0}
    if "*" in field.path:
        return found
    if not field.nullable or field.name in HEAD:
        found["absent_usual"] = 1.0
    needles = captions_of(field)
    if any(page.prints(needles) for page in pages[:CAPTION_PAGES]):
        found["caption_seen"] = 1.0
    return found


@lru_cache(maxsize=4096)
def captions_of(field: Field) -> tuple[str, ...]:
    """What a page prints beside the field's value, as pages are searched for it."""
    captions = (label.text for label in all_labels(field) if label.belief > INNER)
    needles = (needle_of(one) for one in captions if len(one) >= SHORT_CAPTION)
    return tuple(filter(None, needles))


def problem_signals(problems: Iterable[Problem]) -> dict[str, dict[str, float]]:
    """By pointer, what problems say against values."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for problem in problems:
        if problem.path is not None and problem.code not in SAYS_NOTHING:
            name = "windows_differ" if problem.code.startswith("conflict") else "problem"
            found[problem.path][name] = 1.0
    return found


def check_signals(rules: Outcomes) -> dict[str, dict[str, float]]:
    """By pointer, what checks say of all values that take part in them."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for outcome in chain.from_iterable(rules):
        if not outcome.holds or outcome.name not in HARDLY_PROVES:
            for pointer in outcome.paths:
                found[pointer]["check_holds" if outcome.holds else "check_fails"] = 1.0
    return found


def odd_entries(leaves: Iterable[tuple[str, Field, Any]]) -> set[str]:
    """Pointers of values in lists that have another form than most others of their column."""
    columns: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for pointer, field, value in leaves:
        if "*" in field.path and not isinstance(field.kind, Text):
            columns[pattern_of(pointer)].append((pointer, value))
    odd: set[str] = set()
    for column in columns.values():
        if len(column) < FEW_ENTRIES:
            continue
        shapes = [shape_of(value) for _, value in column]
        usual, count = Counter(shapes).most_common(1)[0]
        if USUAL * len(column) <= count < len(column):
            odd.update(p for (p, _), shape in zip(column, shapes, strict=True) if shape != usual)
    return odd


def shape_of(value: Any) -> str:
    """The form of a value: letters and digits as such, however many; empty for a null."""
    return "" if value is None else _LETTERS.sub("a", _DIGITS.sub("0", str(value).lstrip("-")))
