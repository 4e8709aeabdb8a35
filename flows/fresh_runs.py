"""Runs that ask models anew, and how one that was killed is gone on with.

Such a run reads only replies that came after it was begun. When that was stands in the ledger until
it is finished: the same command then counts what was asked before it was killed, and pays for
nothing twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.rows import latest
from docglean.flows.request import RunRequest
from pydantic import BaseModel

KIND = "fresh run"
"""Under which such runs stand in the ledger."""
GOES_ON = timedelta(hours=24)
"""After this time a run that was not finished is not gone on with: its answers are no longer new.
A choice of ours."""


class _Begun(BaseModel):
    since: int
    began: datetime

    @property
    def goes_on(self) -> bool:
        return datetime.now(UTC) - self.began < GOES_ON


@dataclass(frozen=True, slots=True)
class FreshRun:
    """An order, with the reply after which replies count where it is to ask anew.

    Attributes:
        key: of its note in the ledger; empty for an order that asks nothing anew.
        said: that it goes on with an earlier one, for people; else empty.
    """

    order: RunRequest
    key: str = ""
    said: str = ""

    async def finished(self, ledger: Ledger) -> None:
        """All was read: the next such run asks anew again."""
        if self.key:
            await ledger.forget(KIND, self.key)


async def begun(order: RunRequest, given: Sequence[str], out: Path | None) -> FreshRun:
    """The order as it is to be run, noted in the ledger where it asks anew.

    Args:
        given: what was to be read, as it was told: fewer of it may be left to read.
        out: the run folder, if there is one.

    Raises:
        ConfigError: the ledger can't be used.
    """
    if not order.fresh:
        return FreshRun(order)
    key = _key(order.definite(), given, out)
    async with await Ledger.open(order.settings().ledger) as ledger:
        payload = await ledger.kept(KIND, key)
        before = None if payload is None else _Begun.model_validate_json(payload)
        if before is not None and before.goes_on:
            return FreshRun(replace(order, since=before.since), key, _going_on(before))
        now = _Begun(since=await ledger.look(latest), began=datetime.now(UTC))
        await ledger.keep(KIND, key, now.model_dump_json())
    return FreshRun(replace(order, since=now.since), key)


def _key(order: RunRequest, given: Sequence[str], out: Path | None) -> str:
    """The same for the same words, asked for in the same way, into the same place.

    Budgets are not in it: a run that one has ended is gone on with by a larger one.
    """
    settings = order.settings()
    facts = [
        [settings.engine, *settings.then],
        order.schemas,
        order.decisive(),
        order.split,
        [word if "://" in word else str(Path(word).absolute()) for word in given],
        "" if out is None else str(out.absolute()),
    ]
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()


def _going_on(before: _Begun) -> str:
    return (
        f"Goes on with the run that was begun on {before.began:%Y-%m-%d %H:%M} (UTC) and not "
        "finished: what it has asked anew is not asked again."
    )
