"""Forgetting documents: from the ledger and its caches, with a word about what stays elsewhere."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from docglean.extractors.ledger import retention
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.retention import Held
from docglean.extractors.printable import path_of, printable
from docglean.flows.folder_documents import FolderDocument
from docglean.flows.run_folder import RunFolder
from docglean.flows.watch import KIND as SEEN
from docglean.schemas.errors import ConfigError, SourceError

FOLDER = "run folder"
"""Under which the ledger notes where results went, to say later where some stay."""
SHA = re.compile(r"[0-9a-f]{8,64}")


@dataclass(slots=True)
class Forgotten:
    """What was removed, or would be.

    Attributes:
        documents: SHA-256 of those that were named; None where a day was named.
        unknown: words that stand for nothing that the ledger knows, one sentence each.
        busy: documents that are being read, or wait for a batch; they are left.
        stays: files with results of these documents, or run folders that hold older results.
        freed: the database was written anew, so that nothing is left in its files.
    """

    documents: set[str] | None
    held: Held = field(default_factory=Held)
    unknown: list[str] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)
    stays: list[Path] = field(default_factory=list)
    freed: bool = True


async def note_folder(ledger: Ledger, folder: RunFolder) -> None:
    """Write down where the results of a run go."""
    path = str(folder.path.absolute())
    key = hashlib.sha256(path.encode(errors="surrogateescape")).hexdigest()
    await ledger.keep(FOLDER, key, json.dumps(path), lasting=False)


async def forget(
    ledger: Ledger,
    words: Sequence[str],
    *,
    before: datetime | None = None,
    dry_run: bool = False,
) -> Forgotten:
    """Remove what the ledger holds of documents; the accounts stay.

    Args:
        words: documents by path, by the name under which they were read, or by SHA-256 (or its
            beginning, from eight digits on). None of them stands for all that was read `before`.
        before: only what was written before this moment.
        dry_run: nothing is removed.

    Raises:
        ConfigError: ``no_source``, neither is told; or the ledger fails.
    """
    if not words and before is None:
        raise ConfigError("no_source", "Nothing is named.", "Name a document, or --before DAY.")
    known = await ledger.look(retention.documents)
    busy = await ledger.look(retention.under_way)
    folders = await _folders(ledger)
    found = Forgotten(None)
    paths: set[str] = set()
    if words:
        found.documents = set()
        places = await asyncio.to_thread(_by_uri, folders)
        for word in words:
            try:
                found.documents |= await asyncio.to_thread(_documents, word, known, places)
                paths.add(str(path_of(word).absolute()))
            except SourceError as error:
                found.unknown.append(str(error))
        found.documents |= await _attached(ledger, found.documents)
        found.busy = found.documents & busy
        found.documents -= found.busy
    else:
        found.busy = busy
    wanted = found.documents
    if wanted is None and busy:
        wanted = known.keys() - busy
    found.stays = await asyncio.to_thread(_stays, folders, found.documents, before)
    if dry_run:
        found.held = await ledger.look(retention.held, wanted, before)
        return found
    found.held = await ledger.change(retention.forget, wanted, before)
    names = None if wanted is None else {name for one in wanted for name in known.get(one, ())}
    await _forget_uploads(ledger, names, paths, before)
    found.freed = await ledger.shrink()
    return found


async def _attached(ledger: Ledger, documents: set[str]) -> set[str]:
    """What is attached to these documents."""
    noted = await ledger.kept_all(retention.ATTACHED)
    return {inner for key, inner in noted.items() if key.partition(" ")[0] in documents}


def _documents(
    word: str, known: Mapping[str, set[str]], places: Mapping[str, set[str]]
) -> set[str]:
    """SHA-256 of the documents that a word names.

    Raises:
        SourceError: ``unknown``, ``several``.
    """
    path = path_of(word)
    if path.is_file():
        with path.open("rb") as file:
            return {hashlib.file_digest(file, "sha256").hexdigest()}
    here = places.get(path.absolute().as_uri())
    if here:
        return here
    name = printable(word)
    exact = {document for document, names in known.items() if name in names}
    if exact:
        return exact
    if SHA.fullmatch(word):
        begins = {document for document in known if document.startswith(word)}
    else:
        last = PurePosixPath(name).name
        begins = {
            document
            for document, names in known.items()
            if any(PurePosixPath(one).name == last for one in names)
        }
    if len(begins) > 1:
        told = "; ".join(f"{one[:12]} {', '.join(sorted(known[one]))}" for one in sorted(begins))
        raise SourceError("several", f"{name} may be {len(begins)} documents ({told}).",
                          "Name one by its SHA-256.")  # fmt: skip
    if not begins:
        raise SourceError(
            "unknown",
            f"{name}: there is no such file, and the ledger holds nothing of that name.",
            "Check the path, or name it by its SHA-256.",
        )
    return begins


async def _folders(ledger: Ledger) -> list[RunFolder]:
    """The run folders that the ledger knows of and that are still there."""
    noted = await ledger.kept_all(FOLDER)
    paths = [Path(json.loads(payload)) for payload in noted.values()]
    return [RunFolder(path) for path in paths if path.is_dir()]


def _by_uri(folders: Iterable[RunFolder]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for folder in folders:
        for path in folder.files():
            uri, document, _ = _told(path)
            if uri and document:
                found.setdefault(uri, set()).add(document)
    return found


def _stays(
    folders: Iterable[RunFolder], documents: set[str] | None, before: datetime | None
) -> list[Path]:
    """Files of results: they are the user's, and nobody else removes them."""
    found = []
    for folder in folders:
        for path in folder.files():
            _, document, written = _told(path)
            older = before is None or written < before.timestamp()
            if older and (documents is None or document in documents):
                found.append(path)
    return sorted(found)


def _told(path: Path) -> tuple[str, str, float]:
    """Uri and SHA-256 of the file of a result, and when it was written."""
    try:
        written = path.stat().st_mtime
    except OSError:
        return "", "", 0.0
    document = FolderDocument.of(path).document
    return ("", "", 0.0) if document is None else (document.file_uri, document.sha256, written)


async def _forget_uploads(
    ledger: Ledger, names: set[str] | None, paths: set[str], before: datetime | None
) -> None:
    """Take the names out of what `watch` has told of; that it has, stays."""
    moments = await ledger.look(retention.moments, SEEN)
    notes = {key: json.loads(note) for key, note in (await ledger.kept_all(SEEN)).items()}
    blank = {
        key: note | {"name": "", "source": ""}
        for key, note in notes.items()
        if note["state"] != "new"
        and (before is None or moments[key] < before)
        and (names is None or note["name"] in names or note["source"] in paths)
    }
    await ledger.change(retention.repair_notes, SEEN, blank)
