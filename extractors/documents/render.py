"""Page images at the size that a model can use: not a pixel more, none missing."""

from __future__ import annotations

import io
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Literal

from docglean.extractors.documents import pdf, raster, video
from docglean.extractors.documents.page_info import PDF, PageInfo, Source
from docglean.extractors.documents.raster import turned_clockwise
from docglean.extractors.documents.workers import stage
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_DPI = 300
"""Finest drawing of a page that isn't a scan: more shows no more print."""

SMALL_IMAGE, SMALLEST_CROP = 384, 256
"""Pixels: Gemini 2.5 does not cut an image with no larger side; its crops are never smaller."""

JPEG_QUALITIES = (85, 70, 55, 40)
FLAT_SHARE = 0.8
"""Share of pixels equal to their right neighbour above which a page is line art or print."""


@dataclass(frozen=True, slots=True)
class RenderPolicy:
    """The largest image that a model family really uses, and what it takes.

    Attributes:
        name: part of a request's key; change it whenever the numbers change.
        max_edge: longest side in pixels.
        max_tokens: limit of image tokens, or None.
        patch: side of the square that costs one token, in pixels; 0 when not billed by patches.
        token_rate: tokens a patch.
        base_tokens: tokens that every image costs on top.
        max_short_edge: limit of the shorter side in pixels, or None.
        counting: how tokens are counted, see `image_tokens`.
        formats: media types accepted, best first.
        max_bytes: encoded bytes of one image, before base64.
    """

    name: str
    max_edge: int
    max_tokens: int | None
    patch: int
    token_rate: float = 1.0
    formats: tuple[str, ...] = ("image/jpeg", "image/png")
    max_bytes: int = 5_000_000
    base_tokens: int = 0
    max_short_edge: int | None = None
    counting: Literal["patches", "rows", "crops"] = "patches"


@dataclass(frozen=True, slots=True)
class PageImage:
    """An encoded page. `scale` is pixels per page point, so box_points = box_pixels / scale."""

    page: int
    data: bytes
    media_type: str
    width: int
    height: int
    scale: float


def image_tokens(width: int, height: int, policy: RenderPolicy) -> int:
    """Tokens that an image of this size costs: ``ceil(w / patch) * ceil(h / patch)`` patches.

    Anthropic: patch 28, one token each (docs.anthropic.com, vision). OpenAI: patch 32, times
    the model's rate (developers.openai.com, images-vision). ``rows``: each row of patches ends
    with a token (mistral-common, image encoder). ``crops``: an image with a side above 384 pixels
    is cut into squares of two thirds of its short side, between 256 and 768 pixels
    (ai.google.dev, tokens). Where a family isn't billed by patches, the older rule of thumb of one
    token for 750 pixels.
    """
    if not policy.patch:
        return ceil(width * height / 750)
    if policy.counting == "crops":
        crop = policy.patch
        if max(width, height) > SMALL_IMAGE:
            crop = min(policy.patch, max(SMALLEST_CROP, int(min(width, height) / 1.5)))
        return ceil(_patches(width, height, crop) * policy.token_rate)
    if policy.counting == "rows":
        return (ceil(width / policy.patch) + 1) * ceil(height / policy.patch)
    return ceil(_patches(width, height, policy.patch) * policy.token_rate) + policy.base_tokens


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
    source: Source, info: PageInfo, policy: RenderPolicy, upright: bool = False
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


def pixels(source: Source, info: PageInfo, width: int, height: int) -> Image:
    """One page of any file at `width` x `height` pixels, upright, RGB or L.

    Raises:
        SourceError: ``page_unreadable``, ``damaged``, ``too_large``.
    """
    if info.shown is not None:
        return video.frame(source, info, width, height)
    if source.media_type != PDF:
        return raster.raster(source, info.number, width, height)
    image = pdf.scan(source, info.number, width, height) if info.scan is not None else None
    return pdf.render(source, info.number, width, height) if image is None else image


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
    import numpy

    if image.mode != "RGB":
        return image
    array = numpy.asarray(image)
    # A coarse look first: most colour pages show their colour at once.
    for view in (array[::8, ::8], array):
        if (view[..., 0] != view[..., 1]).any() or (view[..., 1] != view[..., 2]).any():
            return image
    return image.getchannel(0)


def _flatness(image: Image) -> float:
    import numpy

    rows = numpy.asarray(image)[::7]
    if rows.shape[1] < 2 or not rows.size:
        return 1.0
    same = rows[:, 1:] == rows[:, :-1]
    return float((same if same.ndim == 2 else same.all(axis=2)).mean())


def _patches(width: int, height: int, patch: int) -> int:
    return ceil(width / patch) * ceil(height / patch)


def _side(short: int, edge: int, long: int) -> int:
    return max(1, round(short * edge / long))


def _within(width: int, height: int, policy: RenderPolicy) -> bool:
    return policy.max_tokens is None or image_tokens(width, height, policy) <= policy.max_tokens
