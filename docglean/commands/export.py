"""``docglean export``: the tables of a run folder, elsewhere."""

from __future__ import annotations

from pathlib import Path

from docglean.cli.exits import OK
from docglean.flows.export.copy import export
from docglean.schemas.errors import ConfigError


def export_command(
    run: Path, to: str, kind: str | None, prefix: str, reviewed_only: bool, unreviewed: bool
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
    for name, rows in export(run, to, kind, prefix=prefix, signed_off=signed_off).items():
        print(f"{rows:>8,} rows  {name}")
    return OK
