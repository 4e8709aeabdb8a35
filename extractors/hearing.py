"""How a run hears its recordings: by one speech engine, nothing twice, and paid from its purse."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docglean.extractors.database import Facts
from docglean.extractors.models.base import Reply
from docglean.extractors.money import Budget
from docglean.schemas.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docglean.extractors.documents import Document
    from docglean.extractors.ledger import Ledger
    from docglean.extractors.options import Options
    from docglean.extractors.settings import Settings
    from docglean.extractors.speech import SpeechProgress, Transcript
    from docglean.extractors.workers import Workers

OF_RECORDINGS = frozenset(
    {"no_speech_engine", "no_weights", "no_extra", "no_decoder", "bad_weights", "wrong_language"}
)
"""Codes of what is wrong with a speech engine on this machine: recordings can't be heard, and all
other documents are not affected. What is wrong with a hosted one (its key, its name) ends the run
as with any other hosted model."""


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
    ) -> Transcript:
        """What is said in a recording.

        Weights that are missing are downloaded where the options say so, once a run.

        Raises:
            ConfigError: see `OF_RECORDINGS` for those that concern recordings only.
            ModelError: a hosted engine fails.
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
        )
        document.seconds["speech"] = time.perf_counter() - started
        await self._book(document, transcript)
        return transcript

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
    from docglean.extractors.speech.specs import parse_speech
    from docglean.extractors.speech.transcribing import check_may_leave

    check_may_leave(parse_speech(spec), settings)


def of_this_recording(error: ConfigError, name: str) -> SourceError:
    """What is wrong with a speech engine on this machine as trouble of one recording.

    Raises:
        ConfigError: it concerns more than recordings.
    """
    if error.code not in OF_RECORDINGS:
        raise error
    return SourceError(error.code, f"{name}: it cannot be heard. {error.message}", error.way_out)
