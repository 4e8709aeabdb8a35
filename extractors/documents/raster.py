"""Image files, as a child process sees them: one frame as pixels, upright, on white paper."""

from __future__ import annotations

from itertools import count as count_from
from typing import TYPE_CHECKING

from docglean.extractors.documents.child import stage
from docglean.extractors.documents.page_info import SourceFile, damaged
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:
    from PIL.Image import Image

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

WHITE, DEEP_WHITE = 255.0, 65535.0
"""The brightest value of 8 bits, and of 16."""
REDUCING_GAP = 3.0
"""Pillow's: how many times larger than wanted an image is after a first, coarse reduction; from 3
on the result is hardly told from that of one step."""


def open_raster(source: SourceFile, number: int = 1) -> Image:
    """One frame of an image file, not decoded yet and not turned.

    Raises:
        SourceError: ``unsupported``, ``damaged``, ``too_large``.
    """
    import pillow_heif
    from PIL import Image, UnidentifiedImageError

    pillow_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked below, before anything is decoded
    try:
        image = Image.open(source.path, formats=[form for form in RASTERS if form != "MPO"])
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


def count_frames(image: Image) -> tuple[int, bool]:
    """Pages or frames of an image file, and whether the file goes on behind them but is broken.

    Frames of an animation may be slides or scanned pages, as those of a TIFF are.

    Further pictures of a JPEG or HEIC are smaller ones of the same, and don't count.
    """
    if image.format not in ("TIFF", "GIF", "PNG", "WEBP"):
        return 1, False
    try:
        return max(1, int(getattr(image, "n_frames", 1))), False
    except Exception:  # broken off in a later frame: those before it can be seen
        return max(1, _seekable(image)), True


def _seekable(image: Image) -> int:
    """Frames up to the first that cannot be reached."""
    for count in count_from(0):
        try:
            image.seek(count)
        except Exception:
            return count
    raise AssertionError("unreachable")


def raster(source: SourceFile, number: int, width: int, height: int) -> Image:
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


def turned_clockwise(image: Image, degrees: int) -> Image:
    """`image` turned by a multiple of 90 degrees."""
    from PIL import Image as Pillow

    # Pillow turns anticlockwise.
    turns = {
        90: Pillow.Transpose.ROTATE_270,
        180: Pillow.Transpose.ROTATE_180,
        270: Pillow.Transpose.ROTATE_90,
    }
    return image.transpose(turns[degrees]) if degrees in turns else image


def flat(image: Image) -> Image:
    """The image as RGB or L, what is transparent shown on white, 16 bits brought to 8."""
    from PIL import Image as Pillow

    if image.mode in ("RGB", "L"):
        return image
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        deep = image.convert("F")
        brightest = deep.getextrema()[1]
        top = WHITE if isinstance(brightest, float) and brightest <= WHITE else DEEP_WHITE
        return deep.point(lambda value: value * (WHITE / top)).convert("L")
    if image.has_transparency_data:
        cover = image.convert("RGBA")
        paper = Pillow.new("RGB", image.size, "white")
        paper.paste(cover, mask=cover.getchannel("A"))
        return paper
    return image.convert("L" if image.mode == "1" else "RGB")


def every(image: Image, across: int, down: int) -> Image:
    """Of so many columns and rows one each, beginning with the first; nothing is mixed."""
    from PIL import Image as Pillow

    size = -(-image.width // across), -(-image.height // down)
    # Pillow takes the middle of each pixel, and places count from there.
    to = (across, 0, (1 - across) / 2, 0, down, (1 - down) / 2)
    return image.transform(size, Pillow.Transform.AFFINE, to, Pillow.Resampling.NEAREST)


def resized(image: Image, width: int, height: int) -> Image:
    """The image brought to `width` x `height`; itself where that's its size."""
    from PIL import Image as Pillow

    if image.size == (width, height):
        return image
    return image.resize((width, height), Pillow.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)
