"""Where documents come from: files, folders, globs, a list on standard input, fsspec URLs."""

from __future__ import annotations

import asyncio
import fnmatch
import glob
import hashlib
import io
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Annotated, TextIO

from docglean.extractors.documents.formats import FORMATS, sniff
from docglean.extractors.printable import path_of, printable, readable_path
from docglean.flows.folder_tree import Identity, Tree, files_below, identity
from docglean.flows.storage import fetch, stored
from docglean.schemas.errors import ConfigError, SourceError
from pydantic import PlainSerializer, PlainValidator

SHOWN = 160
"""Characters of a path in a message; a hostile one has thousands."""
_DEEP = re.compile(r"(?P<before>.*?)(?:(?<=/)|^)\*\*(?:/(?P<after>.*)|$)")
_URL = re.compile(r"[a-z0-9+]+::|(?!file://)[a-z][a-z0-9+.-]+://")
UPLOAD = "upload"
"""Scheme of the uri of content that was no file: ``upload:SHA-256/NAME``."""
LABELS = ("labels.csv", "labels.tsv")
"""Files in a folder that say what is right of the documents beside them."""
NAMED = 5
"""Files that are named of those that are left out."""
SOURCES = "Name a file, a folder, a glob, an fsspec URL, or - for a list on standard input."


_StoredPath = Annotated[
    Path | None,
    # Neither JSON nor Pydantic takes a path whose bytes are not UTF-8.
    PlainSerializer(lambda path: None if path is None else readable_path(path), when_used="json"),
    PlainValidator(lambda told: path_of(told) if isinstance(told, str) else told),
]


@dataclass(frozen=True, slots=True)
class Source:
    """One document to be read.

    Attributes:
        name: for people, always printable; `uri` has the very bytes of a file's name.
        path: the local file, None for one that is to be fetched.
        stamp: size and time of change (or entity tag), as far as they are known.
        listed: it lay in a folder, or matched a pattern; nobody named it.
    """

    name: str
    uri: str
    path: _StoredPath
    stamp: str = ""
    listed: bool = False


@dataclass(slots=True)
class FoundSources:
    """What the given words stand for.

    Attributes:
        skipped: names of files in folders that are no documents, printable.
        unread: folders that could not be listed, one sentence each.
        unmatched: patterns that no file matches.
    """

    sources: list[Source]
    skipped: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    _identities: dict[str, Identity] = field(default_factory=dict)

    def each_once(self) -> None:
        """Leave one way to each file: the true one, or where all are links the first."""
        by_uri = {source.uri: source for source in self.sources}
        ways = Counter(self._identities[uri] for uri in by_uri if uri in self._identities)
        kept: dict[str, Source] = {}
        for uri, source in by_uri.items():
            place = uri
            # Two names of one file (hard links) are two documents, a link beside it is none.
            if source.path is not None and ways[self._identities.get(uri, "")] > 1:
                place = os.path.realpath(source.path)
                if place in kept and place != str(source.path):
                    continue
            kept[place] = source
        self.sources = list(kept.values())


def find_sources(
    given: Sequence[str],
    stdin: TextIO | None = None,
    *,
    may_be_empty: bool = False,
    stopped: Callable[[], bool] = lambda: False,
) -> FoundSources:
    """The documents that these words stand for, in order, each once.

    A word is a file, a folder (searched below, hidden files left out), a glob, ``-`` for one
    word a line on standard input, or an fsspec URL (``s3://bucket/folder/*.pdf``).

    Args:
        may_be_empty: folders and patterns without a document are no error.
        stopped: ends the search where it is true.

    Raises:
        ConfigError: ``no_source``, ``nothing_found``, ``no_permission`` or ``no_storage``.
        Stopped: the search was ended.
    """
    found = FoundSources([])
    for word in _words(given, stdin):
        if is_url(word):
            found.sources += [
                Source(printable(one.name), one.uri, None, one.stamp, one.listed)
                for one in stored(word, _has_suffix)
            ]
        else:
            _local(word, found, stopped)
    found.each_once()
    if not given:
        raise ConfigError("no_source", "No document is named.", SOURCES)
    if not found.sources and found.unread:
        raise ConfigError("no_permission", " ".join(found.unread), "Check who may read it.")
    if found.unmatched and not may_be_empty:
        pattern = found.unmatched[0]
        raise ConfigError("nothing_found", f"No file matches {pattern}.", "Check the pattern.")
    if not found.sources and not may_be_empty:
        words = ", ".join(word.strip() for word in given)
        raise ConfigError("no_source", f"There is no document in {words}.", SOURCES)
    return found


def is_url(word: str) -> bool:
    """Whether a word names a place that fsspec reaches, not a file of this machine."""
    return _URL.match(word) is not None


def left_out(names: Sequence[str], what: str) -> str:
    """That these are left out, the first few by name.

    Args:
        what: what they are not, as in "document".
    """
    named = ", ".join(names[:NAMED])
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    if len(names) == 1:
        return f"1 file is no {what} and is left out: {named}."
    return f"{len(names)} files are no {what}s and are left out: {named}{more}."


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
        # Not its name: what a store takes for one may be too long for a file.
        path = Path(folder) / f"document{PurePosixPath(source.name).suffix[:16]}"
        fetch(source.uri, path, name=source.name, max_bytes=max_bytes)
        yield path


async def here(stack: ExitStack, source: Source, max_bytes: int) -> Path:
    """As `local_file`, as long as the stack is open; fetched in a thread, where it has to be."""
    if source.path is not None:
        return source.path
    return await asyncio.to_thread(stack.enter_context, local_file(source, max_bytes=max_bytes))


def _words(given: Sequence[str], stdin: TextIO | None) -> Iterator[str]:
    for word in given:
        if word.strip() == "-":
            lines: Iterable[str] = stdin or sys.stdin
            if isinstance(lines, io.TextIOWrapper):  # names of files, which may be any bytes
                lines.reconfigure(errors="surrogateescape")
            yield from (line.strip() for line in lines if line.strip())
        else:
            yield word


def _local(word: str, found: FoundSources, stopped: Callable[[], bool]) -> None:
    path = path_of(word)
    with suppress(RuntimeError):  # where the file's name begins with a tilde
        path = path.expanduser()
    if path.is_dir():
        _add_folder(path, files_below(path, stopped), found)
    elif glob.has_magic(word) and not path.exists():
        _add_matches(str(path), found, stopped)
    else:  # whatever is wrong with it is told when it's opened, and costs this document only
        _add(path, path.name, found)


def _add_folder(folder: Path, tree: Tree, found: FoundSources) -> None:
    _add_unread(tree, found)
    for file in tree.files:
        if _is_document(file):
            _add(file, file.relative_to(folder).as_posix(), found, listed=True)
        else:
            found.skipped.append(printable(file.relative_to(folder).as_posix()))


def _add_matches(pattern: str, found: FoundSources, stopped: Callable[[], bool]) -> None:
    """Files that match a pattern. ``**`` is searched as a folder is: Python's own glob follows
    links that lead in circles.
    """
    deep = _DEEP.fullmatch(pattern)
    if deep is None:
        matches = sorted(map(Path, glob.glob(pattern)))  # noqa: PTH207 (absolute patterns)
        files = [match for match in matches if match.is_file()]
    else:
        files = []
        rest = ("**", *PurePosixPath(deep["after"] or "*").parts)
        for top in sorted(glob.glob(deep["before"] or ".")):  # noqa: PTH207
            tree = files_below(Path(top), stopped)
            _add_unread(tree, found)
            files += [file for file in tree.files if _matches(file.relative_to(top).parts, rest)]
    if not files:
        found.unmatched.append(pattern)
    for file in files:
        _add(file, file.name, found, listed=True)


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a path below a folder matches; ``**`` stands for any folders, or none."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        rest = pattern[1:] or ("*",)
        return any(_matches(parts[start:], rest) for start in range(len(parts)))
    return (
        bool(parts) and fnmatch.fnmatch(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])
    )


def _add_unread(tree: Tree, found: FoundSources) -> None:
    for folder, why in tree.unread.items():
        name = printable(str(folder))
        shown = name if len(name) <= SHOWN else f"{name[: SHOWN // 2]}...{name[-SHOWN // 2 :]}"
        found.unread.append(f"The folder {shown} cannot be read ({why}).")


def _add(path: Path, name: str, found: FoundSources, *, listed: bool = False) -> None:
    path = path.absolute()
    uri, stamp = path.as_uri(), ""
    try:
        status = path.stat()
        stamp = f"{status.st_size} {status.st_mtime_ns}"
        found._identities[uri] = identity(path, status)
    except (OSError, ValueError):  # it is gone, or its name is none (a NUL)
        pass
    found.sources.append(Source(printable(name), uri, path, stamp, listed))


@cache
def _suffixes(added: bool) -> frozenset[str]:
    """In a folder, a file with one of these is a document even when its content is not one: it is
    damaged, and its owner wants to know. Others are taken when their content is a document."""
    known = FORMATS.added() if added else FORMATS.built_in()
    return frozenset(suffix for one in known for suffix in one.suffixes)


def _has_suffix(name: str) -> bool:
    suffix = PurePosixPath(name).suffix.lower()
    if PurePosixPath(name).name.lower() in LABELS:
        return False
    return suffix in _suffixes(added=False) or suffix in _suffixes(added=True)


def _is_document(path: Path) -> bool:
    if path.name.lower() in LABELS:
        return False
    if _has_suffix(path.name):
        return True
    try:
        with path.open("rb") as file:
            sniff(file.read(4096), path.name)
    except (SourceError, OSError):
        return False
    return True


def short_hash(text: str) -> str:
    """Eight hex digits that tell texts apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]
