"""Files that are drawn as pages, opened and read in this process."""

from __future__ import annotations

from pathlib import Path

import pymupdf
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.formats import FORMATS, Opened, open_file, sniff
from docglean.extractors.documents.page_info import SourceFile
from docglean.extractors.documents.text_layer import read_words
from docglean.schemas.errors import SourceError

LIMITS = Limits()
PNG = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 30, 30)).tobytes("png")


def source_of(path: Path) -> SourceFile:
    _, media_type = sniff(path.read_bytes()[:4096], path.name)
    return SourceFile(path.name, str(path), media_type)


def shown(path: Path, number: int = 1) -> str:
    """Words of a page, as they are read of it."""
    source = source_of(path)
    found = FORMATS[_name_of(source)]
    info = found.survey(source, number)
    return " ".join(word.text for word in read_words(source, info).words)


def _name_of(source: SourceFile) -> str:
    return next(one.name for one in FORMATS.built_in() if one.holds(source.media_type))


def opened(path: Path, limits: Limits = LIMITS) -> Opened:
    return open_file(str(path), path.name, (), limits)


def outcome(path: Path) -> str:
    """What becomes of a file: a code, or that it was read."""
    try:
        opened(path)
    except SourceError as error:
        return error.code
    return "read"
