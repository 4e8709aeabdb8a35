"""A model that answers by a script, and pages that are their numbers: for what is asked of one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from docglean.extractors.extraction import Usage
from docglean.extractors.model_input import Medium, Unit
from docglean.extractors.models.base import Call, Part, Reply, TextPart
from docglean.schemas.errors import ConfigError, SourceError


@dataclass
class StandInInput:
    """Pages that are their numbers; those in `broken` can't be shown."""

    broken: frozenset[int] = frozenset()
    drawn: list[int] = field(default_factory=list)
    medium: Medium = "pages"
    total: int = 9
    reads: str = "numbers"

    def units(self, numbers: Sequence[int]) -> list[Unit]:
        return [Unit(number, 1) for number in numbers]

    def text(self, number: int) -> str:
        return str(number)

    async def parts(self, number: int) -> tuple[Part, ...]:
        self.drawn.append(number)
        if number in self.broken:
            raise SourceError("page_unreadable", f"page {number} cannot be read.")
        return (TextPart(f"page {number}"),)


Script = Callable[["StandInModel", Call], Reply | None]


@dataclass
class StandInModel:
    """A model that answers by a script, and counts."""

    script: Script
    seconds: float = 0.0
    calls: list[Call] = field(default_factory=list)
    under_way: int = 0
    most: int = 0

    async def send(self, call: Call) -> Reply:
        self.calls.append(call)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(self.seconds)
            found = self.script(self, call)
        finally:
            self.under_way -= 1
        if found is None:
            raise ConfigError("bad_key", "The key is refused.")
        return found

    async def close(self) -> None:
        pass


def pages_of(call: Call) -> list[int]:
    return [
        int(part.text.removeprefix("page "))
        for part in call.parts
        if isinstance(part, TextPart) and part.text.startswith("page ")
    ]


def ok(data: Any, **told: Any) -> Reply:
    usage = Usage(input_tokens=10, output_tokens=5)
    told = {"cost": Decimal("0.01"), "usage": usage, **told}
    return Reply(outcome="ok", text=json.dumps(data), **told)
