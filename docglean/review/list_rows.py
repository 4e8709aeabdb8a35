"""Columns of a list, and rows for it that were pasted or taken from a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from docglean.evaluation.labels import put
from docglean.extractors.answers.validate import completed
from docglean.extractors.rules.fields.field_names import FITS, labels_of
from docglean.extractors.rules.lists.targets import head_fit
from docglean.review.editing import Typed
from docglean.schemas.fields import Field


@dataclass(frozen=True, slots=True)
class Column:
    """A value that each entry of a list has.

    Attributes:
        name: where it is within an entry, without the first slash: ``total``, ``tax/rate``; the
            number of the cell in a row of cells, "" where the entry is the value.
        field: of its values.
    """

    name: str
    field: Field

    @property
    def pointer(self) -> str:
        """JSON pointer within an entry."""
        return f"/{self.name}" if self.name else ""


def columns_of(listed: Field, entries: Sequence[Any] = ()) -> list[Column]:
    """The columns of a list: the values of an entry and of the objects in it, in the order of the
    schema; lists within an entry are none.

    Args:
        entries: that it has; the longest tells how many cells a row of cells has.
    """
    item = listed.item
    if item.is_row_of_cells:
        cells = max((len(entry) for entry in entries if isinstance(entry, list)), default=0)
        return [Column(str(number), item.item) for number in range(cells)]
    return list(_columns(item, ""))


def _columns(field: Field, name: str) -> Sequence[Column]:
    if field.shape == "value":
        return [Column(name, field)]
    if field.shape == "list":
        return []
    inner = (_columns(child, f"{name}/{child.name}".lstrip("/")) for child in field.children)
    return [column for columns in inner for column in columns]


def named_by(columns: Sequence[Column], heads: Sequence[str]) -> list[Column | None]:
    """For each head of a table the column that it names best, None where it names none; each
    column is named by one head."""
    fits = [
        (head_fit(labels_of(column.field), head), place, column)
        for place, head in enumerate(heads)
        for column in columns
        if head.strip()
    ]
    found: dict[int, Column] = {}
    for fit, place, column in sorted(fits, key=lambda one: -one[0]):
        if fit >= FITS and place not in found and column not in found.values():
            found[place] = column
    return [found.get(place) for place in range(len(heads))]


def entry_of(listed: Field, cells: Mapping[str, Typed]) -> Any:
    """An entry of a list with these cells, by column; what they lack is absent in it."""
    if "" in cells:
        return cells[""].value
    if listed.item.is_row_of_cells:
        width = 1 + max((int(name) for name in cells), default=-1)
        told = (cells.get(str(number)) for number in range(width))
        return [None if one is None else one.value for one in told]
    entry: dict[str, Any] = {}
    for name, cell in cells.items():
        put(entry, f"/{name}", cell.value)
    return completed(listed.item, entry)
