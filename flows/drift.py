"""The Prefect flow that holds a run against a baseline. Thin: see `docglean.evaluation.drift`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docglean.evaluation.drift.comparison import FALSE_ALARMS
from docglean.extractors.telemetry.setup import own_process
from docglean.flows.folder_drift import compare_folders
from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed


@flow(name="drift")
def drift(
    run: str, against: str, *, false_alarms: float = FALSE_ALARMS, page: str | None = None
) -> State[Any]:
    """Hold a run folder against a baseline; no label is needed.

    Ends Failed, named Drifted, where a figure has moved beyond what the baseline does by itself,
    or where engine, served model or schema are others.

    Args:
        run: run folder.
        against: run folder that is known to be good.
        false_alarms: share of runs like the baseline that may be told as drift.
        page: HTML file to write.
    """
    own_process()
    found = compare_folders(
        Path(run), Path(against), false_alarms, None if page is None else Path(page)
    )
    create_table_artifact(
        key="drift",
        table=[
            one.model_dump(include={"signal", "before", "now", "peak", "after", "document"})
            for one in found.figures
        ],
        description=found.sentence,
    )
    if found.drifted:
        return Failed(name="Drifted", message=found.sentence)
    return Completed(message=found.sentence)
