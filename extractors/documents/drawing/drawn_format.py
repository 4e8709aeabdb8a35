"""Formats whose files have no pages: each is drawn as a PDF, and read as one from there on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from docglean.extractors.documents import pdf
from docglean.extractors.documents.attachments import attachment_problems
from docglean.extractors.documents.drawing.drawings import draw as draw_and_keep
from docglean.extractors.documents.file_formats.pdf_files import PDF_FILES
from docglean.extractors.documents.formats import (
    Cover,
    DocumentFormat,
    Drawing,
    Member,
    Opened,
    Opening,
    check_count,
)
from docglean.extractors.documents.page_info import SourceFile


def drawn_format(
    name: str,
    media_types: tuple[str, ...],
    suffixes: tuple[str, ...],
    sniff: Callable[[bytes, str], str],
    draw: Callable[[SourceFile, int], Drawing],
    *,
    general: int = 0,
    members: Callable[[SourceFile], Iterator[Member]] | None = None,
    cover: Cover = "none",
) -> DocumentFormat:
    """A format of files that are drawn.

    Args:
        name, media_types, suffixes, sniff, draw, general, members: as `DocumentFormat` says.
        cover: of all its files.
    """
    return DocumentFormat(
        name,
        media_types,
        suffixes,
        sniff,
        _open,
        PDF_FILES.survey,
        PDF_FILES.render,
        PDF_FILES.words,
        general,
        draw,
        members,
        lambda _: cover,
    )


def _open(source: SourceFile, opening: Opening) -> Opened:
    drawing = draw_and_keep(source, opening.limits.max_pages)
    count = pdf.open_pdf(source).page_count
    check_count(source.name, count, opening.limits)
    problems = (*drawing.problems, *attachment_problems(source))
    return Opened(source.media_type, "pages", pages=count, problems=problems)
