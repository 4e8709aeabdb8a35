"""A film as it is shown to an engine: frames with their times, each with what is said meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docglean.extractors.inputs.pages import PagesInput, text_tokens
from docglean.extractors.model_input import Medium, Unit
from docglean.extractors.models.base import Part, TextPart
from docglean.extractors.requests.prompts import UNSEEN, caption, times, transcript_text
from docglean.extractors.speech.transcript import clock
from docglean.extractors.speech.transcript_parts import lines_of, shared_out
from docglean.schemas.errors import Problem, SourceError

if TYPE_CHECKING:
    from docglean.extractors.speech import Segment, Transcript


@dataclass(frozen=True, slots=True)
class FilmInput:
    """Frames as pages, and with each the lines that are said from its time on.

    Attributes:
        frames: how a frame is shown: its image, its text or both.
        said: segments of the transcript by the number of the frame.
        lost: frames that could not be shown; what is said meanwhile was.
    """

    frames: PagesInput
    said: Mapping[int, tuple[Segment, ...]]
    reads: str
    lost: dict[int, Problem] = field(default_factory=dict)
    medium: Medium = "video"

    @classmethod
    def of(cls, frames: PagesInput, transcript: Transcript | None) -> FilmInput:
        """The frames of a film with its transcript; None where it can't be heard."""
        if transcript is None:
            return cls(frames, {}, frames.reads)
        digest = hashlib.sha256(transcript.text(times=True).encode()).hexdigest()
        said = shared_out(transcript.segments, frames.document.pages)
        return cls(frames, said, f"{frames.reads} + transcript {digest}")

    @property
    def total(self) -> int:
        """Frames of the film."""
        return self.frames.total

    def units(self, numbers: Sequence[int]) -> list[Unit]:
        """Cost of each frame with what is said meanwhile."""
        return [
            Unit(unit.number, unit.tokens + text_tokens(self._spoken(unit.number)), unit.pixels)
            for unit in self.frames.units(numbers)
        ]

    def text(self, number: int) -> str:
        """The words on the frame where they are known, and those said meanwhile."""
        return "\n".join(filter(None, (self.frames.text(number), self._spoken(number))))

    async def parts(self, number: int) -> tuple[Part, ...]:
        """Caption with the times, the frame, what is said meanwhile."""
        shown = self.frames.document.page(number).shown
        assert shown is not None
        title = caption(number, self.total, medium=self.medium)
        when = times(clock(shown[0]), clock(shown[1]), medium=self.medium)
        parts: list[Part] = [TextPart(f"{title}\n{when}")]
        try:
            parts += (await self.frames.parts(number))[1:]
        except SourceError as error:
            self.lost[number] = Problem.of(error, page=number)
            parts.append(TextPart(UNSEEN))
        if number in self.said:
            parts.append(TextPart(transcript_text(lines_of(self.said[number]))))
        return tuple(parts)

    def _spoken(self, number: int) -> str:
        return "\n".join(lines_of(self.said.get(number, ())))
