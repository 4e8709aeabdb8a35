"""Which calibration makes probabilities of a document's signals."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from docglean.extractors.calibration_choice import family_of
from docglean.extractors.calibration_file import Calibration, Family
from docglean.extractors.run import RunContext
from docglean.schemas.schema import Schema


@cache
def prior(family: Family) -> Calibration:
    """The calibration that docglean ships for engines of this family."""
    text = files(__package__).joinpath("priors", f"{family}.json").read_text("utf-8")
    return Calibration.model_validate_json(text)


def calibration_for(run: RunContext, schema: Schema) -> Calibration:
    """The one of the run that was fitted to this schema, else the prior of the engine's family."""
    found = run.calibrations.fitting(run.engine.spec, schema.name, schema.hash)
    return found or prior(family_of(run.engine.provider, run.engine.inputs))
