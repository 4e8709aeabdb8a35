"""Files of lists beside one file of tables: which of those that are there an export has made.

A file ``NAME-TABLE.csv`` is one where its columns are those of a list, `document`, `number` and
at last `confidence`. Another is never replaced, nor taken away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import IO, Any

from docglean.flows.export.tables import FlatTable
from docglean.schemas.errors import ConfigError

Columns = Callable[[IO[bytes]], Sequence[str]]
"""Reads the names of a file's columns; ValueError where it has none."""


class Beside:
    """The folder where one file and its lists go.

    Args:
        to: the file, by a path or a URL.
        suffix: how its name ends.
        columns: reads those of a file in its format.
    """

    def __init__(self, to: str, suffix: str, columns: Columns) -> None:
        import fsspec

        self._storage, self._place = fsspec.core.url_to_fs(to)
        self._stem = self._place[: -len(suffix)]
        self._suffix = self._place[-len(suffix) :]
        self._columns = columns

    def check(self, lists: Sequence[FlatTable]) -> None:
        """Whether nothing stands where these lists go, or lists of an earlier export.

        Raises:
            ConfigError: ``file_taken``.
        """
        for table in lists:
            place = self._of(table.name)
            there = self._columns_of(place)
            if there is not None and not _is_list(there):
                raise ConfigError(
                    "file_taken",
                    f"The list {table.name} goes to {place}, where a file is that docglean has "
                    "not made.",
                    "Name another file, or rename the one that is there.",
                )

    def earlier(self, lists: Collection[str]) -> list[str]:
        """Places of lists of an earlier export to the same file that are none of these."""
        folder = self._place.rpartition("/")[0]
        name = re.compile(rf"{re.escape(self._stem)}-([a-z0-9_]+){re.escape(self._suffix)}")
        try:
            there = self._storage.ls(folder, detail=False)
        except (OSError, NotImplementedError):
            return []
        found = [match for one in sorted(there) if (match := name.fullmatch(one))]
        return [
            match[0]
            for match in found
            if match[1] not in lists and _is_list(self._columns_of(match[0]) or ())
        ]

    def take_away(self, place: str) -> None:
        """Remove a list of an earlier export."""
        self._storage.rm_file(place)

    def _of(self, table: str) -> str:
        return f"{self._stem}-{table}{self._suffix}"

    def _columns_of(self, place: str) -> Sequence[str] | None:
        """Of the file that is there; None where none is, or none that may be read."""
        file: Any
        try:
            with self._storage.open(place, "rb") as file:
                return self._columns(file)
        except OSError:
            return None
        except ValueError:
            return ()


def _is_list(columns: Sequence[str]) -> bool:
    return tuple(columns[:2]) == ("document", "number") and columns[-1] == "confidence"
