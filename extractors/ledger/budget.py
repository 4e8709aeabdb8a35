"""What a call is expected to take, what a run or a day may cost, and when tokens run away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from docglean.extractors.extraction import Usage
from docglean.schemas.errors import BudgetExceeded

RUNAWAY = 2
"""Times the estimated tokens above which an alarm is raised."""
NOISE = 1_000
"""Tokens that may be more than estimated without an alarm: small calls vary."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a call will take, before it is sent. US dollars; None where unknown.

    Attributes:
        cost: as it is estimated.
        likely: as the last calls turned out; None is as estimated.
        ceiling: of an answer that is as long as it may be.
    """

    usage: Usage = Usage()
    cost: Decimal | None = None
    likely: Decimal | None = None
    ceiling: Decimal | None = None

    @property
    def counted(self) -> Decimal:
        """What it counts as where nobody knows what it came to."""
        return self.likely if self.likely is not None else self.cost or Decimal(0)


class Crowded(BudgetExceeded):
    """A budget may allow this call, once those under way have ended and their cost is known."""


@dataclass(frozen=True, slots=True)
class KnownErrors:
    """How far the last calls of an engine and schema were from what was estimated.

    Attributes:
        calls: looked at; 0 is nothing known.
        mean, worst: times the estimate that they cost together, and that the dearest did; 1 at the
            least.
    """

    calls: int = 0
    mean: Decimal = Decimal(1)
    worst: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Budget:
    """US dollars that may be spent under one name in the ledger.

    Attributes:
        scope: what is added up: a run, or a day of a deployment.
        title: the scope for people, as ``this run``.
    """

    scope: str
    limit: Decimal
    title: str


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """What may be spent: by one run, and in a day by all runs of one account.

    Attributes:
        run: US dollars for the run; None is without limit.
        day: US dollars a day (UTC); None is without limit.
        account: whose days are added up, such as a deployment's name.
    """

    run: Decimal | None = None
    day: Decimal | None = None
    account: str = "docglean"

    def __bool__(self) -> bool:
        return self.run is not None or self.day is not None

    def budgets(self, run: str, now: datetime | None = None) -> tuple[Budget, ...]:
        """The budgets that a call made now counts against."""
        found: list[Budget] = []
        if self.day is not None:
            day = (now or datetime.now(UTC)).astimezone(UTC).date()
            scope = f"day {day} {self.account}"[:200]
            found.append(Budget(scope, self.day, f"{self.account} on {day} (UTC)"))
        if self.run is not None:
            found.append(Budget(f"run {run}"[:200], self.run, "this run"))
        return tuple(found)


def runaway(model: str, spent: Usage, expected: Usage) -> str:
    """The alarm where a model's tokens are far above what was estimated; else empty.

    A provider that counts images as text, or a model that thinks at length, costs many times
    what was said before the run.
    """
    above: list[str] = []
    for name, actual, told in (
        ("input", spent.input_tokens, expected.input_tokens),
        ("output", spent.output_tokens, expected.output_tokens),
    ):
        if told and actual > RUNAWAY * told and actual - told > NOISE:
            above.append(f"{actual:,} {name} tokens where {told:,} were estimated")
    if not above:
        return ""
    return (
        f"{model or 'The model'} took {' and '.join(above)}: the estimate of its cost does not "
        "hold. Look at `docglean costs`, and set a --budget."
    )
