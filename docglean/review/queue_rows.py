"""What the queue knows of a document: little enough to hold those of ten thousand."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from docglean.extractors.condition import CHECKS, Condition
from docglean.extractors.confidence.review import judged
from docglean.extractors.extraction import Confidence, Extraction, Status
from docglean.extractors.reviews import ReviewEvent, replay
from docglean.flows.open_reviews import is_open
from docglean.review.docket import DocketEntry, Listed
from docglean.review.queued import to_look_at
from docglean.schemas.pointers import pattern_of

NOWHERE = frozenset({"not_found"})
"""Codes of problems of values that stand nowhere."""
_ENDS = get_args(Status)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One document in the queue.

    Attributes:
        status: as it is after what people have said.
        engine_status: as the engine left it.
        least: probability of the least sure of the values that are to be looked at; None where
            nothing is known of them.
        to_look: values that are to be looked at still.
        looked: values and lists that somebody has looked at.
        fields: patterns of the pointers that `to_look` counts, such as ``/lines/*/total``.
        problems: codes of what is wrong or may be.
        failed, lost: how many checks fail, and how many values stand nowhere.
        risk, risk_looked, risk_queued: expected number of wrong values: of all, of those that
            somebody has looked at, of those that are to be looked at.
        calibrated: these numbers are of a calibration; None where there are none.
        is_open: nobody has signed it off, and there is something to look at or it waits for a
            person, see `flows.open_reviews`. Of several runs together only what waits is open, and
            where a condition was told only what it holds of.
    """

    id: str
    name: str
    uri: str
    schema: str
    status: Status
    engine_status: Status
    place: int
    run: str = ""
    least: float | None = None
    to_look: int = 0
    looked: int = 0
    fields: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    failed: int = 0
    lost: int = 0
    reviewed_by: tuple[str, ...] = ()
    at: datetime | None = None
    pages: int = 0
    seconds: float | None = None
    risk: float = 0.0
    risk_looked: float = 0.0
    risk_queued: float = 0.0
    calibrated: bool | None = None
    is_open: bool = False

    @property
    def worst(self) -> tuple[float, int, int, int, int]:
        """Sorts the worst first: by the least sure value that is to be looked at, which finds
        errors sooner than how the document has ended (`python -m bench.review`); then by that, by
        failing checks and by values that stand nowhere. Where nothing is known of its values, a
        document that has something wrong comes first, and any other last."""
        least = self.least
        if least is None:
            least = 0.0 if self.problems else 1.0
        return least, -_ENDS.index(self.status), -self.failed, -self.lost, self.place


def row_of(
    entry: DocketEntry, events: Sequence[ReviewEvent], condition: Condition | None = None
) -> QueueRow:
    """A document's row.

    Args:
        events: that count: all, or those of one person.
        condition: that somebody told for what is to be looked at.
    """
    result = entry.result
    reviewed = replay(result, events, entry.known.schema).extraction if events else result
    done = reviewed.status == "reviewed"
    left = [] if done else to_look_at(reviewed, entry.known.root, condition, entry.below)
    serious = [one for one in reviewed.problems if one.severity != "warning"]
    doubts = [(pointer, 1 - sure.probability) for pointer, sure in _counted(result)]
    queued = frozenset(left)
    waits = condition is None and is_open(result.status, reviewed)
    settled = {pointer for pointer, one in reviewed.reviews.items() if one.look != "asked"}
    unseen = [sure.probability for pointer, sure in _counted(reviewed) if pointer in queued]
    return QueueRow(
        id=entry.id,
        name=result.document.name,
        uri=result.document.uri,
        schema="" if result.schema_used is None else result.schema_used.name,
        status=reviewed.status,
        engine_status=result.status,
        place=entry.place,
        run=entry.run,
        least=min(unseen, default=None),
        to_look=len(left),
        looked=len(reviewed.reviews),
        fields=frozenset(pattern_of(pointer, reviewed.values) for pointer in left),
        problems=tuple(dict.fromkeys(one.code for one in serious)),
        failed=sum(one.code in CHECKS for one in serious),
        lost=sum(one.code in NOWHERE for one in serious),
        reviewed_by=reviewed.reviewed_by,
        at=events[-1].at if events else None,
        pages=result.document.pages,
        seconds=result.document.seconds,
        risk=sum(risk for _, risk in doubts),
        risk_looked=sum(risk for pointer, risk in doubts if pointer in settled),
        risk_queued=sum(risk for pointer, risk in doubts if pointer in queued),
        calibrated=_is_calibrated(result),
        is_open=waits if entry.run and condition is None else waits or bool(left),
    )


def unreadable_row(listed: Listed, code: str) -> QueueRow:
    """The row of a result that cannot be read; it is in no queue of what is to be looked at.

    Args:
        code: of the error.
    """
    return QueueRow(
        id=listed.id,
        name=listed.name,
        uri="",
        schema="",
        status="failed",
        engine_status="failed",
        place=sys.maxsize,
        problems=(code,),
    )


def _is_calibrated(result: Extraction[Any]) -> bool | None:
    told = [sure.calibrated for sure in result.confidence.values()]
    return all(told) if told else None


def _counted(extraction: Extraction[Any]) -> list[tuple[str, Confidence]]:
    return judged(extraction.values, extraction.confidence)
