"""Folders that documents come from and results go to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from docglean.doctor.check import Case, Finding
from docglean.doctor.ledger import room


def sources(case: Case) -> Iterator[Finding]:
    """Whether the folders of the deployments' sources can be read."""
    for told in case.told("source"):
        path = case.folder / told
        if "://" in told:
            yield Finding(f"source {told}", "ok", "is asked when a flow runs")
        elif not path.exists():
            yield Finding(f"source {told}", "warn", "is not there", f"mkdir -p {path}")
        elif not path.is_dir():
            yield Finding(f"source {told}", "fail", "is no folder", "Mend it in prefect.yaml.")
        elif not os.access(path, os.R_OK | os.X_OK):
            yield Finding(f"source {told}", "fail", "may not be read", f"chmod u+rx {path}")
        else:
            yield Finding(f"source {told}", "ok", "can be read")


def run_folders(case: Case) -> Iterator[Finding]:
    """Whether results can be written where the deployments say."""
    for told in dict.fromkeys([*case.told("out"), *case.told("runs")]):
        path = case.folder / told
        there = next(one for one in (path, *path.absolute().parents) if os.path.lexists(one))
        cause = "a file is in its place" if not there.is_dir() else _unwritable(there)
        if cause:
            way = "Give this user the right to write there, or name another in prefect.yaml."
            yield Finding(f"run folder {told}", "fail", cause, way)
            continue
        yield Finding(f"run folder {told}", "ok", "can be written")
        yield room(path, f"disk of {told}")


def _unwritable(folder: Path) -> str:
    """Why nothing can be written in a folder; empty where it can. Tried, not looked up."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".docglean-doctor-") as file:
            file.write(b"0")
    except OSError as error:
        return f"{folder} cannot be written: {error.strerror}"
    return ""
