"""Films and recordings without a model: scenes as chapters, with the words shown and said.

What a scene is about, and a summary, take understanding; these stay open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from docglean.extractors.documents.words import PageWords, Word
from docglean.extractors.extraction import Evidence
from docglean.extractors.geometry import union
from docglean.extractors.rules.document_values import (
    RuleReading,
    limit_of_recordings,
    read_transcript,
    read_words,
)
from docglean.extractors.rules.skeleton import skeleton
from docglean.extractors.speech.transcript import Transcript, clock
from docglean.extractors.speech.transcript_parts import as_page, shared_out, stretches_of
from docglean.schemas.schema import Schema, is_built_in

if TYPE_CHECKING:
    from docglean.extractors.documents.page_info import PageInfo
    from docglean.extractors.extraction import Box
    from docglean.extractors.speech import Segment

HEADING = 1.3
"""Height of a heading in heights of the other lines of a frame."""
MOST_LINES = 40
"""Lines of one frame that are told: of code or a page, the first."""
LETTERS = 2
"""Letters and digits that make a line worth telling; OCR sees single ones in pictures."""


def read_recording(
    schema: Schema,
    frames: Sequence[PageInfo],
    words: Sequence[PageWords],
    transcript: Transcript | None,
) -> RuleReading:
    """Read a recording or a film without a model.

    Args:
        frames: of a film; empty for a recording.
        words: on the frames that could be read.
        transcript: None for a film that can't be heard.
    """
    if is_built_in(schema) and schema.name == "recording":
        return _read_chapters(schema, _scenes(frames, words, transcript), transcript)
    if transcript is not None and (not words or schema.name == "note"):
        return read_transcript(schema, transcript)
    said = [] if transcript is None else [as_page(transcript.segments, len(frames) + 1)]
    reading = read_words(schema, [*words, *said])
    # Where on the frames, or in which seconds, is for `locate` to find.
    reading.evidence = {}
    return reading


@dataclass
class _Scene:
    """Some seconds of a recording, with the lines on the frame and what is said meanwhile."""

    start: float
    end: float
    page: int | None = None
    lines: list[tuple[str, Box]] = field(default_factory=list)
    said: list[Segment] = field(default_factory=list)

    @property
    def heading(self) -> int | None:
        """The line that is much taller than the others."""
        heights = [box[3] - box[1] for _, box in self.lines]
        if not heights:
            return None
        tallest = heights.index(max(heights))
        others = heights[:tallest] + heights[tallest + 1 :]
        return tallest if not others or max(heights) >= HEADING * median(others) else None


def _scenes(
    frames: Sequence[PageInfo], words: Sequence[PageWords], transcript: Transcript | None
) -> list[_Scene]:
    """The scenes of a film, of equal frames one; of a recording without frames, its stretches."""
    segments = () if transcript is None else transcript.segments
    if not frames:
        return [
            _Scene(part[0].start, part[-1].end, said=list(part)) for part in stretches_of(segments)
        ]
    lines = {page.page: _lines(page) for page in words}
    said = shared_out(segments, frames)
    scenes: list[_Scene] = []
    for frame in frames:
        start, end = frame.shown or (0.0, 0.0)
        shown, heard = lines.get(frame.number, []), said.get(frame.number, ())
        if scenes and shown and [t for t, _ in shown] == [t for t, _ in scenes[-1].lines]:
            scenes[-1].end = end
            scenes[-1].said += heard
        else:
            scenes.append(_Scene(start, end, frame.number, shown, list(heard)))
    return scenes


def _lines(page: PageWords) -> list[tuple[str, Box]]:
    """Lines of a frame from top to bottom, with their boxes."""
    rows: dict[int, list[Word]] = {}
    for word in page.words:
        rows.setdefault(word.line, []).append(word)
    lines = []
    for row in rows.values():
        text = " ".join(word.text for word in row)
        if sum(char.isalnum() for char in text) >= LETTERS:
            x0, y0, x1, y1 = union(word.box for word in row)
            lines.append((text, (round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2))))
    return lines[:MOST_LINES]


def _read_chapters(
    schema: Schema, scenes: Sequence[_Scene], transcript: Transcript | None
) -> RuleReading:
    reading = RuleReading(skeleton(schema.root))
    reading.values["language"] = None if transcript is None else transcript.language
    for number, scene in enumerate(scenes):
        heading = scene.heading
        reading.values["chapters"].append({
            "start": clock(scene.start),
            "end": clock(scene.end),
            "title": None if heading is None else scene.lines[heading][0],
            "shown": None,
            "said": " ".join(segment.text for segment in scene.said) or None,
            "on_screen": [text for text, _ in scene.lines],
        })  # fmt: skip
        reading.evidence |= dict(_evidence(f"/chapters/{number}", scene))
    reading.problems.append(
        limit_of_recordings(
            "The embedded engine gives each scene as a chapter, with the words on the screen and "
            "those that are said; it cannot tell what is to be seen, nor summarise."
        )
    )
    return reading


def _evidence(pointer: str, scene: _Scene) -> Iterator[tuple[str, Evidence]]:
    seconds = (scene.start, scene.end)
    for number, (text, box) in enumerate(scene.lines):
        place = Evidence(
            how="exact", page=scene.page, box=box, text=text, seconds=seconds, score=1.0
        )
        if number == scene.heading:
            yield f"{pointer}/title", place
        yield f"{pointer}/on_screen/{number}", place
    if scene.said:
        heard = (scene.said[0].start, scene.said[-1].end)
        text = " ".join(segment.text for segment in scene.said)
        yield f"{pointer}/said", Evidence(how="exact", text=text, seconds=heard, score=1.0)
