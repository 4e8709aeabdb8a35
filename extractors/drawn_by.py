"""What draws Extractions and makes tables of them: it stands further out, and is told here.

Nothing heavy is imported: docglean itself tells it, whatever of it is imported first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from pandas import DataFrame


class Faces(Protocol):
    """What draws and tabulates an Extraction; each as the method of `ExtractionFaces` says."""

    def line(self, extraction: Any) -> str:
        """For ``repr``."""

    def html(self, extraction: Any) -> str:
        """For a notebook."""

    def frame(self, extraction: Any, lists: str | None) -> DataFrame:
        """For pandas."""

    def page(self, extraction: Any, out: Path | None, *, opening: bool) -> Path:
        """For a browser."""


class _Known:
    """Who draws here."""

    find: Callable[[], Faces] | None = None


def faces_from(find: Callable[[], Faces]) -> None:
    """Say what draws Extractions; asked for it each time, so that nothing is loaded before."""
    _Known.find = staticmethod(find)


def faces() -> Faces:
    assert _Known.find is not None, "docglean says it, before any room can be imported"
    return _Known.find()
