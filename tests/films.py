"""Films made at test time: slides with large words, and sound."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy
import pytest
from PIL import Image, ImageDraw
from sounds import RATE

FPS = 4
SIZE = (640, 360)


def slide(lines: Sequence[str], shade: int = 255) -> Any:
    """Black on a light ground: a heading, and lines below it."""
    image = Image.new("RGB", SIZE, (shade, shade, 255))
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        top = 40 if not number else 110 + 60 * number
        draw.text((40, top), line, fill="black", font_size=56 if not number else 30)
    return numpy.asarray(image)


def film(
    path: Path,
    slides: Sequence[tuple[float, Sequence[str]]],
    samples: Any = None,
    *,
    form: str = "mp4",
) -> Path:
    """Slides, each with the seconds for which it is shown; without `samples` it is silent."""
    av = pytest.importorskip("av")
    with av.open(str(path), "w", format=form) as container:
        picture = container.add_stream("libx264", rate=FPS, options={"g": "2"})
        picture.width, picture.height, picture.pix_fmt = *SIZE, "yuv420p"
        sound: Any = None
        if samples is not None:
            sound = container.add_stream("aac", rate=RATE)
            sound.layout = "mono"
        for number, (seconds, lines) in enumerate(slides):
            frame = slide(lines, 255 - 25 * (number % 6))
            for _ in range(round(seconds * FPS)):
                shown = av.VideoFrame.from_ndarray(frame, format="rgb24")
                container.mux(picture.encode(shown))
        container.mux(picture.encode(None))
        if sound is not None:
            heard = av.AudioFrame.from_ndarray(
                numpy.ascontiguousarray(samples, numpy.float32)[None, :], format="flt",
                layout="mono",
            )  # fmt: skip
            heard.sample_rate = RATE
            resampler = av.AudioResampler(format=sound.format, layout="mono", rate=RATE)
            for piece in (*resampler.resample(heard), *resampler.resample(None)):
                container.mux(sound.encode(piece))
            container.mux(sound.encode(None))
    return path
