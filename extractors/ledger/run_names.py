"""Names of runs that people can say: the day (UTC) on which one began, and its number that day."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import count

import sqlalchemy as sa
from docglean.extractors.ledger.rows import parts
from docglean.extractors.ledger.tables import REPLIES, RUNS
from docglean.schemas.errors import ConfigError

SHORTEST = 6
"""Letters by which a run's id may be named."""
LATEST = 3
"""Runs that are named where another one is not known."""


def name_run(connection: sa.Connection, run: str, now: datetime | None = None) -> str:
    """The run's name in this ledger, such as ``2026-11-28-1``; made where it has none.

    Safe where several processes name runs at once: the number is a row's key.
    """
    known = run_names(connection, [run])
    if known:
        return known[run]
    began = now or datetime.now(UTC)
    day = began.astimezone(UTC).date().isoformat()
    query = sa.select(sa.func.max(RUNS.c.number)).where(RUNS.c.day == day)
    last: int = connection.execute(query).scalar() or 0
    for number in count(last + 1):
        try:
            with connection.begin_nested():
                row = {"run": run, "day": day, "number": number, "began": began}
                connection.execute(sa.insert(RUNS), row)
            return f"{day}-{number}"
        except sa.exc.IntegrityError:  # another process took the number, or named this very run
            known = run_names(connection, [run])
            if known:
                return known[run]
    raise AssertionError("unreachable")


def run_names(connection: sa.Connection, runs: Collection[str]) -> dict[str, str]:
    """The names of these runs by their ids; a run of an earlier version has none."""
    columns = (RUNS.c.run, RUNS.c.day, RUNS.c.number)
    return {
        run: f"{day}-{number}"
        for part in parts(list(runs))
        for run, day, number in connection.execute(sa.select(*columns).where(RUNS.c.run.in_(part)))
    }


def run_named(connection: sa.Connection, word: str) -> str:
    """The id of the run that a word names: its name, its id, or the beginning of its id.

    Raises:
        ConfigError: ``no_such_run``.
    """
    told = re.fullmatch(r"(\d{4}-\d\d-\d\d)-(\d{1,9})", word)
    if told is not None:
        of_name = sa.select(RUNS.c.run).where(RUNS.c.day == told[1], RUNS.c.number == int(told[2]))
        found = connection.execute(of_name).scalars().all()
    else:
        found = _by_id(connection, word)
    if len(found) == 1:
        return str(found[0])
    raise _unknown(connection, word, len(found))


def _by_id(connection: sa.Connection, word: str) -> list[str]:
    if len(word) < SHORTEST:
        return []
    ids = {
        run
        for column in (RUNS.c.run, REPLIES.c.run)
        for run in connection.execute(
            sa.select(column).where(column.startswith(word, autoescape=True)).distinct()
        ).scalars()
    }
    return [word] if word in ids else sorted(ids)


def _unknown(connection: sa.Connection, word: str, found: int) -> ConfigError:
    query = sa.select(RUNS.c.day, RUNS.c.number).order_by(RUNS.c.began.desc())
    names = [f"{day}-{number}" for day, number in connection.execute(query.limit(100))]
    near = get_close_matches(word, names, LATEST, 0.8) or names[:LATEST]
    said = f"{found} runs begin with {word!r}." if found else f"The ledger knows no run {word!r}."
    way_out = f"There are {', '.join(near)}." if near else "No run is in this ledger yet."
    return ConfigError("no_such_run", said, f"{way_out} A run is named by its day and number.")
