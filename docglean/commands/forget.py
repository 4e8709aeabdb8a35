"""``docglean forget``: removes what the ledger holds of documents."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, time

from docglean.cli.exits import OK, SOME_FAILED
from docglean.commands.costs import day_of
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.notices import tell
from docglean.extractors.plurals import counted, counted_are
from docglean.extractors.settings import load_settings
from docglean.flows.retention import Forgotten, forget

SHOWN = 20
"""Files named that stay; the folders hold them all."""


def forget_command(words: Sequence[str], *, before: str | None, dry_run: bool) -> int:
    """``docglean forget``: the exit code.

    Raises:
        ConfigError: ``bad_date``, ``no_source``, or the ledger fails.
    """
    moment = None if before is None else datetime.combine(day_of(before), time.min, tzinfo=UTC)
    return asyncio.run(_forget(words, moment, dry_run))


async def _forget(words: Sequence[str], before: datetime | None, dry_run: bool) -> int:
    async with await Ledger.open(load_settings().ledger) as ledger:
        found = await forget(ledger, words, before=before, dry_run=dry_run)
        where = ledger.where
    nothing = not found.documents and found.unknown and not found.busy
    for sentence in () if nothing else _sentences(found, where, dry_run=dry_run):
        tell(sentence)
    for unknown in found.unknown:
        tell(unknown, error=True)
    return SOME_FAILED if found.unknown or found.busy or not found.freed else OK


def _sentences(found: Forgotten, where: str, *, dry_run: bool) -> list[str]:
    of = "" if found.documents is None else f" of {counted(len(found.documents), 'document')}"
    replies = f"{found.held.replies:,} repl{'y' if found.held.replies == 1 else 'ies'}"
    what = f"{replies} and {counted(found.held.pieces, 'piece')} of what was read{of}"
    said = [
        f"Would forget {what}; nothing is removed."
        if dry_run
        else f"Forgot {what}. Their costs stay in the accounts of {where}."
    ]
    if found.busy:
        said.append(
            f"{counted_are(len(found.busy), 'document')} being read or waiting for a batch, and "
            "left. Say `docglean collect`, then this again."
        )
    if not found.freed:
        said.append(
            "Others use the ledger, so its file could not be written anew: traces are left in it. "
            "Say this again when nothing runs."
        )
    if found.stays:
        said.append(
            f"{counted_are(len(found.stays), 'result')} left in run folders, also in their "
            "results.jsonl and tables; remove them there:"
        )
        said += [f"  {path}" for path in found.stays[:SHOWN]]
        if len(found.stays) > SHOWN:
            said.append(f"  and {len(found.stays) - SHOWN} more")
    return said
