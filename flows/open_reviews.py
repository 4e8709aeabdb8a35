"""Documents that wait for a person: those of one run folder, and of all run folders below a folder.

A document is open where it ended as ``review`` or ``partial``, by the engine or by what people have
changed of it since, and nobody has signed it off. One that was signed off is open again where the
engine reads a reviewed value otherwise.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from docglean.extractors.extraction import Extraction, Status
from docglean.extractors.reviews import ReviewEvent
from docglean.extractors.reviews.to_look import LOOKED_BELOW, doubtful, not_looked_at
from docglean.flows.people_said import PeopleSaid
from docglean.flows.run_folder import RunFile, RunFolder
from docglean.schemas.errors import ConfigError

OPEN: tuple[Status, ...] = ("review", "partial")
"""How a document has ended that a person has to look at."""


def is_open(read: Status, reviewed: Extraction[Any]) -> bool:
    """Whether a document waits for a person.

    Args:
        read: as the engine has left it.
        reviewed: the document with what people have said of it.
    """
    return not reviewed.reviewed_by and not {read, reviewed.status}.isdisjoint(OPEN)


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document that waits for a person.

    Attributes:
        run: that has read it.
        since: when that run began; None where its folder does not tell.
        values: how many are to be looked at still.
        begun_by: who has said something of it.
    """

    uri: str
    run: str
    since: datetime | None
    values: int
    begun_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenRun:
    """What waits for a person in a run folder.

    Attributes:
        url: where a server of `docglean review` stands; empty where none is known.
    """

    folder: Path
    documents: tuple[OpenDocument, ...]
    url: str = ""

    @property
    def values(self) -> int:
        """How many are to be looked at still."""
        return sum(one.values for one in self.documents)

    @property
    def oldest(self) -> datetime | None:
        """Since when the first of them waits."""
        return min((one.since for one in self.documents if one.since), default=None)

    @property
    def begun_by(self) -> tuple[str, ...]:
        """Who has begun to look at them."""
        return tuple(sorted({name for one in self.documents for name in one.begun_by}))

    @property
    def command(self) -> str:
        """What opens them here."""
        return f"docglean review {shlex.quote(str(self.folder))}"

    @property
    def told(self) -> str:
        """How many they are and where to look at them, for people."""
        if not self.documents:
            return "nothing waits for review"
        where = f"{self.url} or {self.command}" if self.url else self.command
        return f"{counted(len(self.documents), self.values)} to review: {where}"


def counted(documents: int, values: int) -> str:
    """So many documents, and so many values in them, for people."""
    return f"{documents} document{'s' * (documents != 1)} with {values} value{'s' * (values != 1)}"


def open_run(folder: RunFolder, *, run: str = "", url: str = "") -> OpenRun:
    """What waits for a person in a folder, also while a run goes on there.

    Args:
        run: only what this run has read; empty: all.

    Raises:
        ConfigError: ``no_result``, it is no run folder or of a later version; ``bad_reviews``.
    """
    documents = tuple(
        one for one in _open_documents(folder, _record(folder)) if run in ("", one.run)
    )
    return OpenRun(folder.path, documents, url)


def run_folders(folder: Path) -> Iterator[Path]:
    """The run folders below a folder, itself included, in the order of their paths."""
    for at, folders, files in os.walk(folder):
        folders.sort()
        if "run.json" in files and "documents" in folders:
            yield Path(at)
            folders.clear()  # a run has none within


def name_of(run: Path, top: Path) -> str:
    """What a run folder is called among those below a folder."""
    return run.name if run == top else run.relative_to(top).as_posix()


def _open_documents(folder: RunFolder, record: RunFile) -> Iterator[OpenDocument]:
    said = PeopleSaid(folder.path)
    runs = {one.id: one for one in record.runs}
    for text in _texts(folder.files()):
        read = _considered(text, said)
        if read is None:
            continue
        reviewed = said.of(read)
        if not is_open(read.status, reviewed):
            continue
        run = runs.get(read.run)
        below = LOOKED_BELOW if run is None else run.looked_below
        yield OpenDocument(
            read.document.uri,
            read.run,
            None if run is None else run.started,
            len(not_looked_at(reviewed, doubtful(reviewed, below))),
            _people(said.events(read.document.uri)),
        )


def _texts(files: Sequence[Path]) -> Iterator[bytes]:
    for path in sorted(files):
        try:
            yield path.read_bytes()
        except OSError:  # replaced by a run that goes on
            continue


def _considered(text: bytes, said: PeopleSaid) -> Extraction[Any] | None:
    """The result in a file, where it may be open: to check all of thousands takes long."""
    try:
        told = json.loads(text)
        if told["status"] in OPEN or said.events(told["document"]["uri"]):
            return Extraction[Any].model_validate(told)
    except (ValueError, KeyError, TypeError):  # none of ours
        pass
    return None


def _people(events: Sequence[ReviewEvent]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(event.by for event in events))


def _record(folder: RunFolder) -> RunFile:
    try:
        if (folder.path / "documents").is_dir():
            return folder.record()
        cause = "it has no folder documents/"
    except (OSError, ValueError):
        cause = "its run.json is damaged, or of a later version"
    raise ConfigError(
        "no_result",
        f"{folder.path} cannot be reviewed: {cause}.",
        "Name the folder that `docglean extract --out` wrote.",
    )
