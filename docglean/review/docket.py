"""What is reviewed: the documents of a run folder, of labels, or of several run folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from docglean.extractors.extraction import Extraction
from docglean.extractors.reviews.to_look import LOOKED_BELOW
from docglean.review.known_schema import KnownSchema
from docglean.review.shared_log import SharedLog

DocketKind = Literal["run", "labels", "all"]

Sizes = Mapping[int, tuple[float, float]]
"""Width and height of pages in points, by their numbers."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A document as it is listed, before anything of it is read.

    Attributes:
        id: short, the same as long as its result lies where it is.
        name: where it lies, for people: what is not read yet says nothing of itself.
        stamp: changes when its result is written anew.
    """

    id: str
    name: str
    stamp: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DocketEntry:
    """One document.

    Attributes:
        result: what the engine, or a draft, has of it.
        known: its schema.
        log: where what people say of it is written down.
        place: its number in the order in which the results are given.
        run: the folder of its results, where there are several.
        below: confidence below which its values are to be looked at.
    """

    id: str
    result: Extraction[Any]
    known: KnownSchema
    log: SharedLog
    place: int = 0
    run: str = ""
    below: float = LOOKED_BELOW


class Docket(Protocol):
    """The documents to review. Every method may be called in any thread.

    Attributes:
        name: for people.
        folder: that they lie in, or below.
    """

    kind: DocketKind
    name: str
    folder: Path

    def listed(self) -> Sequence[Listed]:
        """All documents that there are now.

        Raises:
            ConfigError: they can't be read.
        """

    def read(self, id: str) -> DocketEntry:
        """One document; of a label without what has to be looked for on its pages.

        Raises:
            NotThere: there is none of this id, or its result is gone, or is none.
        """

    def logs(self) -> Sequence[SharedLog]:
        """All that is written down."""

    def sign(self, id: str, reviewed: Extraction[Any], sizes: Sizes) -> None:
        """Write what is to be written of a document that a person has signed off.

        Args:
            sizes: of its pages, as far as they are known.

        Raises:
            ConfigError: it can't be written.
        """
