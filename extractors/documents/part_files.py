"""Pages of a file as a PDF of their own. Runs in a child process."""

from __future__ import annotations

import io

from docglean.extractors.documents import pdf
from docglean.extractors.documents.child import stage
from docglean.extractors.documents.formats import has_pdf_pages
from docglean.extractors.documents.page_info import PageInfo, SourceFile, unreadable
from docglean.extractors.documents.raster import exif_orientation, flat, open_raster, upright

DPI = 200
"""Pixels per inch of a page made of an image that doesn't tell its own."""


def cut_pages(source: SourceFile, first: PageInfo, last: int) -> bytes:
    """The pages from `first` to `last`, without files and facts of the whole document.

    Raises:
        SourceError: ``page_unreadable``, ``damaged``, ``too_large``.
    """
    numbers = range(first.number, last + 1)
    is_pdf = has_pdf_pages(source.media_type)
    whole = pdf.open_pdf(source) if is_pdf else None
    with stage("cut"):
        part = pdf.mupdf().open()
        for number in numbers:
            try:
                if is_pdf:
                    part.insert_pdf(whole, from_page=number - 1, to_page=number - 1, links=False)
                else:
                    _add_image(part, source, number)
            except Exception as error:
                raise unreadable(source, number, error) from error
        return bytes(part.tobytes(garbage=3, deflate=True))


def _add_image(part: object, source: SourceFile, number: int) -> None:
    """A frame of an image file as a page, without loss."""
    image = open_raster(source, number)
    dpi = float(image.info.get("dpi", (DPI, DPI))[0]) or DPI
    frame = flat(upright(image, exif_orientation(image)))
    png = io.BytesIO()
    frame.save(png, "PNG")
    width, height = (72 * pixels / dpi for pixels in frame.size)
    page = part.new_page(width=width, height=height)  # type: ignore[attr-defined]  # PyMuPDF has no types
    page.insert_image(page.rect, stream=png.getvalue())
