"""The values of embedded data, and where it says nothing those that were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from docglean.extractors.embedded_data.mapping import Mapped
from docglean.extractors.extraction import Evidence
from docglean.extractors.reader import Answer
from docglean.schemas.fields import Field
from docglean.schemas.pointers import leaves


@dataclass
class Merged:
    """The data's values, and where it says nothing those that were read, with all that is known of
    them.

    Attributes:
        pairs: see `Comparison`.
        told_all: paths of fields that have no other value than the data's.
    """

    answer: Answer
    mapped: Mapped
    pairs: Mapping[str, Mapping[int, int]]
    told_all: frozenset[str] = frozenset()
    evidence: dict[str, Evidence] = field(default_factory=dict)
    signals: dict[str, Mapping[str, float]] = field(default_factory=dict)

    def node(self, node: Field, value: Any, read: Any, pointer: str, there: str) -> Any:
        """What stands at a place.

        Args:
            there: pointer of what was read.
        """
        if node.shape == "object":
            left = value if isinstance(value, dict) else {}
            right = read if isinstance(read, dict) else {}
            return {
                child.name: self.node(
                    child, left.get(child.name), right.get(child.name),
                    f"{pointer}/{child.name}", f"{there}/{child.name}",
                )
                for child in node.children
            }  # fmt: skip
        if node.shape == "list":
            return self._list(node, value or [], read or [], pointer, there)
        if value is not None or node.path in self.told_all:
            return value
        self._keep(pointer, there)
        return read

    def _list(self, node: Field, value: Any, read: Any, pointer: str, there: str) -> Any:
        if not value and not self.told_all.issuperset(leaf.path for leaf in node.leaves()):
            for at, _ in leaves(read, there):
                self._keep(pointer + at.removeprefix(there), at)
            return read
        pairs = self.pairs.get(pointer, {})
        return [
            self.node(
                node.item, entry, read[pairs[index]] if index in pairs else None,
                f"{pointer}/{index}", f"{there}/{pairs.get(index, -1)}",
            )
            for index, entry in enumerate(value)
        ]  # fmt: skip

    def _keep(self, pointer: str, there: str) -> None:
        """Take over what is known of a value that was read."""
        if there in (self.answer.evidence or {}):
            assert self.answer.evidence is not None
            self.evidence[pointer] = self.answer.evidence[there]
        if there in self.answer.signals:
            self.signals[pointer] = self.answer.signals[there]
