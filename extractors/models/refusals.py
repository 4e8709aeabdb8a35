"""Fields of a request that a server does not support: left out, or said in the other way.

Gateways and deployments hide which model they serve, so no table can tell. What a server refused
is learnt from its first refusal, and kept in the ledger.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from docglean.extractors.models.engines import Engine

_OTHER = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
EFFORT = "reasoning_effort"


class Refusals:
    """What one model on one server refused.

    Attributes:
        known: names of fields, or ``name=value``.
        keep: told of all of them when there is a new one.
    """

    def __init__(self, engine: Engine) -> None:
        self.known: set[str] = set()
        self.keep: Callable[[set[str]], Awaitable[None]] | None = None
        # An effort that the user asked for is not left out behind their back.
        self._told = engine.effort is not None
        self._new: set[str] = set()

    def applied(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body without what the server refused, or with what it takes instead."""
        body = dict(body)
        for name, other in _OTHER.items():
            if name in body and name in self.known and other not in self.known:
                body[other] = body.pop(name)
                break
        if not self._told and self.known & {EFFORT, f"{EFFORT}={body.get(EFFORT)}"}:
            body.pop(EFFORT, None)
        return body

    async def learn(self, refused: str, sent: dict[str, Any]) -> None:
        """Take note of a refusal of a body.

        Args:
            refused: as in `Reply.refused`: a field, or with an equals sign its value.
        """
        name = refused.rstrip("=")
        if name not in sent or name not in (*_OTHER, EFFORT):
            return
        fact = f"{name}={sent[name]}" if refused.endswith("=") and name == EFFORT else name
        other = _OTHER.get(name)
        if other in self.known and other not in self._new:
            self.known.discard(other)  # the server has changed since
        if fact not in self.known:
            self._new.add(fact)
            self.known.add(fact)
            if self.keep is not None:
                await self.keep(self.known)
