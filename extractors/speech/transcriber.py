"""How a run hears its recordings: one speech engine, nothing twice, within its budget limits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

from docglean.extractors.extraction import Spending, Usage
from docglean.extractors.gateway.gateway import ModelGateway
from docglean.extractors.ledger.budget import Budget
from docglean.extractors.models.pace import MINUTE, pace_of
from docglean.schemas.errors import ConfigError, DocgleanError, ModelError, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docglean.extractors.documents.document import Document
    from docglean.extractors.documents.workers import Workers
    from docglean.extractors.gateway.sent import Wait
    from docglean.extractors.ledger.ledger import Ledger
    from docglean.extractors.models.engines import Engine
    from docglean.extractors.options import RunOptions
    from docglean.extractors.settings import Settings
    from docglean.extractors.speech import SpeechProgress, SpeechSpec, Transcript

OF_RECORDINGS = frozenset(
    {"no_speech_engine", "no_weights", "no_extra", "no_decoder", "bad_weights", "wrong_language"}
)
"""Codes of what is wrong with a speech engine on this machine: recordings can't be heard, and all
other documents are not affected. What is wrong with a hosted one (its key, its name) ends the run
as with any other hosted model."""


class LeftOut(Exception):
    """A recording that nobody asked for, and that nothing here can hear, is not read.

    Attributes:
        error: why it can't be heard.
    """

    def __init__(self, error: DocgleanError) -> None:
        super().__init__(str(error))
        self.error = error


SPOKEN = 15.0
"""Characters that are said in a second: 150 words a minute of six with their blank."""
SENTENCE = 10.0
"""Seconds of a sentence."""


@dataclass
class Transcriber:
    """How recordings of a run are transcribed.

    Attributes:
        budgets: what a hosted engine's calls made now count against.
        on_wait: told when a hosted engine has calls wait.
    """

    settings: Settings
    workers: Workers
    ledger: Ledger
    options: RunOptions
    budgets: Callable[[], Sequence[Budget]] = lambda: ()
    on_wait: Callable[[Wait], None] = lambda _: None
    _choosing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _line: ModelGateway | None = None

    @property
    def spec(self) -> str:
        """The speech engine asked for; ``auto`` where none is."""
        return self.options.speech or self.settings.speech

    @property
    def voice_activity(self) -> bool:
        """Whether what is not speech is left out, also of a recording that is played to a model."""
        if self.spec.strip().lower() == "auto":
            return True
        from docglean.extractors.speech.specs import parse_speech

        return parse_speech(self.spec).voice_activity

    async def transcript(
        self,
        document: Document,
        *,
        on_progress: Callable[[SpeechProgress], None] | None = None,
        sending: bool = True,
    ) -> Transcript:
        """What is said in a recording.

        Weights that are missing are downloaded where the options say so, once a run.

        Args:
            sending: False sends nothing to a hosted engine.

        Raises:
            ConfigError: see `OF_RECORDINGS` for those that concern recordings only.
            ModelError: a hosted engine fails; ``not_heard``, it was not to be sent anything.
            SourceError: the recording can't be read.
            BudgetExceeded: the next stretch would cross a budget; those heard are kept.
        """
        from docglean.extractors.speech import obtain, parse_speech, transcribe

        if self.options.download:
            async with self._choosing:
                await asyncio.to_thread(obtain, self.spec, self.settings)
        line = None
        if sending and self.spec.strip().lower() != "auto":  # which never is a server
            spec = parse_speech(self.spec)
            line = None if spec.server is None else self._way_to(spec, spec.server)
        started = time.perf_counter()
        transcript = await transcribe(
            document,
            self.settings,
            self.workers,
            speech=self.spec,
            language=self.options.language,
            on_progress=on_progress,
            keeper=self.ledger,
            line=line,
            run=self.options.run,
            fresh=self.options.fresh,
        )
        document.seconds["speech"] = time.perf_counter() - started
        return transcript

    def _way_to(self, spec: SpeechSpec, server: Engine) -> ModelGateway:
        """The way to a hosted engine, which all recordings of the run share."""
        from docglean.extractors.speech.hosted import Hosted, price

        if self._line is None:
            check_speech(self.spec, self.settings)
            if self.budgets() and price(spec, Usage(), MINUTE) is None:
                raise ConfigError(
                    "no_price",
                    f"The price of {spec.spec} is not known, so no budget can be kept.",
                    "Add ?price=0.006, in US dollars for a minute, or leave the budget out.",
                )
            self._line = ModelGateway(
                Hosted(spec, self.settings),
                self.ledger,
                self.settings.concurrency,
                budgets=self.budgets,
                pace=pace_of(server, self.settings),
                host=server.host or "",
                on_wait=self.on_wait,
            )
        return self._line

    @property
    def under_way(self) -> int:
        """Calls to a hosted engine that were sent and are not answered."""
        return 0 if self._line is None else self._line.under_way

    @property
    def unclaimed(self) -> Spending:
        """What a hosted engine was paid for answers that nobody wanted any more."""
        return Spending() if self._line is None else self._line.unclaimed

    async def settled(self, grace: float) -> None:
        """Until calls to a hosted engine have ended, `grace` seconds at the most."""
        if self._line is not None:
            await self._line.settled(grace)

    async def close(self) -> None:
        """Wait for what is under way at a hosted engine, as `ModelGateway.close`."""
        if self._line is not None:
            await self._line.close(self.settings.grace)

    def expected(self, document: Document) -> tuple[Transcript, Decimal | None]:
        """What a hosted engine is expected to hear, about, and its price in US dollars.

        The words are fillers, as many as people say in that time: for estimates only.
        """
        from docglean.extractors.speech import Segment, Transcript, parse_speech
        from docglean.extractors.speech.hosted import price

        spec = parse_speech(self.spec)
        assert spec.server is not None
        seconds = document.duration or 0.0
        filler = "word " * round(SENTENCE * SPOKEN / 5)
        segments = tuple(
            Segment(start, min(start + SENTENCE, seconds), filler.strip())
            for start in (SENTENCE * number for number in range(ceil(seconds / SENTENCE)))
        )
        cost = None if document.duration is None else price(spec, Usage(), seconds)
        return Transcript(segments, None, spec.spec, seconds), cost


def check_speech(speech: str | None, settings: Settings) -> None:
    """Refuse, before the first document, an engine that no recording could be sent to.

    Args:
        speech: its spec; None takes that of the settings.

    Raises:
        ConfigError: ``bad_speech_engine``, ``not_private``.
    """
    spec = speech or settings.speech
    if spec.strip().lower() == "auto":
        return
    from docglean.extractors.speech.recognisers import check_may_leave
    from docglean.extractors.speech.specs import parse_speech

    check_may_leave(parse_speech(spec), settings)


def of_this_recording(
    error: ConfigError | SourceError | ModelError, name: str
) -> SourceError | ModelError:
    """What is wrong with a speech engine on this machine as trouble of one recording; what is
    wrong with the recording, as it is.

    Raises:
        ConfigError: it concerns more than recordings.
    """
    if not isinstance(error, ConfigError):
        return error
    if error.code not in OF_RECORDINGS:
        raise error
    return SourceError(error.code, f"{name}: it cannot be heard. {error.message}", error.way_out)
