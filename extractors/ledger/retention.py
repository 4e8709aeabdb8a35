"""What the ledger holds of documents, and how it is forgotten: functions over a connection, for
`Ledger.look` and `Ledger.change`.

Contents are the text of replies and what was read from files: words, surveys, transcripts. They
go; the accounts (when, which engine and model, tokens, cost) stay, under a name that leads to no
document. A reply that is forgotten is asked for again.
"""

from __future__ import annotations

import json
import uuid
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from docglean.extractors.ledger.jobs import ENDED
from docglean.extractors.ledger.rows import parts
from docglean.extractors.ledger.tables import FLIGHTS, JOBS, KEPT, REPLIES

FORGOTTEN = "forgotten-"
"""What stands for the document in the accounts begins with this."""
ATTACHED = "attached"
"""Kind of the notes of what is attached to a document: its SHA-256, by that of both."""
CONTENTS = (
    ATTACHED,
    "survey",
    "words",
    "seconds",
    "tables",
    "drawn",
    "ink",
    "unreadable",
    "stretch",
    "cuts",
    "second_reading",
)
"""Kinds of what is kept of documents."""


@dataclass(frozen=True, slots=True)
class Held:
    """Contents in the ledger: how many replies, and how many pieces of what was read; documents
    that a service was handed are among these."""

    replies: int = 0
    pieces: int = 0


def documents(connection: sa.Connection) -> dict[str, set[str]]:
    """The names under which each document was read, by its SHA-256."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    named = sa.select(REPLIES.c.document, REPLIES.c.name).where(REPLIES.c.name != "").distinct()
    for document, name in connection.execute(named):
        found[document].add(name)
    kept = sa.select(KEPT.c.document).where(KEPT.c.document != "").distinct()
    for document in connection.execute(kept).scalars():
        found[document]  # without a name, where a password opened it
    surveys = sa.select(KEPT.c.document, KEPT.c.payload).where(KEPT.c.kind == "survey")
    for document, payload in connection.execute(surveys):
        survey = json.loads(zlib.decompress(payload))
        found[document or survey["opened"]["sha256"]].add(survey.get("name", ""))
    for key in connection.execute(sa.select(KEPT.c.key).where(KEPT.c.kind == "words")).scalars():
        found[key.partition(" ")[0]]  # written before documents stood beside what is kept of them
    return {document: names - {""} for document, names in found.items()}


def under_way(connection: sa.Connection) -> set[str]:
    """Documents with a call under way, or in a batch: their contents are still to come."""
    return set(connection.execute(sa.select(FLIGHTS.c.document).distinct()).scalars())


def held(connection: sa.Connection, wanted: Iterable[str] | None, before: datetime | None) -> Held:
    """How much there is of these documents (None: of all), written before a moment."""
    replies = _count(connection, REPLIES, _replies(wanted, before))
    pieces = _count(connection, KEPT, _kept(wanted, before))
    return Held(replies, pieces + _count(connection, JOBS, _jobs(wanted, before)))


def forget(
    connection: sa.Connection, wanted: Iterable[str] | None, before: datetime | None
) -> Held:
    """Remove it; as `held`, what there was."""
    there = held(connection, wanted, before)
    for condition in _kept(wanted, before):
        connection.execute(sa.delete(KEPT).where(condition))
    for condition in _jobs(wanted, before):  # their service removes files that no job is of
        connection.execute(sa.delete(JOBS).where(condition))
    for condition in _replies(wanted, before):
        named = sa.select(REPLIES.c.document).where(condition).distinct()
        for document in connection.execute(named).scalars().all():
            # Of one document all rows get the same: accounts count documents, too.
            stand_in = f"{FORGOTTEN}{uuid.uuid4().hex}"
            connection.execute(
                sa.update(REPLIES)
                .where(condition, REPLIES.c.document == document)
                .values(
                    key="",
                    family="",
                    shape="",
                    text="",
                    tokens="",
                    message="",
                    name="",
                    pages="",
                    document=stand_in,
                )
            )
    return there


def moments(connection: sa.Connection, kind: str) -> dict[str, datetime]:
    """When each piece of a kind was kept, by its key."""
    rows = connection.execute(sa.select(KEPT.c.key, KEPT.c.created).where(KEPT.c.kind == kind))
    return {key: at if at.tzinfo else at.replace(tzinfo=UTC) for key, at in rows}


def repair_notes(
    connection: sa.Connection, kind: str, notes: Mapping[str, Mapping[str, Any]]
) -> None:
    """Put notes, as JSON, in place of those of a kind under the same keys."""
    for key, note in notes.items():
        payload = zlib.compress(json.dumps(note).encode(), 3)
        connection.execute(
            sa.update(KEPT).where(KEPT.c.kind == kind, KEPT.c.key == key).values(payload=payload)
        )


def _count(connection: sa.Connection, table: sa.Table, conditions: Iterable[Any]) -> int:
    query = sa.select(sa.func.count()).select_from(table)
    return sum(int(connection.execute(query.where(one)).scalar_one()) for one in conditions)


def _replies(wanted: Iterable[str] | None, before: datetime | None) -> list[Any]:
    """Conditions, no two of which hold for one row; databases limit the size of each."""
    open_to = sa.and_(REPLIES.c.document.not_like(f"{FORGOTTEN}%"), _older(REPLIES, before))
    if wanted is None:
        return [open_to]
    return [sa.and_(REPLIES.c.document.in_(part), open_to) for part in parts(sorted(wanted))]


def _kept(wanted: Iterable[str] | None, before: datetime | None) -> list[Any]:
    open_to = sa.and_(KEPT.c.kind.in_(CONTENTS), _older(KEPT, before))
    if wanted is None:
        return [open_to]
    named = sorted(wanted)
    # Written before documents stood beside what is kept of them: by key, or not to be told apart
    # and had again by reading.
    early = sa.and_(KEPT.c.document == "", open_to)
    keys = [sa.and_(KEPT.c.key.startswith(f"{one} "), early) for one in named]
    unclear = [sa.and_(KEPT.c.kind.in_(("survey", "unreadable", "cuts")), early)]
    return [
        *(sa.and_(KEPT.c.document.in_(part), open_to) for part in parts(named)), *keys, *unclear,
    ]  # fmt: skip


def _jobs(wanted: Iterable[str] | None, before: datetime | None) -> list[Any]:
    open_to = sa.and_(JOBS.c.state.in_(ENDED), _older(JOBS, before))
    if wanted is None:
        return [open_to]
    return [sa.and_(JOBS.c.document.in_(part), open_to) for part in parts(sorted(wanted))]


def _older(table: sa.Table, before: datetime | None) -> Any:
    return sa.true() if before is None else table.c.created < before
