"""``docglean watch``: tells a Prefect server of documents that arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from docglean.cli.exits import OK
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.notices import tell
from docglean.extractors.settings import load_settings
from docglean.flows.events import check_server, send
from docglean.flows.watch import Watch


def watch(
    given: Sequence[str],
    *,
    every: float,
    settle: float,
    once: bool,
    skip_existing: bool,
    quiet: bool,
) -> int:
    """``docglean watch``: the exit code."""
    from docglean.commands.interruption import until_interrupted

    check_server()
    return until_interrupted(_watch(given, every, settle, once, skip_existing, quiet))


async def _watch(
    given: Sequence[str],
    every: float,
    settle: float,
    once: bool,
    skip_existing: bool,
    quiet: bool,
) -> int:
    async with await Ledger.open(load_settings().ledger) as ledger:
        one = Watch(given, ledger, send, settle)
        left = await one.begin(skip_existing=skip_existing)
        if not quiet:
            rest = f"; {left} of an earlier time are still to be told of" if left else ""
            tell(f"Watching {', '.join(given)}{rest}.")
        until = asyncio.get_running_loop().time() + settle + every
        while True:
            for name in await one.look():
                if not quiet:
                    tell(f"uploaded {name}")
            if once and asyncio.get_running_loop().time() > until:
                return OK
            await asyncio.sleep(every)
