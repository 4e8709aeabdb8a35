"""Every container is decoded to the same sound; what is damaged or absurd ends in a typed error."""

from __future__ import annotations

import gc
import itertools
import resource
import struct
import wave
from pathlib import Path
from typing import Any

import numpy
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents import audio
from docglean.extractors.documents.audio import RATE, Recording
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.page_info import SourceFile
from docglean.extractors.documents.workers import Workers
from docglean.schemas.errors import SourceError
from sounds import CONTAINERS, pitch, silence, tone, write

pytest.importorskip("av")

LIMITS = Limits()
HERTZ = (440, 880, 1320)
CHORD = numpy.concatenate([tone(hertz, 1.0) for hertz in HERTZ])
"""Three seconds, each of its own pitch."""


def source(path: Path) -> SourceFile:
    return SourceFile(path.name, str(path), "audio/x")


def whole(path: Path, step: int = 7_001, limits: Limits = LIMITS) -> Any:
    """All of a recording, taken in pieces."""
    recording = Recording(source(path), limits)
    pieces: list[Any] = []
    start, ended = 0, False
    while not ended:
        piece, ended = recording.take(start, step)
        pieces.append(piece)
        start += len(piece)
    recording.close()
    return numpy.concatenate(pieces)


@pytest.mark.parametrize("kind", CONTAINERS)
def test_every_container_gives_the_same_sound(kind: str, tmp_path: Path) -> None:
    heard = whole(write(tmp_path, CHORD, kind))
    # Encoders pad with up to a tenth of a second.
    assert abs(len(heard) - 3 * RATE) <= 0.1 * RATE
    for second, hertz in enumerate(HERTZ):
        middle = heard[round((second + 0.3) * RATE) : round((second + 0.7) * RATE)]
        assert pitch(middle) == pytest.approx(hertz, abs=5)
        assert numpy.abs(middle).max() == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("wav", "audio/wav"),
        ("mp3", "audio/mpeg"),
        ("m4a", "audio/mp4"),
        ("aac", "audio/aac"),
        ("flac", "audio/flac"),
        ("ogg-opus", "audio/ogg"),
        ("webm", "audio/webm"),
        ("mkv", "audio/x-matroska"),
        ("aiff", "audio/aiff"),
        ("wma", "audio/x-ms-wma"),
    ],
)
async def test_recordings_are_known_by_content(
    kind: str, media_type: str, tmp_path: Path, workers: Workers
) -> None:
    document = await open_document(write(tmp_path, CHORD, kind), workers, LIMITS)
    assert (document.media_type, document.medium) == (media_type, "audio")
    assert document.duration is None or document.duration == pytest.approx(3.0, abs=0.15)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("mp4", "video/mp4"), ("mov", "video/quicktime"), ("mkv", "video/x-matroska"),
     ("webm", "video/webm")],
)  # fmt: skip
async def test_the_sound_of_films(
    kind: str, media_type: str, tmp_path: Path, workers: Workers
) -> None:
    path = write(tmp_path, CHORD, kind, video=True)
    document = await open_document(path, workers, LIMITS)
    assert (document.media_type, document.medium) == (media_type, "video")
    assert document.has_sound
    heard = whole(path)
    assert abs(len(heard) - 3 * RATE) <= 0.1 * RATE
    assert pitch(heard[round(1.3 * RATE) : round(1.7 * RATE)]) == pytest.approx(880, abs=5)


@pytest.mark.parametrize("rate", [8_000, 11_025, 48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_rates_and_channels(rate: int, channels: int, tmp_path: Path) -> None:
    heard = whole(write(tmp_path, CHORD, "wav", rate=rate, channels=channels))
    assert abs(len(heard) - 3 * RATE) <= 0.02 * RATE
    assert pitch(heard[RATE : 2 * RATE]) == pytest.approx(880, abs=5)


def test_pieces_are_the_same_wherever_they_are_cut(tmp_path: Path) -> None:
    path = write(tmp_path, CHORD, "mp3")
    once = whole(path, 10**6)
    for step in (1_000, 16_000, 33_333):
        assert numpy.array_equal(whole(path, step), once)
    # Another process, or a later run, goes on in the middle.
    late, ended = Recording(source(path), LIMITS).take(20_000, 5_000)
    assert numpy.array_equal(late, once[20_000:25_000])
    assert not ended


def test_what_was_taken_is_forgotten(tmp_path: Path) -> None:
    recording = Recording(source(write(tmp_path, CHORD, "flac")), LIMITS)
    recording.take(16_000, 100)
    with pytest.raises(ValueError, match="gone"):
        recording.take(0, 100)


def test_an_open_recording_goes_on_and_another_begins_again(tmp_path: Path) -> None:
    one = source(write(tmp_path, CHORD, "wav"))
    first = audio.recording_at(one, LIMITS, 0)
    first.take(30_000, 100)
    assert audio.recording_at(one, LIMITS, 30_000) is first
    again = audio.recording_at(one, LIMITS, 0)
    assert again is not first
    audio.forget(one)
    assert audio.recording_at(one, LIMITS, 0) is not again
    audio.forget(one)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="Linux tells threads")
def test_recordings_that_were_read_leave_no_threads_behind(tmp_path: Path) -> None:
    path = write(tmp_path, tone(440, 0.2), "wav")
    gc.disable()  # a child that reads recordings makes little garbage
    try:
        counts = []
        for _ in range(3):
            audio.look(SourceFile("a", str(path), "audio/wav"), LIMITS)
            counts.append(len(list(Path("/proc/self/task").iterdir())))
    finally:
        gc.enable()
    assert counts[2] <= counts[0]


def test_a_float_recording_may_hold_anything(tmp_path: Path) -> None:
    path = write(tmp_path, CHORD, "wav-float", rate=RATE, channels=1)
    data = bytearray(path.read_bytes())
    data[-4000:-3996] = struct.pack("<f", float("nan"))
    data[-3000:-2996] = struct.pack("<f", 1e30)
    path.write_bytes(data)
    heard = whole(path)
    assert numpy.isfinite(heard).all()
    assert numpy.abs(heard).max() <= 1.0


def test_damage_in_the_middle_costs_the_damaged_part_only(tmp_path: Path) -> None:
    path = write(tmp_path, numpy.tile(CHORD, 4), "flac")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3_000] = b"\xaa" * 3_000
    path.write_bytes(data)
    recording = Recording(source(path), LIMITS)
    heard, ended = recording.take(0, 20 * RATE)
    assert ended
    assert 8 * RATE < len(heard) <= 12 * RATE
    assert pitch(heard[: RATE // 2]) == pytest.approx(440, abs=5)


@pytest.mark.parametrize("kind", ["mp3", "wav", "ogg-opus", "flac", "webm", "aac"])
def test_a_file_cut_off_gives_what_is_there(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path, CHORD, kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert len(whole(path)) == pytest.approx(1.5 * RATE, rel=0.35)


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"RIFF\x10\0\0\0WAVEnothing", "damaged no_sound"),
        (b"ID3\x04\0\0\0\0\0\x0b" + b"x" * 5_000, "damaged no_sound"),
        (b"\xff\xfb\x90\x64" + b"\x5a" * 50_000, "damaged no_sound"),
        (b"OggS\0\x02" + bytes(5_000), "damaged no_sound"),
        (b"fLaC" + bytes(range(256)) * 20, "damaged no_sound"),
        (b"\x1aE\xdf\xa3" + b"\xff" * 5_000, "damaged no_sound"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0" + b"moov" * 500, "damaged no_sound"),
        (b"\0\0\0\x08wide\0\0\0\x08mdat", "damaged no_sound"),
        # FFmpeg would read a playlist behind an ID3 tag and open what it names.
        (b"ID3\x04\0\0\0\0\0\0#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nfile:///etc/hosts\n"
         b"#EXT-X-ENDLIST\n", "damaged no_sound"),
        ("A text in UTF-16, whose first bytes look like sound".encode("utf-16"), "unsupported"),
    ],
)  # fmt: skip
async def test_what_is_no_recording_is_a_typed_error(
    content: bytes, codes: str, tmp_path: Path, workers: Workers
) -> None:
    path = tmp_path / "strange.mp3"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        await open_document(path, workers, LIMITS)
    assert caught.value.code in codes.split()
    assert str(tmp_path) not in str(caught.value)


def test_no_sound_in_it(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
    with pytest.raises(SourceError) as caught:
        audio.look(source(path), LIMITS)
    assert caught.value.code == "no_sound"


def _wav(path: Path, rate: int, data: bytes, claimed: int | None = None) -> Path:
    size = len(data) if claimed is None else claimed
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", (36 + size) & 0xFFFFFFFF, b"WAVE", b"fmt ",
                       16, 1, 1, rate, rate * 2, 2, 16, b"data", size & 0xFFFFFFFF)  # fmt: skip
    path.write_bytes(head + data)
    return path


def test_absurd_headers(tmp_path: Path) -> None:
    # One sample a second: a megabyte would be a week.
    slow = _wav(tmp_path / "slow", 1, bytes(1_000_000))
    with pytest.raises(SourceError) as caught:
        whole(slow)
    assert caught.value.code in ("damaged", "too_long")
    # A length of four gigabytes is claimed: what is there counts.
    claimed = _wav(tmp_path / "claimed", RATE, bytes(2 * RATE), claimed=0xFFFFFFF0)
    assert len(whole(claimed)) == RATE
    assert audio.look(source(claimed), LIMITS).duration in (None, pytest.approx(1.0, abs=0.1))


def test_too_long(tmp_path: Path) -> None:
    path = write(tmp_path, CHORD, "mp3")
    short = Limits(max_sound_seconds=2.0)
    with pytest.raises(SourceError) as caught:
        whole(path, limits=short)
    assert caught.value.code == "too_long"
    with pytest.raises(SourceError) as caught:
        audio.look(source(path), short)
    assert (caught.value.code, "max_sound_seconds" in caught.value.way_out) == ("too_long", True)


@pytest.mark.slow
def test_an_hour_at_flat_memory(tmp_path: Path) -> None:
    minute = numpy.concatenate([numpy.tile(CHORD, 10), silence(30)])
    path = write(tmp_path, itertools.repeat(minute, 60), "flac", rate=RATE, channels=1)
    recording = Recording(source(path), LIMITS)
    recording.take(0, 120 * RATE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    position, ended = 0, False
    while not ended:
        piece, ended = recording.take(position, 120 * RATE)
        position += len(piece)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert position == pytest.approx(3_600 * RATE, rel=0.001)
    # The whole hour would be 230 MB.
    assert grown < 60_000
