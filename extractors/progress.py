"""What a run says about its documents while it goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from docglean.extractors.extraction import Status

if TYPE_CHECKING:
    from docglean.extractors.gateway.sent import Wait

logger = logging.getLogger("docglean")


@dataclass(frozen=True, slots=True)
class Progress:
    """What has just happened to one document; counts are new ones, to be added up.

    Attributes:
        step: ``opened`` (`pages` are to be read), ``planned`` (a long document, or much that has
            to be read before it: `note` says what, before anything of it is sent), ``read``
            (`pages` have been read), ``paid`` (`cost` was spent), ``transcribed`` (`seconds` of a
            recording), ``done`` (see `status`); ``waiting``: no document, but a server has calls
            wait for `seconds`, as `note` says.
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


def of_next(on_progress: Callable[[Progress], None], progress: Progress) -> None:
    """What an engine that follows says: costs and waiting; its documents are counted already."""
    if progress.step in ("paid", "planned", "waiting"):
        on_progress(progress)


def tell_wait(on_progress: Callable[[Progress], None] | None, wait: Wait) -> None:
    """Say that a server has calls wait: which, how long, and why."""
    since = f", for {wait.since:.0f} s now" if wait.since >= 1 else ""
    note = (
        f"{wait.host} takes no more calls ({wait.why}){since}: {wait.calls} wait for "
        f"{wait.seconds:.0f} s."
    )
    if on_progress is None:
        logger.warning("%s", note)
    else:
        on_progress(Progress("", "waiting", seconds=wait.seconds, note=note))
