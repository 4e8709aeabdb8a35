"""The step within dividing a file: a model is asked of pages on which the signs are not sure.

What it can't give, because it fails, refuses or its budget is used up, leaves the division as the
signs have it, and a problem says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from docglean.extractors.calls.batch import Waiting
from docglean.extractors.calls.estimate import EstimateReader
from docglean.extractors.calls.model_reader import ModelReader
from docglean.extractors.inputs.build import build_preview
from docglean.extractors.open_document import OpenDocument
from docglean.extractors.reader import Expectation, Shown
from docglean.extractors.requests.beginnings import with_those_before
from docglean.extractors.run import RunContext
from docglean.schemas.errors import BudgetExceeded, ModelError, Problem, SourceError


@dataclass
class SplitQuestion:
    """Asks the run's model; see `packets.plan.Ask`.

    Attributes:
        open_reader: gives what asks it, now or in a batch.
        uri: of the file, under which the run holds what it costs.
        problems: of asking.
    """

    run: RunContext
    open_reader: Callable[[RunContext, Shown], ModelReader]
    uri: str
    problems: list[Problem] = field(default_factory=list)

    async def __call__(self, opened: OpenDocument, asked: Collection[int]) -> Mapping[int, bool]:
        """Whether another document begins on these pages of the file, or of one attached to it.

        Raises:
            ConfigError: the key, the model or the ledger fails: the run has to end.
            Waiting: in a batch run, answers are still to come.
        """
        reader: ModelReader | None = None
        waits = False
        try:
            shown = await build_preview(self.run, opened, with_those_before(asked, opened.pages))
            reader = self.open_reader(self.run, shown)
            begins = await reader.beginnings(asked)
            self.problems += reader.session.tier_refused()
            lost = [page for page in asked if page not in begins]
            if lost:
                self.problems.append(_not_told(opened.name, lost, reader.session.problems))
            return begins
        except (SourceError, ModelError, BudgetExceeded) as error:
            self.problems.append(_not_told(opened.name, asked, [Problem.of(error)]))
            return {}
        except Waiting:
            waits = True
            raise
        finally:
            if reader is not None and not waits:
                self.run.hold(self.uri, reader.report().spending)


@dataclass
class SplitEstimate:
    """Counts what `SplitQuestion` would ask. Nothing is sent."""

    run: RunContext
    expected: Expectation = field(default_factory=Expectation)

    async def __call__(self, opened: OpenDocument, asked: Collection[int]) -> Mapping[int, bool]:
        """What the ledger has of the answers."""
        shown = await build_preview(self.run, opened, with_those_before(asked, opened.pages))
        reader = EstimateReader(self.run, shown)
        begins = await reader.beginnings(asked)
        self.expected += await reader.asked()
        return begins


def _not_told(name: str, pages: Iterable[int], problems: Iterable[Problem]) -> Problem:
    listed = ", ".join(map(str, sorted(pages)))
    why = next((one.message for one in problems), "it gave no answer.")
    return Problem(
        code="beginnings_not_told",
        message=f"{name}: the model was asked whether another document begins on page "
        f"{listed}, and did not say: {why} What the pages' signs say stands.",
        way_out="Run again: what came back is kept, and is not paid for twice.",
    )
