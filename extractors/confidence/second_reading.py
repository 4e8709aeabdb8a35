"""A second reading that costs no money: the rules of the engine `local`, on the same words.

What a model and rules read alike is seldom wrong; they fail in different ways. The rules see the
words alone here, no drawn lines and no tables found by their looks: what takes time, and is for
those who have nothing else. What they read is kept in the ledger.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from docglean.extractors.answers.similarity import is_text, likeness, pair_in_order, same_value
from docglean.extractors.reader import Shown
from docglean.extractors.reader_kinds import LOCAL
from docglean.extractors.run import RunContext
from docglean.extractors.telemetry.logs import log_fault
from docglean.extractors.telemetry.spans import span
from docglean.extractors.versions import code_version
from docglean.schemas.fields import Field
from docglean.schemas.schema import Schema

MOST_PAGES = 30
"""Pages of a document from which it is not read a second time: a page takes about 0.1 s."""
MOST_SEGMENTS = 3_000
"""The same of what is said in a recording: some hours."""
ALIKE = 0.9
"""Similarity from which two texts say the same, as far as it goes."""

Signals = dict[str, dict[str, float]]


async def second_reading_signals(
    run: RunContext, shown: Shown, schema: Schema, values: dict[str, Any]
) -> Signals:
    """By pointer, whether the rules say the same of each value; empty where they were not asked.

    They are not asked about their own answer, about long documents, nor where there are no words.
    """
    if run.engine.provider == LOCAL or not 0 < len(shown.pages) <= MOST_PAGES:
        return {}
    try:
        other = await _kept_reading(run, shown, schema)
    except Exception as error:
        # It is a second opinion: whatever it does wrong, the document is read.
        log_fault(shown.opened.name, error, content=run.settings.log_content)
        return {}
    return {} if other is None else dict(agreement(schema.root, values, other))


async def _kept_reading(run: RunContext, shown: Shown, schema: Schema) -> dict[str, Any] | None:
    """What the rules read, of this run or an earlier one; None where there is nothing to read."""
    opened = shown.opened
    words, transcript = opened.words.readable(shown.pages), opened.speech.transcript
    if transcript is not None and len(transcript.segments) > MOST_SEGMENTS:
        return None
    if not words and transcript is None:
        return None
    said = "" if transcript is None else transcript.to_json()
    facts = (
        f"{opened.document.sha256} {[page.page for page in words]} {run.engine.keeps_hidden} "
        f"{schema.hash} {code_version()} {said}"
    )
    key = hashlib.sha256(facts.encode()).hexdigest()
    kept = await run.ledger.kept("second_reading", key)
    if kept is not None:
        found: dict[str, Any] = json.loads(kept)
        return found
    from docglean.extractors.rules.document_values import read_words
    from docglean.extractors.rules.readers.recording import read_recording

    with span("second_reading", {"docglean.schema": schema.name}):
        if transcript is None:
            reading = await asyncio.to_thread(read_words, schema, words)
        else:
            frames = opened.document.pages
            reading = await asyncio.to_thread(read_recording, schema, frames, words, transcript)
    payload = json.dumps(reading.values, default=str)
    sha256 = opened.document.sha256
    await run.ledger.keep("second_reading", key, payload, document=sha256, lasting=False)
    found = json.loads(payload)
    return found


def agreement(
    field: Field, value: Any, other: Any, pointer: str = ""
) -> Iterator[tuple[str, dict[str, float]]]:
    """Pointer of each leaf of `value` and what another reading says of it.

    Of a null that both have nothing is said: rules leave open more than they should. Entries of
    lists are paired by what they hold.
    """
    if field.shape == "object":
        ours, theirs = (one if isinstance(one, dict) else {} for one in (value, other))
        for child in field.children:
            name = child.name
            yield from agreement(child, ours.get(name), theirs.get(name), f"{pointer}/{name}")
    elif field.shape == "list":
        entries, others = (one if isinstance(one, list) else [] for one in (value, other))
        partners = _pairs(field.item, entries, others)
        for index, entry in enumerate(entries):
            partner = others[partners[index]] if index in partners else None
            yield from agreement(field.item, entry, partner, f"{pointer}/{index}")
    elif value is not None or other is not None:
        yield pointer, _said(field, value, other)


def _pairs(item: Field, ours: list[Any], theirs: list[Any]) -> dict[int, int]:
    def alike(i: int, j: int) -> float:
        found = likeness(item, ours[i], theirs[j])
        return 0.0 if found is None else found

    def same(i: int, j: int) -> bool:
        return same_value(item, ours[i], theirs[j])

    return dict(pair_in_order(len(ours), len(theirs), alike, same))


def _said(field: Field, value: Any, other: Any) -> dict[str, float]:
    if other is None:
        return {"second_reading_silent": 1.0}
    if value is None:
        return {"second_reading_differs": 1.0}
    if same_value(field, value, other):
        return {"second_reading_agrees": 1.0}
    alike = field.kind.similarity(value, other) if field.kind and is_text(field) else 0.0
    return {"second_reading_agrees": alike} if alike >= ALIKE else {"second_reading_differs": 1.0}
