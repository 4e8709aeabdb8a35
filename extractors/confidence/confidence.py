"""How likely each value of an answer is right."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from docglean.extractors.calibration_file import Calibration
from docglean.extractors.confidence.calibration import calibration_for
from docglean.extractors.confidence.document_signals import document_signals
from docglean.extractors.confidence.running_heads import RunningHeads
from docglean.extractors.confidence.second_reading import SecondReading
from docglean.extractors.confidence.signals import words_for
from docglean.extractors.confidence.unread import unread_signals
from docglean.extractors.confidence.value_signals import (
    captions_of,
    check_signals,
    fields_of,
    null_signals,
    odd_entries,
    problem_signals,
    value_signals,
)
from docglean.extractors.confidence.weighed import add_weighed
from docglean.extractors.confidence.word_signals import (
    PageSignals,
    place_signals,
    speech_signals,
)
from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Confidence, Evidence, SchemaRecord
from docglean.extractors.grounding.ground import Grounding
from docglean.extractors.reader import Answer, Shown
from docglean.extractors.reader_kinds import LOCAL
from docglean.extractors.run import RunContext
from docglean.extractors.speech.transcript import Segment
from docglean.schemas.checks import Outcomes
from docglean.schemas.errors import Problem
from docglean.schemas.fields import Field
from docglean.schemas.schema import Schema

MOST_TOLD = 4
"""Reasons that are told of one value."""
FEW_VALUES, FEW_PAGES = 200, 5
"""Up to which it takes some milliseconds, and no thread of its own."""
LEAST_TOLD = 0.2
"""Log odds that a reason moves at least, to be told."""


async def confidence(
    run: RunContext,
    shown: Shown,
    schema: Schema,
    record: SchemaRecord | None,
    answer: Answer,
    values: dict[str, Any],
    grounding: Grounding,
    problems: Sequence[Problem],
    outcomes: Outcomes,
    second: SecondReading,
) -> dict[str, Confidence]:
    """Confidence in every leaf of `values`, nulls too, by JSON pointer.

    Args:
        record: how the schema was chosen.
        values: with every field of the schema.
        problems: of the answer, its checks and its places.
        outcomes: of the schema's checks on these values.
        second: what was begun to be read beside the answer.
    """
    used = calibration_for(run, schema)
    leaves = list(fields_of(schema.root, values))
    words = shown.opened.words.readable(shown.pages)
    transcript = shown.opened.speech.transcript
    said = () if transcript is None else transcript.segments
    asked = leaves, words, said, record, grounding.evidence, problems
    long = len(leaves) > FEW_VALUES or len(words) > FEW_PAGES
    own = await asyncio.to_thread(signals_of, *asked) if long else signals_of(*asked)
    beside = await second.signals(run, shown, schema, values)
    checks = check_signals(outcomes)
    told = (beside, checks, grounding.signals, _finite(answer.signals))
    for pointer, signals in own.items():
        for each in told:
            if pointer in each:
                signals.update(each[pointer])
    if run.engine.provider == LOCAL:
        weighed = schema.name, leaves, own
        await asyncio.to_thread(add_weighed, *weighed) if long else add_weighed(*weighed)
    return {
        pointer: confidence_of(used, signals, schema.name, pointer)
        for pointer, signals in own.items()
    }


def _finite(told: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """What a reader tells; one of a package may say anything."""
    return {
        pointer: {name: one for name, one in signals.items() if isfinite(one)}
        for pointer, signals in told.items()
    }


def signals_of(
    leaves: Sequence[tuple[str, Field, Any]],
    words: Sequence[PageWords],
    said: Sequence[Segment],
    record: SchemaRecord | None,
    evidence: Mapping[str, Evidence],
    problems: Sequence[Problem],
) -> dict[str, dict[str, float]]:
    """The signals of each leaf that its words, its field, its list and its document give.

    Args:
        leaves: pointer, field and value, as `fields_of` gives them.
        words: of the pages that were read.
        said: in a recording.
    """
    pages = {page.page: PageSignals(page) for page in words}
    of_all = document_signals(pages.values(), record, problems)
    against = problem_signals(problems)
    odd = odd_entries(leaves)
    unread = unread_signals((p for p, _, _ in leaves), evidence, pages)
    in_order = list(pages.values())
    running = RunningHeads(pages)
    found: dict[str, dict[str, float]] = {}
    for pointer, field, value in leaves:
        there = evidence.get(pointer)
        own = found[pointer] = of_all.copy()
        if value is None:
            own.update(null_signals(field, in_order))
        else:
            own.update(place_signals(there, pages))
            own.update(value_signals(field, value, there, pages))
            own.update(speech_signals(there, said))
            own.update(running.signals(there, captions_of(field)))
        own.update(unread.get(pointer, {}))
        if pointer in odd:
            own["odd_entry"] = 1.0
        if pointer in against:
            own.update(against[pointer])
    return found


def confidence_of(
    used: Calibration, signals: Mapping[str, float], schema: str, pointer: str
) -> Confidence:
    """What a calibration makes of the signals of one value."""
    parts = used.contributions(signals, schema, pointer)
    told = [name for name, one in parts.items() if abs(one) >= LEAST_TOLD]
    told.sort(key=lambda name: -abs(parts[name]))
    there = {name: value for name, value in signals.items() if value}
    return Confidence(
        probability=round(used.probability(parts), 4),
        why=tuple([words_for(name, parts[name]) for name in told[:MOST_TOLD]]),
        calibrated=used.fitted_to(there, schema, pointer),
        signals={n: one if one == 1 else round(one, 4) for n, one in there.items()},
    )
