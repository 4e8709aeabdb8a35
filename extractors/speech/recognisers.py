"""What hears the stretches of a recording: an engine on this machine, a server, or nobody."""

from __future__ import annotations

import asyncio
import math
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.audio import RATE
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Spending, Usage
from docglean.extractors.gateway.gateway import LOOK_AGAIN_SECONDS, ModelGateway
from docglean.extractors.gateway.sent import DeadlineClock, Sent
from docglean.extractors.ledger.budget import Expected
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.models.base import AudioPart, Call
from docglean.extractors.models.engines import Engine, is_allowed
from docglean.extractors.speech import hosted, local
from docglean.extractors.speech.segmentation import Rules, Stretch
from docglean.extractors.speech.specs import SpeechSpec
from docglean.extractors.speech.weights import Weights
from docglean.schemas.errors import ConfigError, ModelError, SourceError

if TYPE_CHECKING:
    from docglean.extractors.settings import Settings

LOCAL_SECONDS = 120.0
"""Longest stretch for an engine on this machine: what a killed run has to hear again."""
THREADS = 16
"""Threads of an engine at the most; each takes memory."""
LOAD_SECONDS = 600.0
"""Time limit for loading weights."""
SLOWEST = 30.0
"""Seconds of work that a second of sound may take, at large weights on a slow machine."""


class Ear(Protocol):
    """What hears one stretch.

    Attributes:
        rules: how it wants the recording cut.
        parallel: stretches that it may hear at once.
        identity: changes when its answers may.
        steady: a language found for one stretch is told for the next.
        english_only: it knows no other language.
    """

    rules: Rules
    parallel: int
    identity: tuple[object, ...]
    steady: bool
    english_only: bool

    async def hear(
        self, stretch: Stretch, language: str | None, key: str, stages: dict[str, float]
    ) -> tuple[local.Heard, Spending]: ...


class LocalEar:
    """An engine in a process of its own, which holds the weights for all recordings of a run."""

    steady = True
    parallel = 1

    def __init__(self, spec: SpeechSpec, weights: Weights, workers: Workers, name: str) -> None:
        self.rules = Rules(LOCAL_SECONDS, spec.voice_activity)
        self.identity: tuple[object, ...] = (spec.kind, weights.fingerprint(), spec.beam)
        self.english_only = weights.english_only
        self._spec = spec
        self._what = local.Load(spec.kind, str(weights.path), min(os.cpu_count() or 1, THREADS))
        limits = Limits(workers=1, memory_bytes=memory_for(weights), seconds=LOAD_SECONDS)
        self._pool = workers.beside(f"speech {weights.path}", limits)
        self._name = name
        self._languages: tuple[str, ...] = ()

    async def hear(
        self, stretch: Stretch, language: str | None, key: str, stages: dict[str, float]
    ) -> tuple[local.Heard, Spending]:
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
            threads=self._what.threads,
            stages=stages,
        )
        return heard, Spending()

    async def _load(self, stages: dict[str, float]) -> tuple[str, ...]:
        try:
            return await self._pool.run(
                local.load,
                self._what,
                source=self._spec.spec,
                threads=self._what.threads,
                stages=stages,
            )
        except SourceError as error:
            raise ConfigError(
                "bad_weights",
                f"The weights of {self._spec.spec} cannot be loaded: {error.message}",
                "Take smaller weights, or get them again.",
            ) from error


class HostedEar:
    """A server; stretches are sent to it side by side, through the ledger like all that is paid."""

    steady = False
    english_only = False
    parallel = hosted.UPLOADS

    def __init__(
        self, spec: SpeechSpec, server: Engine, line: ModelGateway | None, facts: RequestMeta
    ) -> None:
        """`line` and `facts` as `transcription.transcribe` has them."""
        self.rules = Rules(hosted.longest(server), spec.voice_activity, "flac")
        self.identity: tuple[object, ...] = (server.spec, server.url)
        self._spec = spec
        self._line = line
        self._facts = facts

    async def hear(
        self, stretch: Stretch, language: str | None, key: str, stages: dict[str, float]
    ) -> tuple[local.Heard, Spending]:
        if self._line is None:
            raise ModelError("not_heard", "The recording has not been transcribed yet.")
        seconds = stretch.heard_seconds
        call = Call(
            system="",
            parts=(AudioPart(stretch.encoded, "flac", seconds),),
            json_schema=None,
            schema_name="",
            max_tokens=0,
            language=language,
        )
        expected = Expected(cost=hosted.price(self._spec, Usage(), seconds))
        place = f"{stretch.start / RATE:.0f}-{stretch.end / RATE:.0f} s"
        facts = replace(self._facts, pages=place)
        clock = DeadlineClock(math.inf)
        sent: Sent | None = None
        while sent is None:
            async with self._line.slots:
                sent = await self._line.send(key, facts, call, expected, clock)
            if sent is None:  # another process has just this under way
                await asyncio.sleep(LOOK_AGAIN_SECONDS)
        stages["hear"] = stages.get("hear", 0.0) + clock.spent
        reply = sent.reply
        if reply.outcome != "ok":
            raise ModelError(
                reply.code or reply.outcome,
                f"{self._facts.name}: {reply.message}",
                retryable=reply.retryable,
            )
        return hosted.heard(reply), sent.spending


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


def memory_for(weights: Weights) -> int:
    """Bytes that a process with these weights may allocate.

    The weights and a copy made on loading; libraries and work, measured at 1.4 GB of address
    space with 2 cores; stacks and buffers of the threads that libraries start for each core.
    """
    factor = 2.5 if weights.kind == "faster-whisper" else 4.0
    cores = os.cpu_count() or 1
    return 2_000_000_000 + 100_000_000 * cores + round(factor * weights.bytes)
