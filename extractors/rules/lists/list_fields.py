"""List fields: objects from tables, single values from what stands beside the list's label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Evidence
from docglean.extractors.rules.fields.candidates import NEXT_LINE, Candidate, evidence_of, held_by
from docglean.extractors.rules.fields.certainty import Signals
from docglean.extractors.rules.fields.field_names import FITS, best_fit, tokens
from docglean.extractors.rules.fields.search import Search
from docglean.extractors.rules.fields.synonyms import take_of
from docglean.extractors.rules.lists.column_fields import is_proven, rows_from_tables, worth
from docglean.extractors.rules.lists.paper import Paper
from docglean.extractors.rules.lists.rate_lines import is_by_rate, read_rates
from docglean.extractors.rules.lists.targets import targets_of
from docglean.extractors.rules.page.sheet import Token
from docglean.extractors.rules.parties.lines import is_narrow
from docglean.extractors.rules.readers.questions import question_text, questioned
from docglean.extractors.rules.readers.till import names_of_sums, read_till
from docglean.extractors.rules.skeleton import skeleton
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Choice, Style

if TYPE_CHECKING:
    from docglean.extractors.tables.table import Table

LEAST = 0.7
"""Score of a place that is believed to be a list's."""
_BETWEEN = re.compile(r"[,;•·]$")


def paper_of(search: Search, pages: Sequence[PageWords]) -> Paper:
    """What all lists need to know of a document whose pages are ready to be searched."""
    last = [leaf for leaf in search.leaves.values() if take_of(leaf) == "last"]
    sums = names_of_sums(last, search.labels)
    printed = [Decimal(one.value) for one in search.amounts()]
    return Paper(pages, search.style, search.labels, sums, printed)


def read_list(
    field: Field, search: Search, tables: Sequence[Table], paper: Paper
) -> tuple[list[Any], dict[str, Evidence], Signals, bool]:
    """Entries of a list field, with evidence and signals by JSON pointer, and whether tables would
    tell no more of it: entries come to a sum that is printed, or are of none."""
    if field.item.shape == "value":
        return *_values(field, search, paper.style), True
    if field.item.shape != "object":
        return [], {}, {}, True
    targets = targets_of(field, search.labels)
    by_rate = is_by_rate(targets)
    if by_rate:
        rows = read_rates(targets, search.sheets, paper)
    else:
        rows = rows_from_tables(field, tables, paper)
    till = read_till(
        field.item, list(search.leaves.values()), search.sheets, paper.style, search.labels
    )
    leading = next((target.leaf.name for target in targets if target.leading), "")
    described = any(values.get(leading) for values, _ in rows)
    worth_of_till = worth(till, targets, paper)
    may_be_till = all(map(is_narrow, search.sheets)) or (worth_of_till[0] and not described)
    by_heads = not may_be_till or worth_of_till <= worth(rows, targets, paper)
    entries: list[Any] = []
    evidence: dict[str, Evidence] = {}
    for number, (values, places) in enumerate(rows if by_heads else till):
        entries.append({**skeleton(field.item), **values})
        evidence |= {f"{field.path}/{number}{pointer}": one for pointer, one in places.items()}
    # What stands in a table's columns is named by their heads, lines of a till by nothing.
    signals = {pointer: {"rule_caption": 1.0} for pointer in evidence if by_heads}
    return entries, evidence, signals, by_rate or (by_heads and is_proven(rows, targets, paper))


def _values(
    field: Field, search: Search, style: Style
) -> tuple[list[Any], dict[str, Evidence], Signals]:
    """What is ticked of the boxes under the list's label, or parts of the text beside it.

    Such a text is cut into its lines, and these at commas and bullets.
    """
    ticked = _ticked(field, search, style)
    if ticked is not None:
        return *ticked, {}
    best = max(search.texts_beside(field), key=lambda one: one.score, default=None)
    if best is None or best.score < LEAST:
        return [], {}, {}
    values: list[Any] = []
    evidence: dict[str, Evidence] = {}
    for pieces in _parts(best):
        text = _BETWEEN.sub("", " ".join(piece.text for piece in pieces)).strip("-\u2013•· ")
        value = held_by(field.item, text, style) if text else None
        if value is not None:
            evidence[f"{field.path}/{len(values)}"] = evidence_of(best.page, pieces, value)
            values.append(value)
    signal = {"rule_caption": 1.0, "rule_score": min(1.0, best.score)}
    return values, evidence, dict.fromkeys(evidence, signal)


def _ticked(
    field: Field, search: Search, style: Style
) -> tuple[list[Any], dict[str, Evidence]] | None:
    """The words beside the ticked boxes of the question that a list's label asks, or of the choices
    that its entries have; None where there are no such boxes."""
    labels = search.labels(field)
    values: list[Any] = []
    evidence: dict[str, Evidence] = {}
    asked = False
    for sheet in search.sheets:
        for option, questions in questioned(sheet):
            value = held_by(field.item, option.text, style) if option.text else None
            own = isinstance(field.item.kind, Choice) or any(
                best_fit(labels, tokens(question_text(pieces))) >= FITS for pieces in questions
            )
            if value is None or not own:
                continue
            asked = True
            if option.checked:
                pieces = (option.mark, *option.label)
                evidence[f"{field.path}/{len(values)}"] = evidence_of(sheet.page, pieces, value)
                values.append(value)
    return (values, evidence) if asked else None


def _parts(candidate: Candidate) -> list[tuple[Token, ...]]:
    parts: list[list[Token]] = [[]]
    for piece in candidate.pieces:
        last = parts[-1][-1] if parts[-1] else None
        if last is not None and piece.box[1] > last.box[1] + NEXT_LINE * (
            last.box[3] - last.box[1]
        ):
            parts.append([])  # a new line is a new entry
        parts[-1].append(piece)
        if _BETWEEN.search(piece.text):
            parts.append([])
    return [tuple(part) for part in parts if part]
