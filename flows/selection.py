"""Which of the documents found are to be read, against what a run folder holds of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from docglean.extractors.plurals import counted, counted_are
from docglean.flows.earlier_runs import KnownDocument
from docglean.flows.request import Asked, RunRequest
from docglean.flows.run_folder import RunFolder
from docglean.flows.sources import Source
from docglean.schemas.errors import ConfigError, SchemaError

Only = Literal["new", "failed", "stale"]

NAMED = 5
"""Documents named in a sentence; the run folder has all."""


@dataclass(slots=True)
class Selection:
    """What is to be read, and what is left.

    Attributes:
        again: how many of `sources` are not done yet: they failed for a reason that may pass.
        left: results that stay as they are, by the name of their document.
        stale: how many of those would be made otherwise now, see `Asked`.
    """

    found: int
    sources: list[Source] = field(default_factory=list)
    again: int = 0
    left: list[tuple[str, KnownDocument]] = field(default_factory=list)
    stale: int = 0

    @property
    def standing(self) -> list[tuple[str, KnownDocument]]:
        """Those of the left that failed or are partial, in an earlier run."""
        return [(name, known) for name, known in self.left if known.lost]

    def sentences(self, only: Only) -> list[str]:
        """What is read and what is left, and why, for people."""
        said = []
        if not self.found:
            said.append("There is no document.")
        elif not self.sources:
            said.append(f"None of {counted(self.found, 'document')} is {only}.")
        elif self.again or self.left:
            again = f", {self.again} of them because they are not done yet" if self.again else ""
            said.append(
                f"{len(self.sources)} of {counted_are(self.found, 'document')} read{again}."
            )
        if self.standing:
            named = "; ".join(f"{name}: {known.why}" for name, known in self.standing[:NAMED])
            more = len(self.standing) - NAMED
            said.append(
                f"Left as failed or partial: {counted(len(self.standing), 'document')} ({named}"
                f"{f'; and {more} more' if more > 0 else ''}). Read again with --only failed."
            )
        if self.stale:
            said.append(
                f"{self.stale} results were made by another schema, engine or prompt version, or "
                "--then is another or gave no answer. Read them anew with --only stale."
            )
        return said


async def selected(
    sources: Sequence[Source], folder: RunFolder, only: Only | None, order: RunRequest
) -> Selection:
    """Those of the sources that are to be read by an order.

    Raises:
        ConfigError, SchemaError: with ``stale`` only, nothing can be read by it.
    """
    asked: Asked | None = None
    if only is not None and sources:
        try:
            asked = await order.asked()
        except (ConfigError, SchemaError):
            # A night without anything to read needs no engine; reading reports what is wrong.
            if only == "stale":
                raise
    nights = order.settings().retry_nights
    return await asyncio.to_thread(select, sources, folder, only, asked=asked, nights=nights)


def select(
    sources: Sequence[Source],
    folder: RunFolder,
    only: Only | None,
    *,
    asked: Asked | None = None,
    nights: int = 5,
) -> Selection:
    """Those of the sources that are to be read.

    Args:
        only: ``new`` takes what is not in the folder, what has changed since it was read, and
            what is not done yet; ``failed`` what is failed or partial there; ``stale`` what was
            made by something else than `asked`. None takes all.
        asked: None where that is not known.
        nights: days on which a document is tried that failed for a reason that may pass.
    """
    selection = Selection(len(sources))
    known = folder.known() if only is not None else {}
    for source in sources:
        result = known.get(source.uri)
        again = result is not None and result.passing and result.tried < nights
        stale = result is not None and asked is not None and not asked.made(result)
        if result is None:
            wanted = only in (None, "new")
        elif only == "new":
            wanted = again or result.stamp != source.stamp
        else:
            wanted = result.lost if only == "failed" else stale
        if wanted:
            selection.sources.append(source)
            selection.again += again and result is not None and result.stamp == source.stamp
        elif result is not None:
            selection.left.append((source.name, result))
            selection.stale += stale
    return selection
