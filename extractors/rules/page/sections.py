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
MOST_WORDS = 6
"""Words of a heading."""
INDENT, ASIDE = 2, 8
"""Line heights by which a heading may begin right of a caption, and stand beside it."""
HEADS = 0.8
"""Fit of a heading with an object's label."""
COLUMNS, FIGURES = 3, 2
"""Columns of a row of a table, and those of them that end in a figure."""


@dataclass(frozen=True)
class Heading:
    """A line that begins a section, and what it is known as: an object's path, or a party."""

    run: Run
    keys: frozenset[str]


def headings_of(sheet: Sheet, objects: Mapping[str, Sequence[FieldName]]) -> list[Heading]:
    """Headings of a page that say whose what follows is, from top to bottom.

    Args:
        objects: labels of the schema's objects by path; a heading that fits one has its path
            as a key. One that announces a party has ``seller``, ``buyer`` or ``other``.
    """
    short = (run for run in sheet.runs if len(run.pieces) <= MOST_WORDS)
    told = [
        Heading(run, _keys(run, objects))
        for run in short
        if not any(is_figure(piece.text) for piece in run.pieces)
        and not any(piece.text.endswith(COLONS) for piece in run.pieces[:-1])
    ]
    return [heading for heading in told if heading.keys]


def _keys(run: Run, objects: Mapping[str, Sequence[FieldName]]) -> frozenset[str]:
    whose = addresses.heads(run.text)
    texts = [tokens(text) for text in {run.text, *run.text.split("/")}]
    fitting = (path for path, labels in objects.items()
               if any(best_fit(labels, words) >= HEADS for words in texts))  # fmt: skip
    return frozenset(key for key in (whose, *fitting) if key)


def table_rows(sheet: Sheet) -> list[int]:
    """Numbers of the rows that are a table's: columns, figures, and no captions.

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
    caption: PrintedCaption, headings: Sequence[Heading], sheet: Sheet, barriers: Sequence[int]
) -> Heading | None:
    """The nearest heading above a caption that begins no further right than it.

    Args:
        barriers: rows that end any section, see `table_rows`.
    """
    ends = max((row for row in barriers if row < caption.run.row), default=-1)
    over = [
        heading
        for heading in headings
        if heading.run.row >= ends and _is_over(heading.run, caption, sheet)
    ]
    return max(over, key=lambda one: (one.run.row, one.run.box[0]), default=None)


def _is_over(run: Run, caption: PrintedCaption, sheet: Sheet) -> bool:
    # Blocks side by side: the heading has to be over the caption, not in the next column.
    beside = len(sheet.rows[run.row]) > 1
    return (
        0 < caption.run.row - run.row <= MOST_ROWS
        and run.box[0] <= caption.box[0] + INDENT * sheet.height
        and not (beside and across(run.box, caption.box) < -ASIDE * sheet.height)
    )
