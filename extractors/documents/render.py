"""Page images at the size that a model can use: not a pixel more, none missing."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docglean.extractors.documents.child import stage
from docglean.extractors.documents.formats import FORMATS, pixels
from docglean.extractors.documents.page_info import PageInfo, SourceFile
from docglean.extractors.documents.raster import every, turned_clockwise
from docglean.extractors.render_policy import RenderPolicy, image_tokens
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_DPI = 300
"""Finest drawing of a page that isn't a scan: more shows no more print."""


JPEG_QUALITIES = (85, 70, 55, 40)
FLAT_SHARE = 0.8
"""Share of pixels equal to their right neighbour above which a page is line art or print."""
ROWS = 7
"""Of so many rows one is looked at for that."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """An encoded page. `scale` is pixels per page point, so box_points = box_pixels / scale."""

    page: int
    data: bytes
    media_type: str
    width: int
    height: int
    scale: float


def image_size(info: PageInfo, policy: RenderPolicy) -> tuple[int, int]:
    """Width and height in pixels of the image of this page under this policy.

    The largest of the page's proportions within the policy's edge and tokens, found as the
    provider finds it (search on the long edge, short edge rounded half to even), so that
    nothing is made smaller again there. A scan is never larger than its own pixels, a drawn
    page never finer than 300 dpi.
    """
    if info.scan is not None:
        width, height = info.scan
    else:
        finest = MAX_DPI / 72
        width, height = round(info.width * finest), round(info.height * finest)
    return fit(max(1, width), max(1, height), policy)


def fit(width: int, height: int, policy: RenderPolicy) -> tuple[int, int]:
    """`width` x `height` made smaller, if need be, to the largest size within the policy."""
    long, short = max(width, height), min(width, height)
    low, high = 1, min(long, policy.max_edge)
    if policy.max_short_edge is not None:
        high = max(1, min(high, policy.max_short_edge * long // short))
    while low < high:
        middle = (low + high + 1) // 2
        if _within(middle, _side(short, middle, long), policy):
            low = middle
        else:
            high = middle - 1
    edges = low, _side(short, low, long)
    return edges if width >= height else (edges[1], edges[0])


def render_page(
    source: SourceFile, info: PageInfo, policy: RenderPolicy, upright: bool = False
) -> PageImage:
    """The page, drawn or decoded at `image_size` and encoded. Runs in a child.

    Args:
        upright: turned so that its text layer can be read, see `PageInfo.turn`.

    Raises:
        SourceError: ``page_unreadable``, ``damaged``, ``too_large``.
    """
    width, height = image_size(info, policy)
    image = pixels(source, info, width, height)
    if upright:
        image = turned_clockwise(image, info.turn)
    with stage("encode"):
        data, media_type, size = encode(image, policy)
    scale = max(size) / max(info.width, info.height)
    return PageImage(info.number, data, media_type, *size, scale)


def warm_up() -> None:
    """Load in this child all that drawing a page takes, before somebody waits for one."""
    import numpy  # noqa: F401 (it is to be there)
    import pymupdf  # noqa: F401
    from PIL import Image

    FORMATS.built_in()
    _saved(Image.new("L", (8, 8)), "WEBP")


def encode(image: Image, policy: RenderPolicy) -> tuple[bytes, str, tuple[int, int]]:
    """Encode for the policy: bytes, media type, and the size in the end.

    Print and line art go as PNG (lossless, and smaller), photos and scans as JPEG (or WebP
    where only that is accepted). What is over the policy's bytes gets coarser, then smaller.

    Raises:
        SourceError: ``too_large`` when even a very coarse image is over the limit.
    """
    image = _gray_if_gray(image)
    if "image/png" in policy.formats and (
        len(policy.formats) == 1 or _flatness(image) >= FLAT_SHARE
    ):
        data = _saved(image, "PNG", compress_level=1)
        if len(data) <= min(policy.max_bytes, image.width * image.height // 4):
            return data, "image/png", image.size
    lossy = next((form for form in policy.formats if form in ("image/jpeg", "image/webp")), None)
    while min(image.size) > 16:
        for quality in JPEG_QUALITIES if lossy else (0,):
            if lossy == "image/jpeg":
                data = _saved(image, "JPEG", quality=quality)
            elif lossy == "image/webp":
                data = _saved(image, "WEBP", quality=quality, method=0)
            else:
                data = _saved(image, "PNG", compress_level=6)
            if len(data) <= policy.max_bytes:
                return data, lossy or "image/png", image.size
        image = image.resize((image.width * 3 // 4, image.height * 3 // 4))
    raise SourceError(
        "too_large",
        f"A page image cannot be brought below {policy.max_bytes:,} bytes.",
        "Use a model that takes larger images.",
    )


def _saved(image: Image, form: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def _gray_if_gray(image: Image) -> Image:
    if image.mode != "RGB":
        return image
    # A coarse look first: most colour pages show their colour at once.
    gray = _gray_of(every(image, 8, 8)) and _gray_of(image)
    return gray or image


def _gray_of(image: Image) -> Image | None:
    from PIL import ImageChops

    red, green, blue = image.split()
    pairs = ((red, green), (green, blue))
    return None if any(ImageChops.difference(*pair).getbbox() for pair in pairs) else red


def _flatness(image: Image) -> float:
    import numpy

    if image.width < 2:
        return 1.0
    rows = numpy.asarray(every(image, 1, ROWS))
    same = rows[:, 1:] == rows[:, :-1]
    if same.ndim == 3:  # reducing an axis this short is slow
        same = same[..., 0] & same[..., 1] & same[..., 2]
    return float(same.mean())


def _side(short: int, edge: int, long: int) -> int:
    return max(1, round(short * edge / long))


def _within(width: int, height: int, policy: RenderPolicy) -> bool:
    return policy.max_tokens is None or image_tokens(width, height, policy) <= policy.max_tokens
