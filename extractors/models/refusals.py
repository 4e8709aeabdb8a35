"""Fields of a request that a server does not support: left out, or said in the other way.

Gateways and deployments hide which model they serve, so no table can tell. What a server refused
is learnt from its first refusal, and kept in the ledger.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

from docglean.extractors.models.engines import Engine
from docglean.extractors.options import Tier

_OTHER = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
EFFORT = "reasoning_effort"
PROBABILITIES = ("logprobs", "top_logprobs")
"""Both fields that ask for the probabilities of tokens: one is nothing without the other."""
TIER = "service_tier"
"""The tier's name in `Reply.refused`, whatever the wire calls it."""
TIER_AGAIN = timedelta(days=7)
"""After which a tier that was refused is asked for again: vendors give it to more models and
accounts, and asking costs nothing."""


class Refusals:
    """What one model on one server refused.

    Attributes:
        known: names of fields, or ``name=value``; of the tier ``name@date``.
        keep: told of all of them when there is a new one.
    """

    def __init__(self, engine: Engine) -> None:
        self.known: set[str] = set()
        self.keep: Callable[[set[str]], Awaitable[None]] | None = None
        self._engine = engine
        # An effort that the user asked for is not left out behind their back.
        self._told = engine.effort is not None
        self._new: set[str] = set()

    @property
    def no_tier(self) -> bool:
        """Whether the tier was refused lately."""
        since = f"{TIER}@{date.today() - TIER_AGAIN}"
        return any(fact > since for fact in self.known if fact.startswith(f"{TIER}@"))

    def of_tier(self, asked: Tier) -> tuple[str, ...]:
        """What to say aloud before a run that asks for a tier which was refused lately."""
        if asked != "flex" or not self.no_tier:
            return ()
        return (
            f"{self._engine.host} has refused its flex tier for {self._engine.model}: calls are "
            f"made in the standard tier, at its price. It is asked again {TIER_AGAIN.days} days "
            "after that.",
        )

    def applied(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body without what the server refused, or with what it takes instead."""
        body = dict(body)
        for name, other in _OTHER.items():
            if name in body and name in self.known and other not in self.known:
                body[other] = body.pop(name)
                break
        if not self._told and self.known & {EFFORT, f"{EFFORT}={body.get(EFFORT)}"}:
            body.pop(EFFORT, None)
        if self.known & {*PROBABILITIES}:
            body = {name: told for name, told in body.items() if name not in PROBABILITIES}
        return body

    async def learn(self, refused: str, sent: dict[str, Any]) -> None:
        """Take note of a refusal of a body.

        Args:
            refused: as in `Reply.refused`: a field, or with an equals sign its value.
        """
        name = refused.rstrip("=")
        if name == TIER:
            await self._add(f"{TIER}@{date.today()}")
            return
        if name not in sent or name not in (*_OTHER, EFFORT, *PROBABILITIES):
            return
        fact = f"{name}={sent[name]}" if refused.endswith("=") and name == EFFORT else name
        other = _OTHER.get(name)
        if other in self.known and other not in self._new:
            self.known.discard(other)  # the server has changed since
        await self._add(fact)

    async def _add(self, fact: str) -> None:
        if fact not in self.known:
            self._new.add(fact)
            self.known.add(fact)
            if self.keep is not None:
                await self.keep(self.known)
