"""The ledger's tables, and what a request was about as they hold it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

import sqlalchemy as sa
from docglean.extractors.extraction import Usage

LEDGER_VERSION = 9
"""Of the tables below. A ledger of a later version is refused, one of an earlier is brought up."""

Purpose = Literal["extract", "re-ask", "sort", "split", "speech"]
"""What a request is for."""


@dataclass(frozen=True, slots=True)
class RequestMeta:
    """What a call was about: for accounts and for people, not for finding the reply again.

    `document` is the SHA-256 of the file, `pages` such as ``1-8``, `run` names the run that paid.
    `family` and `shape` tell requests apart that differ in the fields asked for, see
    `earlier_answers`; empty where that is of no use.
    """

    document: str = ""
    name: str = ""
    pages: str = ""
    engine: str = ""
    schema_name: str = ""
    schema_hash: str = ""
    prompt_version: str = ""
    purpose: Purpose = "extract"
    run: str = ""
    family: str = ""
    shape: str = ""


TABLES = sa.MetaData()
_moment = sa.DateTime(timezone=True)


_LATER = ("family", "shape")
"""Facts that calls of earlier versions have none of."""


def _fact_columns() -> list[sa.Column[str]]:
    return [
        sa.Column(
            field.name, sa.Text, nullable=False, server_default="" if field.name in _LATER else None
        )
        for field in fields(RequestMeta)
    ]


def _expected_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("expected_input", sa.Integer, nullable=False, server_default="0"),
        sa.Column("expected_output", sa.Integer, nullable=False, server_default="0"),
        # As `cost` of a reply; as it was estimated, without what earlier calls taught.
        sa.Column("expected_cost", sa.String(40)),
    ]


VERSIONS = sa.Table("ledger", TABLES, sa.Column("version", sa.Integer, primary_key=True))

REPLIES = sa.Table(
    "replies",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    # One row a call, whatever has to be repeated to write it.
    sa.Column("call", sa.String(32), nullable=False, unique=True),
    sa.Column("key", sa.String(64), nullable=False, index=True),
    *_fact_columns(),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("text", sa.Text, nullable=False, default=""),
    sa.Column("repaired", sa.Boolean, nullable=False, default=False),
    sa.Column("tokens", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("message", sa.Text, nullable=False, default=""),
    sa.Column("code", sa.Text, nullable=False, default=""),
    sa.Column("retryable", sa.Boolean, nullable=False, default=False),
    *(
        sa.Column(name, sa.Integer, nullable=False, default=0, server_default="0")
        for name in Usage.model_fields
    ),
    # A decimal as text: exact in every database. NULL where the price is unknown.
    sa.Column("cost", sa.String(40)),
    sa.Column("model", sa.Text, nullable=False, default=""),
    sa.Column("request_id", sa.Text),
    sa.Column("seconds", sa.Float, nullable=False, default=0.0),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("created", _moment, nullable=False, index=True),
    *_expected_columns(),
    sa.Index("ix_replies_family", "family"),
)

FLIGHTS = sa.Table(
    "flights",
    TABLES,
    # One call a key at a time, over all processes: the primary key sees to it.
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(32), nullable=False),
    sa.Column("process", sa.String(32), nullable=False, index=True),
    *_fact_columns(),
    sa.Column("began", _moment, nullable=False),
    *_expected_columns(),
    # The budgets that it counts against, one a line; what it will likely cost, as the last calls
    # turned out; and what is set aside for it.
    sa.Column("scopes", sa.Text, nullable=False, server_default=""),
    sa.Column("likely_cost", sa.String(40)),
    sa.Column("reserved_cost", sa.String(40)),
    # Where it was handed in with others; then it belongs to no process.
    sa.Column("batch", sa.String(32), index=True),
)

BATCHES = sa.Table(
    "batches",
    TABLES,
    # Our own name: it is stored before anything is sent.
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("engine", sa.Text, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    # The provider's name; NULL until it is known.
    sa.Column("remote", sa.Text),
    # Who hands it in; while that process lives, nobody else looks for the batch.
    sa.Column("process", sa.String(32), nullable=False),
    sa.Column("requests", sa.Integer, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("expected_cost", sa.String(40)),
    sa.Column("created", _moment, nullable=False),
    sa.Column("submitted", _moment),
    sa.Column("ended", _moment),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
)

BUDGETS = sa.Table(
    "budgets",
    TABLES,
    sa.Column("scope", sa.String(200), primary_key=True),
    sa.Column("spent", sa.String(40), nullable=False),
    # What the calls under way are expected to cost.
    sa.Column("reserved", sa.String(40), nullable=False),
)

RUNS = sa.Table(
    "runs",
    TABLES,
    # What names it in all other tables, and in results.
    sa.Column("run", sa.String(200), primary_key=True),
    # Its name for people: the day (UTC) and the number of it.
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("began", _moment, nullable=False),
    sa.UniqueConstraint("day", "number"),
)

PROCESSES = sa.Table(
    "processes",
    TABLES,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("seen", _moment, nullable=False),
)

JOBS = sa.Table(
    "jobs",
    TABLES,
    # Begins with the moment in which it was accepted: they sort by age.
    sa.Column("id", sa.String(32), primary_key=True),
    # Names the folder that its file lies in, and who handed it in.
    sa.Column("service", sa.String(32), nullable=False),
    sa.Column("owner", sa.String(100), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    # SHA-256 of the file.
    sa.Column("document", sa.String(64), nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    # As it was asked for; empty where nothing was said.
    sa.Column("schema_name", sa.Text, nullable=False, server_default=""),
    sa.Column("pages", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.String(16), nullable=False),
    # Who reads it, or did; while that process lives, nobody else does. One taking has one claim.
    sa.Column("process", sa.String(32), nullable=False, server_default=""),
    sa.Column("claim", sa.String(32), nullable=False, server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("created", _moment, nullable=False),
    sa.Column("began", _moment),
    sa.Column("ended", _moment),
    # How its documents ended, one a line; as `cost` of a reply.
    sa.Column("statuses", sa.Text, nullable=False, server_default=""),
    sa.Column("cost", sa.String(40)),
    # Why it failed.
    sa.Column("code", sa.Text, nullable=False, server_default=""),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
    sa.Column("way_out", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_jobs_state", "service", "state"),
)

KEPT = sa.Table(
    "kept",
    TABLES,
    sa.Column("kind", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("payload", sa.LargeBinary, nullable=False),
    # SHA-256 of the document that it was read from; empty where it is of none.
    sa.Column("document", sa.String(64), nullable=False, server_default="", index=True),
    sa.Column("created", _moment, nullable=False),
)
