"""What a document becomes inside a Request: page images, their text, both, or a transcript.

What is shown is all that the arms of a comparison (vision, OCR, speech) differ in; see `inputs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from docglean.extractors.models.base import Part

Medium = Literal["pages", "audio", "sound", "video"]
"""What is shown of a document: its pages, the transcript of a recording, a recording itself, or
the frames of a film with what is said meanwhile."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What a window is counted in: a page, or a stretch of a recording's transcript.

    `tokens`, `pixels` and `bytes` are what it costs in a request; 0 pixels where no image is sent,
    `bytes` of what is no image; `audio_tokens` are those of `tokens` that are sound.
    """

    number: int
    tokens: int
    pixels: int = 0
    bytes: int = 0
    audio_tokens: int = 0


class ModelInput(Protocol):
    """A document in units (pages, stretches) as one engine is shown them."""

    @property
    def medium(self) -> Medium:
        """What the units are."""
        ...

    @property
    def total(self) -> int:
        """Units of the document."""
        ...

    @property
    def reads(self) -> str:
        """Identity of what a unit becomes; part of a request's key."""
        ...

    def units(self, numbers: Sequence[int]) -> list[Unit]:
        """What these units cost in a request."""
        ...

    async def parts(self, number: int) -> tuple[Part, ...]:
        """What is sent of one unit.

        Raises:
            SourceError: it can't be shown.
        """
        ...

    def text(self, number: int) -> str:
        """The unit's text where it is known, else empty."""
        ...
