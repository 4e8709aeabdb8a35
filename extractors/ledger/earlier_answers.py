"""Answers to requests that differ from another in the fields asked for alone: a function over a
connection, for `Ledger.look`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from docglean.extractors.ledger.tables import REPLIES

SHAPE = "shape"
"""Kind of the notes that say which fields a request asked for, by its shape's name. Nothing of a
document is in them."""

# Made once, as `rows._STORED`.
_OF_FAMILY = (
    sa.select(REPLIES.c.key, REPLIES.c.shape, REPLIES.c.purpose)
    .where(
        REPLIES.c.family == sa.bindparam("of"),
        REPLIES.c.outcome == "ok",
        REPLIES.c.id > sa.bindparam("since"),
    )
    .order_by(REPLIES.c.id)
)


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """An answer that came whole, and the better one where it was asked for once more.

    Attributes:
        keys: of the request, and of the re-ask if there was one.
        shape: name of the fields that were asked for.
    """

    keys: tuple[str, ...]
    shape: str


def earlier_answers(connection: sa.Connection, family: str, since: int = 0) -> list[EarlierAnswer]:
    """The answers to requests of a family, the newest first; one for each shape.

    Args:
        since: as `rows.stored`.
    """
    rows = connection.execute(_OF_FAMILY, {"of": family, "since": since}).tuples()
    return list(_by_shape(rows))


def _by_shape(rows: Iterable[tuple[str, str, str]]) -> Iterable[EarlierAnswer]:
    found: dict[str, EarlierAnswer] = {}
    for key, shape, purpose in rows:
        if purpose == "extract":
            found.pop(shape, None)
            found[shape] = EarlierAnswer((key,), shape)
        elif shape in found:
            found[shape] = EarlierAnswer((found[shape].keys[0], key), shape)
    return reversed(found.values())
