"""What calls cost, from the tables in genai-prices. No network; unknown is None, never zero."""

from __future__ import annotations

import re
import warnings
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import Usage
from docglean.extractors.models.engines import Engine, is_loopback, is_self_hosted, own_site
from docglean.extractors.models.price_gaps import HALF_IN_BATCHES, PER_MILLION
from docglean.extractors.models.providers import PROVIDERS

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, PriceCalculation

MILLION = 1_000_000


class UnknownPrice(UserWarning):
    """A model has no price in the tables: its costs are reported as unknown."""


def price(
    engine: Engine, usage: Usage, when: datetime | None = None, batch: bool = False
) -> Decimal | None:
    """US dollars that this usage costs, or None where no table tells (warned of once a model).

    A server of one's own costs no API money: 0. What the engine's parameter ``price`` tells goes
    before the tables; in a batch, half of it. `input_tokens` of a Usage counts all input,
    cache reads and writes included, as genai-prices wants it.

    Args:
        engine: provider and model.
        usage: tokens of one call. Prices step up with the length of a prompt, so the sum of
            many calls must be made of their prices, not priced as one.
        when: time of the call; None is now.
        batch: sent in a batch, or answered in the flex tier, which costs the same. Where the
            tables know no batch price for the model, None: the full price would be wrong and
            half of it a guess.
    """
    told = _told(engine)
    if told is not None:
        cost = (told[0] * usage.input_tokens + told[1] * usage.output_tokens) / MILLION
        return cost / 2 if batch else cost
    if is_self_hosted(engine):
        return Decimal(0)
    if not engine.is_model:
        return None
    lacking = PER_MILLION.get((engine.provider, engine.model)) if own_site(engine) else None
    if lacking is not None:
        cost = (lacking[0] * usage.input_tokens + lacking[1] * usage.output_tokens) / MILLION
        return cost / 2 if batch else cost
    full = _calculate(engine, usage, when, batch=False)
    if full is None:
        _warn(engine)
        return None
    if not batch:
        return _believable(full.total_price)
    if (engine.provider, engine.model) in HALF_IN_BATCHES and own_site(engine):
        return _believable(full.total_price / 2)
    half = _calculate(engine, usage, when, batch=True)
    # The tables ignore "batch" silently where they know no such price.
    if half is None or half.total_price >= full.total_price > 0:
        return None
    return _believable(half.total_price)


def _believable(cost: Decimal) -> Decimal | None:
    """No table's mistake makes a call that gives money back."""
    return cost if cost >= 0 else None


def per_million(engine: Engine) -> tuple[Decimal | None, Decimal | None]:
    """US dollars for a million input and output tokens of a short prompt; None where unknown."""
    told = _told(engine)
    if told is not None:
        return told
    if is_self_hosted(engine):
        return Decimal(0), Decimal(0)
    if not engine.is_model:
        return None, None
    if own_site(engine) and (lacking := PER_MILLION.get((engine.provider, engine.model))):
        return lacking
    # Small enough for the lowest step of every table.
    tokens = 1_000
    found = _calculate(engine, Usage(input_tokens=tokens, output_tokens=tokens), None, batch=False)
    if found is None:
        return None, None
    factor = Decimal(MILLION) / tokens
    return (
        (found.input_price * factor).normalize() + 0,
        (found.output_price * factor).normalize() + 0,
    )


def context_window(engine: Engine) -> int | None:
    """Tokens that the model takes, where the tables tell."""
    model = _model(engine)
    return None if model is None else model.context_window


def current_models(provider: str) -> tuple[str, ...]:
    """Models of a provider in the tables that are priced by tokens and not marked as ending."""
    record = PROVIDERS[provider]
    if not record.listed:
        return ()
    from docglean.extractors.models.families import family

    return tuple(
        model.id
        for model in _provider_models(record.prices)
        if not model.deprecated
        and re.fullmatch(record.listed, model.id)
        and family(model.id).vision
    )


def table_version() -> str:
    """Version of the price tables, for reports."""
    from importlib.metadata import version

    return f"genai-prices {version('genai-prices')}"


def _told(engine: Engine) -> tuple[Decimal, Decimal] | None:
    """US dollars for a million tokens in and out, as the engine's spec has it."""
    told = engine.parameters.get("price")
    if told is None:
        return None
    into, _, out = str(told).partition("/")
    return Decimal(into), Decimal(out)


def _calculate(
    engine: Engine, usage: Usage, when: datetime | None, *, batch: bool
) -> PriceCalculation | None:
    where = _where(engine)
    if where is None:
        return None
    from genai_prices import Usage as Priced
    from genai_prices import calc_price

    counts = Priced(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        input_audio_tokens=usage.audio_tokens,
    )
    try:
        return calc_price(
            counts,
            engine.serves.removeprefix(PROVIDERS[engine.provider].prefix),
            genai_request_timestamp=when,
            price_context={"processing": "batch"} if batch else None,
            **where,
        )
    except (LookupError, ValueError):
        # LookupError: no such model. ValueError: usage that no price covers.
        return None


def _where(engine: Engine) -> dict[str, Any] | None:
    """How genai-prices is told whose prices: by name for a vendor, by URL for any other host."""
    provider = PROVIDERS[engine.provider]
    if own_site(engine) or provider.cloud:
        return {"provider_id": provider.prices} if provider.prices else None
    if is_loopback(engine.host):  # no table has its prices: they need not be loaded
        return None
    return {"provider_api_url": engine.url}


def _model(engine: Engine) -> ModelInfo | None:
    if not engine.model or not engine.is_model:
        return None
    found = _calculate(engine, Usage(input_tokens=1), None, batch=False)
    return None if found is None else found.model


@cache
def _provider_models(prices_id: str) -> tuple[ModelInfo, ...]:
    from genai_prices.data import providers

    return tuple(
        model for provider in providers if provider.id == prices_id for model in provider.models
    )


@cache
def _warn_once(model: str, provider: str) -> None:
    warnings.warn(
        f"No price is known for {model} of {provider} ({table_version()}): its cost is reported "
        "as unknown.",
        UnknownPrice,
        stacklevel=4,
    )


def _warn(engine: Engine) -> None:
    _warn_once(engine.model, engine.host or engine.provider)
