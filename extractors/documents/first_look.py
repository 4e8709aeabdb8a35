"""What a file is, and of one of few pages all that is read without OCR: one trip to a child."""

from __future__ import annotations

from dataclasses import dataclass

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.formats import Opened, open_file, survey
from docglean.extractors.documents.page_info import PageInfo, SourceFile
from docglean.extractors.documents.text_layer import read_pages
from docglean.extractors.documents.words import PageWords
from docglean.schemas.errors import SourceError

FEW_PAGES = 3
"""Pages of a file that is read whole as it is opened. Of a longer one a part may be asked for."""


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What is known of a file once it was opened.

    Attributes:
        pages: what they are; empty where that is still to be found out.
        words: of all pages, errors in their place; empty where they are still to be read.
    """

    opened: Opened
    pages: tuple[PageInfo, ...] = ()
    words: tuple[PageWords | SourceError, ...] = ()


def first_look(path: str, name: str, passwords: tuple[str, ...], limits: Limits) -> FirstLook:
    """Open a file, and look at its pages and read them where they are few; in a child.

    Raises:
        SourceError: as `formats.open_file`.
    """
    opened = open_file(path, name, passwords, limits)
    if opened.medium != "pages" or not 0 < opened.pages <= FEW_PAGES:
        return FirstLook(opened)
    source = SourceFile(name, path, opened.media_type, opened.password, limits.max_pixels)
    pages = tuple(survey(source, 0, opened.pages))
    if any(page.alone or page.fault for page in pages):
        return FirstLook(opened, pages)
    return FirstLook(opened, pages, tuple(read_pages(source, pages)))
