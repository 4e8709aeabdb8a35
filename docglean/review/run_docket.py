"""The documents of a run folder, and of all run folders below a folder."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from docglean.extractors.extraction import FORMAT_VERSION, Extraction
from docglean.extractors.reviews import check_json
from docglean.extractors.reviews.to_look import LOOKED_BELOW
from docglean.flows.links import id_of, linked_id
from docglean.flows.open_reviews import name_of, run_folders
from docglean.flows.run_folder import RunFile, RunFolder
from docglean.review.docket import (
    DocketEntry,
    DocketKind,
    Listed,
    Sizes,
)
from docglean.review.faults import NotThere
from docglean.review.known_schema import KnownSchemas
from docglean.review.shared_log import SharedLog
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import Schema

_DOCUMENT = re.compile(r'"document":\s*')
_WAY_OUT = "Name the folder that `docglean extract --out` wrote, or one with a labels.jsonl."


class RunDocket:
    """The documents of one run folder.

    Args:
        given: schemas that were named to us, by hash; see `known_schema`.
        run: what the folder is called where there are several.

    Raises:
        ConfigError: ``no_result``, it is no run folder, or one of a later version;
            ``bad_reviews``.
    """

    kind: DocketKind = "run"

    def __init__(
        self, folder: Path, given: Mapping[str, Schema] | None = None, *, run: str = ""
    ) -> None:
        self.name = folder.resolve().name
        self.folder = folder
        self.run = run
        self._documents = folder / "documents"
        if not self._documents.is_dir():
            raise _no_result(folder, "it has no folder documents/")
        record = _record(folder)
        specs = (spec for one in record.runs for spec in one.options.get("schemas", ()))
        self._known = KnownSchemas(record.schemas, given or {}, tuple(dict.fromkeys(specs)))
        self._below = {one.id: one.looked_below for one in record.runs}
        self._log = SharedLog(folder)
        self._paths: dict[str, Path] = {}
        self.linked: dict[str, str] = {}
        """The ids of documents by those that links have, see `flows.links.linked_id`."""
        self._places: dict[str, int] = {}
        self._places_of: tuple[int, ...] = ()
        self._turn = threading.Lock()

    def listed(self) -> list[Listed]:
        """As in `Docket`."""
        found, paths, linked = [], {}, {}
        for path, stamp in _files(self._documents):
            told = Path(path)
            name = told.relative_to(self._documents).as_posix()
            id = id_of(self.run, name)
            paths[id] = told
            linked[linked_id(self.folder, told)] = id
            found.append(Listed(id, name.removesuffix(".json"), stamp))
        self._paths, self.linked = paths, linked
        return found

    def read(self, id: str) -> DocketEntry:
        """As in `Docket`."""
        if id not in self._paths:
            self.listed()
        id = self.linked.get(id, id)
        path = self._paths.get(id)
        if path is None:
            raise NotThere("no_document", "There is no such document here.")
        try:
            result = Extraction[Any].model_validate_json(path.read_bytes())
            check_json(result.values)
        except (OSError, ValueError) as error:
            raise NotThere("no_result", f"{path} is no result that can be read.") from error
        if result.version > FORMAT_VERSION:
            raise NotThere(
                "later_result", f"{path} is of a later version of docglean.", "Use that one."
            )
        return DocketEntry(
            id,
            result,
            self._schema(result),
            self._log,
            self._place(result.document.uri),
            self.run,
            self._below.get(result.run, LOOKED_BELOW),
        )

    def logs(self) -> Sequence[SharedLog]:
        """As in `Docket`."""
        return (self._log,)

    def sign(self, id: str, reviewed: Extraction[Any], sizes: Sizes) -> None:
        """Nothing: the engine's files stay as they are, and the log tells who signed."""

    def _schema(self, result: Extraction[Any]) -> Any:
        with self._turn:
            return self._known.of(result.schema_used, result.values)

    def _place(self, uri: str) -> int:
        """Its line in results.jsonl; after all others where it has none yet."""
        path = self.folder / "results.jsonl"
        with self._turn:
            stamp = _stamp(path)
            if stamp != self._places_of:
                self._places = {uri: place for place, uri in enumerate(_uris(path))}
                self._places_of = stamp
            return self._places.get(uri, len(self._places))


class RunsDocket:
    """The documents of all run folders below a folder.

    Raises:
        ConfigError: ``no_result``, there is none.
    """

    kind: DocketKind = "all"

    def __init__(self, folder: Path, given: Mapping[str, Schema] | None = None) -> None:
        self.name = folder.resolve().name
        self.folder = folder
        self._given = given
        self._runs: dict[Path, RunDocket] = {}
        self._of: dict[str, RunDocket] = {}
        self.faults: dict[Path, str] = {}
        self._turn = threading.Lock()
        self._find()
        if not self._runs:
            why = next(iter(self.faults.values()), "no folder below it is one of a run")
            raise _no_result(folder, why)

    def listed(self) -> list[Listed]:
        """As in `Docket`; runs that came meanwhile are there, too."""
        self._find()
        found: list[Listed] = []
        of: dict[str, RunDocket] = {}
        for run in list(self._runs.values()):
            mine = run.listed()
            found += mine
            of |= dict.fromkeys((one.id for one in mine), run)
        self._of = of
        return found

    def read(self, id: str) -> DocketEntry:
        """As in `Docket`."""
        return self._run_of(id).read(id)

    def logs(self) -> Sequence[SharedLog]:
        """As in `Docket`."""
        return tuple(log for run in list(self._runs.values()) for log in run.logs())

    def sign(self, id: str, reviewed: Extraction[Any], sizes: Sizes) -> None:
        """As `RunDocket.sign`."""

    def _run_of(self, id: str) -> RunDocket:
        if id not in self._of:
            self.listed()
        found = [self._of[id]] if id in self._of else []
        # Of two runs with folders of the same name a link does not tell which is meant.
        found = found or [run for run in list(self._runs.values()) if id in run.linked]
        if len(found) != 1:
            raise NotThere("no_document", "There is no such document here.")
        return found[0]

    def _find(self) -> None:
        """Look for run folders; one that can't be used is told in `faults` and passed over."""
        with self._turn:
            for path in run_folders(self.folder):
                if path not in self._runs and path not in self.faults:
                    name = name_of(path, self.folder)
                    try:
                        self._runs[path] = RunDocket(path, self._given, run=name)
                    except ConfigError as error:
                        self.faults[path] = error.message


def _record(folder: Path) -> RunFile:
    try:
        return RunFolder(folder).record()
    except (OSError, ValueError) as error:
        cause = "its run.json is damaged, or of a later version"
        raise _no_result(folder, cause) from error


def _no_result(folder: Path, cause: str) -> ConfigError:
    return ConfigError("no_result", f"{folder} cannot be reviewed: {cause}.", _WAY_OUT)


def _files(folder: Path | str) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Paths of the results below a folder with what changes when they are written."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            elif entry.name.endswith(".json") and entry.is_file():
                told = entry.stat()
                yield entry.path, (told.st_size, told.st_mtime_ns, told.st_ino)


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        told = path.stat()
    except OSError:
        return ()
    return told.st_size, told.st_mtime_ns, told.st_ino


def _uris(path: Path) -> Iterator[str]:
    """The uris of the documents in a results.jsonl, in its order; without reading all of a line."""
    decoder = json.JSONDecoder()
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                # `Extraction.to_json` writes it before all that may be long, or hold such a word.
                found = _DOCUMENT.search(line)
                try:
                    begins = found.end() if found else 0
                    yield str(decoder.raw_decode(line, begins)[0]["uri"])
                except (ValueError, KeyError, TypeError):
                    continue
    except OSError:
        return
