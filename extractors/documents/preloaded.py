"""Importing this loads what files are opened with: a fork server does so before it has to, and
tidies up after a parent that was killed."""

import atexit
import contextlib
from multiprocessing import forkserver
from pathlib import Path

from docglean.extractors.documents.child_start import get_ready


def _tidy_up() -> None:
    address = forkserver._forkserver._forkserver_address  # type: ignore[attr-defined]
    if address:
        with contextlib.suppress(OSError):
            Path(address).unlink()
            Path(address).parent.rmdir()


get_ready()
atexit.register(_tidy_up)
