"""Which values of a document want a person's look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from docglean.extractors.condition import Condition
from docglean.extractors.confidence.review import judged
from docglean.extractors.extraction import Extraction

LOOKED_BELOW = 0.9
"""Confidence below which a value is to be looked at where the run asked for none."""
DOUBTED = Condition.of("failed_check or differs")
"""What wants a look however sure it is."""


def doubtful(extraction: Extraction[Any], below: float = LOOKED_BELOW) -> Iterator[str]:
    """JSON pointers of values less sure than `below`, those that a check or a second reading speaks
    against, and whatever a problem names; the least sure first, some of them twice."""
    for pointer, sure in judged(extraction.values, extraction.confidence):
        if sure.probability < below:
            yield pointer
    for problem in extraction.problems:
        if problem.severity != "warning":
            yield from (path for path in (problem.path, *problem.paths) if path)
    yield from DOUBTED.among(extraction)


def not_looked_at(reviewed: Extraction[Any], wanted: Iterable[str]) -> list[str]:
    """Those of the wanted pointers that nobody has looked at, each once; before them what the
    engine reads otherwise since somebody looked."""
    again = [pointer for pointer, one in reviewed.reviews.items() if one.look == "asked"]
    left = [pointer for pointer in wanted if pointer not in reviewed.reviews]
    return list(dict.fromkeys((*again, *left)))
