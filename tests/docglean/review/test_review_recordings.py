"""Recordings and films as browsers play them."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import numpy
import pytest
import sounds
from docglean.extractors.documents.workers import Workers
from review_rooms import LAYERED, SAMPLES, MemoryStore, record, serving

from docglean.review.media import Recordings
from docglean.review.originals import Originals


@pytest.fixture
async def recordings(workers: Workers) -> AsyncIterator[Recordings]:
    originals = Originals(workers, MemoryStore())
    found = Recordings(originals)
    yield found
    found.close()
    await originals.close()


@pytest.mark.parametrize(
    ("kind", "played"),
    [
        ("wav", "audio/wav"),
        ("mp3", "audio/mpeg"),
        ("m4a", "audio/mp4"),
        ("mov", "audio/mp4"),
        ("flac", "audio/flac"),
        ("ogg-opus", "audio/ogg"),
        ("webm", "audio/webm"),
    ],
)
async def test_what_browsers_play_is_served_as_it_is(
    recordings: Recordings, tmp_path: Path, kind: str, played: str
) -> None:
    source = record(sounds.write(tmp_path, sounds.tone(440, 1), kind))
    answer = await recordings.answer(source)
    assert (answer.media_type, await recordings.kind(source)) == (played, "audio")
    assert Path(answer.path).read_bytes() == (tmp_path / source.name).read_bytes()


@pytest.mark.parametrize("kind", ["wma", "mkv", "aiff"])
async def test_what_they_do_not_play_is_converted_once(
    recordings: Recordings, tmp_path: Path, kind: str
) -> None:
    sound = numpy.concatenate([sounds.silence(1), sounds.tone(440, 40)])
    source = record(sounds.write(tmp_path, sound, kind))
    answer = await recordings.answer(source)
    assert (answer.media_type, await recordings.kind(source)) == ("audio/wav", "audio")
    with wave.open(str(answer.path)) as heard:
        assert heard.getnframes() / heard.getframerate() == pytest.approx(41, abs=0.1)
        first = numpy.frombuffer(heard.readframes(16_000 * 9 // 10), numpy.int16)
        heard.setpos(35 * 16_000)
        later = numpy.frombuffer(heard.readframes(16_000), numpy.int16)
    assert abs(first.astype(int)).max() < 500  # silent, and no second of it is lost
    assert sounds.pitch(later.astype(numpy.float32)) == pytest.approx(440, rel=0.02)
    assert (await recordings.answer(source)).path == answer.path


async def test_what_was_converted_goes_with_the_server(workers: Workers, tmp_path: Path) -> None:
    originals = Originals(workers, MemoryStore())
    found = Recordings(originals)
    sources = [
        record(
            sounds.write(tmp_path, sounds.tone(300 + 10 * n, 0.5), "aiff").rename(tmp_path / f"{n}")
        )
        for n in range(6)
    ]
    paths = [Path((await found.answer(source)).path) for source in sources]
    assert [path.is_file() for path in paths] == [False, False, True, True, True, True]
    found.close()
    await originals.close()
    assert not any(path.parent.exists() for path in paths)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "told"), [("mp4", "video"), ("webm", "video"), ("mkv", "audio")])
async def test_films_are_played_where_browsers_can(
    recordings: Recordings, tmp_path: Path, kind: str, told: str
) -> None:
    source = record(sounds.write(tmp_path, sounds.tone(440, 2), kind, video=True))
    assert await recordings.kind(source) == told
    answer = await recordings.answer(source)
    assert str(answer.media_type).startswith(f"{told}/")


async def test_pages_are_nothing_to_play(recordings: Recordings) -> None:
    assert await recordings.kind(record(SAMPLES / LAYERED)) == ""


def test_a_converted_recording_is_played_from_any_byte(workers: Workers, tmp_path: Path) -> None:
    path = sounds.write(tmp_path, sounds.tone(440, 2), "wma").rename(tmp_path / "call.wma")
    with serving(workers, path) as served:
        client = served.signed_in()
        whole = client.get("/api/documents/call.wma/media")
        assert whole.headers["content-type"] == "audio/wav"
        with wave.open(io.BytesIO(whole.content)) as heard:
            assert heard.getnframes() == pytest.approx(2 * 16_000, abs=2_000)
        part = client.get("/api/documents/call.wma/media", headers={"Range": "bytes=100-199"})
        assert (part.status_code, part.content) == (206, whole.content[100:200])
