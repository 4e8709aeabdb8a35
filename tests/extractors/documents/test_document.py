"""Files are known by content, drawn upright at the size asked for, or refused with a cause."""

from __future__ import annotations

import asyncio
import io
import re
import wave
import zipfile
from pathlib import Path
from typing import Any

import numpy
import pymupdf
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import Document, open_document
from docglean.extractors.documents.formats import sniff
from docglean.extractors.documents.render import PageImage, image_size
from docglean.extractors.documents.workers import Workers
from docglean.extractors.render_policy import RenderPolicy
from docglean.schemas.errors import SourceError
from PIL import Image, ImageDraw

POLICY = RenderPolicy("test", 1000, None, 28)
RED, BLUE = (220, 30, 30), (30, 30, 220)


@pytest.fixture
def opened(workers: Workers, limits: Limits) -> Any:
    async def open_it(path: Path, **options: Any) -> Document:
        chosen = options.pop("limits", limits)
        return await open_document(path, workers, chosen, **options)

    return open_it


def corners(image: Image.Image | PageImage) -> tuple[str, str, str, str]:
    """What stands in the corners: top left, top right, bottom left, bottom right."""
    if isinstance(image, PageImage):
        image = Image.open(io.BytesIO(image.data))
    pixels = image.convert("RGB")
    right, bottom = pixels.width - 4, pixels.height - 4

    def colour(at: tuple[int, int]) -> str:
        red, green, blue = pixels.getpixel(at)  # type: ignore[misc]
        return "r" if red > 150 > green else "b" if blue > 150 > green else "."

    return colour((3, 3)), colour((right, 3)), colour((3, bottom)), colour((right, bottom))


def picture(width: int = 300, height: int = 200) -> Image.Image:
    """White, red at the top left, blue at the top right."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 60, 60), fill=RED)
    draw.rectangle((width - 60, 0, width, 60), fill=BLUE)
    return image


def pdf_with(path: Path, *, rotation: int = 0, crop: tuple[int, ...] | None = None) -> Path:
    """A page with a red and a blue corner (of the unrotated page) and a word."""
    document = pymupdf.open()
    page = document.new_page(width=400, height=600)
    if crop:
        page.set_cropbox(pymupdf.Rect(crop))
    box = page.rect
    for rect, colour in (
        ((0, 0, 60, 60), (0.86, 0.1, 0.1)),
        ((box.width - 60, 0, box.width, 60), (0.1, 0.1, 0.86)),
    ):
        page.draw_rect(pymupdf.Rect(rect), color=colour, fill=colour)
    page.insert_text((100, 150), "Invoice", fontsize=30)
    page.set_rotation(rotation)
    document.save(path)
    return path


@pytest.mark.parametrize("suffix", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "HEIF"])
async def test_images_by_content_whatever_the_name(
    suffix: str, tmp_path: Path, opened: Any
) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    path = tmp_path / "picture.pdf"
    picture().save(path, suffix)
    document = await opened(path)
    expected = {"HEIF": "image/heic"}.get(suffix, f"image/{suffix.lower()}")
    assert document.media_type == expected
    assert document.medium == "pages"
    info = document.pages[0]
    assert (info.width, info.height, info.scan) == (300, 200, (300, 200))
    image = await document.image(1, POLICY)
    assert (image.width, image.height, image.scale) == (300, 200, 1.0)
    assert corners(image) == ("r", "b", ".", ".")


@pytest.mark.parametrize(
    ("orientation", "expected"),
    list(enumerate(("rb..", "br..", "..br", "..rb", "r.b.", ".r.b", ".b.r", "b.r."), start=1)),
)
async def test_exif_orientation_is_applied(
    orientation: int, expected: str, tmp_path: Path, opened: Any
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "photo.jpg"
    picture(2000, 1500).resize((2000, 1500)).save(path, exif=exif, quality=95)
    document = await opened(path)
    size = (1500, 2000) if orientation >= 5 else (2000, 1500)
    assert (document.pages[0].width, document.pages[0].height) == size
    image = await document.image(1, POLICY)
    assert (image.width, image.height) == image_size(document.pages[0], POLICY)
    assert max(image.width, image.height) == 1000
    assert "".join(corners(image)) == expected


@pytest.mark.parametrize("crop", [None, (50, 100, 350, 500)])
@pytest.mark.parametrize(
    ("rotation", "expected"), [(0, "rb.."), (90, ".r.b"), (180, "..br"), (270, "b.r.")]
)
async def test_rotated_and_cropped_pages(
    rotation: int, expected: str, crop: tuple[int, ...] | None, tmp_path: Path, opened: Any
) -> None:
    document = await opened(pdf_with(tmp_path / "a.pdf", rotation=rotation, crop=crop))
    info = document.pages[0]
    assert info.rotation == rotation
    image = await document.image(1, POLICY)
    assert (image.width, image.height) == image_size(info, POLICY)
    assert "".join(corners(image)) == expected
    (word,) = (await document.words(1)).words
    assert word.text == "Invoice"
    # The word's box holds the print, and nothing dark stands right around it.
    pixels = numpy.asarray(Image.open(io.BytesIO(image.data)).convert("L"))
    x0, y0, x1, y1 = (round(value * image.scale) for value in word.box)
    assert pixels[y0:y1, x0:x1].min() < 80
    around = pixels[y0 - 12 : y1 + 12, x0 - 12 : x1 + 12].copy()
    around[12:-12, 12:-12] = 255
    assert around.min() > 200


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("form", ["jpeg", "png"])
async def test_an_embedded_scan_is_the_same_as_its_drawing(
    form: str, rotation: int, tmp_path: Path, opened: Any
) -> None:
    scan = picture(1200, 1600)
    ImageDraw.Draw(scan).text((300, 700), "Total 42.00", fill="black", font_size=120)
    data = io.BytesIO()
    scan.save(data, form, **({"quality": 95} if form == "jpeg" else {}))
    source = pymupdf.open()
    page = source.new_page(width=600, height=800)
    page.insert_image(page.rect, stream=data.getvalue())
    page.set_rotation(rotation)
    path = tmp_path / "scan.pdf"
    source.save(path)
    document = await opened(path)
    info = document.pages[0]
    assert info.scan == ((1600, 1200) if rotation % 180 else (1200, 1600))
    assert not info.has_text
    # Not enlarged, though the policy would allow it.
    large = await document.image(1, RenderPolicy("large", 4000, None, 28))
    assert (large.width, large.height) == info.scan
    image = await document.image(1, POLICY)
    page = pymupdf.open(path)[0]
    matrix = pymupdf.Matrix(image.width / page.rect.width, image.height / page.rect.height)
    drawn = page.get_pixmap(matrix=matrix)
    expected = Image.frombytes("RGB", (drawn.width, drawn.height), drawn.samples)
    seen = Image.open(io.BytesIO(image.data)).convert("RGB")
    difference = numpy.abs(numpy.asarray(seen, float) - numpy.asarray(expected, float))
    assert difference.mean() < 2.0


async def test_a_scan_with_something_on_top_is_drawn(tmp_path: Path, opened: Any) -> None:
    data = io.BytesIO()
    Image.new("RGB", (600, 800), "white").save(data, "png")
    source = pymupdf.open()
    page = source.new_page(width=600, height=800)
    page.insert_image(page.rect, stream=data.getvalue())
    page.add_rect_annot(pymupdf.Rect(0, 0, 80, 80)).update(fill_color=(0.86, 0.1, 0.1))
    path = tmp_path / "scan.pdf"
    source.save(path)
    document = await opened(path)
    assert corners(await document.image(1, POLICY))[0] == "r"


async def test_pages_of_a_tiff_and_square_pixels_of_a_fax(tmp_path: Path, opened: Any) -> None:
    first, second = picture(), Image.new("L", (100, 80), 200)
    path = tmp_path / "fax.tif"
    first.save(path, save_all=True, append_images=[second, Image.new("1", (50, 50), 1)])
    document = await opened(path)
    assert [(page.width, page.height) for page in document.pages] == [
        (300, 200),
        (100, 80),
        (50, 50),
    ]
    assert (await document.image(2, POLICY)).width == 100
    Image.new("L", (1728, 1100), 255).save(path, dpi=(204, 98))
    assert (await opened(path)).pages[0].scan == (1728, 2290)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "I;16", "CMYK", "F"])
async def test_every_mode_ends_on_white_paper(mode: str, tmp_path: Path, opened: Any) -> None:
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((0, 0, 50, 50), fill=(0, 0, 0, 255))
    path = tmp_path / "image"
    if mode == "I;16":
        array = numpy.full((100, 100), 65535, numpy.uint16)
        array[:50, :50] = 0
        Image.fromarray(array).save(path, "PNG")
    elif mode in ("1", "CMYK", "F"):
        paper = Image.new("RGB", (100, 100), "white")
        paper.paste(image, mask=image.getchannel("A"))
        (paper.convert("L") if mode == "F" else paper).convert(mode).save(path, "TIFF")
    else:
        image.convert(mode).save(path, "PNG", **({"transparency": 0} if mode == "P" else {}))
    sent = await (await opened(path)).image(1, POLICY)
    pixels = numpy.asarray(Image.open(io.BytesIO(sent.data)).convert("L"))
    assert pixels[90, 90] > 250
    if mode != "P":  # there the transparent colour is the black one
        assert pixels[10, 10] < 10


async def test_a_recording(tmp_path: Path, opened: Any) -> None:
    path = tmp_path / "note"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16000)
        sound.writeframes(b"\0\0" * 24000)
    document = await opened(path)
    assert (document.media_type, document.medium, document.pages) == ("audio/wav", "audio", ())
    assert document.duration in (None, 1.5)  # None where no decoder of sound is installed


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a zip file", "damaged"),
        (b"just text", "unsupported"),
        (b"%PDF-1.7 and nothing else", "damaged no_pages"),
        (b"\x89PNG\r\n\x1a\n and nothing else", "damaged"),
        (b"RIFF\x10\0\0\0WAVEnothing", "damaged"),
    ],
)
async def test_what_is_no_document(content: bytes, code: str, tmp_path: Path, opened: Any) -> None:
    path = tmp_path / "thing.bin"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        await opened(path)
    assert caught.value.code in code.split()
    assert "thing.bin" in caught.value.message
    assert str(tmp_path) not in caught.value.message
    assert caught.value.way_out


def test_an_office_file_of_an_unknown_program_is_called_one() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", bytes(100))
    what = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    with pytest.raises(SourceError, match=re.escape(f"invoice.pdf: its content is {what}")):
        sniff(content.getvalue(), "invoice.pdf")


async def test_files_that_are_not_there(tmp_path: Path, opened: Any) -> None:
    with pytest.raises(SourceError, match="no such file"):
        await opened(tmp_path / "none.pdf")
    with pytest.raises(SourceError, match="not a file"):
        await opened(tmp_path)


async def test_a_truncated_photo_is_damaged(tmp_path: Path, opened: Any) -> None:
    data = io.BytesIO()
    Image.effect_noise((800, 800), 90).convert("RGB").save(data, "JPEG")
    path = tmp_path / "photo.jpg"
    path.write_bytes(data.getvalue()[: data.tell() // 2])
    with pytest.raises(SourceError) as caught:
        await opened(path)
    assert caught.value.code == "damaged"


@pytest.mark.parametrize("kind", ["DCTDecode", "JPXDecode", "FlateDecode"])
async def test_a_page_whose_only_image_is_broken_is_not_shown(
    kind: str, tmp_path: Path, opened: Any
) -> None:
    data = io.BytesIO()
    picture().save(data, "jpeg")
    source = pymupdf.open()
    source.new_page(width=300, height=200).insert_text((50, 50), "Good page")
    page = source.new_page(width=300, height=200)
    page.insert_image(page.rect, stream=data.getvalue())
    xref = page.get_images()[0][0]
    source.update_stream(xref, b"garbage", compress=False)
    source.xref_set_key(xref, "Filter", f"/{kind}")
    source.save(tmp_path / "a.pdf")
    document = await opened(tmp_path / "a.pdf")
    assert (await document.image(1, POLICY)).data
    with pytest.raises(SourceError, match="page 2") as caught:
        await document.image(2, POLICY)
    assert caught.value.code == "page_unreadable"
    source.delete_page(0)
    source.save(tmp_path / "b.pdf")
    with pytest.raises(SourceError) as caught:
        await opened(tmp_path / "b.pdf")
    assert caught.value.code == "page_unreadable"


async def test_passwords(tmp_path: Path, opened: Any) -> None:
    path = tmp_path / "secret.pdf"
    source = pymupdf.open()
    source.new_page().insert_text((100, 100), "Secret")
    source.save(path, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="open", owner_pw="own")
    with pytest.raises(SourceError) as caught:
        await opened(path)
    assert caught.value.code == "password_needed"
    with pytest.raises(SourceError) as caught:
        await opened(path, password=["wrong"])
    assert caught.value.code == "wrong_password"
    for right in ("open", "own"):
        document = await opened(path, password=["wrong", right])
        assert (await document.words(1)).text().strip() == "Secret"


async def test_limits(tmp_path: Path, opened: Any) -> None:
    pdf = pdf_with(tmp_path / "a.pdf")
    with pytest.raises(SourceError) as caught:
        await opened(pdf, limits=Limits(max_bytes=10))
    assert caught.value.code == "too_large"
    source = pymupdf.open()
    for _ in range(3):
        source.new_page()
    source.save(pdf)
    with pytest.raises(SourceError) as caught:
        await opened(pdf, limits=Limits(max_pages=2))
    assert caught.value.code == "too_many_pages"
    picture().save(tmp_path / "a.png")
    with pytest.raises(SourceError) as caught:
        await opened(tmp_path / "a.png", limits=Limits(max_pixels=1000))
    assert caught.value.code == "too_large"


async def test_facts_about_the_document(tmp_path: Path, opened: Any) -> None:
    import hashlib

    path = pdf_with(tmp_path / "a.pdf")
    document = await opened(path, name="Bill", uri="s3://bucket/a.pdf")
    assert (document.name, document.uri) == ("Bill", "s3://bucket/a.pdf")
    assert document.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    await document.image(1, POLICY)
    assert {"open", "render", "encode"} <= set(document.seconds)
    with pytest.raises(SourceError) as caught:
        await document.image(2, POLICY)
    assert caught.value.code == "no_such_page"


@pytest.mark.slow
async def test_a_long_document_is_read_in_few_tasks_and_once(tmp_path: Path, opened: Any) -> None:
    source = pymupdf.open()
    for number in range(1, 601):
        source.new_page(width=300, height=200).insert_text((20, 50), f"Page {number}")
    path = tmp_path / "long.pdf"
    source.save(path)
    document = await opened(path)
    assert len(document.pages) == 600
    twice = await asyncio.gather(document.words_many(), document.words_many([600, 1]))
    texts = [found.text().strip() for found in twice[0]]
    assert texts == [f"Page {number}" for number in range(1, 601)]
    assert twice[1] == [twice[0][599], twice[0][0]]
