"""The results that a page is to show, each read when its turn comes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from docglean.extractors.extraction import Extraction
from docglean.flows.run_folder import RESULTS, RunFolder, RunRecord
from docglean.schemas.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Results:
    """Results in their order, none of them read yet.

    Attributes:
        source: where they are; None for one that is at hand.
        runs: that made them, the latest first; none where that is not known.
        unread: one for each result.
    """

    source: Path | None
    unread: Sequence[Callable[[], Extraction[Any]]]
    runs: Sequence[RunRecord] = ()

    def read(self, start: int = 0, end: int | None = None) -> list[Extraction[Any]]:
        """Those from a place, counted from 0, to before another.

        Raises:
            ConfigError: ``no_result``, one of them is none.
        """
        with _refused(self.source):
            return [one() for one in self.unread[start:end]]


def results_of(source: Path | Extraction[Any]) -> Results:
    """Those of a run folder, a results.jsonl or one document's JSON, or the one at hand.

    Raises:
        ConfigError: ``no_result``.
    """
    if isinstance(source, Extraction):
        return Results(None, [lambda: source])
    with _refused(source):
        found = _of_folder(source) if source.is_dir() else Results(source, _of_file(source))
    if not found.unread:
        raise ConfigError(
            "no_result", f"There is no result in {source}.", "Run `docglean extract --out` first."
        )
    return found


def _of_folder(path: Path) -> Results:
    """What its results.jsonl holds; of a run that has not ended, what its documents' files do."""
    folder = RunFolder(path)
    results = path / RESULTS
    lines = _lines(results.read_bytes()) if results.is_file() else []
    files = [partial(_of_document, file) for file in sorted(folder.files())] if not lines else []
    return Results(path, lines or files, folder.record().runs)


def _of_file(path: Path) -> Sequence[Callable[[], Extraction[Any]]]:
    """One Extraction, several in a list, or one a line."""
    text = path.read_bytes()
    try:
        whole = json.loads(text)
    except ValueError:
        return _lines(text)
    entries = whole if isinstance(whole, list) else [whole]
    return [partial(Extraction[Any].model_validate, entry) for entry in entries]


def _lines(text: bytes) -> Sequence[Callable[[], Extraction[Any]]]:
    read = Extraction[Any].model_validate_json
    return [partial(read, line) for line in text.split(b"\n") if line.strip()]


def _of_document(path: Path) -> Extraction[Any]:
    return Extraction[Any].model_validate_json(path.read_bytes())


@contextmanager
def _refused(source: Path | None) -> Iterator[None]:
    """What cannot be read is an error of its file."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise ConfigError(
            "no_result",
            f"{source} cannot be shown: {_short(error)}.",
            "Name a run folder, a results.jsonl or a document's JSON from `docglean extract`.",
        ) from error


def _short(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "it holds something else than results"
