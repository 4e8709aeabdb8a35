"""Recordings and films: sound to be heard, and frames as pages."""

from __future__ import annotations

from typing import Literal

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents import audio, video
from docglean.extractors.documents.child import stage
from docglean.extractors.documents.formats import DocumentFormat, Opened, Opening, cut_off
from docglean.extractors.documents.page_info import PageInfo, SourceFile
from docglean.extractors.documents.truncation import missing_bytes
from docglean.schemas.errors import ConfigError, Problem, SourceError

_AUDIO_MAGIC = (
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR", "audio/amr"),
    (b"caff", "audio/x-caf"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "audio/x-ms-wma"),
)
_QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
"""What a QuickTime film from before the ``ftyp`` atom begins with."""


def _sniff(head: bytes, name: str) -> str:
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    for magic, media_type in _AUDIO_MAGIC:
        if head.startswith(magic):
            return media_type
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "audio/wav"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "audio/aiff"
    if head.startswith(b"\x1aE\xdf\xa3"):  # EBML; its document type stands in the first bytes
        return "audio/webm" if b"webm" in head[:64] else "audio/x-matroska"
    if brand == b"qt  " or (not brand and head[4:8] in _QUICKTIME_ATOMS):
        return "audio/quicktime"
    if brand and brand not in (b"avif", b"avis"):
        return "audio/mp4"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] != 0xFE:
        # A frame of MPEG audio (layer 0 is AAC's); FF FE begins a text in UTF-16.
        return "audio/aac" if head[1] & 0xF6 == 0xF0 else "audio/mpeg"
    return ""


def _open(source: SourceFile, opening: Opening) -> Opened:
    """A recording or a film; its sound is proved by decoding its first piece.

    Raises:
        SourceError: ``damaged``, ``no_sound``, ``too_long``.
    """
    limits = opening.limits
    film_type = source.media_type.replace("audio/", "video/")
    with stage("open"):
        try:
            info = audio.look(source, limits)
        except ConfigError:  # without the extra `speech`; transcribing will say so
            return Opened(source.media_type, "audio")
        except SourceError as error:
            if error.code not in ("no_sound", "damaged") or not limits.max_frames:
                raise
            return _open_silent(source, film_type, limits, error)
        problems = _cut_recording(source, info)
    if not info.has_video:
        return Opened(source.media_type, "audio", duration=info.duration, problems=problems)
    medium: Literal["audio", "video"] = "video" if limits.max_frames else "audio"
    return Opened(
        film_type,
        medium,
        duration=info.duration,
        sound_duration=info.sound_duration,
        problems=problems,
    )


def _cut_recording(source: SourceFile, info: audio.SoundInfo) -> tuple[Problem, ...]:
    missing = missing_bytes(source.path)
    if missing > 1:
        return (cut_off(source.name, f"{missing:,} bytes of the recording are missing at its end"),)
    if missing or audio.ends_early(source, info):
        return (cut_off(source.name, "the end of the recording is missing"),)
    return ()


def _open_silent(source: SourceFile, film_type: str, limits: Limits, lost: SourceError) -> Opened:
    """A film without sound, or with sound that can't be heard.

    Raises:
        SourceError: ``too_long``; `lost` where it has no pictures either.
    """
    try:
        duration = video.length(source)
    except SourceError as error:
        raise lost from error
    if duration is not None and duration > limits.max_sound_seconds:
        raise audio.too_long(source.name, limits)
    problems: tuple[Problem, ...] = ()
    if lost.code != "no_sound":
        said = f"{source.name}: its sound is damaged; it is read by its pictures only."
        problems = (
            Problem(code="sound_damaged", message=said, way_out=lost.way_out, severity="error"),
        )
    return Opened(film_type, "video", duration=duration, problems=problems, has_sound=False)


def frames(source: SourceFile, limits: Limits) -> list[PageInfo]:
    """The frames that stand for the scenes of a film, as pages with their times.

    Raises:
        SourceError: ``damaged``, ``no_pictures``, ``too_large``, ``too_long``.
    """
    with stage("scenes"):
        return [
            PageInfo(
                number,
                float(scene.width),
                float(scene.height),
                0,
                False,
                (scene.width, scene.height),
                (round(scene.start, 3), round(scene.end, 3)),
            )
            for number, scene in enumerate(video.scenes(source, limits, limits.max_frames), 1)
        ]


def _survey(source: SourceFile, number: int) -> PageInfo:
    raise AssertionError("frames are found by `frames`, all at once")


RECORDING_FILES = DocumentFormat(
    "recording",
    ("audio/", "video/"),
    (
        ".wav", ".mp3", ".m4a", ".mp4", ".mov", ".mkv", ".aac", ".flac", ".ogg", ".oga", ".opus",
        ".webm",
    ),
    _sniff,
    _open,
    _survey,
    video.frame,
    general=2,  # the head of an image may look like a frame of sound
)  # fmt: skip
