"""Where `extract` puts results that go into no run folder: standard output, a file, a database."""

from __future__ import annotations

import shutil
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from docglean.commands.result_table import print_line, print_result
from docglean.flows.duplicates import Duplicates
from docglean.flows.export.destination import (
    COPY,
    Destination,
    destination,
    file_destination,
    file_suffixes,
)
from docglean.flows.export.tables import RESULTS_NAME
from docglean.flows.names import run_folder
from docglean.flows.result_spool import ResultSpool
from docglean.flows.schema_shape import Shaped
from docglean.flows.totals import Totals
from docglean.schemas.errors import ConfigError, DocgleanError
from docglean.schemas.schema import Schema, built_in_by_hash

if TYPE_CHECKING:
    from docglean.cli.progress import Display
    from docglean.extractors.extraction import Extraction
    from docglean.flows.export.copy import Written

TABLE = "table"
"""The format for people, which is none of `export`."""
LINES = "jsonl"
AS_TEXT = ("csv", "csv-excel", "json")
"""Formats that do a terminal no harm."""
A_ROW_A_DOCUMENT = ("csv", "csv-excel", "parquet")
"""Formats of which standard output has room for one table."""

AGAIN = "Or run again with another --out: what models answered comes from the ledger."
"""The way out where all was read and cannot be put where it was to go."""


class ResultOutput(ABC):
    """Takes documents as they are done: `begin`, `take` each, `end`, and `close` in any case."""

    place = ""
    """Where they go, where that is not standard output."""
    tells_people = False
    """What each document came to is told on the terminal, so that nobody else has to say it."""

    def begin(self, schemas: Sequence[Schema]) -> None:
        """The run begins; documents are read by these schemas.

        Raises:
            ConfigError: they can't be put there, as far as that can be told now.
        """
        self._schemas = schemas
        self._seen = Duplicates.of_schemas(schemas)

    @abstractmethod
    def take(self, index: int, extraction: Extraction[Any]) -> Extraction[Any]:
        """One document of the source with this index; the same with what is now known of it."""

    def end(self, totals: Totals, display: Display) -> None:  # noqa: B027 (some are done)
        """All documents that are read have come.

        Raises:
            ConfigError: they can't be written.
        """

    def close(self) -> None:  # noqa: B027 (some hold nothing)
        """Let go of everything."""


class Printed(ResultOutput):
    """Documents on standard output, each as it is done.

    Args:
        show: prints one of them.
    """

    def __init__(self, show: Callable[[Extraction[Any]], None]) -> None:
        self._show = show

    def take(self, index: int, extraction: Extraction[Any]) -> Extraction[Any]:
        extraction = self._seen.of(extraction)
        self._show(extraction)
        return extraction


class Shown(Printed):
    """Documents for people, on a terminal unless it is asked for elsewhere."""

    def __init__(self, show: Callable[[Extraction[Any]], None]) -> None:
        super().__init__(show)
        self.tells_people = sys.stdout.isatty()


class Listed(Shown):
    """Several documents on a terminal, in a few words each."""

    def __init__(self) -> None:
        super().__init__(print_line)

    def end(self, totals: Totals, display: Display) -> None:
        if totals.documents:
            display.say(
                "All values: --out FOLDER or --out results.xlsx keeps them, --format table or "
                "--format jsonl prints them."
            )


class Filed(ResultOutput):
    """Documents that are put into a file or a database when all are read.

    What stands there before stays until then, and for good where the run is cut off.
    """

    def __init__(self, to: Destination) -> None:
        self._to = to
        self.place = to.to
        self._open = ExitStack()

    def begin(self, schemas: Sequence[Schema]) -> None:
        super().begin(schemas)
        self._check()
        self._spool = self._open.enter_context(closing(ResultSpool()))

    def take(self, index: int, extraction: Extraction[Any]) -> Extraction[Any]:
        self._spool.add(index, extraction)
        return extraction

    def end(self, totals: Totals, display: Display) -> None:
        if not totals.documents:  # a file of yesterday is worth more than an empty one
            self.place = ""
            display.say("No document was read, so nothing is written.")
            return
        for before, now in self._spool.tell_duplicates(self._seen):
            totals.retell(before, now, now.run)
            display.on_changed(now)
        self._put(display)

    def close(self) -> None:
        self._open.close()

    def _check(self) -> None:
        self._to.check({one.hash: one for one in self._schemas})

    def _put(self, display: Display) -> None:
        try:
            written = self._write(self._to)
        except DocgleanError as error:
            way_out = f"{error.way_out} {AGAIN}".strip()
            raise type(error)(error.code, error.message, way_out) from error
        from docglean.commands.export import written_lines

        for line in written_lines(written):
            display.say(line)

    def _write(self, to: Destination) -> Written:
        from docglean.flows.export.copy import write

        schemas: dict[str, Shaped] = {one.hash: one for one in self._schemas}
        # Of one schema the columns are always the same; of several, those that were of use.
        always = tuple(schemas) if len(schemas) == 1 else ()
        known = {**schemas, **built_in_by_hash()}
        return write(self._spool.extractions, to, known, always=always)


class Piped(Filed):
    """The same on standard output.

    Args:
        to: named as such a file is.
    """

    def __init__(self, to: Destination) -> None:
        super().__init__(to)
        self.place = ""

    def _check(self) -> None:
        with TemporaryDirectory(prefix="docglean-") as folder:
            self._to.below(folder).check()

    def _put(self, display: Display) -> None:
        with TemporaryDirectory(prefix="docglean-") as folder:
            there = self._to.below(folder)
            written = self._write(there)
            with Path(there.to).open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        if self._to.table == RESULTS_NAME and written.left_out:
            lists = ", ".join(written.left_out)
            display.say(f"Not in it: {lists}. --table NAME prints one, --out FILE.csv writes all.")


def chosen_output(
    out: str | None, kind: str | None, table: str | None, *, alone: bool
) -> ResultOutput | Path:
    """Where the results of a run go: an output, or a run folder.

    Args:
        out, kind, table: what ``--out``, ``--format`` and ``--table`` say.
        alone: there is one source.

    Raises:
        ConfigError: ``bad_format``, ``bad_option``, ``no_out``, ``out_elsewhere``.
    """
    if out is None:
        return _standard_output(kind, table, alone=alone)
    if kind == TABLE:
        raise ConfigError(
            "bad_option",
            "A table for people goes to the terminal.",
            "Leave out --out, or name a file such as results.csv.",
        )
    to = file_destination(out, None if kind == COPY else kind, table=table)
    if to is not None:
        return Filed(to)
    if table is not None:
        raise ConfigError(
            "bad_option",
            f"{out} is a run folder, which has all tables.",
            "Leave out --table, or name a file such as results.csv.",
        )
    return run_folder(out)


def _standard_output(kind: str | None, table: str | None, *, alone: bool) -> ResultOutput:
    if table is not None and kind in (None, TABLE):
        raise ConfigError("bad_option", "--table chooses a table of a format.", "Add --format csv.")
    if kind == TABLE or (kind is None and alone and sys.stdout.isatty()):
        return Shown(print_result)
    if kind is None and sys.stdout.isatty():
        return Listed()
    if kind is None or (kind == LINES and table is None) or (kind == "json" and alone):
        return Printed(lambda one: _print_json(one, alone=alone and kind != LINES))
    to = _as_file(kind, table)
    if sys.stdout.isatty() and kind not in AS_TEXT:
        raise ConfigError(
            "no_out",
            f"The format {kind} is not for a terminal.",
            f"Add --out {to.to}, or send it to a file with >.",
        )
    return Piped(to)


def _as_file(kind: str, table: str | None) -> Destination:
    """What a file of this format would be called and hold; one of one table without the lists."""
    if kind == COPY:
        raise ConfigError("no_out", "A run folder needs a name.", "Add --out FOLDER.")
    found = destination("results", kind, table=table).format
    to = f"results{next(iter(file_suffixes(found)), '')}"
    if found.keeps:
        raise ConfigError("no_out", f"The format {kind} needs a name.", f"Add --out {to}.")
    if table is None and kind in A_ROW_A_DOCUMENT:
        table = RESULTS_NAME
    return Destination(to, found, table=table)


def _print_json(extraction: Extraction[Any], *, alone: bool) -> None:
    one = alone and extraction.document.part is None
    print(extraction.to_json(indent=2 if one else None), flush=True)
