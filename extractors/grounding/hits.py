"""Places where a value is printed, and all of them row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from docglean.extractors.extraction import Box
from docglean.extractors.grounding.word_index import Span

How = Literal["exact", "normalised", "fuzzy"]


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a value is printed.

    Attributes:
        span: the words or parts of words, on the page where it begins.
        how: as in `Evidence`.
        score: how well it shows the value, 0 to 1.
        fit: the same, less what makes it an unlikely place: cut out of a word, words far apart.
        page: place of the page in the index.
        row: printed row that it begins in; `last_row` the one that it ends in on that page.
        box: around all of `span`, on the upright page.
        rest: words on the pages after, one span a page, where it runs over a page break.
        rivals: other places that were weighed against this one.
        named: how well what is printed beside it names its field, 0 to 1; None where nobody looked.
    """

    span: Span
    how: How
    score: float
    fit: float
    page: int
    row: int
    last_row: int
    box: Box
    rest: tuple[Span, ...] = ()
    rivals: int = 0
    named: float | None = None

    @property
    def order(self) -> tuple[int, float]:
        """What places are sorted by: down the pages, row by row."""
        return self.row, self.box[0]

    @property
    def signals(self) -> dict[str, float]:
        """What the search tells of how sure the value is; see `confidence.signals`."""
        found = {"rivals": 1 - 1 / (1 + self.rivals)} if self.rivals else {}
        return found if self.named is None else {**found, "captioned": self.named}

    def overlaps(self, other: Hit) -> bool:
        """Whether both take the same characters of the page."""
        if other.row > self.last_row or other.last_row < self.row:
            return False
        return any(
            mine.word == part.word and mine.start < part.end and part.start < mine.end
            for mine in self.span
            for part in other.span
        )


@dataclass(slots=True)
class HitRows:
    """All places of one value, row by row, and the same by the rows they begin in."""

    hits: tuple[Hit, ...]
    by_row: dict[int, list[Hit]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for hit in self.hits:
            self.by_row.setdefault(hit.row, []).append(hit)

    def between(self, first: int, last: int) -> list[Hit]:
        """Hits that begin in the rows `first` to `last`."""
        return [hit for row in range(first, last + 1) for hit in self.by_row.get(row, ())]


NOTHING = HitRows(())
