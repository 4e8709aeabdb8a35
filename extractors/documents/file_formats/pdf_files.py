"""PDF files: their pages, text layers, forms and scans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from docglean.extractors.documents import pdf
from docglean.extractors.documents.attachments import attachment_problems
from docglean.extractors.documents.embedded.in_pdf import Enclosed, enclosed
from docglean.extractors.documents.faults import is_own
from docglean.extractors.documents.form_fields import form_fields
from docglean.extractors.documents.formats import (
    DocumentFormat,
    Opened,
    Opening,
    check_count,
    cut_off,
)
from docglean.extractors.documents.page_info import (
    PDF,
    PageInfo,
    SourceFile,
    damaged,
    password_error,
)
from docglean.extractors.documents.pdf_attachments import COVER_WORDS, pdf_cover, pdf_members
from docglean.extractors.documents.text_layer import (
    THIN_LAYER,
    layer_turn,
    layer_words,
    legible,
    read_layer,
)
from docglean.extractors.documents.words import Word
from docglean.schemas.errors import Problem, SourceError

if TYPE_CHECKING:
    from PIL.Image import Image

PROOF_EDGE = 64
"""Pixels of the drawing that proves that the first page can be drawn."""
SCAN_SHARE = 0.85
"""Share of the page that images cover, from which a page with nothing else is a scan."""


def _sniff(head: bytes, name: str) -> str:
    # ISO 32000-2 wants %PDF- first; readers accept it within the first 1024 bytes.
    return PDF if b"%PDF-" in head[:1024] else ""


def _open(source: SourceFile, opening: Opening) -> Opened:
    password = ""
    for candidate in ("", *opening.passwords):
        try:
            document = pdf.open_pdf(
                SourceFile(
                    source.name, source.path, source.media_type, candidate, source.max_pixels
                )
            )
        except SourceError as error:
            if error.code not in ("password_needed", "wrong_password"):
                raise
        else:
            password = candidate
            break
    else:
        raise password_error(source.name, tried=bool(opening.passwords))
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
    check_count(source.name, count, opening.limits)
    known = SourceFile(source.name, source.path, source.media_type, password, source.max_pixels)
    if opening.proving:
        _prove(known, count)
    problems: tuple[Problem, ...] = ()
    if pdf.is_cut_off(source.path, repaired=document.is_repaired):
        problems = (cut_off(source.name, "its end is missing, and pages or fields with it"),)
    elif document.is_repaired:
        problems = (
            Problem(
                code="repaired",
                message=f"{source.name}: the file is damaged; it was mended, pages may be missing.",
                way_out="Compare with another program, or get the file again.",
                severity="review",
            ),
        )
    carried = enclosed(known, document)
    problems += (*carried.problems, *_dynamic(source.name, document, carried))
    problems += attachment_problems(known, carried.files, may_matter=_is_cover(document))
    return Opened(
        source.media_type, "pages", pages=count, password=password, problems=problems,
        embedded=carried.data, data_files=tuple(sorted(carried.files)),
    )  # fmt: skip


def _is_cover(document: Any) -> bool:
    """Whether attachments may be what the file is for: a portfolio (ISO 32000-2, 12.3.5), or a page
    with little on it."""
    if pdf.is_portfolio(document):
        return True
    return document.page_count == 1 and len(document[0].get_text("words")) <= COVER_WORDS


def _dynamic(name: str, document: Any, carried: Enclosed) -> Iterator[Problem]:
    """That a form is drawn by a program in it (XFA), which PDF 2.0 has given up and few know.

    ISO 32000-1, 12.7.8; a form that has its pages beside it can be read.
    """
    if not pdf.has_xfa(document):
        return
    stub = pdf.asks_to_wait(document)
    filled = 0 if carried.data is None else len(carried.data.values)
    told = f" What is filled in stands in its data: {filled:,} values." if filled else ""
    yield Problem(
        code="dynamic_form",
        message=f"{name}: it is a dynamic form (XFA). "
        + ("Its pages only ask to wait or to get another program; the form itself was not drawn."
           if stub else "What its pages show may differ from what was filled in.") + told,
        way_out="Open it with Adobe Acrobat or Reader, print it to a new PDF, and give that.",
        severity="error" if stub else "review",
    )  # fmt: skip


def _prove(source: SourceFile, count: int) -> None:
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


def _survey(source: SourceFile, number: int) -> PageInfo:
    pdf.open_pdf(source)
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


def _render(source: SourceFile, info: PageInfo, width: int, height: int) -> Image:
    image = pdf.scan(source, info.number, width, height) if info.scan is not None else None
    return pdf.render(source, info.number, width, height) if image is None else image


PDF_FILES = DocumentFormat(
    "pdf", (PDF,), (".pdf",), _sniff, _open, _survey, _render, words=read_layer,
    members=pdf_members, cover=pdf_cover,
)  # fmt: skip
