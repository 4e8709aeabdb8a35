"""The page of a comparison: one HTML file that asks nothing of the network and runs no script."""

from __future__ import annotations

from docglean.evaluation.drift.comparison import Drift
from docglean.evaluation.drift.readings import SIGNALS
from docglean.evaluation.report.render import TEMPLATES

ROOM = 1.15
"""Of the chart's height beyond the limit, or the farthest point."""


def drift_page(drift: Drift, run: str, against: str) -> str:
    """The HTML text.

    Args:
        run, against: what people call the two.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    farthest = max((abs(one.peak) for one in drift.figures), default=0.0)
    return environment.get_template("drift.html").render(
        drift=drift,
        run=run,
        against=against,
        words=SIGNALS,
        height=round(ROOM * max(drift.limit, farthest), 3),
    )
