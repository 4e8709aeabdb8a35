"""What a stand-in did: its answers one by one, what each was billed, and which were in vain."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

SHARE = 0.02
"""Of each kind of fault."""
TRIES = 3
"""Failures of one request after which its document may be given up."""

Fate = Literal["kept", "empty", "lost", "killed"]
"""``lost``: its connection broke, or its stream ended in an error. ``killed``: the run was killed
before the ledger had it. Those two nobody could have kept. ``empty``: there was nothing in it, so
the same may be asked again."""


@dataclass
class Answer:
    """One answer that was billed.

    Attributes:
        number: of its id.
        request: all that its request says.
        question: the request without what an escalation changes.
        cost: US dollars.
        document: SHA-256 of the one that it is about, where the ledger knows.
    """

    number: int
    request: str
    question: str
    cost: Decimal
    fate: Fate = "kept"
    document: str = ""


@dataclass
class Meter:
    """What a stand-in did.

    Attributes:
        faults: how many were drawn, by kind.
        answers: in the order in which they were given.
        spoilt: numbers of documents with a fault that no asking again need mend.
        hasty: requests sent again before the time that a refusal told.
        errors_due: streams that are still to end in an error.
    """

    draws: random.Random
    faults: Counter[str] = field(default_factory=Counter)
    answers: list[Answer] = field(default_factory=list)
    spoilt: set[int] = field(default_factory=set)
    hasty: int = 0
    errors_due: int = 0
    _failures: Counter[str] = field(default_factory=Counter)
    _not_before: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def drawn(self, kind: str) -> bool:
        """Whether this fault happens now."""
        with self.lock:
            hit = self.draws.random() < SHARE
            self.faults[kind] += hit
        return hit

    def error_in_stream(self) -> bool:
        """Whether this stream ends in an error.

        Few answers are streamed: an error that is drawn for one that is not comes in the next.
        """
        with self.lock:
            hit = self.errors_due > 0
            self.errors_due -= hit
            self.faults["error in a stream"] += hit
        return hit

    @contextmanager
    def asked(self, request: str, document: int | None) -> Iterator[None]:
        """Around a request, whose failure counts against its document."""
        with self.lock:
            self.errors_due += self.draws.random() < SHARE
            self.hasty += time.monotonic() < self._not_before.pop(request, 0.0)
        try:
            yield
        except Exception:
            with self.lock:
                self._failures[request] += 1
                if self._failures[request] >= TRIES and document is not None:
                    self.spoilt.add(document)
            raise

    def shut(self, request: str, seconds: float) -> None:
        """This request was told not to come again for so long."""
        with self.lock:
            self._not_before[request] = time.monotonic() + seconds

    def assign(self, documents: Mapping[int, str]) -> None:
        """Note which document each answer is about: blank pages of two are one request."""
        for answer in self.answers:
            answer.document = documents.get(answer.number, "")

    def killed(self, stored: Collection[int]) -> None:
        """The run was killed when the ledger had these answers: nobody could have kept others."""
        for answer in self.missing(stored):
            answer.fate = "killed"

    def missing(self, stored: Collection[int]) -> list[Answer]:
        """Answers that are not among those stored, though they could be."""
        return [
            one for one in self.answers
            if one.number not in stored and one.fate not in ("lost", "killed")
        ]  # fmt: skip

    @property
    def billed(self) -> Decimal:
        """US dollars for all answers."""
        return sum((one.cost for one in self.answers), Decimal(0))

    @property
    def in_vain(self) -> Decimal:
        """US dollars of them for answers that nobody could have kept."""
        return sum((one.cost for one in self.answers if one.fate in ("lost", "killed")), Decimal(0))

    def with_fate(self, fate: Fate) -> int:
        """How many answers had it."""
        return sum(one.fate == fate for one in self.answers)

    @property
    def mean(self) -> float:
        """Answers a question, without those that were lost because the run was killed."""
        came = [one for one in self.answers if one.fate in ("kept", "empty")]
        asked = {(one.question, one.document) for one in came}
        return (len(self.answers) - self.with_fate("killed")) / max(1, len(asked))

    @property
    def most(self) -> int:
        """Answers to one question, without those in vain."""
        kept = Counter((one.question, one.document) for one in self.answers if one.fate == "kept")
        return max(kept.values(), default=0)

    @property
    def twice(self) -> int:
        """Answers too many: to requests that had been answered already."""
        kept = Counter((one.request, one.document) for one in self.answers if one.fate == "kept")
        return sum(count - 1 for count in kept.values())
