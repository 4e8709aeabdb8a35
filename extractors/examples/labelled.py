"""Labelled documents as a run is given them: where they lie and what is right, and nothing else.

Who reads labels (`docglean.evaluation`) makes them; here nobody knows of formats of labels.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class LabelledDocument:
    """A document of which a person has said what is right.

    Attributes:
        name: for people.
        sha256: of its file.
        schema: name of the schema that it is labelled by.
        schema_hash: hash of that.
        values: what is labelled, as JSON of the schema's types. What was not looked at is left
            out; what the document does not have is None.
    """

    path: Path
    name: str
    sha256: str
    schema: str
    schema_hash: str
    values: Mapping[str, Any]

    @property
    def mark(self) -> str:
        """Changes with the file and with what is labelled."""
        facts = [self.sha256, self.schema_hash, self.values]
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Labelled:
    """Labelled documents that may be shown as examples.

    Attributes:
        folder: where the labels are, for people.
        left_out: labels that cannot be used, by why: ``as drafts that nobody has checked``.
    """

    folder: str
    documents: tuple[LabelledDocument, ...]
    left_out: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def by_schema(self) -> dict[str, int]:
        """Names of schemas with how many documents are labelled by each, the most first."""
        return dict(Counter(one.schema for one in self.documents).most_common())

    @property
    def mark(self) -> str:
        """Changes with any of them."""
        marks = sorted(one.mark for one in self.documents)
        return hashlib.sha256(" ".join(marks).encode()).hexdigest()

    def told(self) -> str:
        """How many there are, for people: ``30 checked labels in a/ (invoice 22, receipt 8)``."""
        kinds = ", ".join(f"{name} {count:,}" for name, count in self.by_schema.items())
        count = len(self.documents)
        said = f"{count:,} checked label{'s' * (count != 1)} in {self.folder}"
        said += f" ({kinds})" if kinds else ""
        out = ", ".join(f"{number:,} {why}" for why, number in self.left_out.items())
        return f"{said}; left out: {out}" if out else said


LabelReader = Callable[[str], Labelled]
"""Reads a folder of labels; raises ConfigError where there are none."""
