"""What was once found out about a document, kept in the ledger by its content.

A second run of the same work opens, renders, reads and transcribes nothing again. What is kept
is found by the bytes of the file and by the code that read it: another version reads anew.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol

from docglean.extractors.concurrency import Turns, together
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import NO_FRAMES, Document, check_file, open_checked
from docglean.extractors.documents.drawing.office import office_version
from docglean.extractors.documents.formats import FORMATS, Opened, has_pdf_pages, is_built_in
from docglean.extractors.documents.page_info import PDF, PageInfo, SourceFile
from docglean.extractors.documents.video import LOOKING_VERSION
from docglean.extractors.documents.words import PageWords
from docglean.extractors.documents.workers import Workers
from docglean.extractors.printable import name_of
from docglean.extractors.render_policy import RenderPolicy
from docglean.extractors.telemetry.spans import span
from docglean.schemas.errors import Problem, SourceError
from pydantic import TypeAdapter

_READERS = """
    formats page_info pdf raster truncation image_faults text_layer form_fields ocr ocr_text bands
    ink painted visibility overprints glyphs readback attachments attached_files pdf_attachments
    words
""".split()
_ROOMS = ("drawing", "embedded", "file_formats")
"""Folders all of whose modules read pages, too."""
_LIBRARIES = ("pymupdf", "pillow", "pillow-heif", "rapidocr", "onnxruntime", "lxml", "olefile")
_LASTING = frozenset({"page_unreadable", "damaged", "too_large", "no_such_page"})
"""Codes of what will be wrong with a page the next time too; time and memory may be there then."""


class CacheStore(Protocol):
    """Where what was found out is kept: the ledger."""

    async def kept(self, kind: str, key: str) -> str | None:
        """As `ledger.Store.kept`."""

    async def kept_many(self, kind: str, keys: Iterable[str]) -> dict[str, str]:
        """As `ledger.Store.kept_many`."""

    async def keep(
        self, kind: str, key: str, payload: str, *, document: str = "", lasting: bool = True
    ) -> None:
        """As `ledger.Store.keep`."""

    async def keep_many(
        self,
        kind: str,
        payloads: Mapping[str, str],
        *,
        document: str = "",
        lasting: bool = True,
    ) -> None:
        """As `ledger.Store.keep_many`."""


@dataclass(frozen=True, slots=True)
class _Survey:
    opened: Opened
    pages: tuple[PageInfo, ...]
    name: str = ""


@cache
def _surveys() -> TypeAdapter[_Survey]:
    return TypeAdapter(_Survey)


@cache
def _page_words() -> TypeAdapter[PageWords]:
    return TypeAdapter(PageWords)


@cache
def reading_version() -> str:
    """Changes whenever the code that reads pages, or a library that it stands on, does."""
    modules = [*_READERS, *(name for room in _ROOMS for name in _modules(room))]
    return code_version(("geometry", *(f"documents.{name}" for name in modules)), _LIBRARIES)


def _modules(room: str) -> list[str]:
    folder = Path(__file__).with_name(room)
    return sorted(f"{room}.{name}" for _, name, _ in iter_modules([str(folder)]))


def code_version(modules: Iterable[str], libraries: Iterable[str]) -> str:
    """Changes with the text of these modules of extractors/ and the versions of these libraries."""
    digest = hashlib.sha256()
    for name in modules:
        found = importlib.util.find_spec(f"docglean.extractors.{name}")
        assert found is not None
        assert found.origin
        digest.update(Path(found.origin).read_bytes())
    for library in libraries:
        digest.update(f"{library} {importlib.metadata.version(library)}".encode())
    return digest.hexdigest()[:16]


def version_for(media_type: str) -> str:
    """`reading_version`, with the packages that add formats where none built in reads this type, or
    with the program that lays out pages where a file has none."""
    if is_built_in(media_type):
        drawn = has_pdf_pages(media_type) and media_type != PDF
        return f"{reading_version()} {office_version()}" if drawn else reading_version()
    return " ".join((reading_version(), *FORMATS.packages()))


async def opened(
    path: Path,
    workers: Workers,
    limits: Limits,
    store: CacheStore,
    *,
    name: str | None = None,
    uri: str | None = None,
    passwords: Sequence[str] = (),
) -> Document:
    """As `document.open_document`, but a file that was opened before is only hashed.

    What a password opened is not kept.

    Raises:
        SourceError: as `document.open_document`.
    """
    name = name or name_of(path)
    path, sha256 = await asyncio.to_thread(_checked, path, name, limits)
    facts = (
        f"{sha256} {name} {limits.max_pages} {limits.max_pixels} {limits.max_frames} "
        f"{LOOKING_VERSION} {reading_version()} {office_version()}"
    )
    key = hashlib.sha256(facts.encode()).hexdigest()
    kept = await store.kept("survey", key)
    found = None if kept is None else _surveys().validate_json(kept)
    # What a package read is looked at again: it may be another version by now.
    if found is not None and is_built_in(found.opened.media_type):
        source = SourceFile(name, str(path), found.opened.media_type, max_pixels=limits.max_pixels)
        return Document(source, found.opened, found.pages, uri or path.as_uri(), workers)
    document = await open_checked(path, workers, limits, name, uri, passwords)
    # Pictures that could not be read for lack of time may be read another time.
    whole = all(problem.code != NO_FRAMES for problem in document.problems)
    whole = whole and not any(page.fault for page in document.pages)
    if document.sha256 == sha256 and not document.opened.password and whole:
        survey = _surveys().dump_json(_Survey(document.opened, document.pages, name)).decode()
        await store.keep("survey", key, survey, document=sha256, lasting=False)
    return document


def _checked(path: Path, name: str, limits: Limits) -> tuple[Path, str]:
    """The whole path of a file that may be read, and its SHA-256.

    Raises:
        SourceError: as `check_file`.
    """
    path = check_file(path, name, limits)
    with path.open("rb") as file:
        return path, hashlib.file_digest(file, "sha256").hexdigest()


async def words(
    document: Document, numbers: Iterable[int], store: CacheStore, turns: Turns
) -> dict[int, PageWords | SourceError]:
    """Words of these pages by number; errors in their place.

    Args:
        turns: of all documents.
    """
    wanted = list(numbers)
    version = version_for(document.media_type)
    keys = {number: f"{document.sha256} {number} {version}" for number in wanted}
    ahead = document.fresh.intersection(wanted)
    document.fresh -= ahead
    if ahead:  # read already, while it was opened
        with span("words", {"docglean.page": min(ahead), "docglean.pages": len(ahead)}):
            pass
    asked = [key for number, key in keys.items() if number not in ahead]
    kept = await store.kept_many("words", asked)
    known = {
        number: _page_words().validate_json(kept[key])
        for number, key in keys.items()
        if key in kept
    }
    document.remember(known)  # whoever else needs them reads no page again
    found: dict[int, PageWords | SourceError] = {**known}
    took = await store.kept_many("seconds", [keys[number] for number in found])
    document.saved_seconds += sum(map(float, took.values()))
    missing = [number for number in wanted if number not in found]

    async def read(pages: Sequence[int]) -> None:
        new = dict(zip(pages, await document.words_many(pages), strict=True))
        found.update(new)
        payloads = {
            keys[number]: _page_words().dump_json(page).decode()
            for number, page in new.items()
            if isinstance(page, PageWords)
        }
        await store.keep_many("words", payloads, document=document.sha256, lasting=False)

    async def recognise(number: int) -> None:
        async with turns.recognising():
            await read([number])

    await read([number for number in missing if not document.page(number).alone])
    await together(recognise(n) for n in missing if document.page(n).alone)
    if missing:
        taken = _reading_seconds(document)
        each = (taken - document.noted_seconds) / len(missing)
        document.noted_seconds = taken
        seconds = {keys[number]: f"{each:.4f}" for number in missing}
        await store.keep_many("seconds", seconds, document=document.sha256, lasting=False)
    return found


def _reading_seconds(document: Document) -> float:
    return sum(document.seconds.get(stage, 0.0) for stage in ("words", "ocr"))


class Unreadable:
    """Pages of one document that can't be shown to a model, by number; lasting ones are kept."""

    def __init__(
        self, problems: dict[int, Problem], key: str, document: str, store: CacheStore
    ) -> None:
        self.problems = problems
        self._key = key
        self._document = document
        self._store = store

    @classmethod
    async def of(
        cls, document: Document, policy: RenderPolicy | None, store: CacheStore
    ) -> Unreadable:
        """Those known from an earlier run with the same render policy."""
        version = version_for(document.media_type)
        facts = f"{document.sha256} {document.name} {policy} {version}"
        key = hashlib.sha256(facts.encode()).hexdigest()
        kept = await store.kept("unreadable", key)
        known = _problems().validate_json(kept) if kept is not None else {}
        return cls(known, key, document.sha256, store)

    async def add(self, number: int, error: SourceError) -> None:
        """Remember that this page can't be shown."""
        if number in self.problems:
            return
        self.problems[number] = Problem.of(error, page=number)
        lasting = {n: p for n, p in self.problems.items() if p.code in _LASTING}
        if number in lasting:
            payload = _problems().dump_json(lasting).decode()
            await self._store.keep("unreadable", self._key, payload, document=self._document)


@cache
def _problems() -> TypeAdapter[dict[int, Problem]]:
    return TypeAdapter(dict[int, Problem])
