"""Lists within lists from tables: each table is one entry of the outer list.

Results by class, orders with their lines: every group has a table, and what it is called is
printed above the table or in the rows over its heads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docglean.extractors.documents.words import PageWords, rows
from docglean.extractors.extraction import Evidence
from docglean.extractors.geometry import union
from docglean.extractors.rules.fields.field_names import (
    FITS,
    FieldName,
    LabelsOf,
    best_fit,
    labels_of,
    tokens,
)
from docglean.extractors.rules.fields.search import single_leaves
from docglean.extractors.rules.lists.cells import reading
from docglean.extractors.rules.lists.items import Row, read_rows
from docglean.extractors.rules.lists.mapping import Mapping
from docglean.extractors.rules.skeleton import put, skeleton
from docglean.extractors.tables.cells import TextLine, runs_of
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Style
from docglean.schemas.values import leaf_value

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


def read_groups(
    field: Field,
    inner: Field,
    chosen: Sequence[Mapping],
    pages: Sequence[PageWords],
    style: Style,
    labels: LabelsOf = labels_of,
) -> list[Row]:
    """One entry for each table, with the table's rows in its inner list."""
    by_page = {page.page: page for page in pages}
    place = inner.path.removeprefix(field.item.path)
    entries: list[Row] = []
    for number, mapping in enumerate(chosen):
        values: dict[str, Any] = skeleton(field.item)
        evidence: dict[str, Evidence] = {}
        inside = read_rows(inner, [mapping], pages, style)
        if not inside:
            continue
        put(values, place, [row for row, _ in inside])
        for index, (_, seen) in enumerate(inside):
            evidence |= {f"{place}/{index}{pointer}": one for pointer, one in seen.items()}
        page = by_page.get(mapping.table.page)
        if page is not None:
            above = _lines_above(page, mapping, chosen[:number])
            for leaf in single_leaves(field.item):
                found = _labelled(leaf, labels(leaf), above, page.page, style)
                if found is not None:
                    pointer = leaf.path.removeprefix(field.item.path)
                    put(values, pointer, found[0])
                    evidence[pointer] = found[1]
        entries.append((values, evidence))
    return entries


def _lines_above(page: PageWords, mapping: Mapping, before: Sequence[Mapping]) -> list[TextLine]:
    """Lines over the table's first item and under the table before it, nearest first."""
    table = mapping.table
    first = [cell for cell in table.cells if cell.row >= mapping.first_row and cell.text]
    end = min(cell.box[1] for cell in first) if first else table.box[1]
    start = max(
        (
            cell.box[3]
            for other in before
            for cell in other.table.cells
            if cell.page == page.page and cell.box[3] <= end
        ),
        default=0.0,
    )
    lines = rows([(word, word.box) for word in page.words if start <= word.box[1] < end - 1])
    return list(reversed(lines))


def _labelled(
    leaf: Field, labels: Sequence[FieldName], lines: Sequence[TextLine], page: int, style: Style
) -> tuple[Any, Evidence] | None:
    """The value behind one of the leaf's labels in one of the lines."""
    for line in lines:
        height = max(box[3] - box[1] for _, box in line)
        for run in runs_of(line, APART * height):
            for size in range(min(MOST_LABEL_WORDS, len(run) - 1), 0, -1):
                label = " ".join(word.text for word, _ in run[:size])
                if best_fit(labels, tokens(label))[0] < FITS:
                    continue
                found = _value(leaf, run[size : size + MOST_VALUE_WORDS], page, style)
                if found is not None:
                    return found
    return None


def _value(leaf: Field, words: TextLine, page: int, style: Style) -> tuple[Any, Evidence] | None:
    text = " ".join(word.text for word, _ in words).lstrip(": ")
    said = reading(leaf.kind, text, style) if leaf.kind is not None else None
    if said is None:
        return None
    raw, start, end = said
    try:
        value = leaf_value(leaf, raw, style)
    except ValueError:
        return None
    shown = " ".join(text.split()[start:end])
    if value is None:
        return None
    return value, Evidence(
        how="exact" if shown == str(value) else "normalised",
        page=page,
        box=union(box for _, box in words),
        text=shown,
        score=1.0,
    )
