"""Results that wait until all documents are read, where they go into no run folder.

They are on disk in a file without a name: nothing of it is left, however the process ends. What was
paid for is in the ledger, so a run that is cut off is gone on with by running it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any

from docglean.extractors.extraction import Extraction, Status
from docglean.flows.duplicates import Duplicates
from docglean.schemas.errors import ConfigError


class ResultSpool:
    """Takes documents as they are done and gives them in the order of their sources."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 (open as long as this is)
        self._places: dict[int, list[int]] = {}

    def add(self, index: int, extraction: Extraction[Any]) -> None:
        """One document of the source with this index.

        Raises:
            ConfigError: ``out_full``.
        """
        self._places.setdefault(index, []).append(self._written(extraction))

    def tell_duplicates(self, seen: Duplicates) -> Iterator[tuple[Status, Extraction[Any]]]:
        """Tell of documents that are there twice; each with the status that it had before.

        Raises:
            ConfigError: ``out_full``.
        """
        for _, places in sorted(self._places.items()):
            for number, place in enumerate(places):
                before = self._read(place)
                now = seen.of(before)
                if now is not before:
                    places[number] = self._written(now)
                    yield before.status, now

    def close(self) -> None:
        """Let go of all of them."""
        self._file.close()

    def extractions(self) -> Iterator[Extraction[Any]]:
        """All documents, in order."""
        for _, places in sorted(self._places.items()):
            yield from map(self._read, places)

    def _written(self, extraction: Extraction[Any]) -> int:
        with _told():
            place = self._file.seek(0, 2)
            self._file.write(f"{extraction.to_json()}\n".encode())
            return place

    def _read(self, place: int) -> Extraction[Any]:
        self._file.seek(place)
        return Extraction[Any].model_validate_json(self._file.readline())


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(
            "out_full",
            f"Results cannot be kept until all are read: {error.strerror}.",
            "Make room in the folder for temporary files (TMPDIR), or name a folder with --out, "
            "and run again: what came back is not paid for twice.",
        ) from error
