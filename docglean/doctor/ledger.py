"""The ledger: whether it can be written, by whom it can be read, and where it lies."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from docglean.doctor.check import Case, Finding
from docglean.doctor.clocks import difference
from docglean.schemas.errors import ConfigError

NETWORKED = frozenset(
    "nfs nfs4 cifs smb smb2 smb3 smbfs afs afpfs ceph glusterfs lustre beegfs gpfs 9p fuse.sshfs "
    "fuse.glusterfs fuse.ceph fuse.s3fs fuse.gcsfuse davfs webdav".split()
)
"""File systems of other machines, as the kernel calls them. SQLite's write-ahead log wants memory
that all its users share, and "does not work over a network filesystem" (sqlite.org/wal.html)."""
LITTLE, TOO_LITTLE = 1_000_000_000, 100_000_000
"""Bytes of free disk: a thousand scanned pages keep some 10 MB in the ledger."""


def sqlite_file(where: str) -> Path | None:
    """The file of a ledger; None where a server keeps it.

    Raises:
        sa.exc.ArgumentError: it is no URL.
    """
    if "://" not in where:
        return Path(where).expanduser()
    url = sa.make_url(where)
    return Path(url.database or "").expanduser() if url.get_backend_name() == "sqlite" else None


def ledger_permissions(case: Case) -> Iterator[Finding]:
    """Whether others can read it. Before it is opened, which takes that from them."""
    path = sqlite_file(case.settings.ledger)
    if path is None:
        return
    files = [one for one in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm")))
             if one.exists()]  # fmt: skip
    seen = [one.name for one in files if stat.S_IMODE(one.stat().st_mode) & 0o077]
    if seen:
        way = f"chmod 600 {path}* (docglean does so when it opens it); who has read it knows."
        yield Finding("readable by", "warn", f"others: {', '.join(seen)}", way)
    elif files:
        yield Finding("readable by", "ok", "its owner only")
    if files and hasattr(os, "geteuid") and path.stat().st_uid != os.geteuid():
        told = f"user {path.stat().st_uid}, and this is {os.geteuid()}"
        yield Finding("owner", "warn", told, "Run all of docglean as one user.")


def ledger_opens(case: Case) -> Iterator[Finding]:
    """Whether it can be reached and written, and has the tables of this version."""
    from docglean.extractors.ledger.ledger import Ledger
    from docglean.extractors.ledger.tables import LEDGER_VERSION

    async def look() -> tuple[str, datetime | None]:
        async with await Ledger.open(case.settings.ledger) as ledger:
            await ledger.keep("doctor", "written", "yes")
            await ledger.forget("doctor", "written")
            return ledger.where, await ledger.look(_database_time)

    try:
        where, theirs = asyncio.run(look())
    except ConfigError as error:
        yield Finding("ledger", "fail", error.message, error.way_out)
        return
    yield Finding("ledger", "ok", f"{where}, version {LEDGER_VERSION}, can be written")
    if theirs is not None:
        yield difference("the database", theirs)


def _database_time(connection: sa.Connection) -> datetime | None:
    if connection.dialect.name == "sqlite":
        return None  # it has that of this machine
    told = connection.execute(sa.select(sa.func.current_timestamp())).scalar_one()
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def ledger_disk(case: Case) -> Iterator[Finding]:
    """Whether it lies on a disk of this machine that has room."""
    path = sqlite_file(case.settings.ledger)
    if path is None:
        return
    kind = file_system(path, mounts())
    if kind in NETWORKED:
        way = "A path on this machine in DOCGLEAN_LEDGER, or postgresql+psycopg://... for several."
        yield Finding("file system", "fail", f"{kind}, of another machine: SQLite breaks", way)
    elif kind:
        yield Finding("file system", "ok", f"{kind}, of this machine")
    yield room(path, "disk")


def mounts() -> list[tuple[str, str]]:
    """Where file systems are, and of which kind."""
    import psutil

    return [(one.mountpoint, one.fstype) for one in psutil.disk_partitions(all=True)]


def file_system(path: Path, mounted: Sequence[tuple[str, str]]) -> str:
    """The kind of file system that a path is on; empty where it is not known."""
    place = path.absolute()
    place = place.resolve() if place.exists() else place
    over = [(point, kind) for point, kind in mounted if place.is_relative_to(point)]
    return max(over, key=lambda one: len(one[0]))[1] if over else ""


def room(path: Path, what: str, least: int = TOO_LITTLE) -> Finding:
    """How much room there is where a path is, or will be."""
    import psutil

    there = next((one for one in (path, *path.absolute().parents) if one.exists()), Path("/"))
    free = psutil.disk_usage(str(there)).free
    told = f"{free / 1e9:,.1f} GB free at {there}"
    if free < least:
        return Finding(what, "fail", told, "Make room: what is read could not be stored.")
    if free < LITTLE:
        return Finding(what, "warn", told, "Make room.")
    return Finding(what, "ok", told)
