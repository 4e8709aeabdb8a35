"""Which heading a caption stands under: "Name:" means another thing below "Buyer" than "Seller"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from docglean.extractors.geometry import across
from docglean.extractors.rules.fields.field_names import FieldName, best_fit, tokens
from docglean.extractors.rules.page.captions import COLONS, PrintedCaption, is_figure
from docglean.extractors.rules.page.sheet import Run, Sheet
from docglean.extractors.rules.parties import addresses

MOST_ROWS = 14
"""Rows that a heading reaches down; further below it is another section, if unnamed."""
COLUMNS, FIGURES = 3, 2
"""Runs of a row, and those of them that are figures, from which it is a table's."""
HEADS = 0.8
"""Fit of a heading with an object's label."""


@dataclass(frozen=True)
class Heading:
    """A line that begins a section. `keys` is empty where it is known to no field."""

    run: Run
    keys: frozenset[str]


def headings_of(sheet: Sheet, objects: Mapping[str, Sequence[FieldName]]) -> list[Heading]:
    """Headings of a page, from top to bottom.

    Args:
        objects: labels of the schema's objects by path; a heading that fits one has its path
            as a key. One that announces a party has ``seller``, ``buyer`` or ``other``.
    """
    found = []
    for number, row in enumerate(sheet.rows):
        for run in row:
            if len(run.pieces) > 6 or any(is_figure(piece.text) for piece in run.pieces):
                continue
            if any(piece.text.endswith(COLONS) for piece in run.pieces[:-1]):
                continue
            keys = _keys(run, objects)
            if keys or _looks_like_heading(sheet, number, run):
                found.append(Heading(run, keys))
    return found


def _keys(run: Run, objects: Mapping[str, Sequence[FieldName]]) -> frozenset[str]:
    keys: set[str] = set()
    whose = addresses.heads(run.text)
    if whose:
        keys.add(whose)
    for text in {run.text, *run.text.split("/")}:
        words = tokens(text)
        for path, labels in objects.items():
            if best_fit(labels, words)[0] >= HEADS:
                keys.add(path)
    return frozenset(keys)


def _looks_like_heading(sheet: Sheet, number: int, run: Run) -> bool:
    """Alone in its row, without a colon, and captions with colons begin below it."""
    if len(sheet.rows[number]) > 1 or run.text.endswith(COLONS) or not run.text[:1].isupper():
        return False
    below = sheet.rows[number + 1] if number + 1 < len(sheet.rows) else ()
    return (
        bool(below)
        and any(piece.text.endswith(COLONS) for piece in below[0].pieces)
        and below[0].box[0] >= run.box[0] - sheet.height
    )


def table_rows(sheet: Sheet) -> list[int]:
    """Rows that are a table's: three columns or more, two of them figures, and no captions.

    A table ends the section above it: what is below it, sums most of all, is not the buyer's.
    """
    return [
        number
        for number, row in enumerate(sheet.rows)
        if len(row) >= COLUMNS
        and sum(is_figure(run.pieces[-1].text) for run in row) >= FIGURES
        and not any(piece.text.endswith(COLONS) for run in row for piece in run.pieces)
    ]


def heading_over(
    caption: PrintedCaption, headings: Sequence[Heading], sheet: Sheet, barriers: Sequence[int] = ()
) -> Heading | None:
    """The nearest heading above a caption that begins no further right than it.

    Args:
        barriers: numbers of rows that end any section, see `table_rows`.
    """
    best: Heading | None = None
    for heading in headings:
        run = heading.run
        if not 0 < caption.run.row - run.row <= MOST_ROWS:
            continue
        if any(run.row < row < caption.run.row for row in barriers):
            continue
        if run.box[0] > caption.box[0] + 2 * sheet.height:
            continue
        # Blocks side by side: the heading has to be over the caption, not in the next column.
        if len(sheet.rows[run.row]) > 1 and across(run.box, caption.box) < -8 * sheet.height:
            continue
        if (
            best is None
            or run.row > best.run.row
            or (run.row == best.run.row and run.box[0] > best.run.box[0])
        ):
            best = heading
    return best
