"""Images are exactly as large as a policy allows, and encoded by what they show."""

from __future__ import annotations

import io
import random

import numpy
import pytest
from docglean.extractors.documents.page_info import PageInfo
from docglean.extractors.documents.raster import every
from docglean.extractors.documents.render import encode, fit, image_size
from docglean.extractors.render_policy import RenderPolicy, image_tokens
from docglean.schemas.errors import SourceError
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

STANDARD = RenderPolicy("claude-standard", 1568, 1568, 28)
HIGH = RenderPolicy("claude-high", 2576, 4784, 28)
SMALL = RenderPolicy("claude-small", 400, None, 28, max_bytes=4000)


def page(width: float, height: float, scan: tuple[int, int] | None = None) -> PageInfo:
    return PageInfo(1, width, height, 0, True, scan)


@pytest.mark.parametrize(
    ("size", "policy", "expected"),
    [
        # The examples of Anthropic's vision page.
        ((1075, 1520), STANDARD, (924, 1307)),
        ((3840, 2160), HIGH, (2576, 1449)),
        ((3840, 2160), STANDARD, (1456, 819)),
        ((1654, 2339), HIGH, (1624, 2296)),
        ((100, 50), STANDARD, (100, 50)),
    ],
)
def test_sizes_are_those_of_the_provider(
    size: tuple[int, int], policy: RenderPolicy, expected: tuple[int, int]
) -> None:
    assert fit(*size, policy) == expected


@pytest.mark.parametrize(
    ("size", "policy", "tokens"),
    [
        ((1240, 1754), HIGH, 2835),
        ((924, 1307), STANDARD, 1551),
        ((1624, 2296), HIGH, 4756),
        # OpenAI's patches: ceil(w/32) * ceil(h/32) * 1.2, for an A4 page at 150 and 300 dpi.
        ((1240, 1754), RenderPolicy("gpt", 9999, None, 32, 1.2), 2574),
        ((2480, 3508), RenderPolicy("gpt", 9999, None, 32, 1.2), 10296),
        ((750, 10), RenderPolicy("other", 9999, None, 0), 10),
    ],
)
def test_tokens_of_the_documented_sizes(
    size: tuple[int, int], policy: RenderPolicy, tokens: int
) -> None:
    assert image_tokens(*size, policy) == tokens


@given(st.integers(1, 20_000), st.integers(1, 20_000), st.sampled_from([STANDARD, HIGH, SMALL]))
def test_fit_is_the_largest_size_within_the_policy(
    width: int, height: int, policy: RenderPolicy
) -> None:
    w, h = fit(width, height, policy)
    assert 1 <= w <= width
    assert 1 <= h <= height
    assert max(w, h) <= policy.max_edge
    limit = policy.max_tokens or float("inf")
    assert image_tokens(w, h, policy) <= limit
    long, short = max(width, height), min(width, height)
    if max(w, h) < min(long, policy.max_edge):
        edge = max(w, h) + 1
        larger = edge, max(1, round(short * edge / long))
        assert image_tokens(*larger, policy) > limit


def test_a_scan_is_never_enlarged_and_a_small_page_not_drawn_finer_than_300_dpi() -> None:
    assert image_size(page(595, 842, (800, 1132)), HIGH) == (800, 1132)
    assert image_size(page(72, 36), HIGH) == (300, 150)


def test_an_enormous_page_box_is_an_image_of_normal_size() -> None:
    width, height = image_size(page(2_000_000, 2_000_000), STANDARD)
    assert max(width, height) <= STANDARD.max_edge
    assert image_size(page(2_000_000, 1), STANDARD) == (1568, 1)


def test_print_goes_as_png_and_photos_as_jpeg() -> None:
    printed = Image.new("RGB", (800, 1000), "white")
    ImageDraw.Draw(printed).text((50, 50), "Invoice 4711", fill="black")
    data, media_type, size = encode(printed, HIGH)
    assert (media_type, size) == ("image/png", (800, 1000))
    decoded = Image.open(io.BytesIO(data))
    assert decoded.mode == "L"  # gray, because nothing on it has a colour
    noise = Image.frombytes("RGB", (400, 400), random.Random(1).randbytes(480_000))
    assert encode(noise, HIGH)[1] == "image/jpeg"
    only_webp = RenderPolicy("w", 2000, None, 28, formats=("image/webp",))
    assert encode(noise, only_webp)[1] == "image/webp"
    only_png = RenderPolicy("p", 2000, None, 28, formats=("image/png",))
    assert encode(noise, only_png)[1] == "image/png"


def test_an_image_over_the_limit_of_bytes_gets_coarser_then_smaller() -> None:
    noise = Image.frombytes("RGB", (400, 400), random.Random(1).randbytes(480_000))
    data, media_type, size = encode(noise, SMALL)
    assert len(data) <= SMALL.max_bytes
    assert media_type == "image/jpeg"
    assert size < (400, 400)
    assert Image.open(io.BytesIO(data)).size == size
    with pytest.raises(SourceError, match="10 bytes"):
        encode(noise, RenderPolicy("tiny", 400, None, 28, max_bytes=10))


@given(
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    across=st.integers(1, 16),
    down=st.integers(1, 16),
    mode=st.sampled_from(["L", "RGB"]),
    seed=st.integers(0, 9),
)
def test_every_takes_whole_pixels_from_the_first_on(
    size: tuple[int, int], across: int, down: int, mode: str, seed: int
) -> None:
    noise = random.Random(seed).randbytes(size[0] * size[1] * len(mode))
    image = Image.frombytes(mode, size, noise)
    expected = numpy.asarray(image)[::down, ::across]
    assert (numpy.asarray(every(image, across, down)) == expected).all()


@pytest.mark.parametrize("at", [(0, 0), (3, 5), (97, 63)])
def test_one_coloured_pixel_makes_a_page_coloured(at: tuple[int, int]) -> None:
    image = Image.new("RGB", (98, 64), "white")
    ImageDraw.Draw(image).line((0, 0, 60, 60), fill=(80, 80, 80))
    data, _, _ = encode(image, STANDARD)
    assert Image.open(io.BytesIO(data)).mode == "L"
    image.putpixel(at, (200, 0, 0))
    data, _, _ = encode(image, STANDARD)
    found = Image.open(io.BytesIO(data))
    assert (found.mode, found.getpixel(at)) == ("RGB", (200, 0, 0))
