"""The calls that the ledger knows of documents: a function over a connection, for `Ledger.look`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from docglean.extractors.extraction import Usage
from docglean.extractors.ledger.rows import amount, meta_of, parts
from docglean.extractors.ledger.tables import REPLIES, RequestMeta


@dataclass(frozen=True, slots=True)
class Call:
    """One call to a model, without what it said.

    Attributes:
        facts: what it was about, and the run that paid for it.
        outcome: as the ledger has it, ``ok`` where there was an answer.
        model: the one that answered, in its own words.
        cost: US dollars; None where unknown.
        seconds: until the answer was there.
        ended: when that was.
    """

    facts: RequestMeta
    outcome: str
    model: str
    request_id: str | None
    usage: Usage
    cost: Decimal | None
    seconds: float
    ended: datetime


def calls_of(connection: sa.Connection, documents: Iterable[str]) -> dict[str, list[Call]]:
    """All calls about these documents by their SHA-256, the oldest first; those with none are left
    out."""
    found: defaultdict[str, list[Call]] = defaultdict(list)
    columns = [column for column in REPLIES.columns if column.name not in ("text", "tokens")]
    query = sa.select(*columns).order_by(REPLIES.c.id)
    for some in parts(list(dict.fromkeys(documents))):
        for row in connection.execute(query.where(REPLIES.c.document.in_(some))).mappings():
            found[row["document"]].append(_call(row))
    return dict(found)


def _call(row: Mapping[Any, Any]) -> Call:
    ended = row["created"]
    return Call(
        facts=meta_of(row),
        outcome=row["outcome"],
        model=row["model"],
        request_id=row["request_id"],
        usage=Usage(**{name: row[name] for name in Usage.model_fields}),
        cost=amount(row["cost"]),
        seconds=row["seconds"],
        ended=ended if ended.tzinfo else ended.replace(tzinfo=UTC),
    )
