"""How an Extraction shows itself: in a line, in a notebook, as plain data, as tables, as a page."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from docglean.extractors.drawn_by import faces
from docglean.extractors.evidence import Confidence, Evidence, OtherReading
from docglean.schemas.errors import DocgleanError, Problem
from docglean.schemas.pointers import leaves, places
from pydantic import BaseModel, PrivateAttr

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class FoundValue:
    """One value, with all that is known of it.

    Attributes:
        pointer: where it stands in the data (RFC 6901), as ``/lines/0/amount``.
        value: as JSON has it; amounts and dates are text.
        evidence: where it stands in the document; None where there is no value.
        confidence: how likely it is right; None where nothing is known of that.
        readings: those of other engines.
        problems: that are about it.
    """

    pointer: str
    value: Any
    evidence: Evidence | None = None
    confidence: Confidence | None = None
    readings: tuple[OtherReading, ...] = ()
    problems: tuple[Problem, ...] = ()


class OwnFile(Protocol):
    """A file that is there as long as somebody holds this."""

    path: Path


class Origin:
    """Where an Extraction was made: in this process, and not long ago. Stored and sent nowhere.

    Args:
        file: what was read, where it was no file of the caller's.
        workers: those of the client, which may have ended them.
    """

    def __init__(self, file: OwnFile | None, workers: object) -> None:
        self.file = file
        self._workers = weakref.ref(workers)

    @property
    def workers(self) -> Any:
        """The child processes that read it; None where they are gone."""
        return self._workers()

    def __deepcopy__(self, _: object) -> Origin:
        return self

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        return type(None), ()


class ExtractionFaces(BaseModel):
    """What an Extraction shows of itself."""

    _origin: Origin | None = PrivateAttr(default=None)

    def __repr__(self) -> str:
        """Its name, how it has ended, its schema, how many values and problems, what it cost."""
        return faces().line(self)

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """In a notebook: the values beside the page that has most of them, with their boxes.

        One page, drawn at a moderate size; of a document that is not there any more, or has
        changed since, the values alone. What the document says can run nothing: it is shown in a
        frame of its own, as text.
        """
        return faces().html(self)

    def to_dict(self) -> dict[str, Any]:
        """The stored form as plain data, as `to_json` writes it: keys ``data`` and ``schema``."""
        return self.model_dump(mode="json", by_alias=True)

    def to_pandas(self, lists: str | None = None) -> DataFrame:
        """Its values as a data frame, one row a value, or the entries of one of its lists.

        Columns of values are those of ``docglean export``'s table `values`: where each stands,
        how sure it is, the codes of its problems. Of a list, a row is an entry and a column one of
        its fields, in the types of the schema; ``number`` is the entry's, from 1.

        Args:
            lists: JSON pointer of a list, as ``/lines``; a list within entries as
                ``/lines/*/parts``.

        Raises:
            ConfigError: ``no_extra``, pandas is not installed; ``no_such_list``.
        """
        return faces().frame(self, lists)

    def show(self, out: str | Path | None = None, *, opening: bool = False) -> Path:
        """Write the page of ``docglean show``: document and values side by side.

        The document is drawn from where it was read, and only where it is still the same. Of bytes
        and open files a private copy is kept, as long as this Extraction lives.

        Args:
            out: the HTML file; by default the document's name with ``.html``, in this folder.
            opening: in the browser, too.

        Returns:
            Where it was written.

        Raises:
            ConfigError: ``bad_out``, the file can't be written.
        """
        return faces().page(self, None if out is None else Path(out), opening=opening)

    def value(self, pointer: str) -> FoundValue:
        """One value with its evidence, its confidence and what is wrong with it.

        Args:
            pointer: where it stands in the data (RFC 6901), as ``/lines/0/amount``.

        Raises:
            DocgleanError: ``no_value``, the data has nothing there.
        """
        told: Any = self
        there = dict(places(told.values, pointer))
        if pointer not in there:
            known = ", ".join(name for name, _ in leaves(told.values or {}))
            raise DocgleanError(
                "no_value",
                f"{told.document.name} has nothing at {pointer!r}.",
                f"There are: {known}." if known else "It has no values at all.",
            )
        return FoundValue(
            pointer,
            there[pointer],
            told.evidence.get(pointer),
            told.confidence.get(pointer),
            tuple(told.readings.get(pointer, ())),
            tuple(one for one in told.problems if pointer in (one.path, *one.paths)),
        )

    def read_here(self, origin: Origin) -> Self:
        """Tell where it was made. Returns self."""
        self._origin = origin
        return self

    @property
    def origin(self) -> Origin | None:
        """Where it was made, if that was in this process."""
        return self._origin
