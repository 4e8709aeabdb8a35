"""Which values of a document are to be looked at."""

from __future__ import annotations

from typing import Any

from docglean.extractors.condition import Condition
from docglean.extractors.extraction import Extraction
from docglean.extractors.reviews.to_look import LOOKED_BELOW, doubtful, not_looked_at
from docglean.review.editing import fields_of
from docglean.schemas.fields import Field


def to_look_at(
    reviewed: Extraction[Any],
    root: Field,
    condition: Condition | None = None,
    below: float = LOOKED_BELOW,
) -> list[str]:
    """JSON pointers of what is to be looked at and nobody has looked at, the least sure first.

    Without a condition: values less sure than `below`, those that a check or a second reading
    speaks against, and whatever a problem names. Where nothing is known of any value, all of them.
    A value that the engine reads otherwise since somebody looked is to be looked at again.

    Args:
        reviewed: with what people have said so far.
        condition: that somebody told.
    """
    if condition is not None:
        wanted = list(condition.among(reviewed))
    else:
        wanted = list(doubtful(reviewed, below))
        if not reviewed.confidence:
            wanted += [pointer for pointer, *_ in fields_of(root, reviewed.values)]
    return not_looked_at(reviewed, wanted)
