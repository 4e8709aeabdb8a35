"""What share of documents earlier runs have sent on, as the ledger keeps it for estimates."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from docglean.extractors.run import RunContext
from pydantic import BaseModel

KIND = "sent on"


class Share(BaseModel):
    """Documents of all runs with the same engines and condition, and by engine those sent on."""

    documents: int = 0
    sent_on: dict[str, int] = {}


async def note_share(run: RunContext, documents: int, sent_on: Mapping[str, int]) -> None:
    """Add a run's documents, and how many of them were asked of each engine that follows."""
    if not run.then or not documents:
        return
    known = await _known(run)
    told = {spec: known.sent_on.get(spec, 0) + sent_on.get(spec, 0) for spec in _specs(run)[1:]}
    share = Share(documents=known.documents + documents, sent_on=told)
    await run.ledger.keep(KIND, _key(run), share.model_dump_json())


async def known_share(run: RunContext, spec: str) -> tuple[int, int]:
    """Documents that earlier runs with these engines and this condition have sent on to one of
    them, and all that they read; 0 of 0 where there was no such run."""
    known = await _known(run)
    return known.sent_on.get(spec, 0), known.documents


async def _known(run: RunContext) -> Share:
    kept = await run.ledger.kept(KIND, _key(run))
    return Share() if kept is None else Share.model_validate_json(kept)


def _specs(run: RunContext) -> list[str]:
    return [one.engine.spec for one in run.chain]


def _key(run: RunContext) -> str:
    schemas = sorted(schema.hash for schema in run.schemas)
    facts = json.dumps([_specs(run), run.settings.when, schemas])
    return hashlib.sha256(facts.encode()).hexdigest()
