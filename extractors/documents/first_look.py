"""What a file is, and of one of few pages all that is read without OCR: one trip to a child."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.formats import Opened, open_file, survey
from docglean.extractors.documents.page_info import PageInfo, SourceFile
from docglean.extractors.documents.text_layer import read_pages
from docglean.extractors.documents.words import PageWords
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:  # a child needs none of it
    from docglean.extractors.documents.workers import Workers

FEW_PAGES = 3
"""Pages of a file that is read whole as it is opened. Of a longer one a part may be asked for."""


ENDED = frozenset(
    {"too_slow", "too_much_memory", "parser_crashed", "parser_failed", "internal_error"}
)
"""Codes of what ended a task without telling which of its pages was to blame."""


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


async def look_at(
    path: Path,
    name: str,
    passwords: tuple[str, ...],
    workers: Workers,
    limits: Limits,
    seconds: dict[str, float],
    proving: bool,
) -> FirstLook:
    """The file opened, and what is seen at once. Where that ends the child, it is only opened."""
    if proving:
        try:
            return await workers.run(
                first_look, str(path), name, passwords, limits, source=name, stages=seconds
            )
        except SourceError as error:
            if error.code not in ENDED:
                raise
    return FirstLook(await _opened(path, name, passwords, workers, limits, seconds, proving))


async def _opened(
    path: Path,
    name: str,
    passwords: tuple[str, ...],
    workers: Workers,
    limits: Limits,
    seconds: dict[str, float],
    proving: bool,
) -> Opened:
    """The file opened. Where its first page ends the child, the file may have others."""
    try:
        return await workers.run(
            open_file, str(path), name, passwords, limits, proving, source=name, stages=seconds
        )
    except SourceError as error:
        if error.code not in ENDED or not proving:
            raise
        opened = await workers.run(
            open_file, str(path), name, passwords, limits, False, source=name, stages=seconds
        )
        if opened.pages < 2:
            raise
        return opened
