"""Images: scans, photos, faxes; each frame is a page."""

from __future__ import annotations

from typing import Any

from docglean.extractors.documents import raster
from docglean.extractors.documents.child import stage
from docglean.extractors.documents.formats import (
    DocumentFormat,
    Opened,
    Opening,
    check_count,
    cut_off,
)
from docglean.extractors.documents.image_faults import picture_is_lost
from docglean.extractors.documents.page_info import PageInfo, SourceFile
from docglean.schemas.errors import Problem, SourceError

OBLONG = 1.05, 4
"""Ratios of dots an inch across and down between which pixels are not square; more is a mistake."""
PROOF_EDGE = 64
"""Pixels of the decoding that proves that the first frame can be decoded."""


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
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def _sniff(head: bytes, name: str) -> str:
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "image/heic"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for magic, media_type in _IMAGE_MAGIC if head.startswith(magic)), "")


def _open(source: SourceFile, opening: Opening) -> Opened:
    with stage("open"):
        image = raster.open_raster(source)
        media_type = raster.RASTERS.get(image.format or "", source.media_type)
        count, broken_off = raster.count_frames(image)
    check_count(source.name, count, opening.limits)
    if opening.proving:
        raster.raster(source, 1, min(PROOF_EDGE, image.width), min(PROOF_EDGE, image.height))
    problems: tuple[Problem, ...] = ()
    if broken_off or picture_is_lost(source.path, image.format or ""):
        problems = (cut_off(source.name, "a part of its pictures is missing"),)
    return Opened(media_type, "pages", pages=count, problems=problems)


def _survey(source: SourceFile, number: int) -> PageInfo:
    try:
        return _raster_info(source, number)
    except SourceError as error:
        if number == 1:
            raise
        return PageInfo.unseen(number, error)


def _raster_info(source: SourceFile, number: int) -> PageInfo:
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
    if not (
        across > 0 and down > 0 and OBLONG[0] < max(across, down) / min(across, down) < OBLONG[1]
    ):
        return image.width, image.height
    finest = max(across, down)
    return round(image.width * finest / across), round(image.height * finest / down)


IMAGE_FILES = DocumentFormat(
    "image",
    tuple(dict.fromkeys(raster.RASTERS.values())),
    (
        ".png", ".jpg", ".jpeg", ".jpe", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif",
    ),
    _sniff,
    _open,
    _survey,
    lambda source, info, width, height: raster.raster(source, info.number, width, height),
    general=1,  # a PDF may have anything before its mark
)  # fmt: skip
