"""sent.json in a run folder: which documents were sent where, and at which revision.

It is written once a destination has what it tells, so what a killed process may have sent is sent
again: it replaces what stands there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

from docglean.extractors.atomic_files import atomic_write
from docglean.schemas.errors import ConfigError
from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field

SENT = "sent.json"
FORMAT_VERSION = 1

_SECRET = re.compile(r"(?i)([\w-]*(?:pass|pwd|secret|token|key|credential)[\w-]*)=[^&;]*[&;]?")


class SentDocument(BaseModel):
    """A document as it was sent.

    Attributes:
        result: `fingerprint` of what the engine has read.
        revision: of what people have said of it; 0 where nobody has.
    """

    model_config = ConfigDict(frozen=True)

    uri: str
    status: str
    result: str
    revision: int = 0


class SentFile(BaseModel):
    """The documents of one file that stand in a destination; none where all are held back again."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    documents: tuple[SentDocument, ...] = ()


Sent = Mapping[str, tuple[SentDocument, ...]]
"""Documents by the uri of their file."""


class _Written(BaseModel):
    version: int = Field(default=FORMAT_VERSION, le=FORMAT_VERSION)
    sent: dict[str, dict[str, SentFile]] = Field(default_factory=dict)


class SentRecord:
    """What was sent of a run folder. Used within `open`, which one process at a time holds."""

    def __init__(self, path: Path, written: _Written) -> None:
        self._path = path
        self._written = written

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator[SentRecord]:
        """The record of a run folder; others wait until the block ends.

        Raises:
            ConfigError: ``bad_sent``, it can't be read or is of a later version.
        """
        path = folder / SENT
        with _told(path):
            lock = FileLock(folder / f".{SENT}.lock")
            lock.acquire()
        try:
            with _told(path):
                text = path.read_text("utf-8") if path.is_file() else "{}"
                written = _Written.model_validate_json(text)
            yield cls(path, written)
        finally:
            lock.release()

    def of(self, destination: str) -> Sent:
        """What a destination has."""
        files = self._written.sent.get(destination, {})
        return {file: one.documents for file, one in files.items()}

    def note(self, destination: str, sent: Sent) -> None:
        """Write down what a destination has now of these files.

        Raises:
            ConfigError: ``bad_sent``, it can't be written.
        """
        now = datetime.now(UTC)
        files = self._written.sent.setdefault(destination, {})
        files |= {file: SentFile(at=now, documents=some) for file, some in sent.items()}
        with _told(self._path), atomic_write(self._path) as out:
            out.write(self._written.model_dump_json(indent=1) + "\n")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the file system or a damaged file says, said by us."""
    try:
        yield
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise ConfigError(
            "bad_sent",
            f"{path} cannot be used: {cause}.",
            "Mend it, or remove it: then all documents are sent once more.",
        ) from error


def without_secrets(destination: str) -> str:
    """A destination by which it is known, without what lets one in."""
    place, mark, query = destination.partition("?")
    place = re.sub(r"://[^/]*@", "://", place)
    left = _SECRET.sub("", unquote(query)).rstrip("&;")
    return f"{place}{mark}{left}" if left else place
