"""The sound of a recording or video, as a child process hears it: mono, 16 kHz, piece by piece.

Decoded with PyAV, which brings FFmpeg's libraries in its wheel: no program has to be installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.child import on_exhaustion
from docglean.extractors.documents.page_info import SourceFile, damaged
from docglean.extractors.installation import install_extra
from docglean.schemas.errors import ConfigError, SourceError

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Samples = NDArray[numpy.float32]

RATE = 16_000
"""Samples a second: what speech models hear."""

DEMUXERS = "wav,w64,aiff,caf,mp3,aac,flac,ogg,matroska,webm,mov,mp4,amr,asf"
"""FFmpeg's readers that may be used. It looks at the content by itself, and others of its
readers (playlists, lists of files) open further files and addresses."""

SLOWEST_RATE = 1_000
"""Samples a second below which a header is not believed: one frame would last for minutes."""
LIGHTEST = 30
"""Bytes a second below which a header's length is not believed; silence packs very well."""
SLACK_SECONDS = 0.2
"""A header may round its length, and count what an encoder filled up at the end."""
LEAD = 0.05, 3_600
"""Seconds between which sound begins later than the picture; less nobody hears, more is damage."""
MOST_OPEN = 4
"""Recordings that one child keeps open between two pieces."""
MOST_BROKEN = 20_000
"""Broken packets in a row after which the rest is given up."""

_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class SoundInfo:
    """What the header of a recording tells.

    Attributes:
        duration: seconds, None where it doesn't tell.
        sound_duration: those of the sound, where a film's ends before its pictures; else None.
    """

    duration: float | None
    has_video: bool
    sound_duration: float | None = None


def look(source: SourceFile, limits: Limits) -> SoundInfo:
    """What the recording is by its header, after its first sound was decoded.

    Raises:
        ConfigError: ``no_decoder``.
        SourceError: ``damaged``, ``no_sound``, ``too_long``.
    """
    with _Container(source) as container:
        duration = container.duration
        size = container.bytes
        if duration is not None and duration * LIGHTEST > size:
            duration = None
        if duration is not None and duration > limits.max_sound_seconds:
            raise too_long(source.name, limits)
        blocks = container.blocks()
        # Sound that begins later than the picture begins with silence that nobody decoded.
        while not container.decoded and next(blocks, None) is not None:
            pass
        if not container.decoded:
            raise _no_sound(source, container.broken)
        own = container.sound_duration
        shorter = own is not None and duration is not None and own < duration
        return SoundInfo(duration, container.has_video, own if shorter else None)


def ends_early(source: SourceFile, info: SoundInfo) -> bool:
    """Whether a FLAC file ends before its header says; other containers tell in bytes, see
    `truncation`.
    """
    if source.media_type != "audio/flac" or info.duration is None:
        return False
    with open_media(source) as container:
        stream = container.streams.best("audio")
        end = 0.0
        try:
            for packet in container.demux(stream):
                if packet.pts is not None and packet.duration:
                    end = max(end, float((packet.pts + packet.duration) * stream.time_base))
        except decoder().FFmpegError:
            return True
    return end < info.duration - SLACK_SECONDS


class Recording:
    """One recording opened for reading from front to back, at flat memory.

    Attributes:
        broken: packets so far that could not be decoded, and were left out.
    """

    def __init__(self, source: SourceFile, limits: Limits) -> None:
        self._source = source
        self._limits = limits
        self._container = _Container(source)
        self._blocks = self._container.blocks()
        self._held: list[Samples] = []
        self._start = 0
        self._count = 0
        self._ended = False

    @property
    def broken(self) -> int:
        """Packets left out so far."""
        return self._container.broken

    @property
    def start(self) -> int:
        """The first sample that can still be had."""
        return self._start

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def take(self, start: int, count: int) -> tuple[Samples, bool]:
        """Up to `count` samples from `start`, and whether the recording ends with them.

        What lies before `start` is forgotten, so `start` must not go back.

        Raises:
            SourceError: ``too_long``, ``no_sound``, ``damaged``.
        """
        import numpy

        if start < self._start:
            raise ValueError(f"sample {start} is gone, the first held is {self._start}")
        # One sample more, to know whether it ends here.
        while self._start + self._count <= start + count and not self._ended:
            self._read()
            self._forget(start)
        held = numpy.concatenate(self._held) if self._held else numpy.zeros(0, numpy.float32)
        held = held[start - self._start :]
        self._held, self._start, self._count = [held.copy()], start, held.size
        return held[:count], self._ended and held.size <= count

    def _read(self) -> None:
        try:
            block = next(self._blocks)
        except StopIteration:
            self._ended = True
            if self._start + self._count == 0:
                raise _no_sound(self._source, self.broken) from None
            return
        self._held.append(block)
        self._count += block.size
        if self._start + self._count > self._limits.max_sound_seconds * RATE:
            raise too_long(self._source.name, self._limits)

    def _forget(self, start: int) -> None:
        while self._held and self._start + self._held[0].size <= start:
            gone = self._held.pop(0).size
            self._start += gone
            self._count -= gone


def decoder() -> Any:
    """PyAV.

    Raises:
        ConfigError: ``no_decoder``.
    """
    try:
        import av
    except ImportError as error:
        raise ConfigError(
            "no_decoder",
            "Recordings need the extra `speech`, which is not installed.",
            install_extra("speech"),
        ) from error
    # FFmpeg prints what it thinks of a file; what matters comes as an error.
    av.logging.set_level(None)
    return av


def open_media(source: SourceFile) -> Any:
    """The file opened by PyAV, reading nothing but that file.

    Raises:
        ConfigError: ``no_decoder``.
        SourceError: ``damaged``.
    """
    av = decoder()
    # Titles need not be UTF-8. From 19 on PyAV bears that without being told.
    bears = {} if _is_19(av) else {"metadata_errors": "ignore"}
    allowed = {"format_whitelist": DEMUXERS, "protocol_whitelist": "file"}
    try:
        return av.open(source.path, options=allowed, **bears)
    except (av.FFmpegError, ValueError, UnicodeError) as error:
        raise damaged(source, error) from error


class _Container:
    """The file opened by PyAV: errors of its own become ours."""

    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self.broken = 0
        self.decoded = 0
        self._av = open_media(source)
        self._stream = self._av.streams.best("audio")
        self.has_video = any(not is_cover(video) for video in self._av.streams.video)
        if self._stream is None:
            self.close()
            raise SourceError(
                "no_sound", f"{source.name}: there is no sound in it.", "Give a recording."
            )

    def __enter__(self) -> _Container:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._av.close()

    @property
    def bytes(self) -> int:
        return int(self._av.size)

    @property
    def duration(self) -> float | None:
        """Seconds by the header; None where it is silent or absurd."""
        duration = self._av.duration
        return duration / 1_000_000 if duration and duration > 0 else None

    @property
    def sound_duration(self) -> float | None:
        """Seconds until the sound of a film ends, by its own header; None where it is silent."""
        stream = self._stream
        if not self.has_video:
            return None
        if stream.duration:
            return float(stream.duration * stream.time_base) + self._lead() / RATE
        if told := _CLOCK.fullmatch(stream.metadata.get("DURATION", "")):  # Matroska: its end
            return int(told[1]) * 3600 + int(told[2]) * 60 + float(told[3])
        return None

    def blocks(self) -> Iterator[Samples]:
        """The sound in order; broken packets are left out and counted."""
        yield from _quiet(self._lead())
        resampler: Any = None
        form: tuple[object, ...] = ()
        for frame in self._frames():
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
            if now != form:
                if resampler is not None:
                    yield from self._arrays(resampler, None)
                if frame.sample_rate < SLOWEST_RATE:
                    raise damaged(self._source, f"{frame.sample_rate} samples a second")
                resampler, form = _resampler(), now
            self.decoded += 1
            yield from self._arrays(resampler, frame)
        if resampler is not None:
            yield from self._arrays(resampler, None)

    def _lead(self) -> int:
        """Samples by which the sound begins later than the picture."""
        stream, start = self._stream, self._av.start_time
        if not self.has_video or stream.start_time is None or start is None:
            return 0
        late = float(stream.start_time * stream.time_base) - start / 1_000_000
        return round(late * RATE) if LEAD[0] < late < LEAD[1] else 0

    def _frames(self) -> Iterator[Any]:
        av = decoder()
        row = 0
        packets = self._av.demux(self._stream)
        while row < MOST_BROKEN:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.FFmpegError:  # the container breaks off here
                self.broken += 1
                return
            try:
                for frame in packet.decode():
                    row = 0
                    yield frame
            except MemoryError:
                raise
            except (av.FFmpegError, ValueError):
                self.broken += 1
                row += 1

    def _arrays(self, resampler: Any, frame: Any) -> Iterator[Samples]:
        import numpy

        av = decoder()
        try:
            if frame is not None:
                frame.pts = None  # its clock may jump; what counts is how much sound there is
            for piece in resampler.resample(frame):
                samples = piece.to_ndarray().reshape(-1)
                # Recordings in floating point may hold anything.
                samples = numpy.nan_to_num(samples, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
                yield numpy.clip(samples, -1.0, 1.0, out=samples)
        except (av.FFmpegError, ValueError) as error:
            raise damaged(self._source, error) from error


def recording_at(source: SourceFile, limits: Limits, start: int) -> Recording:
    """The recording, opened so that it can be read from sample `start`.

    This child keeps the last few open, so reading on from where it stopped costs nothing;
    another child, or a later run, reads up to there first.
    """
    key = (source.path, source.name)
    recording = _open.pop(key, None)
    if recording is not None and recording.start > start:
        recording.close()
        recording = None
    if recording is None:
        recording = Recording(source, limits)
    _open[key] = recording
    while len(_open) > MOST_OPEN:
        _open.pop(next(iter(_open))).close()
    return recording


def forget(source: SourceFile) -> None:
    """Close the recording where this child still has it open."""
    recording = _open.pop((source.path, source.name), None)
    if recording is not None:
        recording.close()


def too_long(name: str, limits: Limits) -> SourceError:
    """That the recording is longer than allowed."""
    return SourceError(
        "too_long",
        f"{name}: it lasts longer than the limit of {limits.max_sound_seconds / 3600:g} hours.",
        "Raise the limit `max_sound_seconds`, or cut the recording.",
    )


_open: dict[tuple[str, str], Recording] = {}


def _forget_all() -> None:
    for recording in _open.values():
        recording.close()
    _open.clear()


on_exhaustion(_forget_all)


def _resampler() -> Any:
    av = decoder()
    # From 19 on PyAV starts a thread for each processor, which end when Python collects garbage:
    # their stacks, 8 MB each, count as memory of this child.
    alone = {"threads": 1} if _is_19(av) else {}
    return av.AudioResampler(format="flt", layout="mono", rate=RATE, **alone)


def _is_19(av: Any) -> bool:
    return int(av.__version__.split(".")[0]) >= 19


def is_cover(stream: Any) -> bool:
    """Whether a video stream is the picture of an album."""
    return bool(stream.disposition & decoder().stream.Disposition.attached_pic)


def _quiet(count: int) -> Iterator[Samples]:
    import numpy

    for start in range(0, count, RATE):
        yield numpy.zeros(min(RATE, count - start), numpy.float32)


def _no_sound(source: SourceFile, broken: int) -> SourceError:
    if broken:
        return damaged(source, "none of its sound can be decoded")
    return SourceError("no_sound", f"{source.name}: there is no sound in it.", "Give a recording.")
