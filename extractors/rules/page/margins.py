"""What stands in the margins of pages and is about the page: its number."""

from __future__ import annotations

from collections.abc import Iterable

from docglean.extractors.documents.page_numbers import is_number_alone, page_number
from docglean.extractors.rules.page.sheet import Run, Sheet

MARGIN = 0.08
"""Share of a page's depth at either end, in which a number alone in its row is the page's."""


def page_number_words(sheets: Iterable[Sheet]) -> frozenset[int]:
    """Ids of the words that say which page it is."""
    return frozenset(
        id(piece.word)
        for sheet in sheets
        for run in sheet.runs
        for piece in run.pieces[slice(*_page_number(run, sheet))]
    )


def _page_number(run: Run, sheet: Sheet) -> tuple[int, int]:
    """First word and behind the last that say it; the same number twice where there are none."""
    found = page_number(run.text)
    if found is None:
        middle = (run.box[1] + run.box[3]) / 2
        edge = not MARGIN * sheet.depth < middle < (1 - MARGIN) * sheet.depth
        alone = len(sheet.rows[run.row]) == 1 and is_number_alone(run.text)
        return (0, len(run.pieces)) if edge and alone else (0, 0)
    ends = [0]
    for piece in run.pieces:
        ends.append(ends[-1] + len(piece.text) + 1)
    words = [at for at in range(len(run.pieces))
             if ends[at] < found.end and ends[at + 1] - 1 > found.start]  # fmt: skip
    return words[0], words[-1] + 1
