"""A recording as a model is shown it by its transcript, in stretches."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docglean.extractors.inputs.pages import FRAME_TOKENS, text_tokens
from docglean.extractors.model_input import Medium, Unit
from docglean.extractors.models.base import Part, TextPart
from docglean.extractors.requests.prompts import caption, transcript_text
from docglean.extractors.speech.transcript_parts import lines_of, stretches_of

if TYPE_CHECKING:
    from docglean.extractors.speech import Segment, Transcript


@dataclass(frozen=True, slots=True)
class TranscriptInput:
    """A recording's transcript in stretches, each line with its time."""

    stretches: tuple[tuple[Segment, ...], ...]
    reads: str
    medium: Medium = "audio"

    @classmethod
    def of(cls, transcript: Transcript) -> TranscriptInput:
        """Cut at segments into stretches of about `STRETCH` characters; none where it is silent."""
        digest = hashlib.sha256(transcript.text(times=True).encode()).hexdigest()
        return cls(stretches_of(transcript.segments), f"transcript {digest}")

    @property
    def total(self) -> int:
        """Stretches of the recording."""
        return len(self.stretches)

    def units(self, numbers: Sequence[int]) -> list[Unit]:
        """Cost of each stretch by its length."""
        return [Unit(n, FRAME_TOKENS + text_tokens(self.text(n))) for n in numbers]

    def text(self, number: int) -> str:
        """The stretch, one line a segment."""
        return "\n".join(self._lines(number))

    async def parts(self, number: int) -> tuple[Part, ...]:
        """Caption and text."""
        title = caption(number, self.total, medium=self.medium)
        return (TextPart(f"{title}\n{transcript_text(self._lines(number))}"),)

    def _lines(self, number: int) -> list[str]:
        return lines_of(self.stretches[number - 1])
