"""A run folder's results for other programs: Parquet, CSV, Excel, SQL tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from docglean.extractors.extraction import Extraction
from docglean.flows.export.sink import SINKS, Sink, SinkFormat, put_files
from docglean.flows.export.tables import Flattener, flattener
from docglean.flows.export.values_table import VALUES, value_rows
from docglean.flows.run_folder import RunFolder, holding_results
from docglean.flows.schema_shape import Shaped
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import built_in_by_hash

COPY = "folder"
"""What `export` takes for the run folder as it is, which is no format of tables."""


def export(
    run: Path,
    to: str,
    kind: str | None = None,
    *,
    prefix: str = "docglean_",
    signed_off: bool | None = None,
) -> dict[str, int]:
    """Write the tables of a run folder, with what people have said of its values; the number of
    rows of each.

    Documents that are in a database already are replaced; files are written anew, whole or not
    at all.

    Args:
        to: a folder (parquet, csv; folder copies the run folder as it is) or a file (xlsx), here
            or by an fsspec URL; for sql a SQLAlchemy URL.
        kind: by default as `to` looks.
        prefix: of the tables in a database.
        signed_off: only documents that a person has signed off, or only the others; None: all.

    Raises:
        ConfigError: ``no_run``, ``bad_reviews``, ``bad_format``, ``no_storage``, ``no_database``.
    """
    folder = RunFolder.existing(run)
    if kind == COPY:
        if signed_off is not None:
            raise ConfigError(
                "bad_format",
                "A copy of a run folder has all its documents.",
                "Leave out --reviewed-only or --unreviewed, or name another format with --to.",
            )
        return {"files": copy(run, to)}
    sink_format = format_of(to, kind)

    def chosen() -> Iterator[Extraction[Any]]:
        for one in folder.reviewed():
            if signed_off is None or bool(one.reviewed_by) == signed_off:
                yield one

    with SINKS.blamed(sink_format.name):
        return write(folder, chosen, sink_format.open(to, prefix))


def write(
    folder: RunFolder,
    chosen: Callable[[], Iterator[Extraction[Any]]],
    opened: Sink,
    *,
    gone: Iterable[str] = (),
) -> dict[str, int]:
    """Write the tables of some documents of a run folder; the number of rows of each.

    Args:
        chosen: the documents, from the first, each time it is called.
        gone: uris of files of which nothing is to stand there any more.

    Raises:
        ConfigError: as `export`.
    """
    with opened as sink:
        flat = _flattener(folder, chosen())
        for table in (*flat.tables, VALUES):
            sink.begin(table)
        for file in gone:
            sink.replace(file)
        files: set[str] = set()
        for extraction in chosen():
            # Once a file: it may have been read as one document before, or divided otherwise.
            if (file := extraction.document.file_uri) not in files:
                files.add(file)
                sink.replace(file)
            for table, row in flat.rows(extraction, typed=sink.typed):
                sink.add(table, row)
            for row in value_rows(extraction):
                sink.add(VALUES, row)
        sink.finish()
    return sink.counts


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


def format_of(to: str, kind: str | None) -> SinkFormat:
    """The format that is named, or that a destination looks like.

    Raises:
        ConfigError: ``bad_format``.
    """
    return guess(to) if kind is None else _named(kind)


def guess(to: str) -> SinkFormat:
    """The format that a destination looks like.

    Raises:
        ConfigError: ``bad_format``.
    """
    place = to.lower().rstrip("/")
    scheme = place.split("://")[0].split("+")[0] if "://" in place else ""
    for known in (SINKS.built_in, SINKS.added):  # packages are asked where nothing built in fits
        for one in known():
            if scheme in one.schemes:
                return one
        for one in known():
            if place.endswith(one.suffixes):
                return one
    raise _unknown(f"Nobody can tell what {to} is to be.")


def _named(kind: str) -> SinkFormat:
    found = SINKS.get(kind)
    if found is None:
        raise _unknown(f"There is no output format {kind!r}.")
    return found


def _unknown(message: str) -> ConfigError:
    broken = " ".join(fault.message for fault in SINKS.faults())
    return ConfigError(
        "bad_format", f"{message} {broken}".strip(), f"Add --to {', '.join((*SINKS, COPY))}."
    )


def _flattener(folder: RunFolder, extractions: Iterable[Extraction[Any]]) -> Flattener:
    """With the schemas as the runs wrote them down; no code that they name is loaded.

    What an older version left without them has its columns from the values themselves.

    Raises:
        ConfigError: ``no_run``: the folder holds something else than a run's results.
    """
    with holding_results(folder.path):
        schemas: dict[str, Shaped] = {**folder.record().schemas, **built_in_by_hash()}
        return flattener(extractions, schemas)
