"""The command that lists engines, as it stands on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from docglean.cli.parameters import AsJson, HourlyPrice, NeedWords, app, takes_options
from docglean.extractors.options import RunOptions, dollars


@app.command
@takes_options(only=("private",))
def engines(
    *,
    options: RunOptions,
    for_: NeedWords = "",
    vision: Annotated[bool, Parameter(negative="", help="Only those that see images.")] = False,
    language: Annotated[
        tuple[str, ...],
        Parameter(negative="", help="Only those that read it: german or de; given several, all."),
    ] = (),
    max_seconds: Annotated[
        float | None, Parameter(help="Only those whose calls take no longer, as far as is known.")
    ] = None,
    max_price: Annotated[
        float | None, Parameter(help="Only those up to this price, in US dollars for 1,000 pages.")
    ] = None,
    tier: Annotated[
        Literal["interactive", "balanced", "reasoning", "batch"] | None,
        Parameter(help="Kind of work: answers while somebody waits, ..., half price in a day."),
    ] = None,
    report: Annotated[
        Path, Parameter(help="What `evaluate --out` wrote: its engines stand first.")
    ] = Path("report"),
    hourly_price: HourlyPrice = None,
    all: Annotated[
        bool, Parameter(negative="", help="Also each by name that lacks a key or a server.")
    ] = False,
    json: AsJson = False,
) -> int:
    """List known engines: what is usable now, and which key would make which provider usable.

    With a need, those that serve it, the best known first: what was measured on your own labels,
    then what the ledger and the vendors tell of seconds, languages and price. --json has all.
    """
    from docglean.commands.engines import list_engines
    from docglean.extractors.models.need import Need, language_code, read_need, seconds_of

    flags = Need(
        vision=vision,
        languages=tuple(language_code(one) for one in language),
        max_seconds=None if max_seconds is None else seconds_of(max_seconds),
        max_price=dollars(max_price, "--max-price"),
        tier=tier,
    )
    return list_engines(
        need=read_need(for_).also(flags),
        private=options.private,
        report=report,
        hourly_price=dollars(hourly_price, "--hourly-price"),
        as_json=json,
        every=all,
    )
