"""Rates of providers that all workers share: Prefect's global concurrency limits.

For each provider with a rate in the settings there is a limit for its requests and one for its
tokens, whose slots come back by the second. Needs a Prefect server that the workers reach.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from docglean.extractors.gateway.gateway import RateSlot
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.models.pace import BURST, MINUTE
from docglean.extractors.rate import Rate

if TYPE_CHECKING:
    from docglean.flows.request import RunRequest

logger = logging.getLogger("docglean")


def limit_name(provider: str, what: str) -> str:
    """The limit's name, as ``docglean-anthropic-tokens``."""
    return f"docglean-{provider}-{what}"


def slots(per_minute: float) -> int:
    """How much of a rate may be used at once after a pause."""
    return max(1, math.floor(per_minute * BURST / MINUTE))


async def share_rates(order: RunRequest) -> bool:
    """Make the server's limits those of the settings; whether there are any for this order.

    Raises what Prefect's client raises where the server is away.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import (
        GlobalConcurrencyLimitCreate,
        GlobalConcurrencyLimitUpdate,
    )
    from prefect.exceptions import (
        ObjectAlreadyExists,
        ObjectNotFound,
        PrefectHTTPStatusError,
    )

    provider, rates = _rates(order)
    async with get_client() as client:
        for what, rate in rates.items():
            name = limit_name(provider, what)
            limit, decay = slots(rate), rate / MINUTE
            try:
                found = await client.read_global_concurrency_limit_by_name(name)
            except ObjectNotFound:
                new = GlobalConcurrencyLimitCreate(
                    name=name, limit=limit, slot_decay_per_second=decay
                )
                try:
                    await client.create_global_concurrency_limit(new)
                except (ObjectAlreadyExists, PrefectHTTPStatusError) as error:
                    # Another flow run made it just now.
                    if not isinstance(error, ObjectAlreadyExists) and _status(error) != 409:
                        raise
                continue
            if (found.limit, found.slot_decay_per_second) != (limit, decay):
                await client.update_global_concurrency_limit(
                    name, GlobalConcurrencyLimitUpdate(limit=limit, slot_decay_per_second=decay)
                )
    return bool(rates)


def _status(error: Exception) -> int:
    return int(getattr(getattr(error, "response", None), "status_code", 0))


def shared_turn(order: RunRequest) -> RateSlot | None:
    """What each call of this order waits for; None where no rate is told."""
    from prefect.concurrency.asyncio import rate_limit

    provider, rates = _rates(order)
    if not rates:
        return None
    away = False

    async def turn(tokens: int) -> None:
        nonlocal away
        for what, rate in rates.items():
            left = 1 if what == "requests" else max(1, tokens)
            while left > 0 and not away:
                # No more than the limit has can be had at once.
                some = min(left, slots(rate))
                try:
                    await rate_limit(limit_name(provider, what), occupy=some, strict=True)
                except Exception as error:
                    # The work goes on; this process alone keeps to the rate.
                    away = True
                    logger.warning("The shared rate of %s cannot be kept: %s", provider, error)
                left -= some

    return turn


def _rates(order: RunRequest) -> tuple[str, dict[str, float]]:
    settings = order.settings()
    provider = parse_engine(order.engine).provider if order.engine else ""
    rate = settings.rates.get(provider, Rate())
    told = {"requests": rate.requests, "tokens": rate.tokens}
    return provider, {what: amount for what, amount in told.items() if amount is not None}
