"""Files that are not whole are read as far as they go, and are never ok."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pymupdf
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.formats import Opened, open_file
from docglean.extractors.documents.truncation import missing_bytes
from docglean.extractors.extraction import status_of
from docglean.schemas.errors import SourceError
from PIL import Image, ImageDraw
from sounds import CONTAINERS, tone, write

LIMITS = Limits()
CASES = [(kind, False) for kind in CONTAINERS if kind != "aac"] + [
    (kind, True) for kind in ("mp4", "mov", "mkv", "webm")
]


def opened(path: Path) -> Opened:
    return open_file(str(path), path.name, (), LIMITS)


def told(path: Path) -> tuple[str, list[str]]:
    """The status that a document with all its values would have, and the problems' codes."""
    try:
        problems = opened(path).problems
    except SourceError as error:
        return "failed", [error.code]
    return status_of({}, problems), [problem.code for problem in problems]


@pytest.mark.parametrize(("kind", "video"), CASES)
def test_recordings_that_break_off(kind: str, video: bool, tmp_path: Path) -> None:
    sound = numpy.concatenate([tone(440, 2.0), tone(660, 2.0)])
    path = write(tmp_path, sound, kind, video=video)
    assert told(path) == ("ok", [])
    whole = path.read_bytes()
    for share in (0.5, 0.9):
        path.write_bytes(whole[: int(share * len(whole))])
        status, codes = told(path)
        # An MP4 with its index at its end cannot be read at all without it, and of a short Vorbis
        # recording the only page with sound may be cut.
        if kind in ("m4a", "mp4", "mov", "ogg-vorbis") and status == "failed":
            assert codes in (["damaged"], ["no_sound"])
        else:
            assert (status, codes) == ("partial", ["cut_off"])


def test_an_mp4_whose_index_comes_first(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "talk"
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("aac", rate=16_000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(tone(440, 5.0)[None, :], format="fltp", layout="mono")
        frame.sample_rate = 16_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert told(path) == ("ok", [])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert told(path) == ("partial", ["cut_off"])
    assert f"{len(whole) - len(whole) // 2:,} bytes" in opened(path).problems[0].message


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_wave_that_was_streamed_tells_no_length(size: int, tmp_path: Path) -> None:
    path = write(tmp_path, tone(440, 1.0), "wav")
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[4:8] = data[at : at + 4] = size.to_bytes(4, "little")
    path.write_bytes(data)
    assert missing_bytes(str(path)) == 0


def noisy(seed: int = 0) -> Image.Image:
    grain = numpy.random.default_rng(seed).integers(0, 255, (120, 160, 3), dtype=numpy.uint8)
    image = Image.fromarray(grain)
    ImageDraw.Draw(image).text((20, 20), f"Page {seed}", fill=0)
    return image


def encoded(form: str, frames: int = 1, **options: Any) -> bytes:
    out = io.BytesIO()
    more = [noisy(n) for n in range(1, frames)]
    noisy().save(
        out, form, **({"save_all": True, "append_images": more} if more else {}), **options
    )
    return out.getvalue()


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
def test_frames_are_pages(form: str, tmp_path: Path) -> None:
    path = tmp_path / "frames"
    path.write_bytes(encoded(form, 3, **({} if form == "TIFF" else {"duration": 100})))
    assert (opened(path).pages, told(path)) == (3, ("ok", []))
    path.write_bytes(encoded(form))
    assert (opened(path).pages, told(path)) == (1, ("ok", []))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "HEIF"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_images_that_break_off(form: str, share: float, tmp_path: Path) -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    path = tmp_path / "picture"
    data = encoded(form)
    path.write_bytes(data[: int(share * len(data))])
    assert told(path)[0] in ("partial", "failed")


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_images_without_their_middle(form: str, tmp_path: Path) -> None:
    """Decoders show such a picture half grey, or as noise, and say nothing."""
    path = tmp_path / "picture"
    data = encoded(form)
    path.write_bytes(data[: len(data) // 2] + data[int(0.7 * len(data)) :])
    assert told(path) == ("partial", ["cut_off"])


@pytest.mark.parametrize("form", ["GIF", "TIFF"])
def test_frames_that_break_off(form: str, tmp_path: Path) -> None:
    path = tmp_path / "frames"
    data = encoded(form, 3)
    path.write_bytes(data[: len(data) // 2])
    assert opened(path).pages < 3
    assert told(path) == ("partial", ["cut_off"])


def bill(path: Path, **options: Any) -> bytes:
    document = pymupdf.open()
    for number in range(1, 4):
        page = document.new_page()
        for line in range(40):
            page.insert_text((50, 60 + 16 * line), f"Page {number}, line {line}: 12.50")
    document.save(path, **options)
    return path.read_bytes()


@pytest.mark.parametrize("options", [{}, {"deflate": True}, {"deflate": True, "use_objstms": 1}])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_pdfs_that_break_off(share: float, options: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "bill.pdf"
    whole = bill(path, **options)
    assert told(path) == ("ok", [])
    path.write_bytes(whole[: int(share * len(whole))])
    assert told(path)[0] in ("partial", "failed")


def test_a_linearised_pdf_that_breaks_off_after_its_first_end(tmp_path: Path) -> None:
    path = tmp_path / "bill.pdf"
    whole = bill(path)
    told_length = b"%PDF-1.7\n% <</Linearized 1/L " + str(len(whole) + 5000).encode() + b">>\n"
    path.write_bytes(told_length + whole[len(b"%PDF-1.7\n") :])
    assert told(path) == ("partial", ["cut_off"])


def test_a_pdf_that_was_mended_is_for_a_look(tmp_path: Path) -> None:
    path = tmp_path / "bill.pdf"
    whole = bill(path)
    draw = random.Random(1)
    at = whole.rindex(b"startxref") + 10
    path.write_bytes(whole[:at] + str(draw.randrange(20)).encode() + b"\n%%EOF\n")
    assert told(path) == ("review", ["repaired"])


# --- dynamic forms -----------------------------------------------------------------------------

WAIT = "Please wait... If this message is not eventually replaced by the proper contents of the " \
       "document, your PDF viewer may not be able to display this type of document."  # fmt: skip


def with_field(document: Any) -> None:
    widget = pymupdf.Widget()
    widget.field_type, widget.field_name = pymupdf.PDF_WIDGET_TYPE_TEXT, "name"
    widget.rect, widget.field_value = pymupdf.Rect(50, 200, 200, 215), "Ann Other"
    document[0].add_widget(widget)


def in_german(document: Any) -> None:
    document[0].insert_text((50, 200), "Bitte warten. Dieses Formular braucht Adobe Reader 8.")


@pytest.mark.parametrize("parts", [False, True])
@pytest.mark.parametrize(
    ("more", "status"), [(None, "partial"), (in_german, "partial"), (with_field, "review")]
)
def test_dynamic_forms(
    more: Callable[[Any], None] | None, status: str, parts: bool, tmp_path: Path
) -> None:
    """What is seen without the program that draws the form is not the form."""
    document = pymupdf.open()
    document.new_page().insert_textbox((50, 50, 500, 190), WAIT)
    if more is not None:
        more(document)
    xref = document.get_new_xref()
    document.update_object(xref, "<<>>")
    document.update_stream(xref, b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'/>")
    value = f"[(template) {xref} 0 R]" if parts else f"{xref} 0 R"
    catalog = document.pdf_catalog()
    if more is with_field:
        document.xref_set_key(catalog, "AcroForm/XFA", value)
    else:
        document.xref_set_key(catalog, "AcroForm", f"<</Fields[]/XFA {value}>>")
    path = tmp_path / "form.pdf"
    document.save(path)
    assert told(path) == (status, ["dynamic_form"])
    assert "Acrobat" in opened(path).problems[0].way_out
