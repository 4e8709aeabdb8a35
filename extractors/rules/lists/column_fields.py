"""Lists of objects from tables, and from lines of print whose figures are aligned.

Which column is which field of the items is told in `mapping`, how rows become items in `items`. Of
all that may be the list, what fits best is taken: by its heads, by arithmetic, and by a sum of the
items that the document prints.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from decimal import Decimal

from docglean.extractors.documents.words import PageWords
from docglean.extractors.rules.fields.field_names import LabelsOf, Names, labels_of
from docglean.extractors.rules.lists.grouped_rows import inner_list, read_groups
from docglean.extractors.rules.lists.items import Row, read_rows
from docglean.extractors.rules.lists.mapping import Mapping, map_columns
from docglean.extractors.rules.lists.printed_rows import tables_of_rows
from docglean.extractors.rules.lists.targets import HeadFits, targets_of
from docglean.extractors.tables.table import Table
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Style
from docglean.schemas.kinds.figures import as_decimal
from docglean.schemas.pointers import value_at

__all__ = ["Row", "rows_from_tables"]

NEARLY = 0.6
"""Share of the best score from which a table is one of several lists."""
_SHARE = re.compile(r"\d+(?:[.,]\d+)?(?= ?%)")


def rows_from_tables(
    field: Field,
    tables: Sequence[Table],
    pages: Sequence[PageWords],
    style: Style,
    labels: LabelsOf = labels_of,
    sums: Names | None = None,
    printed: Sequence[Decimal] = (),
    aligned: Sequence[Table] | None = None,
) -> list[Row]:
    """Items of a list field, from the tables that fit the items' fields.

    Sums and carried-over amounts are left out, lines that go on are joined to their item. Where
    the items have lists themselves, each table is an item (`grouped_rows`).

    Args:
        field: a field of shape ``list`` whose item is an object.
        tables: those of the document, in reading order.
        pages: their words.
        style: how the document prints numbers and dates.
        labels: what names a field.
        sums: labels of the document's totals, which are no items.
        printed: all amounts that the document prints.
        aligned: rows of print as tables (`tables_of_rows`); found here if they are not given.
    """
    shares = {
        Decimal(one.replace(",", ".")) for page in pages for one in _SHARE.findall(page.text())
    }
    inner = inner_list(field)
    if inner is not None:
        groups = _alike(
            _mapped(tables, HeadFits(targets_of(inner, labels)), style, printed, shares)
        )
        if groups:
            return read_groups(field, inner, groups, pages, style, labels)
    targets = targets_of(field, labels)
    heads = HeadFits(targets)
    candidates = _by_heads(_mapped(tables, heads, style, printed, shares))
    if any(target.is_amount or target.is_number for target in targets):
        aligned = tables_of_rows(pages, style) if aligned is None else aligned
        candidates += [[one] for one in _mapped(aligned, heads, style, printed, shares)]
    ranked = sorted(candidates, key=_score, reverse=True)
    found = (read_rows(field, one, pages, style, sums, targets) for one in ranked)
    return next(filter(None, found), [])


def _mapped(
    tables: Sequence[Table], heads: HeadFits, style: Style, printed: Sequence[Decimal],
    shares: Collection[Decimal],
) -> list[Mapping]:  # fmt: skip
    if not heads.targets:
        return []
    found = (map_columns(table, heads, style, printed, shares) for table in tables)
    return [mapping for mapping in found if mapping]


def _by_heads(found: Sequence[Mapping]) -> list[list[Mapping]]:
    """Tables that have the same heads, for they go on on the next page."""
    groups: list[list[Mapping]] = []
    for one in found:
        for group in groups:
            if any(one.heads) and (
                group[0].heads == one.heads or group[0].head_words == one.head_words
            ):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def _alike(found: Sequence[Mapping]) -> list[Mapping]:
    """The table that fits best, and those that fit nearly as well."""
    best = max((one.score for one in found), default=0.0)
    return [one for one in found if one.score >= NEARLY * best]


def _score(group: Sequence[Mapping]) -> float:
    return max(one.score for one in group)


def comes_to(rows: Sequence[Row], total: str, printed: Sequence[Decimal]) -> bool:
    """Whether the document prints the sum of the rows' amounts at `total` beside them."""
    told = [as_decimal(value_at(values, total)) for values, _ in rows]
    amounts = [amount for amount in told if amount is not None]
    whole = sum(amounts, Decimal(0))
    return bool(amounts) and Counter(printed)[whole] > Counter(amounts)[whole]
