"""What the next engine is asked: the fields that are unsure, what belongs to them, on their pages.

Pure: it is told by the Extraction and the condition alone, so the same document asks the same
again, and the ledger has the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from docglean.extractors.condition import Condition
from docglean.extractors.extraction import Extraction
from docglean.schemas.pointers import leaves, pattern_of
from docglean.schemas.schema import Schema
from docglean.schemas.subset import with_surroundings

MOST_UNSURE = 0.5
"""Share of a document's values that are unsure, above which all of it is asked for: the request
would be hardly smaller, and an answer is the better for what stands around a value."""
FEW_PAGES = 3
"""Up to so many pages are all shown: to leave one out saves little."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What the next engine is asked about one document.

    Attributes:
        unsure: pointers of the values that are.
        paths: of the leaves to ask for, as `Field.path`; None for all of the schema.
        pages: numbers of the units to show.
    """

    unsure: tuple[str, ...]
    paths: frozenset[str] | None
    pages: tuple[int, ...]

    @property
    def whole(self) -> bool:
        """Whether all of the document is asked for."""
        return self.paths is None


def follow_up(
    extraction: Extraction[Any],
    condition: Condition,
    schema: Schema,
    pages: Sequence[int],
    *,
    has_pages: bool = True,
) -> FollowUp | None:
    """What to ask of a document's next engine; None where nothing is unsure.

    Args:
        schema: that the document was read by.
        pages: numbers of the units that were read.
        has_pages: they are pages, which evidence names; not parts of a recording.
    """
    if extraction.values is None:
        return FollowUp((), None, tuple(pages))
    unsure = tuple(condition.among(extraction))
    if not unsure:
        return None
    everything = [pointer for pointer, _ in leaves(extraction.values)]
    known = frozenset(leaf.path for leaf in schema.root.leaves())
    paths = known & _paths(schema, extraction, unsure)
    if len(unsure) > MOST_UNSURE * len(everything) or known <= paths:
        return FollowUp(unsure, None, tuple(pages))
    shown = tuple(pages)
    if has_pages and len(pages) > FEW_PAGES:
        asked = [
            pointer for pointer in everything if pattern_of(pointer, extraction.values) in paths
        ]
        shown = _pages(extraction, asked, unsure, pages)
    return FollowUp(unsure, paths, shown)


def _paths(schema: Schema, extraction: Extraction[Any], unsure: Sequence[str]) -> frozenset[str]:
    """Leaves to ask for: the unsure ones, and what they can't be read or judged without."""
    patterns = {pattern_of(pointer, extraction.values) for pointer in unsure}
    patterns |= _checked_together(schema, extraction, unsure)
    return with_surroundings(schema.root, patterns)


def _checked_together(
    schema: Schema, extraction: Extraction[Any], unsure: Sequence[str]
) -> set[str]:
    """What takes part in the failed checks of one of these values."""
    values = extraction.values or {}
    failed = (set(one.paths) for rule in schema.outcomes(values) for one in rule if not one.holds)
    return {
        pattern_of(path, values) for paths in failed if paths.intersection(unsure) for path in paths
    }


def _pages(
    extraction: Extraction[Any],
    asked: Iterable[str],
    unsure: Sequence[str],
    pages: Sequence[int],
) -> tuple[int, ...]:
    """Pages that the values may stand on: where they, or what is asked with them, were found, and
    all between entries of a list; the first and the last where one was found nowhere."""
    wanted: set[int] = set()
    for pattern in {pattern_of(pointer, extraction.values) for pointer in asked}:
        found = sorted(
            place.page
            for pointer, where in extraction.evidence.items()
            if pattern_of(pointer, extraction.values) == pattern and where.how != "not_found"
            for place in where.places
        )
        wanted.update(range(found[0], found[-1] + 1) if found else ())
    lost = any(_is_lost(extraction, pointer) for pointer in unsure)
    if lost or not wanted:
        wanted |= {pages[0], pages[-1]}
    return tuple(page for page in pages if page in wanted)


def _is_lost(extraction: Extraction[Any], pointer: str) -> bool:
    where = extraction.evidence.get(pointer)
    return where is None or where.how == "not_found" or not where.places
