"""Lists within lists from tables: each table is one entry of the outer list.

Results by class, orders with their lines: every group has a table, and what it is called is
printed above the table or in the rows over its heads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from docglean.extractors.documents.words import rows
from docglean.extractors.extraction import Evidence
from docglean.extractors.geometry import union
from docglean.extractors.rules.fields.field_names import FITS, best_fit, tokens
from docglean.extractors.rules.lists.item_cells import evidence_in, said_in
from docglean.extractors.rules.lists.items import Row, read_rows
from docglean.extractors.rules.lists.mapping import Columns
from docglean.extractors.rules.lists.paper import Paper
from docglean.extractors.rules.lists.targets import targets_of
from docglean.extractors.rules.skeleton import put, skeleton
from docglean.extractors.tables.cells import TextLine, runs_of
from docglean.extractors.tables.table import Cell
from docglean.schemas.fields import Field

MOST_LABEL_WORDS = 4
MOST_VALUE_WORDS = 6
APART = 3.0
"""Line heights that end what is printed after a label."""


def inner_list(field: Field) -> Field | None:
    """The list of objects within the items of a list, where there is just one."""
    found = [
        inner
        for inner in field.item.walk()
        if inner.shape == "list"
        and inner.item.shape == "object"
        and inner.path.count("*") == field.path.count("*") + 1
    ]
    return found[0] if len(found) == 1 else None


def read_groups(field: Field, inner: Field, chosen: Sequence[Columns], paper: Paper) -> list[Row]:
    """One entry for each table, with the table's rows in its inner list."""
    place = inner.path.removeprefix(field.item.path)
    targets = targets_of(inner, paper.labels)
    entries: list[Row] = []
    for number, columns in enumerate(chosen):
        values: dict[str, Any] = skeleton(field.item)
        evidence: dict[str, Evidence] = {}
        inside = read_rows(inner, [columns], targets, paper)
        if not inside:
            continue
        put(values, place, [row for row, _ in inside])
        for index, (_, seen) in enumerate(inside):
            evidence |= {f"{place}/{index}{pointer}": one for pointer, one in seen.items()}
        above = _lines_above(columns, chosen[:number], paper)
        for leaf in field.item.single_leaves():
            pointer = leaf.path.removeprefix(field.item.path)
            for cell in _labelled(leaf, above, columns.table.page, paper):
                said = said_in(cell, leaf, paper)
                if said is not None:
                    put(values, pointer, said[0])
                    evidence[pointer] = evidence_in(cell, *said, paper)
                    break
        entries.append((values, evidence))
    return entries


def _lines_above(columns: Columns, before: Sequence[Columns], paper: Paper) -> list[TextLine]:
    """Lines over the table's first item and under the table before it, nearest first."""
    table = columns.table
    items = [cell.box[1] for cell in table.cells if cell.row >= columns.first_row and cell.text]
    end = min(items, default=table.box[1])
    ends = [
        cell.box[3]
        for other in before
        for cell in other.table.cells
        if cell.page == table.page and cell.box[3] <= end
    ]
    start = max(ends, default=0.0)
    words = next((page.words for page in paper.pages if page.page == table.page), ())
    return rows([(word, word.box) for word in words if start <= word.box[1] < end - 1])[::-1]


def _labelled(leaf: Field, lines: Sequence[TextLine], page: int, paper: Paper) -> Iterator[Cell]:
    """What stands behind one of the leaf's labels in one of the lines."""
    labels = paper.labels(leaf)
    for line in lines:
        height = max(box[3] - box[1] for _, box in line)
        for run in runs_of(line, APART * height):
            for size in range(min(MOST_LABEL_WORDS, len(run) - 1), 0, -1):
                texts = [word.text for word, _ in run]
                if best_fit(labels, tokens(" ".join(texts[:size]))) >= FITS:
                    text = " ".join(texts[size : size + MOST_VALUE_WORDS]).lstrip(": ")
                    box = union(box for _, box in run[size : size + MOST_VALUE_WORDS])
                    yield Cell(text, box, 0, 0, page=page)
