"""What a file is, by its content, and what its pages are. Runs in a child process.

A format is a module of `file_formats/` or of a package of your own (entry point
``docglean.formats``) with a `DocumentFormat` in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.child import stage
from docglean.extractors.documents.embedded.data import EmbeddedData
from docglean.extractors.documents.page_info import PDF, PageInfo, SourceFile
from docglean.extractors.documents.words import PageWords
from docglean.schemas.errors import Problem, SourceError
from docglean.schemas.plugins import Registry

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening told.

    Attributes:
        sha256: of the file, in hex; told by `open_file`.
        pages: 0 for recordings and films.
        duration: seconds of a recording or film, None where its header doesn't tell.
        sound_duration: those of the sound, where a film's ends before its pictures; else None.
        embedded: what the file says of itself in data beside its pages.
        data_files: attached files that are such data, and no documents of their own.
        password: the one that opened it.
        has_sound: False for a film without any.
    """

    media_type: str
    medium: Literal["pages", "audio", "video"]
    sha256: str = ""
    pages: int = 0
    duration: float | None = None
    password: str = ""
    problems: tuple[Problem, ...] = ()
    has_sound: bool = True
    sound_duration: float | None = None
    embedded: EmbeddedData | None = None
    data_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """How a file is to be opened.

    Attributes:
        passwords: to try, beside none.
        proving: draw its first page, too.
    """

    limits: Limits
    passwords: tuple[str, ...] = ()
    proving: bool = True


@dataclass(frozen=True, slots=True)
class Drawing:
    """A file as the PDF that it is drawn as.

    Attributes:
        problems: what of the file is not on its pages, or otherwise than its program shows it.
    """

    pdf: bytes
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside another.

    Attributes:
        name: as the file around it tells it; anything may stand in it.
        pieces: its content, in pieces of about so many bytes at most.
        unread: why it is not read, where that is known without its content.
    """

    name: str
    pieces: Callable[[int], Iterator[bytes]]
    unread: str = ""


Cover = Literal["none", "sheet", "list"]
"""Whether pages hold nothing of their own: a cover sheet, perhaps, or a list of what is inside."""


@dataclass(frozen=True, slots=True)
class DocumentFormat:
    """A format of files. Its functions run in a child process, where a fault costs one document.

    Attributes:
        name: of the format.
        media_types: all that `sniff` and `open` tell; ``audio/`` stands for all that begin so.
            What is built in has ``audio/`` and ``video/``, whoever tells them.
        suffixes: of files that are documents even where their content is damaged, in small
            letters, with the dot.
        sniff: media type by the first 4096 bytes and the file's name; "" for other files.
        open: what the file is; raises SourceError where it cannot be read. Of the source all is
            known but the password.
        survey: what a page is, by its number from 1.
        render: a page in pixels of the width and height told, upright, RGB or L.
        words: of a page, with their boxes; None has them read from its picture by OCR.
        general: it fits much, so that those of a lower number are asked before it.
        draw: a file of no pages as a PDF of at most so many, for `drawing.drawn_format`; None for
            others.
        members: the files inside one, in its order, which are documents of their own; None where
            it has none. Raises SourceError where they can't be told.
        cover: whether the pages beside its members hold anything of their own.
    """

    name: str
    media_types: tuple[str, ...]
    suffixes: tuple[str, ...]
    sniff: Callable[[bytes, str], str]
    open: Callable[[SourceFile, Opening], Opened]
    survey: Callable[[SourceFile, int], PageInfo]
    render: Callable[[SourceFile, PageInfo, int, int], Image]
    words: Callable[[SourceFile, PageInfo], PageWords] | None = None
    general: int = 0
    draw: Callable[[SourceFile, int], Drawing] | None = None
    members: Callable[[SourceFile], Iterator[Member]] | None = None
    cover: Callable[[SourceFile], Cover] = lambda _: "none"

    def holds(self, media_type: str) -> bool:
        """Whether a media type is this format's."""
        return any(
            media_type == one or (one.endswith("/") and media_type.startswith(one))
            for one in self.media_types
        )


FORMATS = Registry(
    "docglean.formats",
    DocumentFormat,
    "file format",
    package="docglean.extractors.documents.file_formats",
)


def open_file(
    path: str, name: str, passwords: tuple[str, ...], limits: Limits, proving: bool = True
) -> Opened:
    """Find out what the file is by opening it.

    Args:
        proving: draw its first page, too.

    Raises:
        SourceError: see `document.open_document`.
    """
    with stage("open"), Path(path).open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        head = file.read(4096)
    found, media_type = sniff(head, name)
    source = SourceFile(name, path, media_type, max_pixels=limits.max_pixels)
    opened = found.open(source, Opening(limits, passwords, proving))
    return replace(opened, sha256=sha256)


def sniff(head: bytes, name: str) -> tuple[DocumentFormat, str]:
    """The format, and the media type, by the first bytes (4096 are enough).

    Raises:
        SourceError: ``unsupported``, naming what it is where that's known.
    """
    for known in (FORMATS.built_in, FORMATS.added):  # packages where nothing built in fits
        for one in sorted(known(), key=lambda one: one.general):
            if media_type := one.sniff(head, name):
                return one, media_type
    what = _what(head)
    broken = "".join(f" {fault.message}" for fault in FORMATS.faults())
    raise SourceError(
        "unsupported",
        f"{name}: its content is {f'{what}, which' if what else 'of no known kind and'} "
        f"cannot be read.{broken}",
        "Convert it to PDF, an image (PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC), an office file "
        "(DOCX, XLSX, PPTX) or a recording (WAV, MP3, M4A, FLAC, OGG, WebM, MP4, MOV, MKV).",
    )


def _what(head: bytes) -> str:
    """What a file is that is read by nothing here; empty where that is not known."""
    import puremagic

    try:
        return str(puremagic.from_string(head, mime=True))
    except (puremagic.PureError, ValueError):
        return ""


def is_built_in(media_type: str) -> bool:
    """Whether a format that comes with docglean has files of this media type."""
    return any(one.holds(media_type) for one in FORMATS.built_in())


def has_pdf_pages(media_type: str) -> bool:
    """Whether pages of such files are those of a PDF: of one, or of what they are drawn as."""
    known = FORMATS.built_in() if is_built_in(media_type) else FORMATS.added()
    return media_type == PDF or any(one.draw and one.holds(media_type) for one in known)


def format_of(source: SourceFile) -> DocumentFormat:
    """The format of a file that was opened.

    Raises:
        SourceError: ``unsupported``: the package that added it is gone.
    """
    if is_built_in(source.media_type):
        built_in = FORMATS.built_in()
        return next(one for one in built_in if one.holds(source.media_type))
    for one in FORMATS.added():
        if one.holds(source.media_type):
            return one
    raise SourceError(
        "unsupported",
        f"{source.name}: nothing that is installed reads {source.media_type}.",
        "Install again the package that opened it.",
    )


def survey(source: SourceFile, start: int, stop: int) -> list[PageInfo]:
    """What pages `start` (from 0) up to `stop` are. A page that can't be read has size 0.

    Raises:
        SourceError: the file can't be opened any more.
    """
    found = format_of(source)
    with stage("open"):
        return [found.survey(source, number) for number in range(start + 1, stop + 1)]


def pixels(source: SourceFile, info: PageInfo, width: int, height: int) -> Image:
    """One page of any file at `width` x `height` pixels, upright, RGB or L.

    Raises:
        SourceError: ``page_unreadable``, ``damaged``, ``too_large``.
    """
    return format_of(source).render(source, info, width, height)


def cut_off(name: str, what: str) -> Problem:
    """That a part of the file is not there; what is there was read."""
    return Problem(
        code="cut_off",
        message=f"{name}: the file is not whole: {what}.",
        way_out="Get it again: a download or a copy may have been broken off.",
        severity="error",
    )


def check_count(name: str, count: int, limits: Limits) -> None:
    """Refuse a file of more pages than are allowed.

    Raises:
        SourceError: ``too_many_pages``.
    """
    if count > limits.max_pages:
        raise SourceError(
            "too_many_pages",
            f"{name}: {count:,} pages are more than the limit of {limits.max_pages:,}.",
            "Raise the limit `max_pages`, or split the file.",
        )
