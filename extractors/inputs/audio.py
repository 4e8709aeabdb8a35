"""A recording as it is played to an engine: parts cut at silence, without a transcript."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docglean.extractors.documents.audio import RATE
from docglean.extractors.documents.page_info import SourceFile
from docglean.extractors.inputs.pages import FRAME_TOKENS
from docglean.extractors.model_input import Medium, Unit
from docglean.extractors.models.base import AudioPart, Part, TextPart
from docglean.extractors.requests.prompts import caption, times
from docglean.extractors.speech.segmentation import CUTTING_VERSION, Rules, cut, wav
from docglean.extractors.speech.transcript import clock

if TYPE_CHECKING:
    from docglean.extractors.documents.document import Document
    from docglean.extractors.documents.workers import Workers
    from docglean.extractors.ledger.ledger import Ledger

PART_SECONDS = 60.0
"""Longest part; 1.9 MB. Each has its time above it, so that the model can tell when it is said."""
BYTES_A_SAMPLE = 2

Span = tuple[int, int]
"""First sample and the one after the last."""


@dataclass(frozen=True, slots=True)
class SoundInput:
    """The parts of a recording in which somebody speaks.

    Attributes:
        spans: of the parts, in samples.
        seconds: length of the whole recording.
        tokens_a_second: of the model.
    """

    document: Document
    workers: Workers
    spans: tuple[Span, ...]
    seconds: float
    tokens_a_second: float
    reads: str
    medium: Medium = "sound"

    @classmethod
    async def of(
        cls,
        document: Document,
        workers: Workers,
        ledger: Ledger,
        tokens_a_second: float,
        *,
        voice_activity: bool = True,
    ) -> SoundInput:
        """Cut the recording at silence; where it is cut is kept.

        Args:
            voice_activity: leave parts out in which nobody speaks.

        Raises:
            ConfigError: ``no_decoder``, ``no_extra``: the extra `speech` is not installed.
            SourceError: it can't be read.
        """
        rules = Rules(PART_SECONDS, voice_activity, "none")
        facts = f"{document.sha256} {rules} {CUTTING_VERSION}"
        key = hashlib.sha256(facts.encode()).hexdigest()
        kept = await ledger.kept("cuts", key)
        if kept is None:
            kept = json.dumps(await _cuts(document, workers, rules))
            await ledger.keep("cuts", key, kept, document=document.sha256)
        parts = [(int(start), int(end), bool(spoken)) for start, end, spoken in json.loads(kept)]
        spans = tuple((start, end) for start, end, spoken in parts if spoken)
        reads = f"sound wav {RATE} {rules} {CUTTING_VERSION}"
        return cls(document, workers, spans, parts[-1][1] / RATE, tokens_a_second, reads)

    @property
    def total(self) -> int:
        """Parts of the recording."""
        return len(self.spans)

    def units(self, numbers: Sequence[int]) -> list[Unit]:
        """Cost of each part by its length."""
        found: list[Unit] = []
        for number in numbers:
            start, end = self.spans[number - 1]
            tokens = round((end - start) / RATE * self.tokens_a_second)
            size = (end - start) * BYTES_A_SAMPLE
            found.append(Unit(number, FRAME_TOKENS + tokens, bytes=size, audio_tokens=tokens))
        return found

    def text(self, number: int) -> str:
        """Empty: nobody has written down what is said."""
        return ""

    async def parts(self, number: int) -> tuple[Part, ...]:
        """Caption with the times, and the sound."""
        start, end = self.spans[number - 1]
        sound = await self.workers.run(
            wav,
            _source(self.document),
            start,
            end,
            self.workers.limits,
            source=self.document.name,
            seconds=_patience(self.workers, start),
            stages=self.document.seconds,
        )
        title = caption(number, self.total, medium=self.medium)
        when = times(clock(start / RATE), clock(end / RATE), medium=self.medium)
        return (TextPart(f"{title}\n{when}"), AudioPart(sound, "wav", (end - start) / RATE))


async def _cuts(document: Document, workers: Workers, rules: Rules) -> list[tuple[int, int, bool]]:
    """First sample, the one after the last, and whether somebody speaks, of each part."""
    parts: list[tuple[int, int, bool]] = []
    position: int | None = 0
    while position is not None:
        part = await workers.run(
            cut,
            _source(document),
            position,
            rules,
            workers.limits,
            source=document.name,
            seconds=_patience(workers, position),
            stages=document.seconds,
        )
        parts.append((part.start, part.end, bool(part.spans)))
        position = None if part.last else part.end
    return parts


def _source(document: Document) -> SourceFile:
    return SourceFile(document.name, str(document.path), document.media_type)


def _patience(workers: Workers, position: int) -> float:
    """Seconds of one task: a child that has not read so far yet reads from the beginning."""
    return workers.limits.seconds + position / RATE / 100
