"""All that a report says, made of stored rows: nothing is run."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path

from docglean.evaluation.cascade import Cascade, cascades
from docglean.evaluation.confidence_figures import EngineConfidence, confidence_figures
from docglean.evaluation.costs import Cost, Volume, costs, volumes
from docglean.evaluation.counts import gather
from docglean.evaluation.engine_figures import FEW, Figures, by_name, figures, short_names
from docglean.evaluation.example_gain import ExampleGain, example_gains
from docglean.evaluation.gathered import Failure, Gathered, Suspect
from docglean.evaluation.label_notices import label_notices
from docglean.evaluation.rates import Scope
from docglean.evaluation.recommendation import (
    Decision,
    FrontierPoint,
    FrontierStep,
    chart_points,
    decide,
    steps,
)
from docglean.evaluation.report.examples import Example, worst_documents
from docglean.evaluation.results import HOURLY, EngineRecord, Manifest, Results
from docglean.evaluation.variants import SideBySide, side_by_side
from docglean.extractors.plurals import counted_are
from pydantic import BaseModel, Field

FORMAT_VERSION = 1
ADVISED = 50
"""Documents that tell 5 to 6 points apart."""
MOST_SUSPECTS = MOST_FAILURES = 200
"""Entries that are listed; all are counted."""


class Report(BaseModel):
    """All that the report says: report.json.

    Attributes:
        hourly_price: US dollars for an hour of the machine, None where nobody told.
        notices: what a reader should know before believing anything here.
        confidence: of engines whose results tell one.
        suspects, failures: the first of them; `suspects_in_all` and `failures_in_all` count.
        example_gains: whether examples beside the documents help, model by model.
        worst: documents that went worst with the engine chosen, without pictures.
    """

    version: int = FORMAT_VERSION
    manifest: Manifest
    hourly_price: Decimal | None = None
    decision: Decision
    notices: list[str]
    figures: Figures
    costs: list[Cost]
    points: list[FrontierPoint]
    steps: list[FrontierStep]
    volumes: list[Volume]
    cascades: list[Cascade]
    side_by_side: list[SideBySide]
    suspects: list[Suspect]
    suspects_in_all: int
    failures: list[Failure]
    failures_in_all: int
    confidence: list[EngineConfidence] = Field(default_factory=list)
    worst: list[Example] = Field(default_factory=list)
    example_gains: list[ExampleGain] = Field(default_factory=list)

    @property
    def records(self) -> dict[str, EngineRecord]:
        """What the manifest says of each engine."""
        return {record.spec: record for record in self.manifest.engines}


def make_report(folder: Path, *, hourly_price: Decimal | None = None) -> Report:
    """All that the report says, without the pictures; see `write_report`."""
    results = Results(folder)
    gathered = gather(results)
    hourly = hourly_price if hourly_price is not None else _stored_price(gathered.manifest)
    found = figures(gathered)
    scope = Scope(gathered)
    priced = costs(gathered, hourly)
    points = chart_points(found, priced)
    decision = decide(found, points, priced)
    names = short_names(found.engines)
    report = Report(
        manifest=gathered.manifest,
        hourly_price=hourly,
        decision=decision,
        notices=[by_name(one, names) for one in _notices(gathered, found, priced, hourly)],
        figures=found,
        costs=priced,
        points=points,
        steps=steps(found, priced, points),
        volumes=volumes(gathered, priced, hourly),
        cascades=cascades(gathered, scope, points, priced),
        side_by_side=side_by_side(gathered, scope, found, priced),
        suspects=gathered.suspects[:MOST_SUSPECTS],
        suspects_in_all=len(gathered.suspects),
        failures=gathered.failures[:MOST_FAILURES],
        failures_in_all=len(gathered.failures),
        confidence=confidence_figures(results),
        example_gains=example_gains(found, priced),
    )
    engine = decision.engine or decision.best
    report.worst = worst_documents(results, gathered, scope, engine)
    return report


def _stored_price(manifest: Manifest) -> Decimal | None:
    told = manifest.options.get(HOURLY)
    try:
        return None if told is None else Decimal(str(told))
    except InvalidOperation:
        return None


def _notices(
    gathered: Gathered, figures: Figures, priced: list[Cost], hourly: Decimal | None
) -> list[str]:
    manifest, number = gathered.manifest, figures.documents
    found = []
    if manifest.state != "finished":
        found.append(
            f"The evaluation is {manifest.state}: what is missing here was not measured yet."
        )
    found += label_notices(manifest.sets)
    if number < ADVISED:
        smoke = f"{counted_are(number, 'document')} a smoke test"
        size = smoke if number < FEW else f"{number} documents tell little"
        found.append(
            f"{size}: about 50 tell differences of 5 to 6 points, 150 tell "
            "3. Label more before you decide between engines that are near each other."
        )
    read = {spec: int((gathered.runs[e] > 0).sum()) for e, spec in enumerate(gathered.engines)}
    for spec, documents in read.items():
        if documents < number:
            found.append(
                f"{spec} read {documents} of {number} documents. Its own figures are about these; "
                "comparisons are about documents that both engines read."
            )
    unknown = [cost.engine for cost in priced if cost.billed is None]
    if unknown:
        found.append(f"No price is known for {', '.join(unknown)}: the cost is unknown, not zero.")
    own = [record.spec for record in manifest.engines if record.self_hosted]
    if own and hourly is None and len(own) < len(manifest.engines):
        found.append(
            f"An hour of your own machine has no price here, so {', '.join(own)} cannot be weighed "
            "against engines that are paid for. Name the price to weigh them."
        )
    if not figures.repeats and any(not record.embedded for record in manifest.engines):
        found.append(
            "Every model was asked once: how much its answers change from run to run is not "
            "known. Repeat to find out."
        )
    return found
