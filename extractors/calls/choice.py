"""Which answer counts: of two to one question, and of one by another model."""

from __future__ import annotations

from typing import Any

from docglean.extractors.answers.similarity import bare
from docglean.extractors.answers.validate import Validated
from docglean.extractors.models.base import Reply


def is_of_another(reply: Reply, model: str) -> bool:
    """Whether another model has answered, as it calls itself; no answer is of none."""
    return reply.outcome not in ("failed", "too_large") and reply.model != model


def better(second: Validated, first: Validated) -> bool:
    """Whether the answer to a re-ask is the better one: fewer complaints, then more values."""
    if second.data is None or first.data is None:
        return second.data is not None
    if len(second.complaints) != len(first.complaints):
        return len(second.complaints) < len(first.complaints)
    return len(_values(second.data)) > len(_values(first.data))


def _values(data: Any) -> list[Any]:
    data = bare(data)
    inner = data.values() if isinstance(data, dict) else data if isinstance(data, list) else None
    if inner is None:
        return [] if data is None else [data]
    return [value for one in inner for value in _values(one)]
