"""How many calls a provider allows."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Rate(BaseModel):
    """What a provider allows in a minute; None where nobody told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests: float | None = Field(default=None, gt=0)
    tokens: float | None = Field(default=None, gt=0)
