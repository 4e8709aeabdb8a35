"""``docglean export``: the results of a run folder, elsewhere."""

from __future__ import annotations

from pathlib import Path

from docglean.cli.exits import OK
from docglean.extractors.printable import printable
from docglean.flows.export.copy import Written, export
from docglean.schemas.errors import ConfigError


def export_command(
    run: Path,
    to: str,
    kind: str | None,
    prefix: str,
    table: str | None,
    reviewed_only: bool,
    unreviewed: bool,
) -> int:
    """``docglean export``: the exit code.

    Raises:
        ConfigError: ``bad_option``, or as `export`.
    """
    if reviewed_only and unreviewed:
        raise ConfigError(
            "bad_option", "--reviewed-only and --unreviewed leave no document.", "Say one of them."
        )
    signed_off = reviewed_only if reviewed_only or unreviewed else None
    written = export(run, to, kind, prefix=prefix, table=table, signed_off=signed_off)
    for line in written_lines(written):
        print(line)
    return OK


def written_lines(written: Written) -> list[str]:
    """What was written where, a line a table, and what else became of what stood there."""
    wide = max(map(len, written.rows), default=0)
    tables = [
        printable(f"{rows:>8,} rows  {name:{wide}}  {written.places[name]}")
        for name, rows in written.rows.items()
    ]
    return [*tables, *map(printable, written.notes)]
