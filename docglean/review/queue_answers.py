"""The queue as the page is told it: a stretch of documents, counts, and how far the review is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_args

from docglean.review.faults import ReviewFault
from docglean.review.ports import Json
from docglean.review.queue import AT_ONCE, Order, QueueFilter, ReviewQueue, facets_of
from docglean.review.queue_rows import QueueRow

STRETCH = 60
"""Documents that are told where nobody says how many."""
_AS_THEY_ARE = """
    id name schema status engine_status least to_look looked pages seconds run
""".split()


def stretch(queue: ReviewQueue, by: str, told: Mapping[str, str]) -> Json:
    """A stretch of the queue.

    Args:
        told: the query of the request.

    Raises:
        ReviewFault: there is no such order.
    """
    # Before the rows: who is told that all are indexed does not ask again.
    indexed, documents = queue.indexed, queue.documents
    found = queue.wanted(_wanted(told))
    offset = _number(told.get("offset"), 0)
    limit = min(_number(told.get("limit"), STRETCH), AT_ONCE)
    progress = queue.progress(by)
    return {
        "total": len(found),
        "offset": offset,
        "rows": [_row(row) for row in found[offset : offset + limit]],
        "indexed": indexed,
        "documents": documents,
        "facets": facets_of(queue.rows()),
        "progress": {**asdict(progress), "seconds_left": progress.seconds_left},
    }


def _wanted(told: Mapping[str, str]) -> QueueFilter:
    order: Any = told.get("order") or "worst"
    if order not in get_args(Order):
        raise ReviewFault("bad_request", f"There is no order {order}.", "Load the page again.")
    return QueueFilter(
        schema=told.get("schema", ""),
        field=told.get("field", ""),
        problem=told.get("problem", ""),
        status=told.get("status", ""),
        find=told.get("find", ""),
        order=order,
        only_open=told.get("open", "1") != "0",
    )


def _number(told: str | None, usual: int) -> int:
    return int(told) if told and told.isdecimal() and len(told) < 10 else usual


def _row(row: QueueRow) -> Json:
    told: Json = {name: getattr(row, name) for name in _AS_THEY_ARE}
    return told | {
        "problems": list(row.problems),
        "reviewed_by": list(row.reviewed_by),
        "at": None if row.at is None else row.at.isoformat(),
    }
