"""What a run says about its documents while it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from docglean.extractors.extraction import Status


@dataclass(frozen=True, slots=True)
class Progress:
    """What has just happened to one document; counts are new ones, to be added up.

    Attributes:
        step: ``opened`` (`pages` are to be read), ``planned`` (a long document: `note` says how
            long, before anything of it is sent), ``read`` (`pages` have been read), ``paid``
            (`cost` was spent), ``transcribed`` (`seconds` of a recording), ``done`` (see
            `status`); ``waiting``: no document, but a server has calls wait for `seconds`, as
            `note` says.
        cost: US dollars just spent; None where the price is unknown.
        total: seconds of the recording, None where its header does not tell.
        speed: seconds of sound heard in a second of work; None where nothing had to be heard.
    """

    document: str
    step: Literal["opened", "planned", "read", "paid", "transcribed", "done", "waiting"]
    pages: int = 0
    cost: Decimal | None = Decimal(0)
    seconds: float = 0.0
    total: float | None = None
    speed: float | None = None
    status: Status | None = None
    note: str = ""
