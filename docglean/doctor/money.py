"""Budgets and rates: whether they are set, and can be kept."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from docglean.doctor.check import Case, Finding

FEW_TOKENS = 4000.0
"""Tokens a minute below which a request with the image of one page already waits."""


def budgets(case: Case) -> Iterator[Finding]:
    """Whether an engine that costs money is held to a budget."""
    from docglean.extractors.models.engines import is_self_hosted, parse_engine

    settings = case.settings
    told = {"a run": settings.budget, "a day": settings.daily_budget}
    said = ", ".join(f"${amount} {what}" for what, amount in told.items() if amount is not None)
    specs = [spec for spec in (settings.engine, *settings.then) if spec != "auto"]
    costs = [spec for spec in specs if not is_self_hosted(parse_engine(spec))]
    if said:
        yield Finding("budget", "ok", said)
    elif costs:
        way = "daily_budget = 5.00 in docglean.toml, or DOCGLEAN_DAILY_BUDGET=5."
        yield Finding("budget", "warn", f"none, and {', '.join(costs)} costs money", way)
    else:
        yield Finding("budget", "off", "none is set", "DOCGLEAN_DAILY_BUDGET=5 sets one.")
    if settings.budget and settings.daily_budget and settings.budget > settings.daily_budget:
        told_both = f"a run may spend ${settings.budget}, a day ${settings.daily_budget}"
        yield Finding("budgets", "warn", told_both, "The budget of a day ends runs earlier.")
    if said:
        yield from _priced(costs)


def _priced(specs: list[str]) -> Iterator[Finding]:
    """A budget counts by prices: of engines without a known one it can't be kept."""
    from docglean.extractors.models.capabilities import known_engine
    from docglean.extractors.models.engines import parse_engine

    for spec in specs:
        engine = parse_engine(spec)
        if engine.model and known_engine(engine).input_price is None:
            way = "Tell it in the spec: ?price=0.10/0.50, dollars for a million tokens in and out."
            yield Finding("price", "fail", f"that of {spec} is not known", way)


def rates(case: Case) -> Iterator[Finding]:
    """Whether the rates are of providers that there are, and large enough to work with."""
    from docglean.extractors.models.providers import PROVIDERS

    if not case.settings.rates:
        way = "Set DOCGLEAN_RATES where your account's are known."
        yield Finding("rates", "off", "none told; after a refusal calls slow down", way)
    for name, rate in case.settings.rates.items():
        if name not in PROVIDERS:
            yield Finding(f"rate of {name}", "fail", "there is no such provider", _nearest(name))
        elif rate.tokens is not None and rate.tokens < FEW_TOKENS:
            told = f"{rate.tokens:,.0f} tokens a minute is less than one page as an image takes"
            yield Finding(f"rate of {name}", "warn", told, "Look at what your account allows.")
        else:
            most = {"requests": rate.requests, "tokens": rate.tokens}
            said = [f"{amount:,.0f} {what}" for what, amount in most.items() if amount is not None]
            yield Finding(f"rate of {name}", "ok", f"{' and '.join(said) or 'nothing'} a minute")


def _nearest(name: str) -> str:
    from docglean.extractors.models.providers import PROVIDERS

    names = [provider.name for provider in PROVIDERS.records()]
    near = get_close_matches(name, names, 1)
    return f"Write {near[0]}." if near else f"Known: {', '.join(names)}."
