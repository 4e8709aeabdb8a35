"""Where exported tables go: the port of an output format, and the formats there are.

A format is a module of `sinks/` or of a package of your own (entry point ``docglean.sinks``) with
a `SinkFormat` in it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from docglean.extractors.atomic_files import atomic_copy
from docglean.extractors.extraction import Extraction
from docglean.flows.export.exact import PRECISION, SCALE, without_too_exact
from docglean.flows.export.tables import FlatTable
from docglean.schemas.errors import ConfigError, cause_of
from docglean.schemas.plugins import Registry

_LEAST, _EXACT = Decimal(1).scaleb(-SCALE), Context(prec=PRECISION)


class Sink(ABC):
    """Where tables go: `begin` each, `document` by document, `finish`; all of it in a with block.

    Attributes:
        typed: its columns have types, and take no value that is not of theirs.
        bounded: its decimals have so many figures as `exact` tells; another stays empty.
        single: it is one file with a row a document, see `overview`.
        counts: rows by table.
        too_exact: how many decimals stay empty.
        notes: what else became of what stood there, for people.
    """

    typed = True
    bounded = False
    single = False

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.notes: list[str] = []
        self.too_exact = 0

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, *error: object) -> None:
        self.close(failed=error[0] is not None)

    def check(self, tables: Iterable[FlatTable]) -> None:  # noqa: B027 (most take any)
        """Whether these tables can go there, in their order; nothing is written.

        Raises:
            ConfigError: what stands there forbids it.
        """

    def begin(self, table: FlatTable) -> None:
        """A table that rows will come for."""
        self.counts[table.name] = 0

    def replace(self, file: str) -> None:  # noqa: B027 (most formats have nothing to replace)
        """What stands there of this file is to be replaced: all documents in it."""

    def document(
        self, extraction: Extraction[Any], rows: Iterable[tuple[FlatTable, dict[str, Any]]]
    ) -> None:
        """One document, as the rows that it has in the tables that were begun."""
        if self.bounded:
            rows = list(rows)
            self.too_exact += without_too_exact(rows)
        for table, row in rows:
            self.add(table, row)

    def place(self, table: str) -> str:
        """Where a table goes, for people."""
        return table

    def add(self, table: FlatTable, row: dict[str, Any]) -> None:
        """One row."""
        self.counts[table.name] += 1
        self.write(table, row)

    @abstractmethod
    def write(self, table: FlatTable, row: dict[str, Any]) -> None:
        """As `add`."""

    @abstractmethod
    def finish(self) -> None:
        """All rows have come: what was written counts from here on."""

    @abstractmethod
    def close(self, *, failed: bool) -> None:
        """Let go of everything."""


class FileSink(Sink):
    """Files are made in a folder of their own, and brought to their place when all is whole."""

    def __init__(self, to: str) -> None:
        super().__init__()
        self.to = to
        self._folder = TemporaryDirectory(prefix="docglean-export-")
        self.folder = Path(self._folder.name)

    def place(self, table: str) -> str:
        return self.to

    def close(self, *, failed: bool) -> None:
        self._folder.cleanup()


def names_file(to: str, *suffixes: str) -> bool:
    """Whether a destination is one file by its name, and no folder that is there."""
    return to.lower().endswith(suffixes) and not Path(to).is_dir()


def check_storage(to: str) -> None:
    """Ask the storage of a URL whether it is there, before there is anything to put.

    Raises:
        ConfigError: ``no_storage``.
    """
    import fsspec

    try:
        storage, place = fsspec.core.url_to_fs(to)
        storage.exists(place)
    except PermissionError:
        pass  # who may write may not be let read
    except Exception as error:
        raise no_storage(to, error) from error


def put_files(to: str, files: dict[str, Path]) -> None:
    """Put files where they belong, by their names below `to`; empty for `to` itself.

    Each is there whole or not at all; what stood there before stays until then.

    Raises:
        ConfigError: ``no_storage``.
    """
    import fsspec

    try:
        storage, place = fsspec.core.url_to_fs(to)
        for name, file in files.items():
            target = f"{place.rstrip('/')}/{name}" if name else place
            if "file" in storage.protocol:
                storage.makedirs(str(Path(target).parent), exist_ok=True)
                atomic_copy(file, Path(target))
            else:  # a store shows an object when all of it is there
                storage.put_file(str(file), target)
    except Exception as error:
        raise no_storage(to, error) from error


def no_storage(to: str, error: Exception) -> ConfigError:
    checked = "the place and its credentials" if "://" in to else "the place"
    return ConfigError(
        "no_storage",
        f"{to} cannot be written: {cause_of(error)}.",
        f"Check {checked}; nothing half is left there.",
    )


@dataclass(frozen=True, slots=True)
class SinkFormat:
    """An output format.

    Attributes:
        name: as ``--to`` takes it.
        open: a sink for a destination; the second argument begins the tables' names in a database.
        suffixes: ends of destinations that are this format's, in small letters.
        schemes: of URLs that are this format's, without a driver.
        keeps: what stands there of other documents stays, so that some can be sent alone.
        whole: documents go there whole, not as tables.
    """

    name: str
    open: Callable[[str, str], Sink]
    suffixes: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    keeps: bool = False
    whole: bool = False


SINKS = Registry(
    "docglean.sinks", SinkFormat, "output format", package="docglean.flows.export.sinks"
)


def fits(cell: Any, *, text: bool = False) -> Any:
    """A value as a column takes it: a decimal with as many places as there are, see `exact`."""
    if isinstance(cell, datetime) and cell.tzinfo is not None:
        return cell.replace(tzinfo=None)
    if not isinstance(cell, Decimal):
        return cell
    if text:
        return format(cell, "f")
    if not cell.is_finite():
        return None
    exponent = cell.as_tuple().exponent
    assert isinstance(exponent, int)
    return cell.quantize(_LEAST, context=_EXACT) if -exponent > SCALE else cell
