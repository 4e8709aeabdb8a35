"""Which documents gave nothing, said below the figures of an evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docglean.extractors.notices import tell
from docglean.extractors.printable import printable

if TYPE_CHECKING:
    from docglean.evaluation.gathered import Failure
    from docglean.evaluation.report.contents import Report

MOST_TOLD = 5
"""Documents of each engine that are named; the report has all."""


def say_failures(report: Report) -> None:
    """For each engine how many documents failed, and of the first of them why and the way out."""
    from docglean.evaluation.engine_figures import short_names

    names = short_names(report.figures.engines)
    for engine, name in names.items():
        # An answer that failed again in a repeat is the same document.
        failed = {(one.set, one.file): one for one in report.failures if one.engine == engine}
        for one in list(failed.values())[:MOST_TOLD]:
            tell(f"Failed with {name}: {failure_told(one)}")
        if len(failed) > MOST_TOLD:
            tell(f"Failed with {name}: more documents, which the report's section Failures names.")


def failure_told(one: Failure) -> str:
    """A document with why it gave nothing and the way out, its name once."""
    why = one.message.removeprefix(f"{one.file}: ")
    return printable(f"{one.file}: {why} {one.way_out}".strip())
