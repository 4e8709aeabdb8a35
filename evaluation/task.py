"""One thing to measure."""

from __future__ import annotations

from dataclasses import dataclass

from docglean.evaluation.labels import Label, LabelSet


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to measure: a document by an engine, once."""

    engine: str
    repeat: int
    set: LabelSet
    label: Label
    fingerprint: str

    @property
    def key(self) -> tuple[str, str, str, int]:
        """As `Answer.key`."""
        return self.set.name, self.label.id, self.engine, self.repeat
