"""PDF files, and files that are drawn as one, as a child process sees them: opened, kept open, and
one page as pixels.

A child keeps the last few files open, so that many small tasks on a long PDF don't open it again
and again. Everything here runs in a child (see `child`).
"""

from __future__ import annotations

import io
import re
import sys
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from math import hypot
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docglean.extractors.documents.child import on_exhaustion, stage
from docglean.extractors.documents.drawing.drawings import drawing_of
from docglean.extractors.documents.page_info import (
    PDF,
    SourceFile,
    damaged,
    password_error,
    unreadable,
)
from docglean.extractors.documents.raster import every, resized, turned_clockwise
from docglean.extractors.extraction import Box

if TYPE_CHECKING:
    from PIL.Image import Image

KEPT_OPEN = 4
MOST_WAITING = 150
"""Words of a page that only says "Please wait...", in some languages one below the other."""
_LENGTH = re.compile(rb"/L\s+(\d+)")
SCAN_SLACK = 0.005
"""Share of the page by which an image that fills it may miss its edges."""
MIN_SIDE = 1e-3
"""Points; a page box thinner than this shows nothing."""


@cache
def mupdf() -> Any:
    """PyMuPDF, told to keep its messages to itself. It has no complete types.

    Its layout model stays away until `tables.layout_model` wants it, and its makers of Markdown,
    which take longer to load than all the rest, for good.
    """
    away = () if "pymupdf" in sys.modules else ("pymupdf.layout", "pymupdf4llm")
    sys.modules.update(dict.fromkeys(away))  # type: ignore[arg-type]
    try:
        import pymupdf
    finally:
        for name in away:
            del sys.modules[name]

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


def open_pdf(source: SourceFile) -> Any:
    """The `pymupdf.Document`, kept open for the next task; of another file that of its drawing.

    Raises:
        SourceError: ``password_needed``, ``wrong_password``, ``damaged``; of other files what
            drawing them raises.
    """
    stat = Path(source.path).stat()
    key = (source.path, stat.st_mtime_ns, stat.st_size, source.password)
    if key in _open:
        _open.move_to_end(key)
        return _open[key]
    path = source.path if source.media_type == PDF else str(drawing_of(source))
    with stage("open"):
        try:
            document = _opened(path)
        except Exception as error:
            raise damaged(source, error) from error
        if document.needs_pass and not document.authenticate(source.password):
            raise password_error(source.name, tried=bool(source.password))
    _open[key] = document
    while len(_open) > KEPT_OPEN:
        _open.popitem(last=False)
    return document


def cut(source: SourceFile, number: int) -> bytes:
    """One page as a PDF file of its own: without links, files and facts of the whole document.

    Raises:
        SourceError: ``page_unreadable``, ``damaged``.
    """
    document = open_pdf(source)
    with stage("cut"):
        try:
            page = mupdf().open()
            page.insert_pdf(document, from_page=number - 1, to_page=number - 1, links=False)
            return bytes(page.tobytes(garbage=3, deflate=True))
        except Exception as error:
            raise unreadable(source, number, error) from error


def _opened(path: str) -> Any:
    try:
        path.encode()
    except UnicodeEncodeError:  # MuPDF takes no name that is not UTF-8
        return mupdf().open(stream=Path(path).read_bytes(), filetype="pdf")
    return mupdf().open(path, filetype="pdf")


def is_cut_off(path: str, *, repaired: bool) -> bool:
    """Whether the end of the file is missing.

    A whole one says where it ends (ISO 32000-2, 7.5.5), and a linearised one how long it is (annex
    F.3.2); readers bear it where a program has left the mark away but all else is right.
    """
    size = Path(path).stat().st_size
    with Path(path).open("rb") as file:
        head = file.read(1024)
        file.seek(max(0, size - 2048))
        tail = file.read()
    told = _LENGTH.search(head) if b"/Linearized" in head else None
    return (told is not None and int(told[1]) > size) or (repaired and b"%%EOF" not in tail)


def is_portfolio(document: Any) -> bool:
    """Whether the files attached to it are what it is for (ISO 32000-2, 12.3.5)."""
    kind, _ = document.xref_get_key(document.pdf_catalog(), "Collection")
    return bool(kind != "null")


def has_xfa(document: Any) -> bool:
    """Whether the file has a form in XFA that a reader of it is to draw."""
    kind, _ = document.xref_get_key(document.pdf_catalog(), "AcroForm/XFA")
    return kind not in ("null", "undefined")


def asks_to_wait(document: Any) -> bool:
    """Whether the pages hold nothing but the words for readers that do not know XFA.

    Told by there being no field on a page, and by a page or two of few words.
    """
    kind, names = document.xref_get_key(document.pdf_catalog(), "NeedsRendering")
    if (kind, names) == ("bool", "true"):
        return True
    pages = [document[number] for number in range(min(2, document.page_count))]
    if document.page_count > 2 or any(next(page.widgets(), None) for page in pages):
        return False
    return sum(len(page.get_text("words")) for page in pages) <= MOST_WAITING


def load_page(source: SourceFile, number: int) -> Any:
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


def placement(page: Any) -> Callable[[Sequence[float]], Box]:
    """What turns boxes of the unrotated page into those of the page after its rotation."""
    a, b, c, d, e, f = page.rotation_matrix

    def place(box: Sequence[float]) -> Box:
        x0, y0, x1, y1 = box
        if a == 1 and d == 1:
            return x0, y0, x1, y1
        left, top = a * x0 + c * y0 + e, b * x0 + d * y0 + f
        right, bottom = a * x1 + c * y1 + e, b * x1 + d * y1 + f
        return min(left, right), min(top, bottom), max(left, right), max(top, bottom)

    return place


def text_page(page: Any, *, clipped: bool = True) -> Any:
    """The page's text layer, to be asked for words and for letters.

    Args:
        clipped: without what a clip hides.

    Neither ligatures (one character for "fi") nor glyph numbers for characters that the font
    doesn't name: these come as U+FFFD, which tells garbage from text. Where a replacement text
    (``ActualText``, ISO 32000-2, 14.9.4) has other figures than the letters that it stands for,
    the letters count: they are what the page shows.
    """
    pymupdf = mupdf()
    flags = pymupdf.TEXT_PRESERVE_WHITESPACE | (pymupdf.TEXT_CLIP if clipped else 0)
    layer = page.get_textpage(flags=flags)
    letters = page.get_textpage(flags=flags | pymupdf.TEXT_IGNORE_ACTUALTEXT)
    return letters if _figures(letters) - _figures(layer) else layer


def _figures(layer: Any) -> Counter[str]:
    return Counter(re.findall(r"\d", layer.extractText()))


def render(source: SourceFile, number: int, width: int, height: int) -> Image:
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
            pixmap = page.get_pixmap(matrix=matrix, colorspace=pymupdf.csRGB, alpha=False)
            size = pixmap.width, pixmap.height
            image = Image.frombytes("RGB", size, pixmap.samples_mv)
            if _is_of_one_colour(image):
                _check_nothing_failed(page, matrix)
        except Exception as error:
            raise unreadable(source, number, error) from error
    if image.size != (width, height):  # MuPDF rounds a page box outwards
        image = image.resize((width, height))
    return image


class NothingShown(Exception):
    """A page of which MuPDF could draw nothing, with what it says."""


def _is_of_one_colour(image: Image) -> bool:
    # PyMuPDF's own ``is_unicolor`` takes 300 ms a page. A coarse look first: most pages show more.
    return all(
        low == high
        for look in (every(image, 16, 16), image)
        for low, high in (band.getextrema() for band in look.split())
    )


def _check_nothing_failed(page: Any, matrix: Any) -> None:
    """Raise `NothingShown` when a page is of one colour because what it shows is broken.

    MuPDF draws what it can and only warns of the rest, and warns once: what it decoded, however
    badly, is kept. Nothing at all, with an error among the warnings of a fresh drawing, is a
    page that nobody should be shown.
    """
    tools = mupdf().TOOLS
    tools.store_shrink(100)
    tools.reset_mupdf_warnings()
    page.get_pixmap(matrix=matrix, alpha=False)
    errors = [line for line in tools.mupdf_warnings().splitlines() if " error" in line]
    if errors:
        raise NothingShown(errors[0])


def scan(source: SourceFile, number: int, width: int, height: int) -> Image | None:
    """A PDF page that is one embedded image, decoded from it and made smaller once.

    None where the page isn't just that (cropped, masked, skewed, something on top): then it is
    to be drawn by `render`, which samples the image once too, but less well.

    Raises:
        SourceError: ``page_unreadable``.
    """

    page = load_page(source, number)
    with stage("render"):
        try:
            xref = _only_image(page)
            if xref is None:
                return None
            image = _decoded(page.parent, xref, width, height, turned=page.rotation % 180 != 0)
            if image is None:
                return None
            image = turned_clockwise(image, page.rotation)
            return resized(image, width, height)
        except Exception as error:
            raise unreadable(source, number, error) from error


def image_cover(page: Any) -> tuple[float, float]:
    """Share of the page that images cover, and their finest resolution in pixels a point."""
    covered = finest = 0.0
    box = page.rect * page.derotation_matrix
    for image in page.get_image_info():
        a, b, c, d = image["transform"][:4]
        across, down = hypot(a, b), hypot(c, d)
        if min(across, down) < MIN_SIDE:
            continue
        part = box & image["bbox"]
        covered += 0.0 if part.is_empty else part.get_area()
        finest = max(finest, image["width"] / across, image["height"] / down)
    return covered / max(box.get_area(), MIN_SIDE), finest


def shown_kinds(page: Any) -> set[str]:
    """Kinds of what the page shows, as MuPDF calls them: ``fill-image``, ``fill-text``, ...

    An invisible text layer (``ignore-text``) and clips show nothing.
    """
    log = page.get_bboxlog()
    return {kind for kind, _ in log if not kind.startswith(("ignore", "clip"))}


IMAGES = frozenset({"fill-image", "fill-imgmask"})
TEXT = frozenset({"fill-text", "stroke-text"})


def _only_image(page: Any) -> int | None:
    """Number of the PDF object of the image that fills this page exactly and upright."""
    shown = page.get_image_info(xrefs=True)
    if (
        len(shown) != 1
        or not shown_kinds(page) <= IMAGES
        or shown[0]["has-mask"]
        or page.first_annot
        or page.first_widget
    ):
        return None
    a, b, c, d, left, top = shown[0]["transform"]
    box = page.rect * page.derotation_matrix
    slack_x, slack_y = SCAN_SLACK * box.width, SCAN_SLACK * box.height
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
    decoded = Image.frombytes(mode, (pixmap.width, pixmap.height), pixmap.samples_mv)
    # Of one colour: perhaps it could not be decoded, which `render` finds out.
    return None if _is_of_one_colour(decoded) else decoded
