"""The folder that a run leaves: one JSON a document, all of them in one file, tables as CSV.

    out/
      run.json              what ran: engine, schemas, versions, options, totals, cost
      results.jsonl         one Extraction a line, in input order
      documents/NAME.json   the same, one file a document
      reviews.jsonl         what people said of them, see `docglean review`; only ever added to
      sent.json             what of it was sent where, see `flows/export/delivery.py`
      tables/*.csv          documents, values and lists as `export` writes them; each grid of cells

Every file is written beside its place and moved there, so nobody ever sees half of one. A second
run over the same folder adds to it; a document that is read again is replaced.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from docglean.extractors.atomic_files import atomic_write
from docglean.extractors.calibration_choice import CalibrationRecord
from docglean.extractors.extraction import Extraction, SourceRecord
from docglean.flows.earlier_runs import KnownDocument, RunFacts, days_tried
from docglean.flows.flow_runs import FlowRunRecord
from docglean.flows.folder_documents import FolderDocument, in_order, replaced
from docglean.flows.names import safe_part
from docglean.flows.schema_shape import SchemaShape, Shaped
from docglean.flows.sources import short_hash
from docglean.flows.totals import Totals
from docglean.schemas.errors import ConfigError, Problem
from docglean.schemas.schema import Schema
from pydantic import BaseModel, Field

FORMAT_VERSION = 1
RESULTS = "results.jsonl"
"""All documents of a folder in one file; there once a run has ended."""


_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


class RunRecord(BaseModel):
    """One run over the folder, as it stands in run.json.

    Attributes:
        name: what people call it, such as ``2026-11-28-1``: the day (UTC), and the number of it in
            the ledger; empty for one of an earlier version.
        state: ``over_budget``: it ended before the call that would have crossed the budget.
        problem: what ended it early.
        next_engines: as `earlier_runs.next_engines` says it.
        calibrations: what told how sure values are, where it was no shipped prior.
        flow_run: of Prefect, that has begun it or gone on with its batches; None where none has.
    """

    id: str
    name: str = ""
    started: datetime
    ended: datetime | None = None
    state: Literal["running", "finished", "interrupted", "over_budget"] = "running"
    problem: Problem | None = None
    engine: str
    schemas: dict[str, str] = Field(default_factory=dict, description="name to hash")
    prompt_version: str = ""
    next_engines: tuple[str, ...] = ()
    calibrations: tuple[CalibrationRecord, ...] = ()
    options: dict[str, Any] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)
    totals: Totals = Field(default_factory=Totals)
    flow_run: FlowRunRecord | None = None

    @property
    def looked_below(self) -> float:
        """Confidence below which values of this run are to be looked at."""
        from docglean.extractors.reviews.to_look import LOOKED_BELOW

        told = self.options.get("review_below")
        return told if isinstance(told, float) else LOOKED_BELOW


class RunFile(BaseModel):
    """run.json: the latest run first.

    Attributes:
        schemas: of all runs, by hash: their fields as data, so that nobody who reads the folder
            has to run the code that a schema is written in.
    """

    version: int = FORMAT_VERSION
    runs: list[RunRecord] = Field(default_factory=list)
    schemas: dict[str, SchemaShape] = Field(default_factory=dict)


class RunFolder:
    """A folder that Extractions go into: `begin` a run, `add` documents, `end` the run.

    Documents may be added from several threads, processes or runs at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def existing(cls, path: Path) -> RunFolder:
        """The folder of a run that has results.

        Raises:
            ConfigError: ``no_run``.
        """
        if not (path / RESULTS).is_file():
            raise ConfigError(
                "no_run",
                f"{path} is no run folder: there is no results.jsonl in it.",
                "Name the folder that `docglean extract --out FOLDER` wrote.",
            )
        return cls(path)

    def begin(self, record: RunRecord) -> None:
        """Note that a run began; what a killed one left half-written is removed.

        Raises:
            ConfigError: ``bad_out``, the folder can't be written to or isn't a run's; ``out_full``.
        """
        with self._told():
            (self.path / "documents").mkdir(parents=True, exist_ok=True)
            with self._lock():  # writers hold it: these files have no writer any more
                for path in self.path.rglob(".*.part"):
                    path.unlink(missing_ok=True)
            self._write(record)

    def add(self, extraction: Extraction[Any]) -> Path:
        """Write one document's file, in place of an earlier one of the same document.

        Raises:
            ConfigError: ``bad_out``, ``out_full``, ``out_gone``.
        """
        return self.add_all([extraction])[0]

    def add_all(self, extractions: Iterable[Extraction[Any]]) -> list[Path]:
        """As `add`, of several, with others let in only when all are written."""
        with self._told(), self._lock():
            self._still_there()
            return [self._added(extraction) for extraction in extractions]

    def _added(self, extraction: Extraction[Any]) -> Path:
        path = self.place(extraction.document)
        extraction.tried = days_tried(extraction, path)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_document(path, extraction)
        return path

    def end(self, record: RunRecord, order: list[str], schemas: dict[str, Schema]) -> list[Path]:
        """Put results.jsonl and the tables together from all documents in the folder.

        Documents that are there twice are told, whichever run and process has read them.

        Args:
            record: of this run, with its totals and its state.
            order: uris of this run's sources, in input order.
            schemas: by name, for the columns of the tables.

        Returns:
            Files of documents of which something else is known now than when they were added:
            they are duplicates, or are none any more. There may be thousands: see `documents`.

        Raises:
            ConfigError: ``bad_out``, ``out_full``.
        """
        from docglean.flows.duplicates import Duplicates, told_anew
        from docglean.flows.table_files import write_tables

        changed: list[Path] = []
        record.ended = datetime.now(UTC)
        with self._told(), self._lock():
            self._still_there()
            documents = [FolderDocument.of(path) for path in self.files()]
            gone = {one.path for one in replaced(documents, record.id)}
            for path in gone:
                path.unlink(missing_ok=True)
            left = [one for one in documents if one.path not in gone]
            shapes = self.record().schemas
            shapes |= {schema.hash: SchemaShape.of(schema) for schema in schemas.values()}
            seen = Duplicates({hashed: shape.identity for hashed, shape in shapes.items()})
            with atomic_write(self.path / RESULTS) as results:
                for one in in_order(left, [*self._earlier(), *order]):
                    told = json.loads(one.path.read_text(encoding="utf-8"))
                    anew = told_anew(told, seen)
                    if anew is not None:
                        record.totals.retell(told["status"], anew, record.id)
                        changed.append(one.path)
                        told = json.loads(_write_document(one.path, anew))
                    results.write(json.dumps(told, ensure_ascii=False) + "\n")
            known: list[Shaped] = [*shapes.values(), *schemas.values()]
            write_tables(self.path / "tables", self.extractions, known)
        with self._told():
            self._write(record, schemas.values())
        return changed

    def documents(self, files: Iterable[Path]) -> Iterator[tuple[Path, Extraction[Any]]]:
        """What these of `files` hold, one at a time; what was removed meanwhile is left out."""
        for path in files:
            with suppress(FileNotFoundError):
                yield path, Extraction[Any].model_validate_json(path.read_bytes())

    def extractions(self) -> Iterator[Extraction[Any]]:
        """What results.jsonl holds, one at a time."""
        path = self.path / RESULTS
        if path.is_file():
            with path.open(encoding="utf-8") as lines:
                for line in lines:
                    yield Extraction[Any].model_validate_json(line)

    def reviewed(self) -> Iterator[Extraction[Any]]:
        """The same, with what people have said of them; see `PeopleSaid`.

        Raises:
            ConfigError: ``bad_reviews``.
        """
        from docglean.flows.people_said import PeopleSaid

        yield from map(PeopleSaid(self.path).of, self.extractions())

    def known(self) -> dict[str, KnownDocument]:
        """What is in the folder by the uri of its file, also where a run was cut off.

        A file that holds several documents is known where all of them are there.
        """
        found: dict[str, list[KnownDocument]] = {}
        runs = {
            run.id: RunFacts(run.prompt_version, run.next_engines) for run in self.record().runs
        }
        for path in self.files():
            try:
                one = KnownDocument.of(json.loads(path.read_text(encoding="utf-8")), runs)
            except (OSError, ValueError, KeyError, TypeError):
                continue
            found.setdefault(one.document.file_uri, []).append(one)
        files = {uri: KnownDocument.of_file(documents) for uri, documents in found.items()}
        return {uri: known for uri, known in files.items() if known is not None}

    def parts_read(self, run: str) -> list[SourceRecord]:
        """What a run has read of files that hold several documents."""
        found = (FolderDocument.of(path) for path in self.files())
        return [
            one.document
            for one in found
            if one.run == run and one.document is not None and one.document.part is not None
        ]

    def record(self) -> RunFile:
        """What run.json holds.

        Raises:
            ValueError: it is not a run.json of this or an earlier version.
        """
        path = self.path / "run.json"
        return RunFile.model_validate_json(path.read_text("utf-8")) if path.is_file() else RunFile()

    def place(self, document: SourceRecord) -> Path:
        """The document's file below documents/: by its name, told apart where two share one.

        Names that cannot all be: ``a.pdf`` beside a folder ``a.pdf.json``, a path that is too
        long here. Then it lies at the top, under the last part of its name.
        """
        name, uri = document.name, document.uri
        parts = [
            safe_part(part) for part in PurePosixPath(name).parts if part not in ("/", "..", ".")
        ] or ["document"]
        top = self.path / "documents"
        apart = f"{parts[-1]}-{short_hash(uri)}.json"
        below = top.joinpath(*parts[:-1])
        places = (below / f"{parts[-1]}.json", below / apart, top / apart)
        return next(path for path in places if path == top / apart or _is_free(path, top, uri))

    def files(self) -> list[Path]:
        """The documents' files; a folder may be called as one of them."""
        found = (self.path / "documents").rglob("*.json")
        return [path for path in found if path.is_file()]

    def _earlier(self) -> list[str]:
        """Uris of the files that results.jsonl has, in its order."""
        results = self.path / RESULTS
        if not results.is_file():
            return []
        with results.open(encoding="utf-8") as lines:
            found = [SourceRecord.model_validate(json.loads(line)["document"]) for line in lines]
        return [one.file_uri for one in found]

    def _write(self, record: RunRecord, schemas: Iterable[Schema] = ()) -> None:
        with self._lock():
            file = self.record()
            file.schemas |= {schema.hash: SchemaShape.of(schema) for schema in schemas}
            file.runs = [record, *(run for run in file.runs if run.id != record.id)]
            with atomic_write(self.path / "run.json") as out:
                out.write(file.model_dump_json(indent=2) + "\n")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the file system says, said by us."""
        try:
            yield
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno in _FULL:
                raise ConfigError(
                    "out_full",
                    f"The folder {self.path} cannot be written: {error.strerror}.",
                    "Make room and run again: what came back is kept and not paid for twice.",
                ) from error
            cause = getattr(error, "strerror", None) or error
            raise ConfigError(
                "bad_out",
                f"The folder {self.path} cannot be used: {cause}.",
                "Name another one.",
            ) from error

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Held for as long as a file is chosen and written; between processes too."""
        from filelock import FileLock

        if not self.path.is_dir():
            self._still_there()
        with FileLock(self.path / ".lock"):
            yield

    def _still_there(self) -> None:
        """Whether what `begin` made is there: to make it anew would hide that all else is gone.

        Raises:
            ConfigError: ``out_gone``.
        """
        if not (self.path / "run.json").is_file() or not (self.path / "documents").is_dir():
            raise ConfigError(
                "out_gone",
                f"The folder {self.path} was removed or emptied while a run wrote into it: what "
                "it held is gone.",
                "Run again: replies are in the ledger and are not paid for twice.",
            )


@contextmanager
def holding_results(path: Path) -> Iterator[None]:
    """Say it in words where a folder that is read in the block holds something else than results.

    Raises:
        ConfigError: ``no_run``.
    """
    try:
        yield
    except (OSError, ValueError) as error:
        raise ConfigError(
            "no_run",
            f"{path} cannot be read: its results.jsonl or run.json holds something else than "
            "results.",
            "Name a run folder from `docglean extract --out`.",
        ) from error


def _write_document(path: Path, extraction: Extraction[Any]) -> str:
    """Write a document's file; what stands in it then."""
    text = extraction.to_json(indent=2) + "\n"
    with atomic_write(path) as file:
        file.write(text)
    return text


def _is_free(path: Path, top: Path, uri: str) -> bool:
    """Whether this document's file may lie here."""
    try:
        if path.exists():
            return path.is_file() and _uri_of(path) in (uri, None)
        folders = path.parents[: len(path.parents) - len(top.parents)]
        return all(folder.is_dir() or not folder.exists() for folder in folders)
    except OSError:  # the path is too long
        return False


def _uri_of(path: Path) -> str | None:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["document"]["uri"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
