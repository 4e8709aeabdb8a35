"""The service's own folder: files that were handed in, and results, until they are deleted."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import time
import uuid
from asyncio import to_thread
from collections.abc import AsyncIterator, Collection
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePath

from docglean.extractors.atomic_files import atomic_bytes, atomic_write
from docglean.schemas.errors import ConfigError, cause_of
from docglean.serve.faults import ServiceFault

MARK = "service.json"
FORGOTTEN_SECONDS = 3600.0
"""After which a file that nobody has accepted is of a request that was cut off."""
FULL = {getattr(errno, name, None) for name in ("ENOSPC", "EDQUOT")}
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that lies in the folder, whole.

    Attributes:
        sha256, bytes: of its content.
    """

    path: Path
    sha256: str
    bytes: int


class ServiceFolder:
    """Readable by its owner only.

    Attributes:
        id: names the folder in the ledger, wherever it is moved.

    Raises:
        ConfigError: ``bad_folder``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._uploads, self._results = path / "uploads", path / "results"
        try:
            for folder in (path, self._uploads, self._results):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.id = self._read_id()
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(
                "bad_folder",
                f"{path} cannot be used by the service: {cause_of(error)}.",
                "Name a folder of its own with --folder.",
            ) from error

    def _read_id(self) -> str:
        mark = self.path / MARK
        if not mark.exists():
            if any(one.name not in ("uploads", "results") for one in self.path.iterdir()):
                raise ValueError("there are other files in it")
            with atomic_write(mark) as file:
                json.dump({"version": 1, "id": uuid.uuid4().hex}, file)
        return str(json.loads(mark.read_text("utf-8"))["id"])

    def upload(self, id: str, name: str) -> Path:
        """Where the file of a document lies."""
        suffix = PurePath(name).suffix
        return self._uploads / f"{id}{suffix if _SUFFIX.fullmatch(suffix) else ''}"

    def result(self, id: str) -> Path:
        """Where the result of a document lies, once it is there."""
        return self._results / f"{id}.json"

    async def store(self, id: str, name: str, content: AsyncIterator[bytes]) -> Stored:
        """Keep a file; it is on the disk, whole, when this returns.

        Raises:
            ServiceFault: ``empty``; ``disk_full``. What `content` raises: nothing is kept.
        """
        path = self.upload(id, name)
        digest, size = hashlib.sha256(), 0
        try:
            with ExitStack() as stack:
                file = stack.enter_context(atomic_bytes(path))
                async for block in content:
                    size += len(block)
                    digest.update(block)
                    await to_thread(file.write, block)
                if not size:
                    raise ServiceFault(
                        422, "empty", "The file is empty.", "Send its content as the body."
                    )
                await to_thread(stack.pop_all().close)
            await to_thread(_sync, self._uploads)
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise ServiceFault(
                507, "disk_full", "There is no room for the file.", "Try again later."
            ) from error
        return Stored(path, digest.hexdigest(), size)

    def remove(self, id: str, name: str = "") -> None:
        """Keep nothing of a document any more."""
        names = [self.upload(id, name)] if name else list(self._uploads.glob(f"{id}*"))
        for path in (*names, self.result(id)):
            path.unlink(missing_ok=True)

    def sweep(self, known: Collection[str]) -> None:
        """Remove files of no document: of requests that were cut off, of documents deleted."""
        oldest = time.time() - FORGOTTEN_SECONDS
        for folder in (self._uploads, self._results):
            for path in folder.iterdir():
                forgotten = path.stat().st_mtime < oldest
                if forgotten and path.name.partition(".")[0] not in known:
                    path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Have the names in a folder outlive a power cut, where the system can do that."""
    if os.name == "posix":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
