"""Files that nobody ever sees half of."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


@contextmanager
def atomic_write(path: Path) -> Iterator[IO[str]]:
    """A text file that takes the place of `path` when the block ends without an error."""
    with _beside(path, "x", encoding="utf-8", newline="") as file:
        yield file


@contextmanager
def atomic_bytes(path: Path) -> Iterator[IO[bytes]]:
    """As `atomic_write`, for bytes."""
    with _beside(path, "xb") as file:
        yield file


def atomic_copy(source: Path, path: Path) -> None:
    """Copy a file; the copy takes the place of `path` once all of it is there."""
    with source.open("rb") as read, atomic_bytes(path) as file:
        shutil.copyfileobj(read, file)


@contextmanager
def _beside(
    path: Path, mode: str, encoding: str | None = None, newline: str | None = None
) -> Iterator[IO[Any]]:
    beside = path.parent / f".{uuid.uuid4().hex}.part"
    with beside.open(mode, encoding=encoding, newline=newline) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            file.close()
            beside.unlink(missing_ok=True)
            raise
    beside.replace(path)
