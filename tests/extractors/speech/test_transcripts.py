"""Transcripts as text, JSON and subtitles."""

from __future__ import annotations

import html
import io
import json
import unicodedata

import av
import pytest
from docglean.extractors.speech import (
    Segment,
    Transcript,
)
from hypothesis import example, given
from hypothesis import strategies as st

SAID = Transcript(
    (
        Segment(0.0, 1.5, "Guten Tag.", 0.91),
        Segment(3661.0, 3662.3456, "A <b> & " + "very long words " * 4),
    ),
    "de",
    "faster-whisper:small",
    3700.0,
)


def test_formats() -> None:
    assert SAID.formatted("text").splitlines()[0] == "Guten Tag."
    assert SAID.text(times=True).splitlines()[1].startswith("[1:01:01] A <b>")
    srt = SAID.formatted("srt").split("\n\n")
    assert srt[0] == "1\n00:00:00,000 --> 00:00:01,500\nGuten Tag."
    assert srt[1].startswith("2\n01:01:01,000 --> 01:01:02,346\nA <b> & very")
    assert max(map(len, srt[1].splitlines())) <= 42
    vtt = SAID.formatted("vtt")
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nGuten Tag.\n\n")
    assert "A &lt;b&gt; &amp; very" in vtt
    assert Transcript.from_json(SAID.formatted("json")) == SAID
    assert json.loads(SAID.to_json())["segments"][0]["confidence"] == 0.91


@example([(1.0, 0.0, 35 * "a" + 4 * "\u4e2d")])
@given(
    st.lists(
        st.tuples(
            st.floats(1, 9_000), st.floats(0, 30), st.text("aB <&>-\u4e2d\u00e9", max_size=300)
        ),
        max_size=5,
    )
)
def test_subtitles_are_read_by_others(spoken: list[tuple[float, float, str]]) -> None:
    """By FFmpeg: nothing is lost, nothing overlaps, all of it fits on the screen."""
    segments: list[Segment] = []
    now = 0.0
    for pause, lasts, text in spoken:
        segments.append(Segment(now + pause, now + pause + lasts, " ".join(text.split())))
        now += pause + lasts
    transcript = Transcript(tuple(segments), None, "whisper:base", now)
    words = "".join(segment.text or "-" for segment in segments).replace(" ", "")
    for form in ("srt", "vtt"):
        cues = read_subtitles(transcript.formatted(form), form)  # type: ignore[arg-type]
        assert "".join("".join(said.split()) for _, _, said in cues) == words
        following = [start for start, _, _ in cues[1:]]
        for (start, end, said), next_one in zip(cues, [*following, now + 1], strict=False):
            assert start < end <= next_one
            assert 1 <= len(said.splitlines()) <= 2
            assert all(line.strip() and columns(line) <= 42 for line in said.splitlines())


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def read_subtitles(text: str, form: str) -> list[tuple[float, float, str]]:
    """Start, end and text of each cue, as FFmpeg reads them."""
    if not text.strip() or text.strip() == "WEBVTT":
        return []
    with av.open(io.BytesIO(text.encode()), format={"srt": "srt", "vtt": "webvtt"}[form]) as file:
        cues = []
        for packet in file.demux():
            if packet.size:
                start = float(packet.pts * packet.time_base)
                said = bytes(packet).decode()
                cues.append((start, start + float(packet.duration * packet.time_base), said))
    return [(start, end, html.unescape(said) if form == "vtt" else said)
            for start, end, said in cues]  # fmt: skip


def test_an_empty_transcript_in_every_format() -> None:
    nothing = Transcript((), None, "whisper:base", 2.0)
    assert [nothing.formatted(form) for form in ("text", "srt", "vtt")] == ["", "", "WEBVTT\n"]
    assert Transcript.from_json(nothing.to_json()) == nothing
    with pytest.raises(ValueError, match="segments"):
        Transcript.from_json("{}")
