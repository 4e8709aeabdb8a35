"""Files of pages, as a child process sees them: opened, kept open, and one page as pixels.

A child keeps the last few files open, so that many small tasks on a long PDF don't open it again
and again. Everything here runs in a child (see `workers`).
"""

from __future__ import annotations

import io
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docglean.extractors.workers import is_exhaustion, on_exhaustion, stage
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:
    from PIL.Image import Image

PDF = "application/pdf"
RASTERS = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # a phone's JPEG with further pictures behind the first
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "HEIF": "image/heic",
}
"""Pillow's name of a format -> media type; what else Pillow reads is not tried."""

KEPT_OPEN = 4
MIN_SIDE = 1e-3
"""Points; a page box thinner than this shows nothing."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a child needs in order to open the file: nothing is shared but the path."""

    name: str
    path: str
    media_type: str
    password: str = ""
    max_pixels: int = 150_000_000


@dataclass(frozen=True, slots=True)
class PageInfo:
    """What a page is, known without rendering it.

    Attributes:
        number: from 1.
        width: page points (1/72 inch), after the page's rotation. An image file has one point
            a pixel.
        height: as `width`.
        rotation: degrees clockwise that were applied: the page's or the EXIF entry's.
        has_text: there is a text layer (or filled form fields) worth reading.
        scan: for a page that shows nothing but an image (or strips of one), the pixels that
            the whole page has at the image's own resolution; None for others.
    """

    number: int
    width: float
    height: float
    rotation: int
    has_text: bool
    scan: tuple[int, int] | None


@cache
def mupdf() -> Any:
    """PyMuPDF, told to keep its messages to itself. It has no complete types."""
    import pymupdf

    tools: Any = pymupdf.TOOLS
    tools.mupdf_display_errors(False)
    tools.mupdf_display_warnings(False)
    return pymupdf


_open: OrderedDict[tuple[str, int, int, str], Any] = OrderedDict()


def forget_files() -> None:
    """Close the files that this child keeps open, and give back MuPDF's memory."""
    _open.clear()
    mupdf().TOOLS.store_shrink(100)


on_exhaustion(forget_files)


def open_pdf(source: Source) -> Any:
    """The `pymupdf.Document`, kept open for the next task.

    Raises:
        SourceError: ``password_needed``, ``wrong_password``, ``damaged``.
    """
    stat = Path(source.path).stat()
    key = (source.path, stat.st_mtime_ns, stat.st_size, source.password)
    if key in _open:
        _open.move_to_end(key)
        return _open[key]
    with stage("open"):
        try:
            document = mupdf().open(source.path, filetype="pdf")
        except Exception as error:
            raise damaged(source, error) from error
        if document.needs_pass and not document.authenticate(source.password):
            raise password_error(source.name, tried=bool(source.password))
    _open[key] = document
    while len(_open) > KEPT_OPEN:
        _open.popitem(last=False)
    return document


def load_page(source: Source, number: int) -> Any:
    """One `pymupdf.Page`.

    Raises:
        SourceError: ``page_unreadable``, and those of `open_pdf`.
    """
    document = open_pdf(source)
    try:
        page = document[number - 1]
        rect = page.rect
    except Exception as error:
        raise unreadable(source, number, error) from error
    if rect.is_infinite or min(rect.width, rect.height) < MIN_SIDE:
        raise unreadable(source, number, "its page box is empty")
    return page


def render(source: Source, number: int, width: int, height: int) -> Image:
    """One PDF page drawn to exactly `width` x `height` pixels on white, RGB.

    Raises:
        SourceError: ``page_unreadable``.
    """
    from PIL import Image

    pymupdf = mupdf()
    page = load_page(source, number)
    matrix = pymupdf.Matrix(width / page.rect.width, height / page.rect.height)
    with stage("render"):
        try:
            pixmap = page.get_pixmap(
                matrix=matrix, colorspace=pymupdf.csRGB, alpha=False, annots=True
            )
        except Exception as error:
            raise unreadable(source, number, error) from error
        size = pixmap.width, pixmap.height
        image = Image.frombytes("RGB", size, pixmap.samples_mv)
    if image.size != (width, height):  # MuPDF rounds a page box outwards
        image = image.resize((width, height))
    return image


def scan(source: Source, number: int, width: int, height: int) -> Image | None:
    """A PDF page that is one embedded image, decoded from it and made smaller once.

    None where the page isn't just that (cropped, masked, skewed, something on top): then it is
    to be drawn by `render`, which samples the image once too, but less well.

    Raises:
        SourceError: ``page_unreadable``.
    """
    from PIL import Image

    page = load_page(source, number)
    with stage("render"):
        xref = _only_image(page)
        if xref is None:
            return None
        try:
            image = _decoded(page.parent, xref, width, height, turned=page.rotation % 180 != 0)
            if image is None:
                return None
            turns = {
                90: Image.Transpose.ROTATE_270,
                180: Image.Transpose.ROTATE_180,
                270: Image.Transpose.ROTATE_90,
            }
            if page.rotation in turns:
                image = image.transpose(turns[page.rotation])
            return resized(image, width, height)
        except Exception as error:
            raise unreadable(source, number, error) from error


def _only_image(page: Any) -> int | None:
    """Number of the PDF object of the image that fills this page exactly and upright."""
    shown = page.get_image_info(xrefs=True)
    if len(shown) != 1 or shown[0]["has-mask"] or page.first_annot or page.first_widget:
        return None
    a, b, c, d, left, top = shown[0]["transform"]
    box = page.rect * page.derotation_matrix
    slack_x, slack_y = 0.005 * box.width, 0.005 * box.height
    upright = abs(b) < slack_y and abs(c) < slack_x and a > 0 and d > 0
    fills = (
        max(abs(left - box.x0), abs(left + a - box.x1)) < slack_x
        and max(abs(top - box.y0), abs(top + d - box.y1)) < slack_y
    )
    return shown[0]["xref"] or None if upright and fills else None


def _decoded(document: Any, xref: int, width: int, height: int, *, turned: bool) -> Image | None:
    from PIL import Image

    raw = document.extract_image(xref)
    plain = document.xref_get_key(xref, "Decode")[0] == "null"
    if plain and raw["ext"] == "jpeg" and raw["colorspace"] in (1, 3):
        image = Image.open(io.BytesIO(raw["image"]), formats=("JPEG",))
        if image.mode in ("L", "RGB"):
            image.draft(None, (height, width) if turned else (width, height))
            image.load()
            return image
    pymupdf = mupdf()
    pixmap = pymupdf.Pixmap(document, xref)
    if pixmap.alpha or pixmap.colorspace is None:
        return None
    if pixmap.colorspace.n not in (1, 3):
        pixmap = pymupdf.Pixmap(pymupdf.csRGB, pixmap)
    mode = "L" if pixmap.colorspace.n == 1 else "RGB"
    return Image.frombytes(mode, (pixmap.width, pixmap.height), pixmap.samples_mv)


def open_raster(source: Source, number: int = 1) -> Image:
    """One frame of an image file, not decoded yet and not turned.

    Raises:
        SourceError: ``unsupported``, ``damaged``, ``too_large``.
    """
    import pillow_heif
    from PIL import Image, UnidentifiedImageError

    pillow_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked below, before anything is decoded
    try:
        image = Image.open(source.path, formats=tuple(RASTERS))
        if number > 1:
            image.seek(number - 1)
    except UnidentifiedImageError as error:
        raise SourceError(
            "damaged", f"{source.name}: no image can be read from it.", "Save it again."
        ) from error
    except Exception as error:
        raise damaged(source, error) from error
    if image.width * image.height > source.max_pixels:
        raise SourceError(
            "too_large",
            f"{source.name}: {image.width} x {image.height} pixels are more than the limit of "
            f"{source.max_pixels:,}.",
            "Save it smaller, or raise the limit `max_pixels`.",
        )
    return image


def raster(source: Source, number: int, width: int, height: int) -> Image:
    """One frame of an image file at `width` x `height` pixels, upright, on white, RGB or L.

    Never made larger: the size is capped at the frame's own.

    Raises:
        SourceError: as `open_raster`.
    """
    image = open_raster(source, number)
    orientation = exif_orientation(image)
    with stage("render"):
        try:
            # JPEG can be decoded at an eighth, a quarter or half of its size.
            image.draft(None, (height, width) if orientation >= 5 else (width, height))
            image.load()
            return resized(upright(flat(image), orientation), width, height)
        except Exception as error:
            raise damaged(source, error) from error


def exif_orientation(image: Image) -> int:
    """EXIF orientation 1 to 8 (CIPA DC-008, tag 0x0112); 1 where there is none or nonsense."""
    if image.format == "HEIF":  # libheif has turned it already
        return 1
    try:
        value = int(image.getexif().get(0x0112, 1))
    except Exception:
        return 1
    return value if 1 <= value <= 8 else 1


def upright(image: Image, orientation: int) -> Image:
    """The image turned as its EXIF orientation says."""
    from PIL import Image as Pillow

    transpose = Pillow.Transpose
    turns = {
        2: transpose.FLIP_LEFT_RIGHT,
        3: transpose.ROTATE_180,
        4: transpose.FLIP_TOP_BOTTOM,
        5: transpose.TRANSPOSE,
        6: transpose.ROTATE_270,
        7: transpose.TRANSVERSE,
        8: transpose.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def flat(image: Image) -> Image:
    """The image as RGB or L, what is transparent shown on white, 16 bits brought to 8."""
    from PIL import Image as Pillow

    if image.mode in ("RGB", "L"):
        return image
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        deep = image.convert("F")
        brightest = deep.getextrema()[1]
        top = 255.0 if isinstance(brightest, float) and brightest <= 255 else 65535.0
        return deep.point(lambda value: value * (255.0 / top)).convert("L")
    if image.has_transparency_data:
        cover = image.convert("RGBA")
        paper = Pillow.new("RGB", image.size, "white")
        paper.paste(cover, mask=cover.getchannel("A"))
        return paper
    return image.convert("L" if image.mode == "1" else "RGB")


def pixels(source: Source, info: PageInfo, width: int, height: int) -> Image:
    """One page of any file at `width` x `height` pixels, upright, RGB or L.

    Raises:
        SourceError: ``page_unreadable``, ``damaged``, ``too_large``.
    """
    if source.media_type != PDF:
        return raster(source, info.number, width, height)
    image = scan(source, info.number, width, height) if info.scan is not None else None
    return render(source, info.number, width, height) if image is None else image


def resized(image: Image, width: int, height: int) -> Image:
    """The image brought to `width` x `height`; itself where that's its size."""
    from PIL import Image as Pillow

    if image.size == (width, height):
        return image
    return image.resize((width, height), Pillow.Resampling.LANCZOS, reducing_gap=3.0)


def damaged(source: Source, error: object) -> SourceError:
    """That the file can't be read; memory that ran out stays what it is."""
    if isinstance(error, BaseException) and is_exhaustion(error):
        raise MemoryError(str(error)) from error
    return SourceError(
        "damaged",
        f"{source.name}: it is damaged and cannot be read ({error}).",
        "Open it with another program and save it again.",
    )


def unreadable(source: Source, number: int, error: object) -> SourceError:
    """That one page can't be read; memory that ran out stays what it is."""
    if isinstance(error, BaseException) and is_exhaustion(error):
        raise MemoryError(str(error)) from error
    return SourceError(
        "page_unreadable",
        f"{source.name}: page {number} cannot be read ({error}).",
        "The other pages are not affected; save the file again with another program.",
    )


def password_error(name: str, *, tried: bool) -> SourceError:
    """That the file wants a password, or another one."""
    if tried:
        return SourceError(
            "wrong_password", f"{name}: none of the passwords given opens it.", "Try another one."
        )
    return SourceError(
        "password_needed", f"{name}: it is protected by a password.", "Give it with --password."
    )
