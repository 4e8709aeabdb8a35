"""What was said in a recording, and when."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from docglean.extractors.extraction import Spending
from docglean.schemas.errors import Problem
from pydantic import TypeAdapter

TRANSCRIPT_VERSION = 1

Format = Literal["text", "json", "srt", "vtt"]

SUBTITLE_COLUMNS = 42
"""Columns of a line of subtitles, the customary limit of broadcasters; Chinese, Japanese and
Korean characters take two."""
SUBTITLE_LINES = 2
"""Lines that stand on the screen at once; what is longer is shown in parts, one after the other."""
SHORTEST_CUE = 0.1
"""Seconds; WebVTT has no cue that ends where it begins."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Words said in one go.

    Attributes:
        start: seconds from the beginning of the recording.
        end: as `start`.
        text: as the engine wrote it, without blanks around it.
        confidence: 0 to 1, the engine's own; None where it tells none.
    """

    start: float
    end: float
    text: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole recording as text with times.

    Attributes:
        segments: in order; empty where nobody speaks.
        language: ISO 639-1 code, as told or as the engine found; None where it tells none.
        engine: spec of the speech engine.
        seconds: length of the recording.
        problems: nobody speaks, parts that could not be decoded.
        spending: what a hosted engine was paid for this; nothing for one on this machine.
        version: of this form on disk.
    """

    segments: tuple[Segment, ...]
    language: str | None
    engine: str
    seconds: float
    problems: tuple[Problem, ...] = ()
    spending: Spending = field(default_factory=Spending)
    version: int = TRANSCRIPT_VERSION

    def text(self, *, times: bool = False) -> str:
        """One segment a line, with ``[h:mm:ss] `` before it where `times` are wanted."""
        if not times:
            return "\n".join(segment.text for segment in self.segments)
        return "\n".join(f"[{clock(segment.start)}] {segment.text}" for segment in self.segments)

    def to_json(self, *, indent: int | None = None) -> str:
        """The stored form."""
        return _adapter().dump_json(self, indent=indent).decode()

    @staticmethod
    def from_json(text: str | bytes) -> Transcript:
        """The transcript of its stored form.

        Raises:
            ValueError: it is not one.
        """
        return _adapter().validate_json(text)

    def to_srt(self) -> str:
        """SubRip subtitles, https://en.wikipedia.org/wiki/SubRip."""
        cues = (
            f"{number}\n{_times(cue, ',')}\n{cue.text}\n"
            for number, cue in enumerate(self._cues(), 1)
        )
        return "\n".join(cues)

    def to_vtt(self) -> str:
        """WebVTT subtitles, https://www.w3.org/TR/webvtt1/."""
        cues = (f"{_times(cue, '.')}\n{_escaped(cue.text)}\n" for cue in self._cues())
        return "\n".join(("WEBVTT\n", *cues))

    def _cues(self) -> Iterator[Segment]:
        """Segments as subtitles: as much at once as can be read, each part for its share of the
        characters.
        """
        for segment in self.segments:
            lines = _lines(segment.text)
            parts = [
                "\n".join(lines[place : place + SUBTITLE_LINES])
                for place in range(0, len(lines), SUBTITLE_LINES)
            ]
            length = max(segment.end - segment.start, SHORTEST_CUE * len(parts))
            each = length / sum(map(len, parts))
            start = segment.start
            for part in parts:
                end = start + each * len(part)
                yield Segment(start, end, part)
                start = end

    def formatted(self, form: Format) -> str:
        """In the format named, ending with a line break where it isn't empty."""
        shown = {
            "text": self.text,
            "json": lambda: self.to_json(indent=2),
            "srt": self.to_srt,
            "vtt": self.to_vtt,
        }[form]()
        return f"{shown.rstrip()}\n" if shown else ""


def clock(seconds: float) -> str:
    """``h:mm:ss``, cut off to whole seconds."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def stamp(seconds: float, separator: str) -> str:
    """``hh:mm:ss,mmm`` of subtitles."""
    milliseconds = round(seconds * 1000)
    whole, rest = divmod(milliseconds, 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{separator}{rest:03}"


def _times(cue: Segment, separator: str) -> str:
    return f"{stamp(cue.start, separator)} --> {stamp(cue.end, separator)}"


def _lines(text: str) -> list[str]:
    """At least one, and none that is empty: that would end the cue."""
    columns = SUBTITLE_COLUMNS
    lines = textwrap.wrap(text, columns) or ["-"]
    while any(_width(line) > SUBTITLE_COLUMNS for line in lines):  # half of them is always enough
        columns -= 1
        lines = textwrap.wrap(text, columns)
    # Shown in parts, lines of one length: else a word may be left over for the last part.
    while len(lines) > SUBTITLE_LINES and columns > 1:
        columns -= 1
        narrower = textwrap.wrap(text, columns)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines


def _width(line: str) -> int:
    """Columns that a line takes: some characters are twice as wide as others."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@cache
def _adapter() -> TypeAdapter[Transcript]:
    return TypeAdapter(Transcript)
