"""A recording becomes a transcript: stretch by stretch, each kept as soon as it was heard."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Protocol

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.audio import RATE
from docglean.extractors.documents.page_info import SourceFile
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Spending, add_costs
from docglean.extractors.gateway.gateway import ModelGateway
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.speech import local
from docglean.extractors.speech.engine_choice import choose
from docglean.extractors.speech.recognisers import Ear, HostedEar, LocalEar, check_may_leave
from docglean.extractors.speech.segmentation import (
    CUTTING_VERSION,
    Stretch,
    cut,
    time_in_recording,
)
from docglean.extractors.speech.specs import SpeechSpec
from docglean.extractors.speech.transcript import Segment, Transcript
from docglean.extractors.speech.weights import FIRST
from docglean.schemas.errors import Problem
from pydantic import TypeAdapter

if TYPE_CHECKING:
    from docglean.extractors.documents.document import Document
    from docglean.extractors.settings import Settings

HEARING_VERSION = 1
"""Of how engines are asked; stored transcripts of another version are not used."""

CUT_OFF_SHARE = 0.9
"""A recording shorter than this share of what its header says was cut off."""


class Keeper(Protocol):
    """Where stretches are kept once heard; the ledger is one."""

    async def kept(self, kind: str, key: str) -> str | None:
        """What was kept, or None."""
        ...

    async def keep(self, kind: str, key: str, payload: str, *, document: str) -> None:
        """Keep it, under the SHA-256 of the recording by which it can be forgotten."""
        ...


@dataclass(frozen=True, slots=True)
class SpeechProgress:
    """How far a transcription is.

    Attributes:
        name: of the recording.
        done: seconds of the recording that are transcribed.
        total: seconds of the recording, None where its header doesn't tell.
        speed: seconds of sound transcribed in a second of work, without what was kept; None
            before there is any.
    """

    name: str
    done: float
    total: float | None
    speed: float | None


OnProgress = Callable[[SpeechProgress], None]


@dataclass(frozen=True, slots=True)
class _Part:
    """One stretch heard, as it is kept. `start` and `end` in samples."""

    start: int
    end: int
    last: bool
    segments: tuple[Segment, ...]
    language: str | None
    certainty: float
    broken: int
    spending: Spending


async def transcribe(
    document: Document,
    settings: Settings,
    workers: Workers,
    *,
    speech: str = "auto",
    language: str | None = None,
    on_progress: OnProgress | None = None,
    keeper: Keeper | None = None,
    line: ModelGateway | None = None,
    run: str = "",
    fresh: bool = False,
) -> Transcript:
    """What is said in a recording.

    It is decoded and cut at silence in `workers`, and heard by an engine on this machine (in a
    process beside them that holds the weights and ends with them) or by a server. Memory does
    not grow with its length. With a `keeper` nothing is heard twice: what was transcribed stays,
    and a run that was killed goes on with the stretch that it was killed in.

    Args:
        speech: spec of the speech engine; ``auto`` takes that of the settings, else the first
            on this machine that has weights.
        language: ISO 639-1 code; None or ``auto`` lets the engine find it out.
        on_progress: called after each stretch.
        line: the way to a hosted engine; without one it is sent nothing, and what it has not heard
            before is missing.
        run: names the run in the accounts.
        fresh: what a server has heard before is sent again, unless the ledger's reply counts; what
            was heard on this machine stays.

    Raises:
        ConfigError: the engine is unknown, not installed, without weights, without its key, does
            not speak the language, or private mode forbids to send the recording to it.
        ModelError: a hosted engine fails; ``not_heard``, it was not to be sent anything.
        BudgetExceeded: the next stretch would cross a budget; those heard are kept.
        SourceError: ``damaged``, ``no_sound``, ``too_long``, ``too_slow``, ``too_much_memory``
            and others: the recording can't be read.
    """
    language = None if language in (None, "", "auto") else language
    spec, weights = choose(speech, settings, language)
    if spec.server is not None:
        check_may_leave(spec, settings)
        facts = RequestMeta(
            document.sha256, document.name, engine=spec.spec, purpose="speech", run=run
        )
        ear: Ear = HostedEar(spec, spec.server, line, facts)
    else:
        assert weights is not None
        ear = LocalEar(spec, weights, workers, document.name)
    return await _Transcription(
        document, settings.limits, workers, spec, ear, language, on_progress, keeper,
        anew=fresh and spec.server is not None,
    ).run()  # fmt: skip


class _Transcription:
    """One recording on its way."""

    def __init__(
        self,
        document: Document,
        limits: Limits,
        workers: Workers,
        spec: SpeechSpec,
        ear: Ear,
        language: str | None,
        on_progress: OnProgress | None,
        keeper: Keeper | None,
        *,
        anew: bool,
    ) -> None:
        self._document = document
        self._source = SourceFile(document.name, str(document.path), document.media_type)
        self._limits = limits
        self._workers = workers
        self._spec = spec
        self._ear = ear
        self._told = language
        self._on_progress = on_progress
        self._keeper = keeper
        self._anew = anew
        self._parts: list[_Part] = []
        self._work = 0.0
        self._worked = 0.0

    async def run(self) -> Transcript:
        """Stretch after stretch; as many under way at once as the engine takes."""
        running: deque[asyncio.Task[_Part]] = deque()
        position: int | None = 0
        began = time.perf_counter()
        try:
            while position is not None:
                while len(running) >= self._ear.parallel:
                    self._done(await running.popleft(), began)
                language = self._language()
                key = self._key(position, language)
                part = await self._kept(key)
                if part is None:
                    stretch = await self._cut(position)
                    running.append(asyncio.create_task(self._hear(stretch, language, key)))
                    position = None if stretch.last else stretch.end
                else:
                    running.append(asyncio.create_task(_now(part)))
                    position = None if part.last else part.end
            while running:
                self._done(await running.popleft(), began)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        return self._transcript()

    async def _cut(self, position: int) -> Stretch:
        rules = self._ear.rules
        # Reading on in a process that has not read so far yet means reading from the beginning.
        seconds = self._limits.seconds + position / RATE / 100
        return await self._workers.run(
            cut,
            self._source,
            position,
            rules,
            self._limits,
            source=self._document.name,
            seconds=seconds,
            stages=self._document.seconds,
        )

    async def _hear(self, stretch: Stretch, language: str | None, key: str) -> _Part:
        start = time.perf_counter()
        if stretch.spans:
            heard, spending = await self._ear.hear(stretch, language, key, self._document.seconds)
        else:
            heard, spending = local.Heard((), language), Spending()
        part = _Part(
            stretch.start,
            stretch.end,
            stretch.last,
            tuple(_segments(heard, stretch)),
            heard.language,
            heard.certainty,
            stretch.broken,
            spending,
        )
        if self._keeper is not None:
            payload = _adapter().dump_json(part).decode()
            await self._keeper.keep("stretch", key, payload, document=self._document.sha256)
        self._work += time.perf_counter() - start
        self._worked += (stretch.end - stretch.start) / RATE
        return part

    async def _kept(self, key: str) -> _Part | None:
        if self._keeper is None or self._anew:
            return None
        payload = await self._keeper.kept("stretch", key)
        if payload is None:
            return None
        part = _adapter().validate_json(payload)
        # Paid for by an earlier run; nothing is paid now.
        spent = part.spending
        saved = add_costs(spent.cost, spent.saved)
        return replace(part, spending=Spending(saved=saved, cached=spent.calls + spent.cached))

    def _key(self, position: int, language: str | None) -> str:
        rules = self._ear.rules
        facts = [
            self._document.sha256,
            self._ear.identity,
            rules.longest,
            rules.voice_activity,
            language,
            position,
            CUTTING_VERSION,
            HEARING_VERSION,
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    def _language(self) -> str | None:
        """What was told, or what was found with certainty before; one recording, one language."""
        if self._told is not None or not self._ear.steady:
            return self._told
        sure = (part.language for part in self._parts if part.certainty >= local.CERTAIN)
        return next(sure, None)

    def _done(self, part: _Part, began: float) -> None:
        self._parts.append(part)
        if self._on_progress is None:
            return
        wall = time.perf_counter() - began
        speed = self._worked / wall if self._worked and wall > 0 else None
        done = part.end / RATE
        total = self._document.sound_duration
        if part.last or (total is not None and total < done):
            total = done
        self._on_progress(SpeechProgress(self._document.name, done, total, speed))

    def _transcript(self) -> Transcript:
        segments = tuple(segment for part in self._parts for segment in part.segments)
        spending = sum((part.spending for part in self._parts), Spending())
        seconds = self._parts[-1].end / RATE
        return Transcript(
            segments,
            self._told or _main_language(self._parts),
            self._spec.spec,
            round(seconds, 3),
            tuple(self._problems(segments, seconds)),
            spending,
        )

    def _problems(self, segments: tuple[Segment, ...], seconds: float) -> list[Problem]:
        name = self._document.name
        problems: list[Problem] = []
        broken = max(part.broken for part in self._parts)
        if broken:
            problems.append(
                Problem(
                    code="sound_damaged",
                    message=f"{name}: {broken} pieces of the sound are damaged and were left out.",
                    way_out="Get the recording again; words may be missing.",
                )
            )
        told = self._document.sound_duration
        if told is not None and seconds < CUT_OFF_SHARE * told:
            problems.append(
                Problem(
                    code="sound_cut_off",
                    message=f"{name}: it breaks off after {seconds:.0f} of {told:.0f} seconds.",
                    way_out="Get the recording again.",
                )
            )
        if segments and self._ear.english_only and self._told is None:
            problems.append(
                Problem(
                    code="english_only",
                    message=f"{name}: {self._spec.spec} knows English only; where another "
                    "language is spoken, what it writes down was not said.",
                    way_out="Say --language en if it is English; else take weights of many "
                    f"languages: `docglean models pull {self._spec.kind}:{FIRST}`.",
                )
            )
        if not segments:
            problems.append(
                Problem(
                    code="nothing_said",
                    message=f"{name}: nobody speaks in it.",
                    way_out="If somebody does, add ?vad=off to the speech engine.",
                )
            )
        return problems


def _segments(heard: local.Heard, stretch: Stretch) -> list[Segment]:
    """What was said with times in the recording, in order and not beyond the stretch."""
    found: list[Segment] = []
    for said in heard.said:
        start = time_in_recording(stretch.spans, said.start, is_end=False)
        end = time_in_recording(stretch.spans, said.end, is_end=True)
        found.append(
            Segment(round(start, 3), round(max(start, end), 3), said.text, said.confidence)
        )
    return sorted(found, key=lambda segment: segment.start)


def _main_language(parts: list[_Part]) -> str | None:
    """The language of most seconds in which somebody speaks."""
    lengths: dict[str, float] = {}
    for part in parts:
        if part.language is not None and part.segments:
            spoken = sum(segment.end - segment.start for segment in part.segments)
            lengths[part.language] = lengths.get(part.language, 0.0) + spoken
    return max(lengths, key=lambda code: lengths[code]) if lengths else None


async def _now(part: _Part) -> _Part:
    return part


@cache
def _adapter() -> TypeAdapter[_Part]:
    return TypeAdapter(_Part)
