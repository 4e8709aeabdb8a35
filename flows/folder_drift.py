"""Two run folders held against each other; see `docglean.evaluation.drift`."""

from __future__ import annotations

from pathlib import Path

from docglean.evaluation.drift.comparison import FALSE_ALARMS, Drift, compare
from docglean.evaluation.drift.page import drift_page
from docglean.evaluation.drift.readings import readings
from docglean.extractors.atomic_files import atomic_write
from docglean.flows.run_folder import RunFolder


def compare_folders(
    run: Path, against: Path, false_alarms: float = FALSE_ALARMS, page: Path | None = None
) -> Drift:
    """Hold the documents of one run folder against those of another.

    Args:
        page: HTML file that shows it, written where it is told.

    Raises:
        ConfigError: ``no_run``, one of them has no results; as `compare`.
    """
    baseline = readings(RunFolder.existing(against).extractions())
    found = compare(baseline, readings(RunFolder.existing(run).extractions()), false_alarms)
    if page is not None:
        with atomic_write(page) as file:
            file.write(drift_page(found, str(run), str(against)))
    return found
