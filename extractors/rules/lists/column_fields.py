"""Lists of objects from tables, and from lines of print whose figures are aligned.

Which column is which field of the items is told in `mapping`, how rows become items in `items`. Of
all that may be the list, the first that comes to a sum that the document prints is taken, else what
fits best by heads and arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence

from docglean.extractors.rules.lists.grouped_rows import inner_list, read_groups
from docglean.extractors.rules.lists.items import Row, read_rows
from docglean.extractors.rules.lists.mapping import Columns, map_columns
from docglean.extractors.rules.lists.paper import Paper
from docglean.extractors.rules.lists.targets import HeadFits, Target, targets_of
from docglean.extractors.tables.table import Table
from docglean.schemas.fields import Field
from docglean.schemas.kinds.figures import as_decimal
from docglean.schemas.pointers import value_at

__all__ = ["Row", "rows_from_tables"]

NEARLY = 0.6
"""Share of the best score from which a table is one of several lists."""
SUMS_SAY = 2
"""What a line of totals says: its name and its amount. Net and tax come to a printed sum, too."""


def rows_from_tables(field: Field, tables: Sequence[Table], paper: Paper) -> list[Row]:
    """Items of a list field, from the tables that fit the items' fields.

    Sums and carried-over amounts are left out, lines that go on are joined to their item. Where
    the items have lists themselves, each table is an item (`grouped_rows`).

    Args:
        field: a field of shape ``list`` whose item is an object.
        tables: those of the document, in reading order.
    """
    inner = inner_list(field)
    if inner is not None:
        groups = _alike(_mapped(tables, targets_of(inner, paper.labels), paper))
        if groups:
            return read_groups(field, inner, groups, paper)
    targets = targets_of(field, paper.labels)
    candidates = _by_heads(_mapped(tables, targets, paper))
    if any(target.role in ("amount", "count", "rate") for target in targets):
        candidates += [[one] for one in _mapped(paper.aligned, targets, paper)]
    ranked = sorted(candidates, key=lambda group: -max(one.score for one in group))
    best: list[Row] = []
    for one in ranked:
        rows = read_rows(field, one, targets, paper)
        if is_proven(rows, targets, paper):
            return rows
        best = best or rows
    return best


def is_proven(rows: Sequence[Row], targets: Sequence[Target], paper: Paper) -> bool:
    """Whether items come to a sum that is printed beside them, and say more than totals do."""
    adds_up, _, told = worth(rows, targets, paper)
    return adds_up and told > SUMS_SAY * len(rows)


def worth(rows: Sequence[Row], targets: Sequence[Target], paper: Paper) -> tuple[bool, int, int]:
    """Whether the last amounts of items come to a sum that is printed beside them, of how many
    items something is said besides one value, and how much is said of all."""
    total = next((one.pointer for one in reversed(targets) if one.role == "amount"), None)
    amounts = [as_decimal(value_at(values, total)) for values, _ in rows if total is not None]
    counts = [sum(value is not None for value in values.values()) for values, _ in rows]
    adds_up = paper.prints_sum_of(amount for amount in amounts if amount is not None)
    return adds_up, sum(count >= 2 for count in counts), sum(counts)


def _mapped(tables: Sequence[Table], targets: Sequence[Target], paper: Paper) -> list[Columns]:
    heads = HeadFits(targets)
    found = (map_columns(table, heads, paper) for table in tables) if targets else ()
    return [columns for columns in found if columns]


def _by_heads(found: Sequence[Columns]) -> list[list[Columns]]:
    """Tables that have the same heads, for they go on on the next page."""
    groups: dict[object, list[Columns]] = {}
    for one in found:
        groups.setdefault(one.heads or id(one), []).append(one)
    return list(groups.values())


def _alike(found: Sequence[Columns]) -> list[Columns]:
    """The table that fits best, and those that fit nearly as well."""
    best = max((one.score for one in found), default=0.0)
    return [one for one in found if one.score >= NEARLY * best]
