"""Documents in a store that fsspec reaches: listed, and fetched."""

from __future__ import annotations

import glob
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from docglean.schemas.errors import ConfigError, SourceError, cause_of

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object.

    Attributes:
        stamp: size and entity tag or time of change, as far as the store tells them.
        listed: it lay in a folder, or matched a pattern; nobody named it.
    """

    name: str
    uri: str
    stamp: str = ""
    listed: bool = True


def stored(url: str, is_document: Callable[[str], bool]) -> list[StoredObject]:
    """The objects that a URL stands for: one, those of a folder, or those that match a pattern.

    Args:
        is_document: whether an object of a folder is taken, by its name.

    Raises:
        ConfigError: ``no_storage``.
    """
    storage, place = _storage(url)
    web = url.partition("://")[0] in ("http", "https")
    # A question mark in a web address begins its query.
    pattern = bool(re.search(r"[*\[]", place)) if web else glob.has_magic(place)
    storage.invalidate_cache()  # what came since the last look is to be seen
    try:
        if pattern and not storage.exists(place):
            listed = storage.glob(place, detail=True)
            root = re.split(r"[*?\[]", place)[0].rpartition("/")[0]
        elif not web and storage.isdir(place):
            listed = storage.find(place, detail=True)
            root = place
        else:
            name = PurePosixPath(place.partition("?")[0]).name or place
            known = not web and storage.exists(place)
            if url.endswith("/") and not web and not known:
                return []
            stamp = _stamp(storage.info(place)) if known else ""
            return [StoredObject(name, url, stamp, listed=False)]
    except Exception as error:
        raise ConfigError(
            "no_storage",
            f"{url} cannot be listed: {cause_of(error)}.",
            "Check the URL and its credentials.",
        ) from error
    return [
        StoredObject(
            name.removeprefix(root).lstrip("/"), storage.unstrip_protocol(name), _stamp(facts)
        )
        for name, facts in sorted(listed.items())
        if facts.get("type") != "directory" and (pattern or is_document(name))
    ]


def _stamp(facts: dict[str, Any]) -> str:
    """What changes when a stored file does; the names differ between storages."""
    named = ("ETag", "etag", "md5Hash", "LastModified", "mtime", "last_modified", "updated",
             "created")  # fmt: skip
    told = next((str(facts[name]).strip('"') for name in named if facts.get(name)), "")
    return f"{facts.get('size', '')} {told}".strip() if told else ""


def _storage(url: str) -> tuple[Any, str]:
    import fsspec

    try:
        storage, place = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise ConfigError(
            "no_storage",
            f"{url} cannot be reached: {error}",
            "Install the package that fsspec names for this kind of storage.",
        ) from error
    return storage, place


def fetch(uri: str, path: Path, *, name: str, max_bytes: int) -> None:
    """Bring an object here.

    Raises:
        SourceError: ``not_fetched``, ``too_large``; ConfigError: ``no_storage``.
    """
    storage, place = _storage(uri)
    size = 0
    try:
        with storage.open(place, "rb") as remote, path.open("wb") as local:
            while chunk := remote.read(CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    raise SourceError(
                        "too_large",
                        f"{name}: it is larger than the limit of {max_bytes:,} bytes.",
                        "Raise the limit `max_bytes`.",
                    )
                local.write(chunk)
    except SourceError:
        raise
    except Exception as error:
        raise SourceError(
            "not_fetched",
            f"{name}: it cannot be fetched from {uri} ({_cause(error, uri)}).",
            "Check that it is there and that you may read it.",
        ) from error


def _cause(error: Exception, uri: str) -> str:
    """What went wrong; some storages say nothing but the address."""
    text = cause_of(error)
    return text if text and text != uri else type(error).__name__
