"""Films: a frame for each scene with its time, whatever the key frames, and typed errors."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.page_info import SourceFile
from docglean.extractors.documents.video import Scene, picture, scenes
from docglean.schemas.errors import SourceError
from PIL import Image, ImageDraw
from sounds import tone, write

av = pytest.importorskip("av")

LIMITS = Limits()
FPS = 4
SIZE = (240, 136)


def slide(number: int) -> Any:
    """A page of its own, with the number in large letters."""
    image = Image.new("RGB", SIZE, "white")
    draw = ImageDraw.Draw(image)
    draw.text((15 + 50 * (number % 4), 45), f"{number}", fill="black", font_size=60)
    draw.rectangle((0, 0, 240, 8 + 4 * number), fill=(20 * number % 255, 60, 160))
    return numpy.asarray(image)


def film(path: Path, cuts: list[float], *, form: str = "mp4", gop: int = 250,
         noise: float = 0.0) -> SourceFile:  # fmt: skip
    """Slides, one from each of the `cuts` (seconds) to the next; the last one is the end."""
    draw = numpy.random.default_rng(1)
    codec = "libvpx" if form == "webm" else "libx264"
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(
            codec,
            rate=FPS,
            options={"g": str(gop), "cpu-used": "8", "deadline": "realtime"}
            if codec == "libvpx"
            else {"g": str(gop)},
        )
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        if codec == "libx264" and gop > 1_000:
            stream.options = {"g": str(gop), "sc_threshold": "0"}  # no key frame at a cut
        for number, (start, end) in enumerate(itertools.pairwise(cuts)):
            still = slide(number).astype(numpy.float32)
            for _ in range(round((end - start) * FPS)):
                grain = noise * draw.standard_normal(still.shape) if noise else 0.0
                shown = numpy.clip(still + grain, 0, 255).astype(numpy.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="rgb24")))
        container.mux(stream.encode(None))
    return SourceFile(path.name, str(path), "video/mp4")


@pytest.mark.parametrize("form", ["mp4", "mov", "matroska", "webm"])
@pytest.mark.parametrize("gop", [12, 5_000])
def test_scenes_begin_where_the_picture_changes(form: str, gop: int, tmp_path: Path) -> None:
    cuts = [0.0, 4.0, 9.0, 9.9, 20.0]
    source = film(tmp_path / "film", cuts, form=form, gop=gop, noise=4.0)
    found = scenes(source, LIMITS, 100)
    assert [scene.start for scene in found] == pytest.approx(cuts[:-1], abs=0.6)
    assert [scene.end for scene in found[:-1]] == [scene.start for scene in found[1:]]
    assert {(scene.width, scene.height) for scene in found} == {SIZE}


def test_a_long_film_is_looked_at_by_its_key_frames_where_there_are_enough(tmp_path: Path) -> None:
    cuts = [0.0, 21.0, 48.0, 75.0]
    for gop, exactly in ((20, 5.1), (5_000, 0.6)):
        found = scenes(film(tmp_path / f"{gop}", cuts, gop=gop), LIMITS, 100)
        assert [scene.start for scene in found] == pytest.approx(cuts[:-1], abs=exactly)


def test_the_frame_of_a_scene_is_its_slide(tmp_path: Path) -> None:
    source = film(tmp_path / "film", [0.0, 3.0, 6.0, 30.0])
    for number, scene in enumerate(scenes(source, LIMITS, 100)):
        image = picture(source, (scene.start + scene.end) / 2)
        assert image.size == SIZE
        assert numpy.abs(numpy.asarray(image).astype(int) - slide(number)).mean() < 6


def test_a_still_film_is_one_scene(tmp_path: Path) -> None:
    found = scenes(film(tmp_path / "film", [0.0, 20.0], noise=6.0), LIMITS, 100)
    assert found == [Scene(0.0, pytest.approx(20.0, abs=1.0), 1.0, *SIZE)]


def test_a_cut_without_a_key_frame_in_a_short_film_is_seen(tmp_path: Path) -> None:
    found = scenes(film(tmp_path / "film", [0.0, 3.0, 7.0], gop=5_000), LIMITS, 100)
    assert [scene.start for scene in found] == pytest.approx([0.0, 3.0], abs=0.6)


def test_no_more_than_asked_for(tmp_path: Path) -> None:
    source = film(tmp_path / "film", [3.0 * number for number in range(13)], gop=8)
    everything = scenes(source, LIMITS, 100)
    assert len(everything) == 12
    few = scenes(source, LIMITS, 4)
    assert len(few) == 4
    assert few[0].start == 0.0
    assert few[-1].end == everything[-1].end
    assert {scene.start for scene in few} <= {scene.start for scene in everything}
    assert min(scene.share for scene in few) >= sorted(s.share for s in everything)[-4]


def test_a_film_cut_off_gives_what_is_there(tmp_path: Path) -> None:
    source = film(tmp_path / "film", [0.0, 5.0, 10.0, 15.0], form="matroska", gop=8)
    path = Path(source.path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 1 <= len(scenes(source, LIMITS, 100)) <= 3


def test_typed_errors(tmp_path: Path) -> None:
    recording = write(tmp_path, tone(440, 1.0), "mp4")
    with pytest.raises(SourceError) as caught:
        scenes(SourceFile("a", str(recording), "audio/mp4"), LIMITS, 10)
    assert caught.value.code == "no_pictures"
    source = film(tmp_path / "film", [0.0, 2.0])
    with pytest.raises(SourceError) as caught:
        scenes(replace(source, max_pixels=1_000), LIMITS, 10)
    assert caught.value.code == "too_large"
    junk = tmp_path / "junk"
    junk.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(5_000))
    with pytest.raises(SourceError) as caught:
        scenes(SourceFile("junk", str(junk), "video/mp4"), LIMITS, 10)
    assert caught.value.code == "damaged"


def test_a_camera_that_moves_makes_no_more_frames_than_it_is_worth(tmp_path: Path) -> None:
    draw = numpy.random.default_rng(2)
    with av.open(str(tmp_path / "film"), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"g": "4"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for _ in range(60 * FPS):
            blocks = draw.integers(0, 255, (17, 30, 3), dtype=numpy.uint8)
            shown = numpy.kron(blocks, numpy.ones((8, 8, 1), numpy.uint8))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shown, format="rgb24")))
        container.mux(stream.encode(None))
    found = scenes(SourceFile("film", str(tmp_path / "film"), "video/mp4"), LIMITS, 40)
    assert len(found) == 20


@pytest.mark.slow
def test_a_long_scene_is_divided_so_that_what_is_said_stays_with_its_frame(tmp_path: Path) -> None:
    source = film(tmp_path / "film", [0.0, 20.0, 560.0], gop=20)
    found = scenes(source, LIMITS, 10)
    lengths = [scene.end - scene.start for scene in found]
    assert lengths == pytest.approx([20, 180, 180, 180], abs=1.0)
    assert [scene.end for scene in found[:-1]] == [scene.start for scene in found[1:]]
    assert len(scenes(source, LIMITS, 3)) == 3
