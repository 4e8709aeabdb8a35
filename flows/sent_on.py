"""What of a run was asked of the engines that follow the first."""

from __future__ import annotations

from typing import Any

from docglean.extractors.extraction import Extraction
from pydantic import BaseModel, Field


class SentOn(BaseModel):
    """Counts by engine.

    Attributes:
        documents: of which something was asked.
        values: that were asked for, a list as one; those that were taken are among them.
        taken: of which the engine's reading was taken.
    """

    documents: dict[str, int] = Field(default_factory=dict)
    values: dict[str, int] = Field(default_factory=dict)
    taken: dict[str, int] = Field(default_factory=dict)

    def add(self, extraction: Extraction[Any]) -> None:
        """Count one document."""
        seen = set()
        for told in extraction.readings.values():
            for one in told:
                self.values[one.engine] = self.values.get(one.engine, 0) + 1
                self.taken[one.engine] = self.taken.get(one.engine, 0) + one.taken
                seen.add(one.engine)
        for engine in seen:
            self.documents[engine] = self.documents.get(engine, 0) + 1

    def __add__(self, other: SentOn) -> SentOn:
        return SentOn(
            documents=_sum(self.documents, other.documents),
            values=_sum(self.values, other.values),
            taken=_sum(self.taken, other.taken),
        )

    def told(self, documents: int) -> str:
        """What was sent on of so many documents, for people; empty where nothing was."""
        return "; ".join(
            f"{count} of {documents} documents, {self.values[engine]} values, asked of {engine} "
            f"too, {self.taken[engine]} taken"
            for engine, count in self.documents.items()
        )


def _sum(left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
    return {name: left.get(name, 0) + right.get(name, 0) for name in left | right}
