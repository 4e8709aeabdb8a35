"""What a run came to, as numbers and as a sentence."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from docglean.extractors.confidence.review import CODE as UNSURE
from docglean.extractors.extraction import Extraction, Spending, Status
from docglean.extractors.ledger.budget import runaway
from docglean.extractors.plurals import counted
from docglean.flows.duplicates import CODE as DUPLICATE
from docglean.flows.sent_on import SentOn
from docglean.flows.unheard import Unheard
from pydantic import BaseModel, Field


def money(cost: Decimal | None) -> str:
    """US dollars for people; ``cost unknown`` rather than a wrong 0."""
    if cost is None:
        return "cost unknown"
    return f"${cost:.2f}" if cost >= 1 or cost == 0 else f"${cost:.4f}"


def duration(seconds: float) -> str:
    """Seconds for people."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def fields_told(spending: Spending) -> str:
    """Which fields were asked for by themselves, for people; empty where none were."""
    if not spending.fields_asked:
        return ""
    asked = counted(spending.fields_asked, "field")
    return f"{asked} asked anew, {spending.fields_kept:,} from the ledger"


class Totals(BaseModel):
    """What a run came to. `spending.cost` is None where any price is unknown; it counts what was
    paid for documents that a budget left half read, too.

    Attributes:
        files: that were read to their end; fewer than `documents` where one holds several.
        left_out: how many recordings are `unheard`; they are not in `documents`.
        unheard: recordings that nobody asked for and nothing here can hear.
        duplicates: documents that are there already, see `flows.duplicates`.
        unsure, unsure_values: documents with values that are less sure than was asked for
            (``review_below``), and how many values these are.
        sent_on: what was asked of engines that follow the first.
        not_done: documents of which something was lost for a reason that may pass; not written.
        tier_refused: documents with answers that came outside the tier that was asked for.
    """

    documents: int = 0
    files: int = 0
    reviewed: int = 0
    ok: int = 0
    review: int = 0
    partial: int = 0
    failed: int = 0
    left_out: int = 0
    not_done: int = Field(default=0, exclude=True)
    unheard: Unheard = Unheard()
    tier_refused: int = 0
    duplicates: int = 0
    unsure: int = 0
    unsure_values: int = 0
    pages: int = 0
    sent_on: SentOn = Field(default_factory=SentOn)
    spending: Spending = Spending()
    seconds: float = 0.0

    def add(self, extraction: Extraction[Any]) -> None:
        """Count one document."""
        status: Status = extraction.status
        part = extraction.document.part
        self.documents += 1
        self.files += part is None or part.number == part.of  # they are begun in order
        setattr(self, status, getattr(self, status) + 1)
        self.duplicates += _is_duplicate(extraction)
        self.not_done += extraction.not_done
        self.tier_refused += any(one.code == "tier_refused" for one in extraction.problems)
        doubted = [len(one.paths) for one in extraction.problems if one.code == UNSURE]
        self.unsure += bool(doubted)
        self.unsure_values += sum(doubted)
        self.pages += extraction.document.pages
        self.sent_on.add(extraction)
        self.spending += extraction.spending

    def leave_out(self, unheard: Unheard) -> None:
        """Count recordings that are not read."""
        self.left_out += len(unheard.names)
        self.unheard += unheard

    def retell(self, before: Status, extraction: Extraction[Any], run: str) -> None:
        """Count one document as it stands now, where it was counted otherwise for this run."""
        if extraction.run != run or not getattr(self, before):
            return
        setattr(self, before, getattr(self, before) - 1)
        setattr(self, extraction.status, getattr(self, extraction.status) + 1)
        self.duplicates += 1 if _is_duplicate(extraction) else -1

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            **{name: getattr(self, name) + getattr(other, name) for name in Totals.model_fields}
        )

    def is_all_ok(self, sources: int) -> bool:
        """Whether each of so many sources is ok, or was left out on purpose."""
        return self.ok + self.reviewed == self.documents and self.files + self.left_out == sources

    def unread(self, sources: int) -> int:
        """How many of so many sources were not read, or not to their end."""
        return max(0, sources - self.files - self.left_out)

    @property
    def lost(self) -> int:
        """How many documents failed, or are partial."""
        return self.failed + self.partial

    @property
    def alarm(self) -> str:
        """Where tokens ran away from what was estimated; else empty."""
        return runaway("", self.spending.usage, self.spending.expected)

    @property
    def not_ok(self) -> list[str]:
        """How many documents ended otherwise than ok, for people."""
        counts = {"to review": self.review, "partial": self.partial, "failed": self.failed}
        return [f"{count} {how}" for how, count in counts.items() if count]

    @property
    def unsure_told(self) -> str:
        """How many values of how many documents are less sure than was asked for; else empty."""
        if not self.unsure:
            return ""
        values = counted(self.unsure_values, "unsure value")
        return f"{values} in {counted(self.unsure, 'document')}"

    def sentence(self) -> str:
        """What it came to, for people."""
        reviewed = [f"{self.reviewed} reviewed"] if self.reviewed else []
        parts = [*reviewed, f"{self.ok} ok", *self.not_ok]
        within = f" in {counted(self.files, 'file')}" if self.documents > self.files else ""
        line = f"{counted(self.documents, 'document')}{within} ({', '.join(parts)}), "
        line += counted(self.pages, "page")
        if self.duplicates:
            line += f", {counted(self.duplicates, 'duplicate')}"
        if self.unsure:
            line += f", {self.unsure_told}"
        if self.left_out:
            line += f", {counted(self.left_out, 'recording')} left out"
        if asked := self.sent_on.told(self.documents):
            line += f" ({asked})"
        spending = self.spending
        if spending.calls or spending.cached:
            line += f", {counted(spending.calls, 'call')}, {money(spending.cost)}"
        if self.tier_refused:
            refused = counted(self.tier_refused, "document")
            line += f" ({refused} outside the flex tier, at the full price)"
        if spending.cached:
            replies = f"{spending.cached:,} repl{'y' if spending.cached == 1 else 'ies'}"
            line += f", {replies} from the ledger"
            if spending.saved:
                line += f" ({money(spending.saved)} saved)"
        if told := fields_told(spending):
            line += f", {told}"
        return f"{line}, {duration(self.seconds)}." if self.seconds else f"{line}."


def _is_duplicate(extraction: Extraction[Any]) -> bool:
    return any(one.code == DUPLICATE for one in extraction.problems)
