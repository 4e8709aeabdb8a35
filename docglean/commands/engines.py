"""``docglean engines``: what is usable now, and which key would make which provider usable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from docglean.cli.exits import OK

if TYPE_CHECKING:
    from docglean.cli.terminal import TerminalTable
    from docglean.extractors.models.capabilities import KnownEngine

Priced = tuple["KnownEngine", Decimal | None]
"""An engine, and what an image of a page costs with it."""


def list_engines(
    *,
    vision: bool,
    private: bool | None,
    max_price: float | None,
    as_json: bool,
    every: bool = False,
) -> int:
    """``docglean engines``.

    Args:
        every: list those, too, that lack a key or whose server does not answer.
    """
    from docglean.extractors.models.engines import is_allowed
    from docglean.extractors.settings import load_settings

    settings = load_settings(private=private)
    rows = [
        (one, price)
        for one in _known()
        for price in [page_price(one)]
        if not (vision and one.engine.is_model and not one.capability.vision)
        and not (settings.private and not is_allowed(one.engine, settings))
        and not (
            max_price is not None and (price is None or price * 1000 > Decimal(str(max_price)))
        )
    ]
    if as_json:
        print(json.dumps([_facts(one, price) for one, price in rows], indent=2))
    else:
        _show(rows, every=every)
    return OK


def _known() -> list[KnownEngine]:
    """Engines of the tables, and one of each provider that is in none of them; in place of a server
    on this machine what it answers with."""
    import asyncio
    from dataclasses import replace

    from docglean.commands.any_model import any_model
    from docglean.extractors.models.capabilities import known_engine, known_engines
    from docglean.extractors.models.discovery import served_engines

    served = [
        replace(known_engine(engine), usable=True, why_not="")
        for engine in asyncio.run(served_engines())
    ]
    answering = {one.engine.provider for one in served}
    known = known_engines()
    others = any_model({one.engine.provider for one in known})
    return [one for one in known if one.engine.provider not in answering] + [*served, *others]


def page_price(known: KnownEngine) -> Decimal | None:
    """US dollars for the image of an A4 page at the size sent, answer not counted.

    None where the price is unknown or no image is taken.
    """
    from docglean.extractors.documents.page_info import PageInfo
    from docglean.extractors.documents.render import image_size
    from docglean.extractors.render_policy import image_tokens

    if known.engine.host is None:
        return Decimal(0)
    if known.input_price is None:
        return None
    page = PageInfo(1, 595.0, 842.0, 0, True, None)
    policy = known.capability.render
    tokens = image_tokens(*image_size(page, policy), policy)
    return known.input_price * tokens / 1_000_000


def _up_to(most: float, price: Decimal | None) -> bool:
    """Whether 1,000 pages are known to cost no more."""
    return price is not None and price * 1000 <= Decimal(str(most))


def _facts(known: KnownEngine, price: Decimal | None) -> dict[str, Any]:
    capability = known.capability
    return {
        "engine": known.engine.spec,
        "vision": True if not known.engine.is_model else capability.vision,
        "hearing": capability.hearing,
        "schema_mode": capability.schema_mode,
        "context_tokens": capability.context_tokens,
        "input_price": None if known.input_price is None else str(known.input_price),
        "output_price": None if known.output_price is None else str(known.output_price),
        "price_1000_pages": None if price is None else str(price * 1000),
        "batch": capability.batch,
        "retires": capability.retires.isoformat() if capability.retires else None,
        "usable": known.usable,
        "why_not": known.why_not,
    }


def _show(rows: Sequence[Priced], *, every: bool) -> None:
    from docglean.cli.terminal import print_lines, print_table
    from docglean.extractors.models.providers import PROVIDERS

    usable = [(known, price) for known, price in rows if known.usable]
    if usable:
        print_table(_table(usable, "Usable now"))
    else:
        print_lines("None of them is usable now.")
    print()
    others = [(known, price) for known, price in rows if not known.usable]
    if every:
        print_table(_table(others, "Not usable now"))
        print()
    _show_providers(others)
    if not every:
        print_lines("docglean engines --all lists them by name.")
    if any(PROVIDERS[known.engine.provider].cloud for known, _ in others):
        print_lines("Whether you are signed in to a cloud is not asked here.")
    print_lines(
        "Prices are of genai-prices; a page is A4 at the size sent, the answer not counted."
    )


def _table(rows: Sequence[Priced], title: str) -> TerminalTable:
    from docglean.cli.terminal import TerminalTable, figure, named

    table = TerminalTable(
        named("engine"),
        "sees",
        named("answers held to"),
        figure("$ in / out a million tokens"),
        figure("$ 1,000 pages"),
        title=title,
    )
    for known, price in rows:
        ends = f"\n  ends {known.capability.retires}" if known.capability.retires else ""
        table.add_row(
            known.engine.spec + ends,
            _sees(known),
            _held_to(known),
            _prices(known),
            _thousand(price),
        )
    return table


def _sees(known: KnownEngine) -> str:
    sees = {True: "yes", False: "no", None: "?"}[known.capability.vision]
    return sees if known.engine.is_model else "words"


def _held_to(known: KnownEngine) -> str:
    return known.capability.schema_mode if known.engine.is_model else "the schema"


def _prices(known: KnownEngine) -> str:
    if known.input_price is None or known.output_price is None:
        return "unknown"
    return f"{known.input_price} / {known.output_price}"


def _thousand(price: Decimal | None) -> str:
    return "unknown" if price is None else f"{price * 1000:.2f}"


def _show_providers(rows: Sequence[Priced]) -> None:
    """Which key would make which provider usable, and from what price."""
    from docglean.cli.terminal import TerminalTable, figure, named, print_table
    from docglean.commands.any_model import is_placeholder, way_in
    from docglean.extractors.models.providers import PROVIDERS

    table = TerminalTable(
        named("provider"),
        figure("engines"),
        figure("$ 1,000 pages from"),
        "to use it",
        title="Not usable now, by provider",
    )
    for provider in PROVIDERS.records():
        own = [(known, price) for known, price in rows if known.engine.provider == provider.name]
        if not own:
            continue
        known_prices = [price for _, price in own if price is not None]
        any_model = provider.self_hosted or all(is_placeholder(known) for known, _ in own)
        count = "any" if any_model else f"{len(own)}"
        cheapest = _thousand(min(known_prices)) if known_prices else "unknown"
        table.add_row(provider.name, count, cheapest, way_in(provider))
    print_table(table)
