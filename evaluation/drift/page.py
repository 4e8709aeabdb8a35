"""The page of a comparison: one HTML file that asks nothing of the network and runs no script."""

from __future__ import annotations

from docglean.evaluation.drift.comparison import Drift
from docglean.evaluation.drift.readings import SIGNALS
from docglean.evaluation.report.render import TEMPLATES


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
    return environment.get_template("drift.html").render(
        drift=drift, run=run, against=against, words=SIGNALS
    )
