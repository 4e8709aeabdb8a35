"""What the caller says about a run, and what a run says about itself while it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from docglean.extractors.extraction import Status
from docglean.extractors.ledger.budget import BudgetLimits
from docglean.extractors.models.base import Tier


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the caller says about every document of a run.

    Attributes:
        pages: such as ``1-3,7``; None for all.
        passwords: tried on a PDF that wants one.
        instructions: the user's own words for the model.
        speech: spec of the speech engine; None takes that of the settings.
        language: of recordings, as ``de``; None lets the speech engine find out.
        download: weights of the speech engine that are missing may be downloaded.
        run: names the run in the ledger's accounts.
        recordings: they were asked for: one that cannot be heard is a failed document even where
            it only lay in a folder with others.
        repeat: which repetition of the same work this is, from 1: a model is asked anew for each.
        batch: hand in what would be sent, at half price; documents wait for it (`calls.batch`).
        tier: ``flex`` asks for answers at a batch's price within minutes, and falls back to
            ``standard`` where there is no room.
        budget_limits: what the run, and its account in a day, may spend.
    """

    pages: str | None = None
    passwords: tuple[str, ...] = ()
    instructions: str = ""
    speech: str | None = None
    language: str | None = None
    download: bool = False
    recordings: bool = False
    run: str = ""
    repeat: int = 1
    budget_limits: BudgetLimits = BudgetLimits()
    batch: bool = False
    tier: Tier = "standard"

    @property
    def halved(self) -> bool:
        """Whether what is sent is expected to cost what a batch does."""
        return self.batch or self.tier == "flex"


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
