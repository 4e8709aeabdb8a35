"""Documents that a service has accepted, until they are read: functions over a connection, for
`Ledger.look` and `Ledger.change`.

A job belongs to the process that reads it as long as that lives (`Ledger.lives`); what a dead one
leaves goes back to the queue. Each function may be done twice, and comes to the same.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, get_args

import sqlalchemy as sa
from docglean.extractors.ledger.rows import amount
from docglean.extractors.ledger.tables import JOBS
from docglean.schemas.errors import DocgleanError

JobState = Literal["queued", "running", "done", "failed"]
STATES: tuple[JobState, ...] = get_args(JobState)
ENDED: tuple[JobState, ...] = ("done", "failed")
MOST_ATTEMPTS = 3
"""Times that a document is begun whose reader dies with it; then it is to blame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A document that was accepted.

    Attributes:
        service: names the folder that its file lies in.
        owner: who handed it in.
        document: SHA-256 of the file.
        schema_name, pages: as they were asked for; empty where nothing was said.
        claim: names this taking from the queue.
        statuses: how its documents ended; a file may hold several.
        cost: US dollars, None where it is not known.
        code, message, way_out: why it failed.
    """

    id: str
    service: str
    owner: str
    name: str
    document: str
    bytes: int
    schema_name: str = ""
    pages: str = ""
    state: JobState = "queued"
    claim: str = ""
    attempts: int = 0
    created: datetime
    began: datetime | None = None
    ended: datetime | None = None
    statuses: tuple[str, ...] = ()
    cost: Decimal | None = None
    code: str = ""
    message: str = ""
    way_out: str = ""


_FIELDS = tuple(one.name for one in fields(Job))


def new_id() -> str:
    """A name that cannot be guessed, and sorts by the millisecond in which it was made."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def accept(connection: sa.Connection, job: Job, most: int) -> bool:
    """Put a document into the queue.

    Args:
        most: documents that may wait.

    Returns:
        False where so many do.
    """
    if find(connection, job.service, job.owner, job.id) is not None:
        return True
    if counts(connection, job.service)["queued"] >= most:
        return False
    row = {**asdict(job), "statuses": "", "cost": None}
    connection.execute(sa.insert(JOBS).values(row))
    return True


def take(connection: sa.Connection, service: str, process: str, claim: str) -> Job | None:
    """The oldest document that waits; from now on it is read by this process."""
    mine = JOBS.c.claim == claim
    if (taken := _first(connection, sa.select(JOBS).where(mine))) is not None:
        return taken
    waiting = (
        sa.select(JOBS.c.id)
        .where(JOBS.c.service == service, JOBS.c.state == "queued")
        .order_by(JOBS.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    id = connection.execute(waiting).scalar()
    if id is None:
        return None
    told = {"state": "running", "process": process, "claim": claim, "began": datetime.now(UTC)}
    taking = sa.update(JOBS).where(JOBS.c.id == id)
    connection.execute(taking.values(**told, attempts=JOBS.c.attempts + 1))
    return _first(connection, sa.select(JOBS).where(mine))


def finish(
    connection: sa.Connection, job: Job, statuses: Collection[str], cost: Decimal | None
) -> bool:
    """Say that a document is read; False where it was taken away from who read it."""
    told = {"statuses": "\n".join(statuses), "cost": None if cost is None else str(cost)}
    return _end(connection, job, {"state": "done", **told})


def fail(connection: sa.Connection, job: Job, error: DocgleanError) -> bool:
    """Say why a document could not be read; as `finish`."""
    why = {"code": error.code, "message": error.message, "way_out": error.way_out}
    return _end(connection, job, {"state": "failed", **why})


def release(connection: sa.Connection, job: Job) -> bool:
    """Put a document back that was not read to its end, through no fault of its own."""
    told = {"state": "queued", "claim": "", "began": None, "attempts": job.attempts - 1}
    held = (JOBS.c.id == job.id, JOBS.c.claim == job.claim, JOBS.c.state == "running")
    return bool(connection.execute(sa.update(JOBS).where(*held).values(told)).rowcount)


def readers(connection: sa.Connection, service: str) -> set[str]:
    """The processes that have documents of a service under way."""
    query = sa.select(JOBS.c.process).where(*_running(service)).distinct()
    return set(connection.execute(query).scalars())


def held(connection: sa.Connection, service: str, process: str) -> list[Job]:
    """Documents of a service that a process has under way."""
    query = sa.select(JOBS).where(*_running(service), JOBS.c.process == process)
    return [_job(row) for row in connection.execute(query).mappings()]


def abandon(connection: sa.Connection, service: str, process: str, error: DocgleanError) -> None:
    """Put back what a dead process was reading.

    Args:
        error: of what has been begun so often that it is to blame.
    """
    left = (*_running(service), JOBS.c.process == process)
    why = {"code": error.code, "message": error.message, "way_out": error.way_out}
    ended = {"state": "failed", "ended": datetime.now(UTC), **why}
    often = JOBS.c.attempts >= MOST_ATTEMPTS
    connection.execute(sa.update(JOBS).where(*left, often).values(ended))
    connection.execute(sa.update(JOBS).where(*left).values(state="queued", claim="", began=None))


def retry(connection: sa.Connection, service: str, owner: str, id: str) -> Job | None:
    """Put a document that failed into the queue again; the document as it is then."""
    failed = (*_own(service, owner, id), JOBS.c.state == "failed")
    told = {"state": "queued", "claim": "", "attempts": 0, "began": None, "ended": None}
    clean = {"code": "", "message": "", "way_out": ""}
    connection.execute(sa.update(JOBS).where(*failed).values(**told, **clean))
    return find(connection, service, owner, id)


def remove(connection: sa.Connection, service: str, id: str) -> None:
    """Know nothing of a document any more."""
    connection.execute(sa.delete(JOBS).where(JOBS.c.service == service, JOBS.c.id == id))


def find(connection: sa.Connection, service: str, owner: str, id: str) -> Job | None:
    """A document of somebody; None where it is not his, or not there."""
    return _first(connection, sa.select(JOBS).where(*_own(service, owner, id)))


def listed(
    connection: sa.Connection,
    service: str,
    owner: str,
    *,
    state: JobState | None = None,
    after: str = "",
    limit: int,
) -> list[Job]:
    """Somebody's documents, the oldest first, from the one after this id on."""
    query = sa.select(JOBS).where(
        JOBS.c.service == service, JOBS.c.owner == owner, JOBS.c.id > after
    )
    if state is not None:
        query = query.where(JOBS.c.state == state)
    rows = connection.execute(query.order_by(JOBS.c.id).limit(limit)).mappings()
    return [_job(row) for row in rows]


def counts(connection: sa.Connection, service: str) -> dict[JobState, int]:
    """How many documents of a service are in each state."""
    query = (
        sa.select(JOBS.c.state, sa.func.count())
        .where(JOBS.c.service == service)
        .group_by(JOBS.c.state)
    )
    found = {state: int(count) for state, count in connection.execute(query)}
    return {state: found.get(state, 0) for state in STATES}


def ended_before(connection: sa.Connection, service: str, moment: datetime) -> list[str]:
    """Ids of the documents of a service that ended before a moment."""
    query = sa.select(JOBS.c.id).where(
        JOBS.c.service == service, JOBS.c.state.in_(ENDED), JOBS.c.ended < moment
    )
    return list(connection.execute(query).scalars())


def known(connection: sa.Connection, service: str) -> set[str]:
    """Ids of all documents of a service."""
    return set(connection.execute(sa.select(JOBS.c.id).where(JOBS.c.service == service)).scalars())


def _end(connection: sa.Connection, job: Job, told: Mapping[str, Any]) -> bool:
    mine = (JOBS.c.id == job.id, JOBS.c.claim == job.claim)
    ending = sa.update(JOBS).where(*mine).values(**told, ended=datetime.now(UTC))
    return bool(connection.execute(ending).rowcount)


def _running(service: str) -> tuple[Any, ...]:
    return JOBS.c.service == service, JOBS.c.state == "running"


def _own(service: str, owner: str, id: str) -> tuple[Any, ...]:
    return JOBS.c.service == service, JOBS.c.owner == owner, JOBS.c.id == id


def _first(connection: sa.Connection, query: sa.Select[Any]) -> Job | None:
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _job(row)


def _job(row: Mapping[Any, Any]) -> Job:
    told = {name: row[name] for name in _FIELDS}
    moments = {name: _utc(row[name]) for name in ("created", "began", "ended")}
    statuses = tuple(row["statuses"].split())
    return Job(**{**told, **moments, "statuses": statuses, "cost": amount(row["cost"])})


def _utc(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
