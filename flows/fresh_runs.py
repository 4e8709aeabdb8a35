"""Runs that ask models anew, and how one that was killed, or had failures, is gone on with.

Such a run reads only replies that came after it was begun. When that was stands in the ledger until
all of it is read: the same command then counts what was asked before it was killed, and pays for
nothing twice. A run that takes what failed in its folder goes on with it too, lest the answers from
before stand where they were to be had anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.rows import latest
from docglean.extractors.plurals import counted_are
from docglean.flows.request import RunRequest
from pydantic import BaseModel

KIND = "fresh run"
"""Under which such runs stand in the ledger."""
GOES_ON = timedelta(hours=24)
"""After this time a run that was not finished is not gone on with: its answers are no longer new.
A choice of ours."""


class _Begun(BaseModel):
    """What stands in the ledger of a run.

    Attributes:
        order: how was asked, and into which folder, whatever was to be read.
        state: ``begun``; all was read, and some ``failed`` for reasons that may pass; or ``lost``:
            only for reasons that stay.
    """

    since: int
    began: datetime
    order: str = ""
    state: Literal["begun", "failed", "lost"] = "begun"

    @property
    def is_new(self) -> bool:
        return datetime.now(UTC) - self.began < GOES_ON


@dataclass(frozen=True, slots=True)
class FreshRun:
    """An order, with the reply after which replies count where it is to ask anew.

    Attributes:
        key: of its note in the ledger; empty for an order that asks nothing anew.
        said: that it goes on with an earlier one, for people; else empty.
        note: as it stands in the ledger.
    """

    order: RunRequest
    key: str = ""
    said: str = ""
    note: _Begun | None = None

    async def ended(self, ledger: Ledger, *, lost: int, not_done: int) -> str:
        """Everything that was to be read was read: the next such run asks anew again, but where
        some is not done.

        Args:
            lost: documents that failed, or are partial.
            not_done: those of them that may be read well another time.

        Returns:
            What is to be known of those, for people; else empty.
        """
        if self.note is None:
            return ""
        if not lost:
            await ledger.forget(KIND, self.key)
            return ""
        now = self.note.model_copy(update={"state": "failed" if not_done else "lost"})
        await ledger.keep(KIND, self.key, now.model_dump_json())
        if not not_done:
            return ""
        return (
            f"{counted_are(not_done, 'document')} not done: for {GOES_ON.total_seconds() / 3600:g} "
            "hours the same command goes on with this asking anew."
        )


async def begun(
    order: RunRequest, given: Sequence[str], out: Path | None, *, partly: bool = False
) -> FreshRun:
    """The order as it is to be run, noted in the ledger where it asks anew.

    Args:
        given: what was to be read, as it was told: fewer of it may be left to read.
        out: the run folder, if there is one.
        partly: only some of that is read, by what stands in the folder: what was to be asked anew
            there is, though the order does not say so.

    Raises:
        ConfigError: the ledger can't be used.
    """
    if not order.fresh and not partly:
        return FreshRun(order)
    asked = _asked(order.definite(), out)
    key = _key(asked, given)
    async with await Ledger.open(order.settings().ledger) as ledger:
        notes = await ledger.kept_all(KIND)
        before = {one: _Begun.model_validate_json(payload) for one, payload in notes.items()}
        found = _gone_on_with(before, key, asked, fresh=order.fresh)
        if found is not None:
            # Where more than what failed is left of it, the rest of the words is still to be read.
            ends = found is before.get(key) and not (partly and found.state == "begun")
            order = replace(order, fresh=True, since=found.since)
            return FreshRun(order, key, _going_on(found), found if ends else None)
        if not order.fresh:
            return FreshRun(order)
        now = _Begun(since=await ledger.look(latest), began=datetime.now(UTC), order=asked)
        await ledger.keep(KIND, key, now.model_dump_json())
    return FreshRun(replace(order, since=now.since), key, note=now)


def _gone_on_with(
    notes: Mapping[str, _Begun], key: str, asked: str, *, fresh: bool
) -> _Begun | None:
    """The run that is gone on with: that of the same words, or, where the order itself asks nothing
    anew, the last one that asked in this way in this folder."""
    if fresh:
        same = notes.get(key)
        return same if same is not None and same.is_new and same.state != "lost" else None
    known = [one for one in notes.values() if one.order == asked and one.is_new]
    return max(known, key=lambda one: one.began, default=None)


def _key(asked: str, given: Sequence[str]) -> str:
    """The same for the same words, asked for in the same way, into the same place."""
    words = [word if "://" in word else str(Path(word).absolute()) for word in given]
    return hashlib.sha256(json.dumps([asked, words]).encode()).hexdigest()


def _asked(order: RunRequest, out: Path | None) -> str:
    """The same for what is asked in the same way, into the same place.

    Budgets are not in it: a run that one has ended is gone on with by a larger one.
    """
    settings = order.settings()
    facts = [
        [settings.engine, *settings.then],
        order.schemas,
        replace(order, fresh=True, since=None).decisive(),
        order.split,
        "" if out is None else str(out.absolute()),
    ]
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()


def _going_on(before: _Begun) -> str:
    return (
        f"Goes on with the run that was begun on {before.began:%Y-%m-%d %H:%M} (UTC) to ask anew "
        "and is not done: what it has asked is not asked again."
    )
