"""The report of an evaluation: one HTML page, the same as JSON and as Markdown, from stored rows.

`write_report` runs nothing. The page asks nothing of the network and runs no script; what
documents, labels and engines say is shown as text, whatever it says.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

from docglean.evaluation.report.contents import Report, make_report
from docglean.evaluation.report.render import html, markdown
from docglean.evaluation.report.thumbnails import add_pictures
from docglean.extractors.atomic_files import atomic_write
from docglean.schemas.errors import ConfigError, cause_of

HTML, JSON, MARKDOWN = "report.html", "report.json", "report.md"


def write_report(folder: Path, *, hourly_price: Decimal | None = None) -> Report:
    """Write report.html, report.json and report.md into the folder of an evaluation.

    Args:
        folder: what `docglean evaluate --out` wrote.
        hourly_price: US dollars for an hour of the machine on which engines of one's own ran;
            None takes the one of the manifest's options, if any.

    Returns:
        All that they say.

    Raises:
        ConfigError: ``no_evaluation``, ``no_extra``, ``bad_out``.
    """
    report = make_report(folder, hourly_price=hourly_price)
    add_pictures(report.worst, report.manifest.folders)
    texts = {HTML: html(report), MARKDOWN: markdown(report), JSON: to_json(report)}
    try:
        for name, text in texts.items():
            with atomic_write(folder / name) as file:
                # Half a character of a broken file must not cost the report.
                file.write(text.encode("utf-8", "replace").decode("utf-8"))
    except OSError as error:
        raise ConfigError(
            "bad_out",
            f"The report cannot be written to {folder}: {cause_of(error)}.",
            "Free the folder.",
        ) from error
    return report


def to_json(report: Report) -> str:
    """report.json."""
    told = report.model_dump(mode="json", exclude={"worst": {"__all__": {"picture"}}})
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
