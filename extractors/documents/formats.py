"""What a file is, by its content, and what its pages are. Runs in a child process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents import audio, pdf, raster, video
from docglean.extractors.documents.attachments import attachment_problems
from docglean.extractors.documents.child import stage
from docglean.extractors.documents.faults import is_own
from docglean.extractors.documents.form_fields import form_fields
from docglean.extractors.documents.image_faults import picture_is_lost
from docglean.extractors.documents.page_info import PDF, PageInfo, Source, damaged, password_error
from docglean.extractors.documents.text_layer import (
    THIN_LAYER,
    layer_turn,
    layer_words,
    legible,
)
from docglean.extractors.documents.truncation import missing_bytes
from docglean.extractors.documents.words import Word
from docglean.schemas.errors import ConfigError, Problem, SourceError

PROOF_EDGE = 64
"""Pixels of the drawing that proves that the first page can be drawn."""
SCAN_SHARE = 0.85
"""Share of the page that images cover, from which a page with nothing else is a scan."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening told.

    Attributes:
        pages: 0 for recordings and films.
        duration: seconds of a recording or film, None where its header doesn't tell.
        sound_duration: those of the sound, where a film's ends before its pictures; else None.
        password: the one that opened it.
        has_sound: False for a film without any.
    """

    media_type: str
    medium: Literal["pages", "audio", "video"]
    sha256: str
    pages: int
    duration: float | None = None
    password: str = ""
    problems: tuple[Problem, ...] = ()
    has_sound: bool = True
    sound_duration: float | None = None


def open_file(
    path: str, name: str, passwords: tuple[str, ...], limits: Limits, proving: bool = True
) -> Opened:
    """Find out what the file is by opening it.

    Args:
        proving: draw its first page, too.

    Raises:
        SourceError: see `document.open_document`.
    """
    with stage("open"), Path(path).open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        head = file.read(4096)
    media_type, medium = sniff(head, name)
    source = Source(name, path, media_type, max_pixels=limits.max_pixels)
    if medium == "audio":
        return _open_recording(source, sha256, limits)
    if media_type == PDF:
        return _open_pdf(source, sha256, passwords, limits, proving=proving)
    with stage("open"):
        image = raster.open_raster(source)
        media_type = raster.RASTERS.get(image.format or "", media_type)
        count, broken_off = raster.count_frames(image)
    _check_count(name, count, limits)
    if proving:
        raster.raster(source, 1, min(PROOF_EDGE, image.width), min(PROOF_EDGE, image.height))
    problems: tuple[Problem, ...] = ()
    if broken_off or picture_is_lost(path, image.format or ""):
        problems = (_cut(name, "a part of its pictures is missing"),)
    return Opened(media_type, "pages", sha256, count, problems=problems)


def _cut(name: str, what: str) -> Problem:
    """That a part of the file is not there; what is there was read."""
    return Problem(
        code="cut_off",
        message=f"{name}: the file is not whole: {what}.",
        way_out="Get it again: a download or a copy may have been broken off.",
        severity="error",
    )


def sniff(head: bytes, name: str) -> tuple[str, Literal["pages", "audio"]]:
    """Media type and medium by the first bytes (4096 are enough).

    Raises:
        SourceError: ``unsupported``, naming what it is where that's known.
    """
    import puremagic

    # ISO 32000-2 wants %PDF- first; readers accept it within the first 1024 bytes.
    if b"%PDF-" in head[:1024]:
        return PDF, "pages"
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if brand in (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"):
        return "image/heic", "pages"
    for magic, media_type in _IMAGE_MAGIC:
        if head.startswith(magic):
            return media_type, "pages"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp", "pages"
    if heard := _sound(head, brand):
        return heard, "audio"
    try:
        what = puremagic.from_string(head, mime=True)
    except (puremagic.PureError, ValueError):
        what = ""
    raise SourceError(
        "unsupported",
        f"{name}: its content is {f'{what}, which' if what else 'of no known kind and'} "
        "cannot be read.",
        "Convert it to PDF, an image (PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC) or a recording "
        "(WAV, MP3, M4A, FLAC, OGG, WebM, MP4, MOV, MKV).",
    )


_IMAGE_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
)
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


def _sound(head: bytes, brand: bytes) -> str:
    """Media type of a recording or film, empty for anything else."""
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


def survey(source: Source, start: int, stop: int) -> list[PageInfo]:
    """What pages `start` (from 0) up to `stop` are. A page that can't be read has size 0.

    Raises:
        SourceError: the file can't be opened any more.
    """
    with stage("open"):
        if source.media_type != PDF:
            return [_frame_info(source, number) for number in range(start + 1, stop + 1)]
        pdf.open_pdf(source)
        return [_pdf_info(source, number) for number in range(start + 1, stop + 1)]


def _open_pdf(
    source: Source, sha256: str, passwords: tuple[str, ...], limits: Limits, *, proving: bool
) -> Opened:
    password = ""
    for candidate in ("", *passwords):
        try:
            document = pdf.open_pdf(
                Source(source.name, source.path, source.media_type, candidate, source.max_pixels)
            )
        except SourceError as error:
            if error.code not in ("password_needed", "wrong_password"):
                raise
        else:
            password = candidate
            break
    else:
        raise password_error(source.name, tried=bool(passwords))
    try:
        count = document.page_count
    except Exception as error:
        raise damaged(source, error) from error
    if count < 1:
        raise SourceError(
            "no_pages",
            f"{source.name}: no page can be found in it; it is empty or damaged.",
            "Open it with another program and save it again.",
        )
    _check_count(source.name, count, limits)
    known = Source(source.name, source.path, source.media_type, password, source.max_pixels)
    if proving:
        _prove(known, count)
    problems: tuple[Problem, ...] = ()
    if pdf.is_cut_off(source.path, repaired=document.is_repaired):
        problems = (_cut(source.name, "its end is missing, and pages or fields with it"),)
    elif document.is_repaired:
        problems = (
            Problem(
                code="repaired",
                message=f"{source.name}: the file is damaged; it was mended, pages may be missing.",
                way_out="Compare with another program, or get the file again.",
                severity="review",
            ),
        )
    problems += tuple(_dynamic(source.name, document))
    problems += attachment_problems(document, source.name)
    return Opened(source.media_type, "pages", sha256, count, password=password, problems=problems)


def _dynamic(name: str, document: Any) -> Iterator[Problem]:
    """That a form is drawn by a program in it (XFA), which PDF 2.0 has given up and few know.

    ISO 32000-1, 12.7.8; a form that has its pages beside it can be read.
    """
    if not pdf.has_xfa(document):
        return
    stub = pdf.asks_to_wait(document)
    yield Problem(
        code="dynamic_form",
        message=f"{name}: it is a dynamic form (XFA). "
        + ("Its pages only ask to wait or to get another program; the form itself was not read."
           if stub else "What its pages show may differ from what was filled in."),
        way_out="Open it with Adobe Acrobat or Reader, print it to a new PDF, and give that.",
        severity="error" if stub else "review",
    )  # fmt: skip


def _prove(source: Source, count: int) -> None:
    """Draw the first page; where that one is broken, one of the next two must do."""
    for number in range(1, min(count, 3) + 1):
        try:
            rect = pdf.load_page(source, number).rect
            scale = PROOF_EDGE / max(rect.width, rect.height)
            width, height = max(1, round(rect.width * scale)), max(1, round(rect.height * scale))
            pdf.render(source, number, width, height)
        except SourceError:
            if number == min(count, 3):
                raise
        else:
            return


def _pdf_info(source: Source, number: int) -> PageInfo:
    try:
        page = pdf.load_page(source, number)
        rect = page.rect
        layer = pdf.text_page(page)
        words = layer_words(page, layer)
        has_text = legible(words) or any(
            field.value or field.checked for field in form_fields(page)
        )
        scan = _scan(page, words) if page.get_images() else None
        turn = layer_turn(page, layer) if has_text else 0
        return PageInfo(number, rect.width, rect.height, page.rotation, has_text, scan, turn=turn)
    except MemoryError:
        raise
    except Exception as error:
        if is_own(error):
            raise
        # Not an error yet: nobody may want this page. Rendering or reading it raises.
        return PageInfo(number, 0.0, 0.0, 0, False, None)


def _scan(page: Any, words: Sequence[Word]) -> tuple[int, int] | None:
    """Pixels of the whole page at its image's resolution, when it shows images and a stamp."""
    others = pdf.shown_kinds(page) - pdf.IMAGES
    if not others <= pdf.TEXT or (others and len(words) >= THIN_LAYER):
        return None
    share, finest = pdf.image_cover(page)
    if share < SCAN_SHARE or finest <= 0:
        return None
    return max(1, round(page.rect.width * finest)), max(1, round(page.rect.height * finest))


def _frame_info(source: Source, number: int) -> PageInfo:
    try:
        return _raster_info(source, number)
    except SourceError as error:
        if number == 1:
            raise
        return PageInfo.unseen(number, error)


def _raster_info(source: Source, number: int) -> PageInfo:
    image = raster.open_raster(source, number)
    width, height = _square_pixels(image)
    orientation = raster.exif_orientation(image)
    if orientation >= 5:
        width, height = height, width
    rotation = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}.get(orientation, 0)
    return PageInfo(number, float(width), float(height), rotation, False, (width, height))


def _square_pixels(image: Any) -> tuple[int, int]:
    """Size in square pixels: a fax has 204 dots an inch across and 98 down."""
    try:
        across, down = (float(value) for value in image.info.get("dpi", (1, 1)))
    except (TypeError, ValueError, ZeroDivisionError):
        return image.width, image.height
    if not (across > 0 and down > 0 and 1.05 < max(across, down) / min(across, down) < 4):
        return image.width, image.height
    finest = max(across, down)
    return round(image.width * finest / across), round(image.height * finest / down)


def _check_count(name: str, count: int, limits: Limits) -> None:
    if count > limits.max_pages:
        raise SourceError(
            "too_many_pages",
            f"{name}: {count:,} pages are more than the limit of {limits.max_pages:,}.",
            "Raise the limit `max_pages`, or split the file.",
        )


def _open_recording(source: Source, sha256: str, limits: Limits) -> Opened:
    """A recording or a film; its sound is proved by decoding its first piece.

    Raises:
        SourceError: ``damaged``, ``no_sound``, ``too_long``.
    """
    film_type = source.media_type.replace("audio/", "video/")
    with stage("open"):
        try:
            info = audio.look(source, limits)
        except ConfigError:  # without the extra `speech`; transcribing will say so
            return Opened(source.media_type, "audio", sha256, 0)
        except SourceError as error:
            if error.code not in ("no_sound", "damaged") or not limits.max_frames:
                raise
            return _open_silent(source, film_type, sha256, limits, error)
        problems = _cut_recording(source, info)
    if not info.has_video:
        return Opened(
            source.media_type, "audio", sha256, 0, duration=info.duration, problems=problems
        )
    medium: Literal["audio", "video"] = "video" if limits.max_frames else "audio"
    return Opened(
        film_type,
        medium,
        sha256,
        0,
        duration=info.duration,
        sound_duration=info.sound_duration,
        problems=problems,
    )


def _cut_recording(source: Source, info: audio.SoundInfo) -> tuple[Problem, ...]:
    missing = missing_bytes(source.path)
    if missing > 1:
        return (_cut(source.name, f"{missing:,} bytes of the recording are missing at its end"),)
    if missing or audio.ends_early(source, info):
        return (_cut(source.name, "the end of the recording is missing"),)
    return ()


def _open_silent(
    source: Source, film_type: str, sha256: str, limits: Limits, lost: SourceError
) -> Opened:
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
    return Opened(
        film_type, "video", sha256, 0, duration=duration, problems=problems, has_sound=False
    )


def frames(source: Source, limits: Limits) -> list[PageInfo]:
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
