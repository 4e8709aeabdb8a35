"""The folder tables/ of a run: what was found as CSV, and each grid of cells as it is printed.

    documents.csv, invoice.csv, invoice_line_items.csv    as `docglean export ... csv` writes them
    NAME-1.csv                                            the first table of the document NAME

A later run writes all of it anew; what it does not write any more is removed, what somebody else
put there stays.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import IO, Any

from docglean.extractors.atomic_files import atomic_write
from docglean.extractors.extraction import Extraction, SourceRecord
from docglean.flows.export.csv_files import CsvFiles
from docglean.flows.export.tables import DOCUMENTS, entries_at, flattener
from docglean.flows.names import safe_part
from docglean.flows.schema_shape import Shaped
from docglean.flows.sources import short_hash
from docglean.schemas.fields import Field
from docglean.schemas.schema import built_in_by_hash

WRITTEN = ".written.json"
"""Names of the files that the last run put there."""
LONGEST_NAME = 200
"""Bytes of a document's part of a file name; most file systems take 255 in all."""


def write_tables(
    folder: Path, extractions: Callable[[], Iterator[Extraction[Any]]], schemas: Iterable[Shaped]
) -> None:
    """Write the tables of all extractions into `folder`.

    Args:
        extractions: all of them, from the first, each time it is called.
        schemas: those that are known; what was read by another has columns by its values.
    """
    by_hash: dict[str, Shaped] = {**built_in_by_hash()}
    by_hash |= {schema.hash: schema for schema in schemas}
    flat = flattener(extractions(), by_hash)
    if flat.tables == [DOCUMENTS]:
        return  # nothing was found in any document
    folder.mkdir(exist_ok=True)
    names = _Names()
    with ExitStack() as stack:

        def opened(name: str) -> IO[str]:
            names.taken.add(name.casefold())
            return stack.enter_context(atomic_write(folder / name))

        files = CsvFiles(opened)
        for table in flat.tables:
            files.begin(table)
        for extraction in extractions():
            for table, row in flat.rows(extraction, typed=False):
                files.write(table, row)
            for place, rows in _grids(flat.root(extraction), extraction.values):
                with ExitStack() as alone:  # a file for each table of each document: one at a time
                    name = names.of(extraction.document, place)
                    one = CsvFiles(lambda name: alone.enter_context(atomic_write(folder / name)))
                    one.write_grid(name, rows)
    _remove_others(folder, names.taken)


def _grids(root: Field | None, values: Any) -> Iterator[tuple[str, list[Any]]]:
    """Lists of rows of cells, each with what tells it from others of its document.

    Lists that only number the rows of another (`RowNumbers`) are none.
    """
    fields = [
        field
        for field in (root.walk() if root is not None else ())
        if field.shape == "list" and field.item.is_row_of_cells and field.row_numbers is None
    ]
    for field in fields:
        for numbers, rows in entries_at(values, field.path):
            if isinstance(rows, list) and rows:
                place = [str(number) for number in numbers]
                if len(fields) > 1 or not place:
                    place.append(safe_part(field.name))
                yield "-".join(place), rows


class _Names:
    """A name for each file, told apart where documents share one."""

    def __init__(self) -> None:
        self.taken: set[str] = set()
        self._stems: dict[str, str] = {}

    def of(self, document: SourceRecord, place: str) -> str:
        """The name of one table of a document."""
        parts = [safe_part(p) for p in PurePosixPath(document.name).parts if p not in "/.."]
        stem = "-".join(parts).encode()[:LONGEST_NAME].decode(errors="ignore") or "document"
        apart = f"{stem}-{short_hash(document.uri)}"
        # Many file systems do not tell capitals from small letters.
        if self._stems.setdefault(stem.casefold(), document.uri) != document.uri:
            stem = apart
        name = f"{stem}-{place}.csv"
        if name.casefold() in self.taken:  # a-1 of "a" and the whole of "a-1"
            name = f"{apart}-{place}.csv"
        self.taken.add(name.casefold())
        return name


def _remove_others(folder: Path, written: set[str]) -> None:
    """Remove what an earlier run wrote and this one did not; note what this one wrote."""
    note = folder / WRITTEN
    try:
        earlier = set(json.loads(note.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        earlier = set()
    for path in folder.glob("*.csv"):
        if path.name.casefold() in earlier - written:
            path.unlink(missing_ok=True)
    with atomic_write(note) as file:
        json.dump(sorted(written), file)
