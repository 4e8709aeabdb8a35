"""``docglean engines``: what is usable now, and which key would make which provider usable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docglean.cli.exits import OK
from docglean.extractors.models.need import Need

if TYPE_CHECKING:
    from docglean.cli.terminal import TerminalTable
    from docglean.commands.engine_choice import Candidate
    from docglean.extractors.models.capabilities import KnownEngine

Priced = tuple["KnownEngine", Decimal | None]
"""An engine, and what an image of a page costs with it."""
MOST = 12
"""Engines that are shown for a need, where nobody asks for all."""
PRICES = "Prices are of genai-prices; a page is A4 at the size sent, the answer not counted."


def list_engines(
    *,
    need: Need,
    private: bool | None = None,
    report: Path = Path("report"),
    hourly_price: Decimal | None = None,
    as_json: bool = False,
    every: bool = False,
) -> int:
    """``docglean engines``.

    Args:
        need: what the engine has to do; an empty one lists all.
        private: None as the settings say.
        report: folder of an evaluation, whose engines stand first.
        hourly_price: US dollars for an hour of a machine of one's own.
        every: list those, too, that lack a key or whose server does not answer.
    """
    from docglean.commands.engine_choice import break_even

    candidates = needed_engines(need, private, report)
    serving = [one for one in candidates if not one.against]
    shown = serving if every else serving[:MOST]
    if as_json:
        print(json.dumps([_facts(one) for one in serving], indent=2))
        return OK
    if need.asks_more:
        _show_choice(candidates, shown, need)
    else:
        _show([(one.known, page_price(one.known)) for one in serving], every=every)
    if hourly_price is not None:
        _show_break_even(break_even(shown, hourly_price), hourly_price)
    return OK


def needed_engines(need: Need, private: bool | None, report: Path) -> list[Candidate]:
    """All known engines held against a need, the best first; those that would send pages where
    private mode lets none go are not among them.

    Args:
        private: whether private mode is on; None as the settings say.
        report: folder of an evaluation.

    Raises:
        ConfigError: ``bad_report``.
    """
    from docglean.commands.engine_choice import choose, gather_evidence
    from docglean.extractors.models.capabilities import known_engine
    from docglean.extractors.models.engines import is_allowed, parse_engine
    from docglean.extractors.settings import load_settings

    settings = load_settings(private=True if need.private else private)
    evidence = gather_evidence(report)
    known = _known()
    specs = {one.engine.spec for one in known}
    # Measured with other inputs or parameters than those that are listed.
    known += [known_engine(parse_engine(spec)) for spec in evidence.measured if spec not in specs]
    allowed = [one for one in known if not settings.private or is_allowed(one.engine, settings)]
    return choose([(one, page_price(one)) for one in allowed], need, evidence)


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


def _facts(one: Candidate) -> dict[str, Any]:
    known, capability = one.known, one.known.capability
    return {
        "engine": known.engine.spec,
        "vision": True if not known.engine.is_model else capability.vision,
        "hearing": capability.hearing,
        "schema_mode": capability.schema_mode,
        "context_tokens": capability.context_tokens,
        "input_price": None if known.input_price is None else str(known.input_price),
        "output_price": None if known.output_price is None else str(known.output_price),
        "price_1000_pages": None if one.price is None else str(one.price),
        "seconds": None if one.latency is None else asdict(one.latency),
        "speed_class": one.claim.speed,
        "speed_source": one.claim.speed_source,
        "languages": sorted(one.claim.languages),
        "languages_unnamed": one.claim.unnamed,
        "languages_source": one.claim.languages_source,
        "measured": None if one.measured is None else asdict(one.measured),
        "not_known": one.unknown,
        "batch": capability.batch,
        "retires": capability.retires.isoformat() if capability.retires else None,
        "usable": known.usable,
        "why_not": known.why_not,
    }


def _show_choice(candidates: Sequence[Candidate], shown: Sequence[Candidate], need: Need) -> None:
    """The engines that serve, the best first, and how many do not.

    Args:
        shown: those of them that are listed.
    """
    from docglean.cli.terminal import print_lines, print_table
    from docglean.commands.engine_choice import left_out

    serving = [one for one in candidates if not one.against]
    usable = [one for one in serving if one.known.usable is not False]
    if not serving:
        print_lines("No engine that docglean knows serves this need.")
    else:
        print_table(_choice_table(shown, need))
        if more := len(serving) - len(shown):
            print_lines(f"{more} more: --all")
        if not usable:
            print_lines("None of them is usable now; docglean engines says what each needs.")
    print()
    if reasons := left_out(candidates):
        print_lines(f"Left out: {reasons}.")
    print_lines(
        "Seconds of a call are of this ledger (half and nine of ten took no longer), else the "
        "vendor's word. ? is what nobody says. Languages are what the vendor names; --json has the "
        "sources."
    )
    print_lines(PRICES)
    print_lines("Only your own labels tell which is right on your documents: docglean evaluate.")


def _choice_table(rows: Sequence[Candidate], need: Need) -> TerminalTable:
    from docglean.cli.terminal import TerminalTable, figure, named

    measured = any(one.measured for one in rows)
    table = TerminalTable(
        named("engine"),
        *([figure("right on your labels")] if measured else []),
        figure("$ 1,000 pages"),
        figure("seconds"),
        *([figure(", ".join(need.languages))] if need.languages else []),
        figure("usable"),
        title="Serve this need, the best known first",
    )
    for one in rows:
        right = [_right(one)] if measured else []
        read = [_read(one)] if need.languages else []
        usable = {True: "yes", False: "no", None: "?"}[one.known.usable]
        price = "unknown" if one.price is None else f"{one.price:.2f}"
        table.add_row(one.known.engine.spec, *right, price, _seconds(one), *read, usable)
    return table


def _right(one: Candidate) -> str:
    if one.measured is None:
        return ""
    low, high = one.measured.accuracy.low, one.measured.accuracy.high
    return f"{one.measured.accuracy.estimate:.1%} ({low:.0%}-{high:.0%})"


def _seconds(one: Candidate) -> str:
    if one.latency is not None:
        return f"{one.latency.median:.1f} / {one.latency.most:.1f}"
    return one.claim.speed or ("?" if one.known.engine.is_model else "")


def _read(one: Candidate) -> str:
    words = {True: "yes", False: "no", None: "?"}
    if one.claim.unnamed:
        return f"? of {one.claim.unnamed.removeprefix('over ')}"
    return ", ".join(words[read] for read in one.languages.values())


def _show_break_even(lines: Sequence[str], hourly: Decimal) -> None:
    from docglean.cli.terminal import print_lines

    print()
    print_lines(f"A machine of your own at ${hourly:.2f} an hour costs less than")
    for line in lines:
        print_lines(f"  {line}")
    print_lines("if it reads so many, and as well: docglean evaluate --hourly-price tells.")


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
    print_lines(PRICES)


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
