"""Answers to requests that differ from another in the fields asked for alone: a function over a
connection, for `Ledger.earlier`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from docglean.extractors.ledger.rows import parts
from docglean.extractors.ledger.tables import REPLIES

SHAPE = "shape"
"""Kind of the notes that say which fields a request asked for, by its shape's name. Nothing of a
document is in them."""

# Made once, as `rows._STORED`.
_OF_FAMILY = (
    sa.select(REPLIES.c.family, REPLIES.c.key, REPLIES.c.shape, REPLIES.c.purpose)
    .where(
        REPLIES.c.family.in_(sa.bindparam("of", expanding=True)),
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


def earlier_answers(
    connection: sa.Connection, families: Iterable[str], since: int = 0
) -> list[list[EarlierAnswer]]:
    """For each of these families the answers to its requests, the newest first; one for each shape.

    Args:
        since: as `rows.stored`.
    """
    asked = list(families)
    found: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for some in parts(list(dict.fromkeys(asked))):
        rows = connection.execute(_OF_FAMILY, {"of": some, "since": since}).tuples()
        for family, key, shape, purpose in rows:
            found[family].append((key, shape, purpose))
    return [list(_by_shape(found[family])) for family in asked]


def _by_shape(rows: Iterable[tuple[str, str, str]]) -> Iterable[EarlierAnswer]:
    found: dict[str, EarlierAnswer] = {}
    for key, shape, purpose in rows:
        if purpose == "extract":
            found.pop(shape, None)
            found[shape] = EarlierAnswer((key,), shape)
        elif shape in found:
            found[shape] = EarlierAnswer((found[shape].keys[0], key), shape)
    return reversed(found.values())
