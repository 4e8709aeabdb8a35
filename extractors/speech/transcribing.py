"""A recording becomes a transcript: stretch by stretch, each kept as soon as it was heard."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Protocol

from docglean.extractors.engines import Engine, is_allowed
from docglean.extractors.extraction import Spending
from docglean.extractors.parsers.pages import Source
from docglean.extractors.parsers.sound import RATE
from docglean.extractors.parsers.workers import Limits, Workers
from docglean.extractors.speech import hosted, local
from docglean.extractors.speech.specs import SpeechSpec
from docglean.extractors.speech.stretches import (
    CUTTING_VERSION,
    Rules,
    Stretch,
    cut,
    time_in_recording,
)
from docglean.extractors.speech.transcript import Segment, Transcript
from docglean.extractors.speech.weights import Weights, choose
from docglean.schemas.errors import ConfigError, ModelError, Problem, SourceError
from pydantic import TypeAdapter

if TYPE_CHECKING:
    from docglean.extractors.documents import Document
    from docglean.extractors.settings import Settings

HEARING_VERSION = 1
"""Of how engines are asked; stored transcripts of another version are not used."""

LOCAL_SECONDS = 120.0
"""Longest stretch for an engine on this machine: what a killed run has to hear again."""
THREADS = 16
"""Threads of an engine at the most; each takes memory."""
LOAD_SECONDS = 600.0
"""Time limit for loading weights."""
SLOWEST = 30.0
"""Seconds of work that a second of sound may take, at large weights on a slow machine."""
CUT_OFF_SHARE = 0.9
"""A recording shorter than this share of what its header says was cut off."""


class Keeper(Protocol):
    """Where stretches are kept once heard; the ledger is one."""

    async def kept(self, kind: str, key: str) -> str | None:
        """What was kept, or None."""
        ...

    async def keep(self, kind: str, key: str, payload: str) -> None:
        """Keep it."""
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
    sending: bool = True,
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
        sending: False sends nothing to a hosted engine: what it has not heard before is missing.

    Raises:
        ConfigError: the engine is unknown, not installed, without weights, without its key, does
            not speak the language, or private mode forbids to send the recording to it.
        ModelError: a hosted engine fails; ``not_heard``, it was not to be sent anything.
        SourceError: ``damaged``, ``no_sound``, ``too_long``, ``too_slow``, ``too_much_memory``
            and others: the recording can't be read.
    """
    spec, weights = choose(speech, settings)
    language = None if language in (None, "", "auto") else language
    if spec.server is not None:
        check_may_leave(spec, settings)
        ear: _Ear = _HostedEar(spec, settings) if sending else _DeafEar(spec)
    else:
        assert weights is not None
        ear = _LocalEar(spec, weights, workers, document.name)
    try:
        return await _Transcription(
            document, settings.limits, workers, spec, ear, language, on_progress, keeper
        ).run()
    finally:
        await ear.close()


def check_may_leave(spec: SpeechSpec, settings: Settings) -> None:
    """Refuse, in private mode, to send recordings to a host that isn't trusted.

    Raises:
        ConfigError: ``not_private``; nothing has been sent.
    """
    if spec.server is None or is_allowed(spec.server, settings):
        return
    raise ConfigError(
        "not_private",
        f"Private mode: {spec.spec} would send recordings to {spec.server.host}.",
        "Take a speech engine on this machine, or list the host in DOCGLEAN_ALLOWED_HOSTS.",
    )


class _Ear(Protocol):
    """What hears one stretch.

    Attributes:
        rules: how it wants the recording cut.
        parallel: stretches that it may hear at once.
        identity: changes when its answers may.
        steady: a language found for one stretch is told for the next.
    """

    rules: Rules
    parallel: int
    identity: tuple[object, ...]
    steady: bool

    async def hear(
        self, stretch: Stretch, language: str | None, stages: dict[str, float]
    ) -> hosted.Answer: ...

    async def close(self) -> None: ...


class _LocalEar:
    """An engine in a process of its own, which holds the weights for all recordings of a run."""

    steady = True
    parallel = 1

    def __init__(self, spec: SpeechSpec, weights: Weights, workers: Workers, name: str) -> None:
        self.rules = Rules(LOCAL_SECONDS, spec.voice_activity)
        self.identity: tuple[object, ...] = (spec.kind, weights.fingerprint(), spec.beam)
        self._spec = spec
        self._what = local.Load(spec.kind, str(weights.path), min(os.cpu_count() or 1, THREADS))
        limits = Limits(workers=1, memory_bytes=memory_for(weights), seconds=LOAD_SECONDS)
        self._pool = workers.beside(f"speech {weights.path}", limits)
        self._name = name
        self._languages: tuple[str, ...] = ()

    async def hear(
        self, stretch: Stretch, language: str | None, stages: dict[str, float]
    ) -> hosted.Answer:
        assert stretch.samples is not None
        if not self._languages:  # not before it is needed: all may be kept already
            self._languages = await self._load(stages)
        if language is not None and language not in self._languages:
            raise ConfigError(
                "wrong_language",
                f"The weights of {self._spec.spec} do not know the language {language!r}.",
                "Give an ISO 639-1 code, and for other languages than English weights whose name "
                "does not end in .en.",
            )
        heard = await self._pool.run(
            local.hear,
            self._what,
            stretch.samples,
            language,
            self._spec.beam,
            source=self._name,
            seconds=LOAD_SECONDS + SLOWEST * stretch.heard_seconds,
            stages=stages,
        )
        return hosted.Answer(heard, Spending())

    async def _load(self, stages: dict[str, float]) -> tuple[str, ...]:
        try:
            return await self._pool.run(
                local.load, self._what, source=self._spec.spec, stages=stages
            )
        except SourceError as error:
            raise ConfigError(
                "bad_weights",
                f"The weights of {self._spec.spec} cannot be loaded: {error.message}",
                "Take smaller weights, or get them again.",
            ) from error

    async def close(self) -> None:
        """The process stays for the next recording; it ends with the workers."""


class _HostedEar:
    """A server; stretches are sent to it side by side."""

    steady = False
    parallel = hosted.UPLOADS

    def __init__(self, spec: SpeechSpec, settings: Settings) -> None:
        assert spec.server is not None
        self._client = hosted.Hosted(spec.server, settings)
        self.rules, self.identity = _of_server(spec, spec.server)
        self._name = spec.spec

    async def hear(
        self, stretch: Stretch, language: str | None, stages: dict[str, float]
    ) -> hosted.Answer:
        start = time.perf_counter()
        try:
            return await self._client.hear(
                stretch.encoded, stretch.heard_seconds, language, self._name
            )
        finally:
            stages["hear"] = stages.get("hear", 0.0) + time.perf_counter() - start

    async def close(self) -> None:
        await self._client.close()


class _DeafEar:
    """A server that is not sent anything: what it once heard is kept."""

    steady = False
    parallel = 1

    def __init__(self, spec: SpeechSpec) -> None:
        assert spec.server is not None
        self.rules, self.identity = _of_server(spec, spec.server)

    async def hear(
        self, stretch: Stretch, language: str | None, stages: dict[str, float]
    ) -> hosted.Answer:
        raise ModelError("not_heard", "The recording has not been transcribed yet.")

    async def close(self) -> None:
        """There is nothing to close."""


def _of_server(spec: SpeechSpec, server: Engine) -> tuple[Rules, tuple[object, ...]]:
    """How a server wants recordings cut, and what changes when its answers may."""
    rules = Rules(hosted.longest(server), spec.voice_activity, "flac")
    return rules, (server.spec, server.url)


class _Transcription:
    """One recording on its way."""

    def __init__(
        self,
        document: Document,
        limits: Limits,
        workers: Workers,
        spec: SpeechSpec,
        ear: _Ear,
        language: str | None,
        on_progress: OnProgress | None,
        keeper: Keeper | None,
    ) -> None:
        self._document = document
        self._source = Source(document.name, str(document.path), document.media_type)
        self._limits = limits
        self._workers = workers
        self._spec = spec
        self._ear = ear
        self._told = language
        self._on_progress = on_progress
        self._keeper = keeper
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
            answer = await self._ear.hear(stretch, language, self._document.seconds)
            heard, spending = answer.heard, answer.spending
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
            await self._keeper.keep("stretch", key, _adapter().dump_json(part).decode())
        self._work += time.perf_counter() - start
        self._worked += (stretch.end - stretch.start) / RATE
        return part

    async def _kept(self, key: str) -> _Part | None:
        payload = None if self._keeper is None else await self._keeper.kept("stretch", key)
        if payload is None:
            return None
        part = _adapter().validate_json(payload)
        # Paid for by an earlier run; nothing is paid now.
        spent = part.spending
        return replace(part, spending=Spending(saved=spent.cost, cached=spent.calls))

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
        total = self._document.duration
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
        told = self._document.duration
        if told is not None and seconds < CUT_OFF_SHARE * told:
            problems.append(
                Problem(
                    code="sound_cut_off",
                    message=f"{name}: it breaks off after {seconds:.0f} of {told:.0f} seconds.",
                    way_out="Get the recording again.",
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


def memory_for(weights: Weights) -> int:
    """Bytes that a process with these weights may allocate.

    The weights and a copy made on loading; libraries and work, measured at 1.4 GB of address
    space with 2 cores; stacks and buffers of the threads that libraries start for each core.
    """
    factor = 2.5 if weights.kind == "faster-whisper" else 4.0
    cores = os.cpu_count() or 1
    return 2_000_000_000 + 100_000_000 * cores + round(factor * weights.bytes)


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
