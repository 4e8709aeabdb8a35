"""Sound made at test time, in any container that FFmpeg writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import pytest

RATE = 16_000

CONTAINERS = {
    "wav": ("wav", "pcm_s16le"),
    "wav-float": ("wav", "pcm_f32le"),
    "mp3": ("mp3", "libmp3lame"),
    "m4a": ("ipod", "aac"),
    "aac": ("adts", "aac"),
    "flac": ("flac", "flac"),
    "ogg-opus": ("ogg", "libopus"),
    "ogg-vorbis": ("ogg", "vorbis"),
    "webm": ("webm", "libopus"),
    "mp4": ("mp4", "aac"),
    "mov": ("mov", "aac"),
    "mkv": ("matroska", "aac"),
    "aiff": ("aiff", "pcm_s16be"),
    "wma": ("asf", "wmav2"),
}
"""Name -> (FFmpeg's format, encoder)."""


def write(
    folder: Path,
    samples: Any,
    kind: str,
    *,
    rate: int = 44_100,
    channels: int = 2,
    video: bool = False,
) -> Path:
    """A media file of one of the `CONTAINERS`, from mono samples at 16 kHz.

    `samples` is an array, or for long recordings an iterator of arrays. The name has no suffix:
    what the file is must be seen from its content.
    """
    path = folder / f"recording {kind}"
    encode(path, samples, *CONTAINERS[kind], rate=rate, channels=channels, video=video)
    return path


def encode(
    path: Path,
    samples: Any,
    form: str,
    codec: str,
    *,
    rate: int = 44_100,
    channels: int = 2,
    video: bool = False,
) -> None:
    """Write mono samples at 16 kHz (an array, or an iterator of arrays) as a media file."""
    av = pytest.importorskip("av")
    if codec == "libopus":
        rate = 48_000
    layout = "stereo" if channels == 2 or codec == "vorbis" else "mono"
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.layout = layout
        if codec == "wmav2":
            stream.bit_rate = 128_000
        if codec == "vorbis":
            stream.options = {"strict": "experimental"}
        picture: Any = None
        if video:
            picture = container.add_stream("libvpx" if form == "webm" else "libx264", rate=5)
            picture.width, picture.height, picture.pix_fmt = 160, 90, "yuv420p"
        resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate)
        parts = [samples] if isinstance(samples, numpy.ndarray) else samples
        count = 0
        for part in parts:
            count += len(part)
            frame = av.AudioFrame.from_ndarray(
                numpy.ascontiguousarray(part, numpy.float32)[None, :], format="flt", layout="mono"
            )
            frame.sample_rate = RATE
            for piece in resampler.resample(frame):
                container.mux(stream.encode(piece))
        for piece in resampler.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
        if picture is not None:
            for number in range(round(count / RATE * 5)):
                shade = numpy.full((90, 160, 3), number * 20 % 256, numpy.uint8)
                container.mux(picture.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
            container.mux(picture.encode(None))


def decoded(path: Path) -> Any:
    """The sound of a media file, mono at 16 kHz, as floats from -1 to 1."""
    av = pytest.importorskip("av")

    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    with av.open(str(path)) as container:
        frames = [*container.decode(audio=0), None]
        parts = [part.to_ndarray()[0] for frame in frames for part in resampler.resample(frame)]
    return numpy.concatenate(parts)


def tone(hertz: float, seconds: float, loudness: float = 0.3) -> Any:
    """A pure tone."""
    time = numpy.arange(round(seconds * RATE)) / RATE
    return (loudness * numpy.sin(2 * numpy.pi * hertz * time)).astype(numpy.float32)


def silence(seconds: float) -> Any:
    """Nothing."""
    return numpy.zeros(round(seconds * RATE), numpy.float32)


def pitch(samples: Any) -> float:
    """The loudest frequency."""
    spectrum = numpy.abs(numpy.fft.rfft(samples))
    return float(numpy.argmax(spectrum[1:]) + 1) * RATE / len(samples)
