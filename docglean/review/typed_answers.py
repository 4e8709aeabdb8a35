"""What is typed, pasted or drawn over, answered as the page shows it before it is taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docglean.evaluation.labels import field_at
from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Box, Extraction
from docglean.review.boxed_rows import ranges_of, row_in
from docglean.review.editing import Typed, parse
from docglean.review.faults import NotThere
from docglean.review.list_rows import columns_of
from docglean.review.pasted_rows import pasted_rows
from docglean.review.ports import Json
from docglean.review.printed_style import style_of
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Style
from docglean.schemas.pointers import value_at


def typed(root: Field, found: Extraction[Any], pointer: str, text: str) -> Json:
    """What a value would become of a text.

    Raises:
        NotThere: the schema has no such value.
    """
    field = field_at(root, pointer)
    if field is None or field.shape != "value":
        raise _no_field(pointer)
    return _cell(parse(field, text, _style(root, found), value_at(found.values, pointer)))


def drawn_row(root: Field, found: Extraction[Any], pointer: str, page: PageWords, box: Box) -> Json:
    """The words in a box, in points of the page, as a row of a list.

    Raises:
        NotThere: the schema has no such list.
    """
    listed, entries = _list(root, found, pointer)
    columns = columns_of(listed, entries)
    ranges = ranges_of(page, pointer, columns, found.evidence)
    row = row_in(page, box, columns, ranges, _style(root, found))
    return {"row": {name: _cell(cell) for name, cell in row.items()}}


def pasted(root: Field, found: Extraction[Any], pointer: str, text: str) -> Json:
    """Cells of a spreadsheet as rows of a list.

    Raises:
        NotThere: the schema has no such list.
        ConfigError: ``too_many_rows``.
    """
    listed, entries = _list(root, found, pointer)
    rows = pasted_rows(columns_of(listed, entries), text, _style(root, found))
    return {
        "rows": [{name: _cell(cell) for name, cell in row.items()} for row in rows.rows],
        "columns": list(rows.columns),
        "has_header": rows.has_header,
        "left_out": rows.left_out,
    }


def _style(root: Field, found: Extraction[Any]) -> Style:
    return style_of(root, found.values or {}, found.evidence)


def _list(root: Field, found: Extraction[Any], pointer: str) -> tuple[Field, Sequence[Any]]:
    listed = field_at(root, pointer)
    if listed is None or listed.shape != "list":
        raise _no_field(pointer)
    return listed, value_at(found.values, pointer) or []


def _cell(told: Typed) -> Json:
    return {
        "text": told.text,
        "value": told.value,
        "shown": told.shown,
        "error": told.error or None,
    }


def _no_field(pointer: str) -> NotThere:
    return NotThere("no_field", f"The schema has no {pointer}.", "Load the page again.")
