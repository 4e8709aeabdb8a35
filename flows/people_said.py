"""What people have said of the results in a run folder, applied to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docglean.extractors.extraction import Extraction
from docglean.extractors.reviews import ReviewEvent, ReviewLog, replay
from docglean.schemas.schema import built_in_by_hash


class PeopleSaid:
    """What people have said until now; what they say later is not in it.

    Raises:
        ConfigError: ``bad_reviews``.
    """

    def __init__(self, folder: Path) -> None:
        self._log = ReviewLog(folder)
        self._schemas = built_in_by_hash() if any(self._log.documents()) else {}

    def events(self, document: str) -> Sequence[ReviewEvent]:
        """Of one document, by its uri."""
        return self._log.events(document)

    def of(self, read: Extraction[Any]) -> Extraction[Any]:
        """A result as it stands after them. What a built-in schema declares of values is checked
        anew in the reviewed ones; no code that a run names is loaded."""
        used = read.schema_used
        schema = None if used is None else self._schemas.get(used.hash)
        return replay(read, self.events(read.document.uri), schema).extraction
