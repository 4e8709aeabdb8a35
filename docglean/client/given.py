"""What a caller hands over to be read: names of files, bytes, open files, uploads, pictures.

What is no file on a disk is written to a private one, which is gone with the last who holds it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from inspect import iscoroutinefunction
from io import BytesIO
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias
from urllib.parse import quote

from docglean.extractors.printable import printable
from docglean.flows.sources import UPLOAD, Source, find_sources
from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    from PIL.Image import Image

BLOCK = 1 << 20
"""Bytes that are copied at once."""
NAMELESS = "document"


class Readable(Protocol):
    """A file that is open for bytes, or what a web framework makes of an upload."""

    def read(self, size: int = -1, /) -> Any:
        """The next bytes."""


Content: TypeAlias = "bytes | bytearray | memoryview | Readable | Image"
SourceLike: TypeAlias = "str | os.PathLike[str] | Content | tuple[str, Content]"
"""A file, folder, pattern or fsspec URL by its name; or content, alone or after its name."""


class PrivateFile:
    """A file that nobody else reads, removed as soon as nobody holds it.

    Attributes:
        path: where it is.
    """

    def __init__(self, suffix: str) -> None:
        folder = tempfile.mkdtemp(prefix="docglean-")
        self.path = Path(folder) / f"document{suffix[:16]}"
        weakref.finalize(self, _removed, folder, os.getpid())


def _removed(folder: str, process: int) -> None:
    if process == os.getpid():  # a process forked from ours holds no file of ours
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Given:
    """A document to be read.

    Attributes:
        file: where its content lies, if it was no file.
    """

    source: Source
    file: PrivateFile | None = None


def documents_in(given: Sequence[SourceLike], most: int, name: str | None = None) -> list[Given]:
    """The documents that a caller means, in order.

    Args:
        most: bytes of a document that may be read; of more, only so much is copied that it is
            seen to be too large.
        name: what the only one is to be called.

    Raises:
        ConfigError: ``bad_source``, it is nothing that can be read; and what `find_sources` raises.
    """
    found: list[Given] = []
    words: list[str] = []
    for one in given:
        if isinstance(one, str | os.PathLike):
            words.append(os.fspath(one))
            continue
        found += _named(words)
        words.clear()
        found.append(_copied(one, most, name))
    found += _named(words)
    if name is not None and len(found) == 1 and found[0].file is None:
        found = [replace(found[0], source=replace(found[0].source, name=printable(name)))]
    return found


def listed(sources: SourceLike | Iterable[SourceLike]) -> list[SourceLike]:
    """One or many as many."""
    one = isinstance(sources, str | os.PathLike | bytes | bytearray | memoryview | tuple)
    if one or hasattr(sources, "read") or _is_picture(sources):
        return [sources]  # type: ignore[list-item]  # told apart by what it is
    return list(sources)  # type: ignore[arg-type]


def _named(words: list[str]) -> Iterator[Given]:
    if words:
        yield from map(Given, find_sources(words).sources)


def _copied(given: Content | tuple[str, Content], most: int, name: str | None) -> Given:
    """A document as a private file."""
    if isinstance(given, tuple):
        told, content = given
        return _copied(content, most, name or told)
    shown = printable(name or _name_of(given))
    file = PrivateFile(PurePath(shown).suffix)
    digest, size = hashlib.sha256(), 0
    with file.path.open("xb") as copy, _opened(given) as content:
        while size <= most and (block := content.read(BLOCK)):
            if not isinstance(block, bytes | bytearray | memoryview):
                raise _no_bytes(shown, block)
            copy.write(block)
            digest.update(block)
            size += len(block)
    uri = f"{UPLOAD}:{digest.hexdigest()}/{quote(shown)}"
    return Given(Source(shown, uri, file.path), file)


@contextmanager
def _opened(given: Any) -> Iterator[Readable]:
    """The content from its beginning; where it is read from is then as before."""
    if isinstance(given, bytes | bytearray | memoryview):
        yield BytesIO(given)
        return
    if _is_picture(given):
        yield _drawn(given)
        return
    # An upload of Starlette has its file within, to be read without an event loop.
    inner: Any = getattr(given, "file", None)
    file: Any = inner if hasattr(inner, "read") else given
    if not hasattr(file, "read") or iscoroutinefunction(file.read):
        raise _unreadable(given)
    place = None
    with suppress(OSError, AttributeError, ValueError):
        place = file.tell()
        file.seek(0)
    try:
        yield file
    finally:
        if place is not None:
            with suppress(OSError, AttributeError, ValueError):
                file.seek(place)


def _name_of(given: object) -> str:
    """The last part of its file's name, where it has one."""
    for attribute in ("filename", "name"):
        told = getattr(given, attribute, None)
        # Of an old browser a whole path, also of another system; of a pipe a number.
        if isinstance(told, str) and (bare := told.replace("\\", "/").rstrip("/").split("/")[-1]):
            return bare
    return "picture.png" if _is_picture(given) else NAMELESS


def _is_picture(given: object) -> bool:
    """Whether it is one of Pillow's, which is not imported to find out."""
    return hasattr(given, "save") and hasattr(given, "getbbox")


def _drawn(picture: Any) -> BytesIO:
    """A picture as PNG, which loses nothing."""
    written = BytesIO()
    plain = picture.mode in ("1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA")
    (picture if plain else picture.convert("RGB")).save(written, "PNG")
    written.seek(0)
    return written


def _no_bytes(name: str, block: object) -> ConfigError:
    if isinstance(block, str):
        return ConfigError(
            "bad_source", f"{name} is open for text, not for bytes.", 'Open it with "rb".'
        )
    return ConfigError(
        "bad_source",
        f"{name}: reading from it gives {type(block).__name__}, not bytes.",
        "Hand over bytes, or a file that is open for bytes.",
    )


def _unreadable(given: object) -> ConfigError:
    return ConfigError(
        "bad_source",
        f"{type(given).__name__} is nothing that can be read as a document.",
        "Hand over a path, bytes, an open file, an upload or a picture; of a file that is read "
        "with await, the bytes.",
    )
