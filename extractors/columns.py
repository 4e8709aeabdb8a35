"""Lists of objects from tables: which column is which field of the items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import Evidence
from docglean.extractors.tables import Table
from docglean.extractors.words import PageWords
from docglean.schemas.fields import Field

if TYPE_CHECKING:
    from docglean.schemas.kinds import Style

Row = tuple[dict[str, Any], dict[str, Evidence]]
"""An item's values, and evidence by JSON pointer relative to the item."""


def rows_from_tables(
    field: Field, tables: Sequence[Table], pages: Sequence[PageWords], style: Style
) -> list[Row]:
    """Items of a list field, from the tables whose column heads match the items' fields.

    Args:
        field: a field of shape ``list`` whose item is an object.
        tables: those of the document, in reading order.
        pages: the words, for documents whose rows stand in no table.
        style: how the document prints numbers and dates.
    """
    return []
