"""Which values of a document are to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docglean.extractors.condition import Condition
from docglean.extractors.confidence.review import judged
from docglean.extractors.extraction import Extraction
from docglean.review.docket import LOOKED_BELOW
from docglean.review.editing import fields_of, lists_of
from docglean.schemas.fields import Field

DOUBTED = Condition.of("failed_check or differs")
"""What wants a look however sure it is."""


def to_look_at(
    reviewed: Extraction[Any],
    root: Field,
    condition: Condition | None = None,
    below: float = LOOKED_BELOW,
) -> list[str]:
    """JSON pointers of what is to be looked at and nobody has looked at, the least sure first.

    Without a condition: values less sure than `below`, those that a check or a second reading
    speaks against, and whatever a problem names. Where nothing is known of any value, all of them
    and the empty lists. A value that the engine reads otherwise since somebody looked is to be
    looked at again.

    Args:
        reviewed: with what people have said so far.
        condition: that somebody told.
    """
    if condition is not None:
        wanted = list(condition.among(reviewed))
    else:
        wanted = list(_doubtful(reviewed, below))
        if not reviewed.confidence:
            wanted += _everything(root, reviewed.values)
    again = [pointer for pointer, one in reviewed.reviews.items() if one.look == "asked"]
    left = [pointer for pointer in wanted if pointer not in reviewed.reviews]
    return list(dict.fromkeys((*again, *left)))


def _doubtful(reviewed: Extraction[Any], below: float) -> Iterator[str]:
    for pointer, sure in judged(reviewed.values, reviewed.confidence):
        if sure.probability < below:
            yield pointer
    for problem in reviewed.problems:
        if problem.severity != "warning":
            yield from (path for path in (problem.path, *problem.paths) if path)
    yield from DOUBTED.among(reviewed)


def _everything(root: Field, values: Any) -> Iterator[str]:
    yield from (pointer for pointer, *_ in fields_of(root, values))
    yield from (pointer for pointer, _, entries in lists_of(root, values) if not entries)
