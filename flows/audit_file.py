"""A file of JSON that ends in a SHA-256 of all before it, written and checked a line at a time.

    {
    "about": {...},
    "documents": [
    {...},
    {...}
    ],
    "sha256": "..."
    }

The last line but one has the SHA-256 of all bytes above it, so that anybody can check it, with
``head -n -2 FILE | sha256sum``. It tells a file that was changed by mistake or carelessly; who
changes it on purpose can write a new sum, unless somebody has kept the old one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from docglean.extractors.atomic_files import atomic_write
from docglean.schemas.errors import ConfigError

_SUM = re.compile(rb'"sha256": "([0-9a-f]{64})"\n\}\n?')


@dataclass(frozen=True, slots=True)
class Seal:
    """What the end of a file says, and what is true.

    Attributes:
        told, found: SHA-256 in hexadecimals.
    """

    told: str
    found: str

    @property
    def holds(self) -> bool:
        """Whether nothing above it was changed."""
        return self.told == self.found


def write_sealed(path: Path, head: Mapping[str, Any], documents: Iterable[Any]) -> tuple[int, str]:
    """Write a file, a document at a time; it is there whole or not at all.

    Returns:
        How many documents it has, and its SHA-256.

    Raises:
        ConfigError: ``bad_out``, it can't be written.
    """
    digest, count = hashlib.sha256(), 0
    with _written(path) as file:

        def write(text: str) -> None:
            digest.update(text.encode("utf-8"))
            file.write(text)

        write("{\n")
        for key, value in head.items():
            write(f"{_json(key)}: {_json(value, indent=1)},\n")
        write('"documents": [')
        for count, document in enumerate(documents, start=1):
            write(("," if count > 1 else "") + "\n" + _json(document))
        write("\n],\n")
        file.write(f'"sha256": "{digest.hexdigest()}"\n}}\n')
    return count, digest.hexdigest()


def read_seal(path: Path) -> Seal:
    """The seal of a file, which is read a line at a time.

    Raises:
        ConfigError: ``bad_audit``, it can't be read or has no seal.
    """
    digest, last = hashlib.sha256(), b""
    try:
        with path.open("rb") as file:
            for line in file:
                if line.startswith(b'"sha256": "'):
                    last = line + file.read(100)
                    break
                digest.update(line)
    except OSError as error:
        raise _unsealed(path, error.strerror or str(error)) from error
    found = _SUM.fullmatch(last)
    if found is None:
        raise _unsealed(path, "it does not end in a SHA-256 of what it holds")
    return Seal(found[1].decode(), digest.hexdigest())


def _unsealed(path: Path, why: str) -> ConfigError:
    return ConfigError(
        "bad_audit",
        f"{path} cannot be checked: {why}.",
        "Name a file that `docglean audit` wrote, whole and as it was.",
    )


@contextmanager
def _written(path: Path) -> Iterator[IO[str]]:
    try:
        with atomic_write(path) as file:
            yield file
    except OSError as error:
        raise ConfigError(
            "bad_out", f"{path} cannot be written: {error.strerror}.", "Name another file."
        ) from error


def _json(value: Any, indent: int | None = None) -> str:
    """JSON that every reader takes; half a pair of surrogates is written as its number."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent)
    return text
