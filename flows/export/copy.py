"""A run folder's results for other programs: Parquet, CSV, Excel, SQL tables."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from docglean.flows.export.sink import SINKS, SinkFormat, put_files
from docglean.flows.export.tables import Flattener, flattener
from docglean.flows.run_folder import RunFolder
from docglean.flows.schema_shape import Shaped
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import BUILT_IN, load_schema

COPY = "folder"
"""What `export` takes for the run folder as it is, which is no format of tables."""


def export(
    run: Path, to: str, kind: str | None = None, *, prefix: str = "docglean_"
) -> dict[str, int]:
    """Write the tables of a run folder; the number of rows of each.

    Documents that are in a database already are replaced; files are written anew, whole or not
    at all.

    Args:
        to: a folder (parquet, csv; folder copies the run folder as it is) or a file (xlsx), here
            or by an fsspec URL; for sql a SQLAlchemy URL.
        kind: by default as `to` looks.
        prefix: of the tables in a database.

    Raises:
        ConfigError: ``no_run``, ``bad_format``, ``no_storage``, ``no_database``.
    """
    folder = RunFolder(run)
    if not (run / "results.jsonl").is_file():
        raise ConfigError(
            "no_run",
            f"{run} is no run folder: there is no results.jsonl in it.",
            "Name the folder that `docglean extract --out FOLDER` wrote.",
        )
    if kind == COPY:
        return {"files": copy(run, to)}
    sink_format = guess(to) if kind is None else _named(kind)
    with SINKS.blamed(sink_format.name):
        return _write(folder, sink_format, to, prefix)


def _write(folder: RunFolder, sink_format: SinkFormat, to: str, prefix: str) -> dict[str, int]:
    flat = _flattener(folder)
    sink = sink_format.open(to, prefix)
    with sink:
        for table in flat.tables:
            sink.begin(table)
        files: set[str] = set()
        for extraction in folder.extractions():
            # Once a file: it may have been read as one document before, or divided otherwise.
            if (file := extraction.document.file_uri) not in files:
                files.add(file)
                sink.replace(file)
            for table, row in flat.rows(extraction, typed=sink.typed):
                sink.add(table, row)
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


def _flattener(folder: RunFolder) -> Flattener:
    """With the schemas as the runs wrote them down; no code that they name is loaded.

    What an older version left without them has its columns from the values themselves.

    Raises:
        ConfigError: ``no_run``: the folder holds something else than a run's results.
    """
    try:
        built_in: Iterable[Shaped] = map(load_schema, BUILT_IN)
        schemas = {**folder.record().schemas, **{schema.hash: schema for schema in built_in}}
        return flattener(folder.extractions(), schemas)
    except (OSError, ValueError) as error:
        raise ConfigError(
            "no_run",
            f"{folder.path} cannot be read: its results.jsonl or run.json holds something else "
            "than results.",
            "Name a run folder from `docglean extract --out`.",
        ) from error
