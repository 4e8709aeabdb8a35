"""ZIP archives: each file in one is a document of its own; their page is the list of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from docglean.extractors.documents.attached_files import LONGEST_NAME
from docglean.extractors.documents.drawing.drawn_format import drawn_format
from docglean.extractors.documents.drawing.grid import GridCell, Row, add_grid
from docglean.extractors.documents.drawing.package import is_office_archive
from docglean.extractors.documents.drawing.story import StoryPages
from docglean.extractors.documents.formats import Drawing, Member
from docglean.extractors.documents.page_info import SourceFile, damaged
from docglean.schemas.errors import SourceError

ZIP = "application/zip"
LOCKED = 0x1
"""Flag of a file that wants a password (APPNOTE 4.4.4)."""
MOST_LISTED = 2_000
"""Files on the page of an archive."""
_JUNK = (".ds_store", "thumbs.db", "desktop.ini")
"""What systems leave in folders."""


def _sniff(head: bytes, name: str) -> str:
    archive = head.startswith((b"PK\x03\x04", b"PK\x05\x06")) and not is_office_archive(head)
    return ZIP if archive else ""


@contextmanager
def _opened(source: SourceFile) -> Iterator[ZipFile]:
    try:
        with ZipFile(source.path) as archive:
            yield archive
    except (BadZipFile, EOFError, NotImplementedError, ValueError, OverflowError) as error:
        raise damaged(source, str(error)) from error


def _draw(source: SourceFile, most_pages: int) -> Drawing:
    with _opened(source) as archive:
        found = _files(archive)
    if not found:
        raise SourceError(
            "no_pages", f"{source.name}: there is no file in the archive.", "Get it again."
        )
    pages = StoryPages(source.name, most_pages)
    add_grid(pages, map(_row, found[:MOST_LISTED]), source.name)
    return Drawing(pages.close())


def _row(info: ZipInfo) -> Row:
    year, month, day, *_ = info.date_time
    return [
        GridCell(_name(info)),
        GridCell(f"{info.file_size:,} bytes", right=True),
        GridCell(f"{year:04}-{month:02}-{day:02}"),
    ]


def _members(source: SourceFile) -> Iterator[Member]:
    with _opened(source) as archive:
        found = _files(archive)
    for info in found:
        locked = info.flag_bits & LOCKED
        why = "it wants a password: unpack the archive, and give its files" if locked else ""
        yield Member(_name(info), partial(_pieces, source, info), why)


def _pieces(source: SourceFile, info: ZipInfo, size: int) -> Iterator[bytes]:
    with ZipFile(source.path) as archive, archive.open(info) as file:
        while piece := file.read(size):
            yield piece


def _files(archive: ZipFile) -> list[ZipInfo]:
    return [info for info in archive.infolist() if not info.is_dir() and not _is_junk(info)]


def _is_junk(info: ZipInfo) -> bool:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    return "__MACOSX" in path.parts or path.name.lower() in _JUNK or path.name.startswith("._")


def _name(info: ZipInfo) -> str:
    """The name with its folders before it, as far as they fit; it leads nowhere."""
    told = info.filename
    if not info.flag_bits & 0x800:  # not said to be UTF-8, which it may be all the same
        try:
            told = told.encode("cp437").decode("utf-8")
        except UnicodeError:
            told = info.filename
    parts = [one for one in told.replace("\\", "/").split("/") if one not in ("", ".", "..")]
    whole = " - ".join(parts)
    return whole if len(whole.encode()) <= LONGEST_NAME else parts[-1]


ZIP_FILES = drawn_format(
    "zip", (ZIP,), (".zip",), _sniff, _draw, general=-1, members=_members, cover="list"
)
