"""What servers told of themselves in earlier runs, kept in the ledger."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.models.capabilities import Capability, capability
from docglean.extractors.models.discovery import probe
from docglean.extractors.models.engines import Engine
from docglean.extractors.models.refusals import Refusals
from pydantic import TypeAdapter


async def known_capability(engine: Engine, ledger: Ledger, *, ask: bool) -> Capability:
    """What the engine's model accepts: as its server tells, else as it told before, else tables.

    Requests are cut by it, so a server that is away at a second run must not change it.

    Args:
        ask: the server may be asked.
    """
    known = capability(engine)
    key = hashlib.sha256(f"{engine.spec} {engine.url} {known}".encode()).hexdigest()
    told = await probe(engine, known=known) if ask else known
    if told != known:
        await ledger.keep("capability", key, _capabilities().dump_json(told).decode())
        return told
    kept = await ledger.kept("capability", key)
    return known if kept is None else _capabilities().validate_json(kept)


@cache
def _capabilities() -> TypeAdapter[Capability]:
    return TypeAdapter(Capability)


async def known_refusals(engine: Engine, ledger: Ledger) -> Refusals:
    """What the engine's server refused in earlier runs; what it will refuse is kept, too."""
    refusals = Refusals(engine)
    facts = f"{engine.provider} {engine.url} {engine.model}"
    key = hashlib.sha256(facts.encode()).hexdigest()
    kept = await ledger.kept("refused", key)
    refusals.known = set(json.loads(kept)) if kept else set()

    async def keep(known: set[str]) -> None:
        await ledger.keep("refused", key, json.dumps(sorted(known)))

    refusals.keep = keep
    return refusals
