"""A run folder's results for other programs: Parquet, CSV, Excel, JSON, databases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docglean.extractors.extraction import Extraction
from docglean.extractors.plurals import counted
from docglean.flows.export.destination import COPY, PREFIX, Destination, destination
from docglean.flows.export.layout import Layout
from docglean.flows.export.sink import SINKS, Sink, put_files
from docglean.flows.export.tables import flattener
from docglean.flows.run_folder import RunFolder, holding_results
from docglean.flows.schema_shape import Shaped
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import built_in_by_hash


@dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        rows: numbers of rows by table.
        places: where each table is, for people.
        left_out: names of lists that were not asked for.
        notes: what else became of what stood there, for people.
    """

    rows: dict[str, int]
    places: dict[str, str]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def export(
    run: Path,
    to: str,
    kind: str | None = None,
    *,
    prefix: str = PREFIX,
    table: str | None = None,
    signed_off: bool | None = None,
) -> Written:
    """Write the results of a run folder, with what people have said of its values.

    Documents that are in a database already are replaced; files are written anew, whole or not
    at all.

    Args:
        to: a file, a folder or a database, see `destination`; files by an fsspec URL, too. With
            the kind ``folder``, where the run folder is copied to as it is.
        kind: the format; by default as `to` looks.
        prefix: of the tables in a database.
        table: this one alone, as `Layout` takes it.
        signed_off: only documents that a person has signed off, or only the others; None: all.

    Raises:
        ConfigError: ``no_run``, ``bad_reviews``, ``bad_format``, ``bad_option``, ``bad_table``,
            ``no_storage``, ``no_database``, ``table_taken``, ``other_type``, ``file_taken``.
    """
    folder = RunFolder.existing(run)
    if kind == COPY:
        return _copied(run, to, plain=signed_off is None and table is None)
    wanted = destination(to, kind, prefix=prefix, table=table)

    def chosen() -> Iterator[Extraction[Any]]:
        with holding_results(folder.path):
            for one in folder.reviewed():
                if signed_off is None or bool(one.reviewed_by) == signed_off:
                    yield one

    return write(chosen, wanted, schemas_of(folder))


def write(
    chosen: Callable[[], Iterator[Extraction[Any]]],
    wanted: Destination,
    schemas: Mapping[str, Shaped],
    *,
    always: Iterable[str] = (),
    gone: Iterable[str] = (),
) -> Written:
    """Write documents to a destination.

    Args:
        chosen: the documents, from the first, each time it is called.
        schemas: by hash; what was read by another has its columns from the values themselves.
        always: hashes of those that have tables without a document, too.
        gone: uris of files of which nothing is to stand there any more.

    Raises:
        ConfigError: as `export`.
    """
    with SINKS.blamed(wanted.format.name), wanted.open() as sink:
        flat = flattener(chosen(), schemas, always=always)
        layout = Layout(flat, single=sink.single, table=wanted.table)
        sink.check(layout.tables)
        for table in layout.tables:
            sink.begin(table)
        for file in gone:
            sink.replace(file)
        files: set[str] = set()
        for extraction in chosen():
            # Once a file: it may have been read as one document before, or divided otherwise.
            if (file := extraction.document.file_uri) not in files:
                files.add(file)
                sink.replace(file)
            sink.document(extraction, layout.rows(extraction, typed=sink.typed))
        sink.finish()
        places = {name: sink.place(name) for name in sink.counts}
        return Written(dict(sink.counts), places, layout.left_out, _notes(sink))


def _notes(sink: Sink) -> tuple[str, ...]:
    """What people are told of beside numbers of rows."""
    if not (many := sink.too_exact):
        return tuple(sink.notes)
    which = f"{counted(many, 'decimal')} with more figures than its column holds"
    is_told = "empty there, and among the problems of the document; csv and json have all figures"
    return (*sink.notes, f"{which}: {is_told}.")


def schemas_of(folder: RunFolder) -> dict[str, Shaped]:
    """The schemas of a run folder by hash, as the runs wrote them down; no code that they name is
    loaded.

    Raises:
        ConfigError: ``no_run``: the folder holds something else than a run's results.
    """
    with holding_results(folder.path):
        return {**folder.record().schemas, **built_in_by_hash()}


def _copied(run: Path, to: str, *, plain: bool) -> Written:
    if not plain:
        raise ConfigError(
            "bad_format",
            "A copy of a run folder has all its documents and tables.",
            "Leave out --table, --reviewed-only and --unreviewed, or name another format.",
        )
    return Written({"files": copy(run, to)}, {"files": to})


def copy(run: Path, to: str) -> int:
    """Put the files of a run folder elsewhere, those that tell of the others last; how many.

    Raises:
        ConfigError: ``no_storage``.
    """
    told = ("results.jsonl", "run.json")
    files = [
        path.relative_to(run).as_posix()
        for path in run.rglob("*")
        # A link in a folder that somebody sent may lead to anything on this machine.
        if path.is_file() and path.resolve().is_relative_to(run.resolve())
    ]
    shown = sorted(
        name for name in files if not Path(name).name.startswith(".") and name not in told
    )
    names = [*shown, *(name for name in told if name in files)]
    put_files(to, {name: run / name for name in names})
    return len(names)
