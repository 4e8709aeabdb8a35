"""The files below documents/ of a run folder: their order, and which of them others replace."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from docglean.extractors.extraction import SourceRecord


@dataclass(frozen=True, slots=True)
class FolderDocument:
    """A file with an Extraction, as far as it can be read.

    Attributes:
        document: None where it is none.
        run: that made it.
    """

    path: Path
    document: SourceRecord | None = None
    run: str = ""

    @classmethod
    def of(cls, path: Path) -> FolderDocument:
        """What the file says of itself."""
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            return cls(path, SourceRecord.model_validate(told["document"]), told.get("run", ""))
        except (OSError, ValueError, KeyError, TypeError):
            return cls(path)

    @property
    def file(self) -> str:
        """The uri of the file that it was read from."""
        return "" if self.document is None else self.document.file_uri

    @property
    def place(self) -> tuple[int, int]:
        """Where it begins in its file: attachments come after the pages, in their order."""
        part = None if self.document is None else self.document.part
        if part is None:
            return 0, 0
        return (part.number, part.first) if part.attachment else (0, part.first)

    def overlaps(self, other: FolderDocument) -> bool:
        """Whether both were read from one page at least."""
        mine = None if self.document is None else self.document.part
        others = None if other.document is None else other.document.part
        if mine is None or others is None:
            return True
        return mine.overlaps(others)


def in_order(documents: Iterable[FolderDocument], files: Iterable[str]) -> list[FolderDocument]:
    """Documents by these files, then the others by their place; those of a file by their pages."""
    place = {uri: number for number, uri in enumerate(dict.fromkeys(files))}
    return sorted(
        documents, key=lambda one: (place.get(one.file, len(place)), one.place, str(one.path))
    )


def is_complete(parts: Sequence[SourceRecord]) -> bool:
    """Whether these are all documents of their file."""
    if any(one.part is None for one in parts):
        return len(parts) == 1
    told = [one.part for one in parts if one.part is not None]
    numbers = {part.number for part in told}
    return {part.of for part in told} == {len(told)} == {len(numbers)}


def replaced(documents: Iterable[FolderDocument], run: str) -> Iterator[FolderDocument]:
    """What a run has read anew otherwise divided: of a file that it has read to its end all that is
    of earlier runs, else what was read from the same pages."""
    by_file: dict[str, list[FolderDocument]] = defaultdict(list)
    for one in documents:
        if one.document is not None:
            by_file[one.file].append(one)
    for found in by_file.values():
        mine = [one for one in found if one.run == run]
        whole = is_complete([one.document for one in mine if one.document is not None])
        for other in found:
            if other.run != run and mine and (whole or any(map(other.overlaps, mine))):
                yield other
