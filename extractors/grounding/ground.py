"""Where the values of an answer stand in its document."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from docglean.extractors.extraction import Evidence
from docglean.extractors.reader import Answer, Shown
from docglean.extractors.telemetry.spans import span
from docglean.schemas.errors import Problem
from docglean.schemas.schema import Schema


@dataclass(frozen=True, slots=True)
class Grounding:
    """Where values stand.

    Attributes:
        evidence: by JSON pointer.
        problems: pages on which nothing could be looked up.
        seconds: by stage.
        signals: what looking up tells of how sure a value is, by JSON pointer and name of the
            signal; see `confidence.signals`.
    """

    evidence: Mapping[str, Evidence]
    problems: tuple[Problem, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    signals: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


async def ground(shown: Shown, schema: Schema, answer: Answer, values: dict[str, Any]) -> Grounding:
    """Where each value stands: as the reader says, else looked up on the pages and in what is said.

    Args:
        values: of the answer, with every field of the schema.
    """
    if answer.evidence is not None:
        return Grounding(answer.evidence)
    from docglean.extractors.grounding.locate import located

    opened, started = shown.opened, time.perf_counter()
    with span("locate", {"docglean.schema": schema.name}) as mark:
        found = await asyncio.to_thread(
            located,
            schema,
            values,
            opened.words.readable(shown.pages),
            hints=answer.hints,
            transcript=opened.speech.transcript,
            frames={page.number: page.shown for page in opened.document.pages if page.shown},
        )
        mark.set({"docglean.values": len(found.evidence)})
    lost = (one.model_copy(update={"severity": "warning"}) for one in opened.words.unreadable())
    seconds = {"locate": time.perf_counter() - started}
    return Grounding(found.evidence, tuple(lost), seconds, found.signals)
