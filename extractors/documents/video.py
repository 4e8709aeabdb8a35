"""The pictures of a film: one frame for each scene, with its time. Runs in a child process.

A scene lasts until enough of the picture has changed. Frames are compared small and gray, so that
noise and compression don't count; a slide that is built up, or code being typed, is one scene
until it has changed as much.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.audio import decoder, is_cover, open_media, too_long
from docglean.extractors.documents.child import stage
from docglean.extractors.documents.page_info import PageInfo, SourceFile, damaged, unreadable
from docglean.extractors.documents.raster import resized
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

SMALL = (96, 54)
"""Size at which frames are compared."""
CHANGED = 24
"""Steps of 255 from which a point has changed."""
SCENE_SHARE = 0.004
"""Share of changed points from which a new scene begins: two slides of one style differ in no more
than a few words. A camera that moves makes many scenes; of those the largest changes are taken."""
OFTEN = 3.0
"""Seconds for each of which there is one frame at the most, on average."""
FEWEST = 4
"""Frames that any film may have."""
STEP = 0.5
"""Seconds between the frames that are compared."""
LONGEST_GAP = 12.0
"""Seconds between key frames up to which only those are decoded: encoders put one at each cut."""
WHOLE = 60.0
"""Seconds of a film up to which all of it is decoded: a cut soon after a key frame has none."""
LONGEST_SCENE = 180.0
"""Seconds that one frame stands for at the most, while there may be more of them: what is said
meanwhile goes with it."""
LOOKING_VERSION = 2
"""Of the rules below; kept surveys of films by another version are not used."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A part of a film in which the picture hardly changes; seen in its middle, clear of fades.

    Attributes:
        start: seconds.
        end: seconds; where the next scene begins, or the film ends.
        share: of the picture, how much changed at its start; 1 for the first.
        width: pixels of the picture as it is to be seen.
        height: as `width`.
    """

    start: float
    end: float
    share: float
    width: int
    height: int


def scenes(source: SourceFile, limits: Limits, most: int) -> list[Scene]:
    """The scenes of a film, at most `most`: those that begin with the largest changes.

    Where there may be more, scenes longer than `LONGEST_SCENE` are divided. Never more than one
    for `OFTEN` seconds.

    Raises:
        ConfigError: ``no_decoder``.
        SourceError: ``damaged``, ``no_pictures``, ``too_large``, ``too_long``.
    """
    import numpy

    found: list[Scene] = []
    shown: NDArray[Any] | None = None
    last = 0.0
    for seconds, frame in _looked_at(source, limits):
        picture = _small(frame)
        last = seconds
        if shown is not None:
            share = float((numpy.abs(picture - shown) > CHANGED).mean())
            if share < SCENE_SHARE:
                continue
            found[-1] = replace(found[-1], end=seconds)
        else:
            share = 1.0
        shown = picture
        width, height = _upright(frame)
        found.append(Scene(seconds, seconds, share, width, height))
    if not found:
        raise damaged(source, "none of its pictures can be decoded")
    told = length(source)
    if told is not None and last < told <= last + LONGEST_GAP:
        last = told  # the last frame that was looked at is not the film's last
    found[-1] = replace(found[-1], end=last)
    most = min(most, max(FEWEST, round(last / OFTEN)))
    return _divided(_fewer(found, most), most)


def length(source: SourceFile) -> float | None:
    """Seconds of a film by its header; None where it does not tell.

    Raises:
        ConfigError: ``no_decoder``.
        SourceError: ``damaged``, ``no_pictures``, ``too_large``.
    """
    with film(source) as (container, _):
        duration = container.duration
        return duration / 1_000_000 if duration and duration > 0 else None


def frame(source: SourceFile, info: PageInfo, width: int, height: int) -> Image:
    """The picture of one scene at `width` x `height` pixels, RGB.

    Raises:
        SourceError: as `picture`.
    """
    assert info.shown is not None
    return resized(picture(source, sum(info.shown) / 2), width, height)


def picture(source: SourceFile, seconds: float) -> Image:
    """The frame shown at `seconds`, upright, RGB.

    Raises:
        SourceError: ``page_unreadable``, ``damaged``, ``too_large``.
    """
    av = decoder()
    best: Any = None
    with stage("render"), film(source) as (container, stream):
        try:
            container.seek(round(seconds / stream.time_base) + (stream.start_time or 0),
                           stream=stream)  # fmt: skip
            for frame in container.decode(stream):
                if best is not None and _time(frame, stream) > seconds:
                    break
                best = frame
            if best is None:
                raise unreadable(source, 1, f"no picture at {seconds:.1f} s")
            return _turned(best.to_image(), best.rotation)
        except (av.FFmpegError, ValueError) as error:
            raise damaged(source, error) from error


@contextmanager
def film(source: SourceFile) -> Iterator[tuple[Any, Any]]:
    """The file opened by PyAV, and its stream of pictures.

    Raises:
        ConfigError: ``no_decoder``.
        SourceError: ``damaged``, ``no_pictures``, ``too_large``.
    """
    with open_media(source) as container:
        streams = [stream for stream in container.streams.video if not is_cover(stream)]
        if not streams:
            raise SourceError("no_pictures", f"{source.name}: there are no pictures in it.")
        stream = max(streams, key=lambda stream: stream.width * stream.height)
        if stream.width * stream.height > source.max_pixels:
            raise SourceError(
                "too_large",
                f"{source.name}: {stream.width} x {stream.height} pixels are more than the limit "
                f"of {source.max_pixels:,}.",
                "Save it smaller, or raise the limit `max_pixels`.",
            )
        yield container, stream


def _looked_at(source: SourceFile, limits: Limits) -> Iterator[tuple[float, Any]]:
    """Frames to compare with their seconds: key frames where there are enough, else every step."""
    av = decoder()
    keys_only = _has_enough_keys(source)
    due = float("-inf")
    with film(source) as (container, stream):
        stream.thread_type = "AUTO"
        if keys_only:
            stream.codec_context.skip_frame = "NONKEY"
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                frames = packet.decode()
            except av.FFmpegError:
                # A broken packet costs its frames; a broken container ends here on the next turn.
                continue
            for frame in frames:
                seconds = _time(frame, stream)
                if seconds > limits.max_sound_seconds:
                    raise too_long(source.name, limits)
                if seconds >= due:
                    due = seconds + STEP
                    yield seconds, frame


def _has_enough_keys(source: SourceFile) -> bool:
    """Whether key frames come often enough; looks at packets, decodes nothing."""
    av = decoder()
    last = 0.0
    with film(source) as (container, stream):
        base = float(stream.time_base)
        start = (stream.start_time or 0) * base
        end = 0.0
        try:
            for packet in container.demux(stream):
                if packet.pts is None:
                    continue
                end = packet.pts * base - start
                if packet.is_keyframe:
                    if end - last > LONGEST_GAP:
                        return False
                    last = end
        except av.FFmpegError:
            return False
        return end > WHOLE and end - last <= LONGEST_GAP


def _fewer(found: list[Scene], most: int) -> list[Scene]:
    """The scenes with the largest changes, each lasting until the next of them begins."""
    if len(found) <= most:
        return found
    ranked = sorted(range(len(found)), key=lambda number: (-found[number].share, number))
    kept = [found[number] for number in sorted(ranked[:most])]
    ends = [*(scene.start for scene in kept[1:]), found[-1].end]
    return [replace(scene, end=end) for scene, end in zip(kept, ends, strict=True)]


def _divided(found: list[Scene], most: int) -> list[Scene]:
    """The longest scenes in equal parts, as long as there may be more and one is too long."""
    parts = [1] * len(found)

    def each(number: int) -> float:
        return (found[number].end - found[number].start) / parts[number]

    while sum(parts) < most:
        longest = max(range(len(found)), key=each)
        if each(longest) <= LONGEST_SCENE:
            break
        parts[longest] += 1
    return [
        replace(
            scene,
            start=scene.start + number * each(place),
            end=scene.start + (number + 1) * each(place),
            share=0.0 if number else scene.share,
        )
        for place, scene in enumerate(found)
        for number in range(parts[place])
    ]


def _small(frame: Any) -> NDArray[Any]:
    import numpy

    gray: NDArray[Any] = frame.reformat(width=SMALL[0], height=SMALL[1], format="gray").to_ndarray()
    return gray.astype(numpy.int16)


def _time(frame: Any, stream: Any) -> float:
    if frame.pts is None:
        return 0.0
    return float((frame.pts - (stream.start_time or 0)) * stream.time_base)


def _upright(frame: Any) -> tuple[int, int]:
    turned = frame.rotation % 180 != 0
    return (frame.height, frame.width) if turned else (frame.width, frame.height)


def _turned(image: Image, rotation: int) -> Image:
    # FFmpeg's display matrix turns anticlockwise, as Pillow does.
    return image.rotate(rotation, expand=True) if rotation % 360 else image
