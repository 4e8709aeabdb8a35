"""How a run hears its recordings: by one speech engine, nothing twice, and paid from its purse."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

from docglean.extractors.accounting.database import Facts
from docglean.extractors.accounting.money import Budget
from docglean.extractors.models.base import Reply
from docglean.schemas.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docglean.extractors.accounting.ledger import Ledger
    from docglean.extractors.documents import Document
    from docglean.extractors.options import Options
    from docglean.extractors.parsers.workers import Workers
    from docglean.extractors.settings import Settings
    from docglean.extractors.speech import SpeechProgress, Transcript

OF_RECORDINGS = frozenset(
    {"no_speech_engine", "no_weights", "no_extra", "no_decoder", "bad_weights", "wrong_language"}
)
"""Codes of what is wrong with a speech engine on this machine: recordings can't be heard, and all
other documents are not affected. What is wrong with a hosted one (its key, its name) ends the run
as with any other hosted model."""


SPOKEN = 15.0
"""Characters that are said in a second: 150 words a minute of six with their blank."""
SENTENCE = 10.0
"""Seconds of a sentence."""


@dataclass
class Hearing:
    """How recordings of a run are transcribed.

    Attributes:
        budgets: what a hosted engine's calls made now count against.
    """

    settings: Settings
    workers: Workers
    ledger: Ledger
    options: Options
    budgets: Callable[[], Sequence[Budget]] = lambda: ()
    _choosing: asyncio.Lock = field(default_factory=asyncio.Lock)

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
        """
        from docglean.extractors.speech import obtain, transcribe

        if self.options.download:
            async with self._choosing:
                await asyncio.to_thread(obtain, self.spec, self.settings)
        started = time.perf_counter()
        transcript = await transcribe(
            document,
            self.settings,
            self.workers,
            speech=self.spec,
            language=self.options.language,
            on_progress=on_progress,
            keeper=self.ledger,
            sending=sending,
        )
        document.seconds["speech"] = time.perf_counter() - started
        await self._book(document, transcript)
        return transcript

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
        cost = None if document.duration is None else price(spec.server, None, seconds)
        return Transcript(segments, None, spec.spec, seconds), cost

    async def _book(self, document: Document, transcript: Transcript) -> None:
        """Put what a hosted speech engine was paid into the accounts."""
        spent = transcript.spending
        if not spent.calls:
            return
        facts = Facts(
            document=document.sha256,
            name=document.name,
            engine=transcript.engine,
            purpose="speech",
            run=self.options.run,
        )
        paid = Reply(outcome="ok", usage=spent.usage, cost=spent.cost, model=transcript.engine)
        await self.ledger.book(facts, paid, self.budgets())


def check_hearing(speech: str | None, settings: Settings) -> None:
    """Refuse, before the first document, an engine that no recording could be sent to.

    Args:
        speech: its spec; None takes that of the settings.

    Raises:
        ConfigError: ``bad_speech_engine``, ``not_private``.
    """
    spec = speech or settings.speech
    if spec.strip().lower() == "auto":
        return
    from docglean.extractors.speech.ears import check_may_leave
    from docglean.extractors.speech.specs import parse_speech

    check_may_leave(parse_speech(spec), settings)


def of_this_recording(error: ConfigError, name: str) -> SourceError:
    """What is wrong with a speech engine on this machine as trouble of one recording.

    Raises:
        ConfigError: it concerns more than recordings.
    """
    if error.code not in OF_RECORDINGS:
        raise error
    return SourceError(error.code, f"{name}: it cannot be heard. {error.message}", error.way_out)
