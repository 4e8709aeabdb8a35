"""What is said in one recording: transcribed once, whichever step needs it first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from docglean.extractors.telemetry.spans import span
from docglean.schemas.errors import ModelError, Problem
from docglean.schemas.problem_codes import Severity

if TYPE_CHECKING:
    from docglean.extractors.documents.document import Document
    from docglean.extractors.speech import SpeechProgress, Transcript
    from docglean.extractors.speech.transcriber import Transcriber

NOTHING_SAID = "nothing_said"
"""Code of the problem of a recording in which nobody speaks."""


@dataclass
class DocumentSpeech:
    """The transcript of a recording, once it was made.

    Attributes:
        transcribed: told seconds of sound just heard, seconds in all (None where the header does
            not tell), and seconds heard in a second of work.
        sending: False sends nothing to a hosted engine: what it would hear is estimated.
        transcript: None until `listen`.
        cost: US dollars that an engine that is sent nothing is expected to ask.
    """

    document: Document
    transcriber: Transcriber
    transcribed: Callable[[float, float | None, float | None], None]
    sending: bool = True
    transcript: Transcript | None = None
    cost: Decimal | None = Decimal(0)
    _silence: Severity | None = None

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the recording, as far as hearing it has shown."""
        if self.transcript is None:
            return []
        found = list(self.transcript.problems)
        if self._silence is None or self.transcript.segments:
            return found
        worse = {"severity": self._silence}
        return [one.model_copy(update=worse) if one.code == NOTHING_SAID else one for one in found]

    async def listen(self, *, silence: Severity | None = None) -> Transcript:
        """What is said in the recording.

        Args:
            silence: how bad it is if nobody speaks; None leaves that to the transcriber.

        Raises:
            SourceError: it can't be read.
            ConfigError: no speech engine can hear it, see `transcriber.OF_RECORDINGS`.
            ModelError: a hosted speech engine fails.
        """
        heard = 0.0

        def tell(progress: SpeechProgress) -> None:
            nonlocal heard
            self.transcribed(progress.done - heard, progress.total, progress.speed)
            heard = progress.done

        self._silence = silence
        try:
            with span("transcribe"):
                self.transcript = await self.transcriber.transcript(
                    self.document, on_progress=tell, sending=self.sending
                )
        except ModelError as error:
            if self.sending or error.code != "not_heard":
                raise
            self.transcript, self.cost = self.transcriber.expected(self.document)
        return self.transcript
