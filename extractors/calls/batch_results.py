"""What has become of batches: asked of their providers, and put into the ledger."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from docglean.extractors.ledger import batch_book
from docglean.extractors.ledger.batch_book import BatchRow
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.models import connect
from docglean.extractors.models.base import Reply
from docglean.extractors.models.batch_port import BatchWire, Standing, lost
from docglean.extractors.models.engines import check_private, parse_engine
from docglean.extractors.settings import Settings
from docglean.schemas.errors import ModelError

logger = logging.getLogger("docglean")

STORED_AT_ONCE = 200
"""Replies in one transaction."""
APPEARS = timedelta(minutes=1)
"""After this time a batch that the provider does not list was never made."""
CROWDED = "token_limit_exceeded"
"""OpenAI's code where too many tokens are waiting in other batches; later there is room."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found out about a batch.

    Attributes:
        batch: as it stands in the ledger now.
        standing: at the provider, None where nobody was asked or nobody knows.
        replies: that were just stored.
        trouble: why it could not be looked at.
    """

    batch: BatchRow
    standing: Standing | None = None
    replies: int = 0
    trouble: str = ""


async def collect(
    ledger: Ledger, settings: Settings, only: Sequence[str] | None = None
) -> list[Checked]:
    """Look at all open batches, and store the replies of those that have ended.

    Args:
        only: ids of the batches to look at.

    Raises:
        ConfigError: a key is missing or refused, or private mode forbids to ask.
    """
    found: list[Checked] = []
    wires: dict[str, BatchWire] = {}
    async with AsyncExitStack() as stack:
        for batch in await ledger.look(batch_book.batches, only_open=True):
            if only is not None and batch.id not in only:
                continue
            if batch.engine not in wires:
                engine = parse_engine(batch.engine)
                check_private(engine, settings)
                client = connect(engine, settings)
                stack.push_async_callback(client.close)
                wires[batch.engine] = client.batches()
            try:
                found.append(await _checked(ledger, wires[batch.engine], batch))
            except ModelError as error:
                logger.warning("batch %s: %s", batch.id, error)
                found.append(Checked(batch, trouble=error.message))
    return found


async def cancel(ledger: Ledger, settings: Settings, batch: BatchRow) -> None:
    """Ask the provider to stop a batch. What it has answered already still comes.

    Raises:
        ModelError, ConfigError: it can't be asked.
    """
    client = connect(parse_engine(batch.engine), settings)
    try:
        if batch.remote is not None:
            await client.batches().cancel(batch.remote)
    finally:
        await client.close()


async def _checked(ledger: Ledger, wire: BatchWire, batch: BatchRow) -> Checked:
    if batch.state == "submitting":
        if await ledger.lives(batch.process):
            return Checked(batch)
        remote = await _found(ledger, wire, batch)
        if remote is None:
            return Checked(await _again(ledger, batch))
        await ledger.change(batch_book.submitted, batch.id, remote)
        batch = await _again(ledger, batch)
    assert batch.remote is not None
    try:
        standing = await wire.look(batch.remote)
    except ModelError as error:
        if error.code != "batch_gone":
            raise
        # Its results are not kept for ever; whether it was paid for is not known.
        gone = Reply(outcome="failed", code="batch_gone", message=error.message, retryable=True)
        stored = await _answer_rest(ledger, batch, gone)
        return Checked(await _again(ledger, batch), replies=stored)
    if not standing.ended:
        return Checked(batch, standing)
    if standing.failed is not None:
        stored = await _refused(ledger, batch, standing)
    else:
        stored = await _stored(ledger, wire, batch)
    return Checked(await _again(ledger, batch), standing, stored)


async def _found(ledger: Ledger, wire: BatchWire, batch: BatchRow) -> str | None:
    """The provider's name of a batch that a killed process may have handed in.

    None where that is not known yet, or where there is none and its requests are free again.
    """
    flights = await ledger.look(batch_book.flights_of, batch.id)
    ids = frozenset(flight.id for flight in flights)
    known = {one.remote for one in await ledger.look(batch_book.batches)}
    found = [
        one
        for one in await wire.find(batch.id, batch.created, len(ids), ids)
        if one.remote not in known
    ]
    sure = next((one for one in found if one.ours), None)
    if sure is not None:
        return sure.remote
    unsure = any(one.ours is None for one in found)
    if not unsure and datetime.now(UTC) - batch.created > APPEARS:
        message = "the process that handed it in was killed before the provider had it"
        await ledger.change(batch_book.drop, batch.id, message)
    return None


async def _stored(ledger: Ledger, wire: BatchWire, batch: BatchRow) -> int:
    """Put all results into the ledger; how many there were."""
    assert batch.remote is not None
    count = 0
    some: dict[str, Reply] = {}
    async for custom_id, reply in wire.results(batch.remote):
        some[custom_id] = reply
        if len(some) >= STORED_AT_ONCE:
            count += await ledger.change(batch_book.book, batch.id, some)
            some = {}
    count += await ledger.change(batch_book.book, batch.id, some)
    rest = lost("no_result", "the batch ended without a result for this request")
    return count + await _answer_rest(ledger, batch, rest)


async def _refused(ledger: Ledger, batch: BatchRow, standing: Standing) -> int:
    """A batch of which the provider worked on nothing."""
    others = [
        one
        for one in await ledger.look(batch_book.batches, only_open=True)
        if one.engine == batch.engine and one.id != batch.id
    ]
    if standing.code == CROWDED and others:
        # When the others have ended there is room for it; that is no failure of its requests.
        await ledger.change(batch_book.drop, batch.id, standing.failed or "")
        return 0
    code = standing.code or "batch_failed"
    return await _answer_rest(ledger, batch, lost(code, f"the batch failed: {standing.failed}"))


async def _answer_rest(ledger: Ledger, batch: BatchRow, reply: Reply) -> int:
    """Give all requests that have no reply this one, and close the batch."""
    flights = await ledger.look(batch_book.flights_of, batch.id)
    rest = {flight.id: reply for flight in flights}
    count = await ledger.change(batch_book.book, batch.id, rest)
    await ledger.change(batch_book.close, batch.id)
    return count


async def _again(ledger: Ledger, batch: BatchRow) -> BatchRow:
    """The batch as it stands now."""
    return next(one for one in await ledger.look(batch_book.batches) if one.id == batch.id)
