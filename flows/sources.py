"""Where documents come from: files, folders, globs, a list on standard input, fsspec URLs."""

from __future__ import annotations

import glob
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, TextIO

from docglean.schemas.errors import ConfigError, SourceError

SUFFIXES = frozenset(
    {
        *(".pdf", ".png", ".jpg", ".jpeg", ".jpe", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
        *(".heic", ".heif", ".wav", ".mp3", ".m4a", ".mp4", ".mov", ".mkv", ".aac", ".flac"),
        *(".ogg", ".oga", ".opus", ".webm"),
    }
)
"""In a folder, a file with one of these is a document even when its content is not one: it is
damaged, and its owner wants to know. Others are taken when their content is a document."""

CHUNK = 1 << 20
SOURCES = "Name a file, a folder, a glob, an fsspec URL, or - for a list on standard input."


@dataclass(frozen=True, slots=True)
class Source:
    """One document to be read.

    Attributes:
        path: the local file, None for one that is to be fetched.
        stamp: size and time of change (or entity tag), as far as they are known.
    """

    name: str
    uri: str
    path: Path | None
    stamp: str = ""


@dataclass(slots=True)
class Found:
    """What the given words stand for. `skipped` files of folders are no documents."""

    sources: list[Source]
    skipped: int = 0


def find_sources(given: Sequence[str], stdin: TextIO | None = None) -> Found:
    """The documents that these words stand for, in order, each once.

    A word is a file, a folder (searched below, hidden files left out), a glob, ``-`` for one
    word a line on standard input, or an fsspec URL (``s3://bucket/folder/*.pdf``).

    Raises:
        ConfigError: ``no_source``, ``nothing_found`` or ``no_storage``.
    """
    found = Found([])
    for word in _words(given, stdin):
        if re.match(r"[a-z0-9+]+::|[a-z][a-z0-9+.-]+://", word) and not word.startswith("file://"):
            found.sources += _remote(word)
        else:
            _local(word.removeprefix("file://"), found)
    found.sources = list({source.uri: source for source in found.sources}.values())
    if not given:
        raise ConfigError("no_source", "No document is named.", SOURCES)
    if not found.sources:
        raise ConfigError(
            "no_source",
            f"There is no document in {', '.join(word.strip() for word in given)}.",
            SOURCES,
        )
    return found


@contextmanager
def local_file(source: Source, *, max_bytes: int) -> Iterator[Path]:
    """The document as a local file; one that had to be fetched is gone afterwards.

    Raises:
        SourceError: ``not_fetched``, ``too_large``.
    """
    if source.path is not None:
        yield source.path
        return
    with TemporaryDirectory(prefix="docglean-") as folder:
        path = Path(folder) / (PurePosixPath(source.name).name or "document")
        _fetch(source, path, max_bytes)
        yield path


def _words(given: Sequence[str], stdin: TextIO | None) -> Iterator[str]:
    for word in given:
        if word.strip() == "-":
            lines: Iterable[str] = stdin or sys.stdin
            yield from (line.strip() for line in lines if line.strip())
        else:
            yield word


def _local(word: str, found: Found) -> None:
    path = Path(word).expanduser()
    if path.is_dir():
        for file in _below(path):
            if _is_document(file):
                found.sources.append(_file(file, file.relative_to(path).as_posix()))
            else:
                found.skipped += 1
    elif not path.exists() and glob.has_magic(word):
        matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 (absolute patterns)
        if not any(Path(match).is_file() for match in matches):
            raise ConfigError("nothing_found", f"No file matches {word}.", "Check the pattern.")
        found.sources += [_file(Path(m), Path(m).name) for m in matches if Path(m).is_file()]
    else:  # whatever is wrong with it is told when it's opened, and costs this document only
        found.sources.append(_file(path, path.name))


def _file(path: Path, name: str) -> Source:
    path = path.absolute()
    try:
        status = path.stat()
        stamp = f"{status.st_size} {status.st_mtime_ns}"
    except OSError:
        stamp = ""
    return Source(name, path.as_uri(), path, stamp)


def _below(folder: Path) -> Iterator[Path]:
    """Files below a folder in order of their names; hidden ones and run folders left out."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise ConfigError(
            "no_permission", f"The folder {folder} cannot be read ({error.strerror})."
        ) from error
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if not (entry / "run.json").is_file():
                yield from _below(entry)
        elif entry.is_file():
            yield entry


def _is_document(path: Path) -> bool:
    from docglean.extractors.parsers.opening import sniff

    if path.suffix.lower() in SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            sniff(file.read(4096), path.name)
    except (SourceError, OSError):
        return False
    return True


def _remote(url: str) -> list[Source]:
    storage, place = _storage(url)
    web = url.partition("://")[0] in ("http", "https")
    # A question mark in a web address begins its query.
    pattern = bool(re.search(r"[*\[]", place)) if web else glob.has_magic(place)
    storage.invalidate_cache()  # what came since the last look is to be seen
    try:
        if pattern and not storage.exists(place):
            listed = storage.glob(place, detail=True)
            root = re.split(r"[*?\[]", place)[0].rpartition("/")[0]
        elif not web and storage.isdir(place):
            listed = storage.find(place, detail=True)
            root = place
        else:
            name = PurePosixPath(place.partition("?")[0]).name or place
            known = not web and storage.exists(place)
            return [Source(name, url, None, _stamp(storage.info(place)) if known else "")]
    except Exception as error:
        raise ConfigError(
            "no_storage", f"{url} cannot be listed: {error}.", "Check the URL and its credentials."
        ) from error
    return [
        Source(
            name.removeprefix(root).lstrip("/"), storage.unstrip_protocol(name), None, _stamp(facts)
        )
        for name, facts in sorted(listed.items())
        if facts.get("type") != "directory"
        and (pattern or PurePosixPath(name).suffix.lower() in SUFFIXES)
    ]


def _stamp(facts: dict[str, Any]) -> str:
    """What changes when a stored file does; the names differ between storages."""
    named = ("ETag", "etag", "md5Hash", "LastModified", "mtime", "last_modified", "updated",
             "created")  # fmt: skip
    told = next((str(facts[name]).strip('"') for name in named if facts.get(name)), "")
    return f"{facts.get('size', '')} {told}".strip() if told else ""


def _storage(url: str) -> tuple[Any, str]:
    import fsspec

    try:
        storage, place = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise ConfigError(
            "no_storage",
            f"{url} cannot be reached: {error}",
            "Install the package that fsspec names for this kind of storage.",
        ) from error
    return storage, place


def _fetch(source: Source, path: Path, max_bytes: int) -> None:
    storage, place = _storage(source.uri)
    size = 0
    try:
        with storage.open(place, "rb") as remote, path.open("wb") as local:
            while chunk := remote.read(CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    raise SourceError(
                        "too_large",
                        f"{source.name}: it is larger than the limit of {max_bytes:,} bytes.",
                        "Raise the limit `max_bytes`.",
                    )
                local.write(chunk)
    except SourceError:
        raise
    except Exception as error:
        raise SourceError(
            "not_fetched",
            f"{source.name}: it cannot be fetched from {source.uri} ({_cause(error, source)}).",
            "Check that it is there and that you may read it.",
        ) from error


def _cause(error: Exception, source: Source) -> str:
    """What went wrong; some storages say nothing but the address."""
    text = str(error).strip()
    return text if text and text != source.uri else type(error).__name__


def short_hash(text: str) -> str:
    """Eight hex digits that tell texts apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]
