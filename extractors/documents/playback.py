"""Whether browsers play a recording or film as it is, and its sound where they don't.

Runs in a child process. What browsers play: https://developer.mozilla.org/docs/Web/Media/Guides/Formats
"""

from __future__ import annotations

import wave
from typing import Any

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.audio import RATE, Recording, open_media
from docglean.extractors.documents.child import stage
from docglean.extractors.documents.page_info import SourceFile

PIECE_SECONDS = 30
"""Of sound that is held at once."""

_WAVE = frozenset({"pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le"})
_OPEN = frozenset({"opus", "vorbis"})
_SOUND = {
    "audio/wav": _WAVE,
    "audio/mpeg": frozenset({"mp3"}),
    "audio/flac": frozenset({"flac"}),
    "audio/ogg": _OPEN | {"flac"},
    "audio/aac": frozenset({"aac"}),
    "audio/mp4": frozenset({"aac", "mp3", "flac", "opus"}),
    "audio/webm": _OPEN,
}
"""By what a file of sound is: the codecs in it that browsers play."""
_PICTURES = {
    "video/mp4": frozenset({"h264", "av1", "vp9"}),
    "video/webm": frozenset({"vp8", "vp9", "av1"}),
}
_CALLED = {"quicktime": "mp4"}
"""A container that browsers know by the name of the one that was made of it."""


def played_as(source: SourceFile) -> str:
    """The media type by which browsers play the file as it is; empty where they don't.

    Raises:
        ConfigError: ``no_decoder``.
        SourceError: ``damaged``.
    """
    medium, _, container = source.media_type.partition("/")
    told = f"{medium}/{_CALLED.get(container, container)}"
    sound = _SOUND.get(told.replace("video/", "audio/"), frozenset())
    with stage("open"), open_media(source) as opened:
        heard = all(name in sound for name in _codecs(opened.streams.audio))
        seen = medium == "audio" or all(
            name in _PICTURES.get(told, ()) for name in _codecs(opened.streams.video)
        )
    return told if heard and seen else ""


def _codecs(streams: Any) -> list[str]:
    contexts = [stream.codec_context for stream in streams]
    return [str(one.codec.canonical_name) if one else "" for one in contexts]


def write_sound(source: SourceFile, limits: Limits, path: str) -> None:
    """Write the sound as a WAV file, with the seconds that a transcript of it counts.

    Raises:
        ConfigError: ``no_decoder``.
        SourceError: ``damaged``, ``no_sound``, ``too_long``.
    """
    import numpy

    recording = Recording(source, limits)
    try:
        with stage("convert"), wave.open(path, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            start, ended = 0, False
            while not ended:
                samples, ended = recording.take(start, PIECE_SECONDS * RATE)
                start += samples.size
                out.writeframes((samples * 32767).astype(numpy.int16).tobytes())
    finally:
        recording.close()
