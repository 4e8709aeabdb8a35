"""A file that holds several documents: where another one seems to begin.

A page begins another document where what stands once in a document stands again: its number, but
another one; page 1; its title; its total. One of them alone may be a running head, or a sum of the
page; together they are a beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from docglean.extractors.documents.page_numbers import page_number
from docglean.extractors.documents.words import PageWords
from docglean.extractors.rules.fields.candidates import Candidate
from docglean.extractors.rules.fields.identity import Telling, telling_fields
from docglean.extractors.rules.fields.search import Search
from docglean.extractors.rules.page.sheet import Sheet, legible_page, sheet_of
from docglean.extractors.rules.parties.addresses import is_title
from docglean.extractors.rules.readers.all_candidates import all_candidates
from docglean.schemas.errors import Problem
from docglean.schemas.fields import Field
from docglean.schemas.reading.style import Style, guess_style
from docglean.schemas.schema import Schema

ENOUGH = 3
"""Weight of the signs from which a page begins another document."""
NUMBER, FIRST_PAGE, TITLE, TOTAL, DATE = 2, 2, 1, 1, 1
"""Weights: another number, page 1 again, a title, a total again, another date."""
ONLY_SIGNS = 0.8
"""How sure a beginning is by these signs alone."""
LEAST = 0.6
"""Score of a number, total or date that is believed here."""
TOP = 0.3
"""Share of a page, from its top, where a title stands."""
LARGE = 1.2
"""Of the page's line height: a title's."""
MARGINS = 0.15
"""The same at both ends for page numbers."""
MANY = 30
"""Pages from which only those with a title or a page 1 are looked at closely."""


@dataclass(frozen=True)
class _Page:
    """What a page says of its document. None where it says nothing."""

    page: int
    number: Any = None
    date: Any = None
    total: Any = None
    titled: bool = False
    counted: int | None = None

    def weight(self, before: _Page) -> int:
        """How much speaks for its being the first of another document than `before`'s."""
        differs = self.number is not None and before.number not in (None, self.number)
        if self.number is not None and self.number == before.number and self.counted != 1:
            return 0
        return (
            NUMBER * differs
            + FIRST_PAGE * (self.counted == 1 and before.counted is not None)
            + TITLE * (self.titled and before.titled)
            + TOTAL * (self.total is not None and before.total is not None)
            + DATE * (self.date is not None and before.date not in (None, self.date))
        )

    def and_before(self, before: _Page) -> _Page:
        """The document so far, this page added."""
        return replace(
            before,
            number=before.number or self.number,
            date=before.date or self.date,
            total=before.total or self.total,
            titled=before.titled or self.titled,
            counted=self.counted or before.counted,
        )


def several_documents(schema: Schema, pages: Sequence[PageWords]) -> list[Problem]:
    """The problem of a file that holds several documents, where the schema is for one.

    Args:
        pages: words of those that were read. A single page is not divided.
    """
    starts = _starts(schema, pages)
    if len(starts) < 2:
        return []
    told = ", ".join(
        f"page {start.page}" + (f" ({start.number})" if start.number else "") for start in starts
    )
    return [
        Problem(
            code="several_documents",
            message=f"The file seems to hold {len(starts)} documents, which begin on {told}; "
            "their values may be mixed.",
            page=starts[1].page,
            way_out="Split the file, or read one document at a time: --pages.",
        )
    ]


def beginnings(
    schema: Schema, pages: Sequence[PageWords]
) -> dict[int, tuple[float, tuple[str, ...]]]:
    """Pages on which documents begin, with how sure that is and why."""
    return {
        one.page: (ONLY_SIGNS, (f"another number: {one.number}" if one.number else "page 1",))
        for one in _starts(schema, pages)
    }


def _starts(schema: Schema, pages: Sequence[PageWords]) -> list[_Page]:
    """The pages on which documents begin, the first among them; none where that can't be told."""
    leaves = telling_fields(schema)
    if len(pages) < 2 or "number" not in leaves:
        return []
    style = guess_style("\n".join(page.text() for page in pages[:MANY]))
    starts: list[_Page] = []
    document: _Page | None = None
    for page in _looked_at(schema, leaves, pages, style):
        if document is None or page.weight(document) >= ENOUGH:
            starts.append(page)
            document = page
        else:
            document = page.and_before(document)
    return starts


def _looked_at(
    schema: Schema, leaves: dict[Telling, Field], pages: Sequence[PageWords], style: Style
) -> Iterator[_Page]:
    for number, page in enumerate(pages):
        sheet = sheet_of(legible_page(page, style))
        plain = _Page(page.page, titled=_is_titled(sheet), counted=_counted(sheet))
        if number and len(pages) > MANY and not plain.titled and plain.counted != 1:
            yield plain
            continue
        only = frozenset(leaf.path for leaf in leaves.values())
        found = all_candidates(Search(schema, [sheet], style, only))
        told = {name: _value(leaf, found.get(leaf.path, ())) for name, leaf in leaves.items()}
        yield replace(plain, **told)


def _value(leaf: Field, found: Sequence[Candidate]) -> Any:
    """What the field's caption says on this page, comparable."""
    best = next((one for one in found if one.caption is not None), None)
    if best is None or best.score < LEAST or leaf.kind is None:
        return None
    return leaf.kind.key(best.value)


def _is_titled(sheet: Sheet) -> bool:
    """Whether a line on top of the page says what the document is, and stands out or alone."""
    return any(
        is_title(run.text) and len(run.pieces) <= 3 and not any(map(str.isdigit, run.text))
        and (run.height >= LARGE * sheet.height or len(sheet.rows[run.row]) == 1)
        for run in sheet.runs
        if run.box[1] < TOP * sheet.depth
    )  # fmt: skip


def _counted(sheet: Sheet) -> int | None:
    """The page's own number, as it prints it in its margins."""
    for run in sheet.runs:
        middle = (run.box[1] + run.box[3]) / 2 / max(sheet.depth, 1.0)
        if MARGINS < middle < 1 - MARGINS:
            continue
        found = page_number(run.text)
        if found is not None:
            return found.page
    return None
