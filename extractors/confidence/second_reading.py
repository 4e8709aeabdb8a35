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
from docglean.extractors.concurrency import ON_ITS_WAY
from docglean.extractors.documents.words import PageWords
from docglean.extractors.open_document import OpenDocument
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


class SecondReading:
    """What the rules read of one document beside a model, found once for each schema and engine."""

    def __init__(self) -> None:
        self._begun: dict[str, asyncio.Task[dict[str, Any] | None]] = {}

    def begin(self, run: RunContext, shown: Shown, schema: Schema) -> None:
        """Find it while the model is waited for, where the words are there already."""
        self._task(run, shown, schema, ahead=True)

    async def signals(
        self, run: RunContext, shown: Shown, schema: Schema, values: dict[str, Any]
    ) -> Signals:
        """By pointer, whether the rules say the same of a value; empty where they were not asked.

        They are not asked about their own answer, about long documents, nor where there are no
        words.
        """
        task = self._task(run, shown, schema)
        other = None if task is None else await task
        return {} if other is None else dict(agreement(schema.root, values, other))

    def close(self) -> None:
        """What is still being found is of no use any more."""
        for task in self._begun.values():
            task.cancel()

    def _task(
        self, run: RunContext, shown: Shown, schema: Schema, *, ahead: bool = False
    ) -> asyncio.Task[dict[str, Any] | None] | None:
        """The reading of the words that are there now; None where nothing is to be read."""
        opened = shown.opened
        words, transcript = opened.words.readable(shown.pages), opened.speech.transcript
        if (
            run.engine.provider == LOCAL
            or not 0 < len(shown.pages) <= MOST_PAGES
            or (not words and transcript is None)
            or (transcript is not None and len(transcript.segments) > MOST_SEGMENTS)
        ):
            return None
        said = "" if transcript is None else transcript.to_json()
        facts = (
            f"{opened.document.sha256} {[page.page for page in words]} {run.engine.keeps_hidden} "
            f"{schema.hash} {code_version()} {said}"
        )
        key = hashlib.sha256(facts.encode()).hexdigest()
        if key not in self._begun:
            finding = _found(run, opened, schema, words, key, ahead=ahead)
            self._begun[key] = asyncio.create_task(finding)
        return self._begun[key]


async def _found(
    run: RunContext,
    opened: OpenDocument,
    schema: Schema,
    words: list[PageWords],
    key: str,
    *,
    ahead: bool,
) -> dict[str, Any] | None:
    """What the rules read, of this run or an earlier one; None where they fail.

    Args:
        ahead: nobody waits for it yet, so the model's request goes out first.
    """
    try:
        kept = await run.ledger.kept("second_reading", key)
        if kept is None:
            if ahead:
                await asyncio.sleep(ON_ITS_WAY)
            kept = await _read(run, opened, schema, words)
            sha256 = opened.document.sha256
            await run.ledger.keep("second_reading", key, kept, document=sha256, lasting=False)
        found: dict[str, Any] = json.loads(kept)
        return found
    except Exception as error:
        # It is a second opinion: whatever it does wrong, the document is read.
        log_fault(opened.name, error, content=run.settings.log_content)
        return None


async def _read(
    run: RunContext, opened: OpenDocument, schema: Schema, words: list[PageWords]
) -> str:
    """What the rules read now, as JSON."""
    from docglean.extractors.rules.document_values import read_words
    from docglean.extractors.rules.readers.recording import read_recording

    transcript = opened.speech.transcript
    with span("second_reading", {"docglean.schema": schema.name}):
        if transcript is None:
            reading = await asyncio.to_thread(read_words, schema, words)
        else:
            frames = opened.document.pages
            reading = await asyncio.to_thread(read_recording, schema, frames, words, transcript)
    return json.dumps(reading.values, default=str)


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
