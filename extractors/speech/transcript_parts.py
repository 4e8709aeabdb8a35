"""A transcript in parts: stretches of a few minutes, lines with times, a page, scenes of a film."""

from __future__ import annotations

from collections.abc import Sequence

from docglean.extractors.documents.page_info import PageInfo
from docglean.extractors.documents.words import PageWords, Word
from docglean.extractors.speech.transcript import Segment, clock

STRETCH = 3_000
"""Characters of a transcript in one stretch: about three minutes of speech."""
SENTENCE_MARKS = ".,;:!?"
TOGETHER, APART = 0.5, 3.0
"""Characters between two words that are said, and behind a number with a comma: "15. Juni" is one
date, "1, 2" are two numbers."""


def stretches_of(segments: Sequence[Segment]) -> tuple[tuple[Segment, ...], ...]:
    """Segments in stretches of about `STRETCH` characters."""
    stretches: list[list[Segment]] = []
    size = 0
    for segment in segments:
        if not stretches or size + len(segment.text) > STRETCH:
            stretches.append([])
            size = 0
        stretches[-1].append(segment)
        size += len(segment.text)
    return tuple(map(tuple, stretches))


def lines_of(segments: Sequence[Segment]) -> list[str]:
    """What is said, a line each with its time."""
    return [f"[{clock(segment.start)}] {segment.text.strip()}" for segment in segments]


def as_page(segments: Sequence[Segment], number: int = 1) -> PageWords:
    """What was said as a page: one segment a line, one unit high, one unit a character."""
    words: list[Word] = []
    widest = 1.0
    for line, segment in enumerate(segments):
        across = 0.0
        for said in segment.text.split():
            # The mark behind a number is the sentence's.
            bare = said.rstrip(SENTENCE_MARKS)
            ends = bare != said and bare[-1:].isdigit()
            text = bare if ends else said
            box = (across, float(line), across + len(text), line + 0.9)
            words.append(Word(text, box, line=line))
            across += len(text) + (APART if ends and said[-1] != "." else TOGETHER)
        widest = max(widest, across)
    return PageWords(number, widest, len(segments) + 1.0, tuple(words))


def shared_out(
    segments: Sequence[Segment], frames: Sequence[PageInfo]
) -> dict[int, tuple[Segment, ...]]:
    """Segments by the number of the frame that is shown for most of the time that they take."""
    said: dict[int, list[Segment]] = {}
    for segment in segments:
        frame = max(frames, key=lambda frame: _together(segment, frame))
        said.setdefault(frame.number, []).append(segment)
    return {number: tuple(spoken) for number, spoken in said.items()}


def _together(segment: Segment, frame: PageInfo) -> float:
    """Seconds for which both last, negative by what lies between them."""
    start, end = frame.shown or (0.0, 0.0)
    return min(segment.end, end) - max(segment.start, start)
