"""Files that nobody ever sees half of."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

# It can only be read by setting it, which no two threads may do at once.
_MASK = os.umask(0o077)
os.umask(_MASK)


@contextmanager
def atomic_write(path: Path) -> Iterator[IO[str]]:
    """A text file that takes the place of `path` when the block ends without an error."""
    with _beside(path, "w", encoding="utf-8", newline="") as file:
        yield file


def atomic_copy(source: Path, path: Path) -> None:
    """Copy a file; the copy takes the place of `path` once all of it is there."""
    with source.open("rb") as read, _beside(path, "wb") as file:
        shutil.copyfileobj(read, file)


@contextmanager
def _beside(
    path: Path, mode: str, encoding: str | None = None, newline: str | None = None
) -> Iterator[IO[Any]]:
    with NamedTemporaryFile(
        mode,
        encoding=encoding,
        newline=newline,
        dir=path.parent,
        prefix=".",
        suffix=".part",
        delete=False,
    ) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            file.close()
            Path(file.name).unlink(missing_ok=True)
            raise
    Path(file.name).chmod(0o666 & ~_MASK)
    Path(file.name).replace(path)
