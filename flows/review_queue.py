"""The Prefect flow that tells what waits for a person in all runs. Thin: see `open_reviews`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from docglean.extractors.settings import load_settings
from docglean.extractors.telemetry.setup import own_process
from docglean.flows.names import run_folder
from docglean.flows.open_reviews import OpenRun, counted, name_of, open_run, run_folders
from docglean.flows.reports import needs_review
from docglean.flows.run_folder import RunFolder
from docglean.schemas.errors import ConfigError
from prefect import flow, get_run_logger
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed


@flow(name="review")
def queue(runs: str = "out") -> State[Any]:
    """Tell what waits for review in all runs below a folder; ends NeedsReview where anything does.

    Ends Failed where a run folder can't be read; what waits in the others is told, too.

    Args:
        runs: a run folder, or a folder that holds some.
    """
    own_process()
    top = run_folder(runs)
    waiting, faults = gathered(top, load_settings().review_url)
    for fault in faults:
        get_run_logger().error("%s", fault)
    rows = [row_of(one, top) for one in waiting]
    create_table_artifact(key="to-review", table=rows, description="What waits for review")
    message = told(waiting, top)
    if faults:
        return Failed(message=f"{message}; {faults[0]}")
    return needs_review(message) if waiting else Completed(message=message)


def gathered(top: Path, url: str = "") -> tuple[list[OpenRun], list[str]]:
    """Run folders in which something waits, the oldest first, and why others can't be read.

    Args:
        url: where a server of `docglean review` stands.
    """
    found: list[OpenRun] = []
    faults: list[str] = []
    for path in run_folders(top):
        try:
            found.append(open_run(RunFolder(path), url=url))
        except ConfigError as error:
            faults.append(error.message)
    waiting = [one for one in found if one.documents]
    return sorted(waiting, key=lambda one: str(one.oldest)), faults


def row_of(one: OpenRun, top: Path) -> dict[str, str]:
    """One run for a table that people read."""
    return {
        "run": name_of(one.folder, top),
        "documents": str(len(one.documents)),
        "values": str(one.values),
        "oldest": "" if one.oldest is None else f"{one.oldest:%Y-%m-%d %H:%M}",
        "begun by": ", ".join(one.begun_by),
        "look at it": one.url or one.command,
    }


def told(waiting: list[OpenRun], top: Path) -> str:
    """What waits, and where to look at it, for people."""
    if not waiting:
        return f"nothing waits for review in {top}"
    url = waiting[0].url
    documents = sum(len(one.documents) for one in waiting)
    where = f"docglean review --all {shlex.quote(str(top))}"
    where = f"{url} or {where}" if url else where
    runs = f"in {len(waiting)} run{'s' * (len(waiting) != 1)}"
    values = sum(one.values for one in waiting)
    return f"{counted(documents, values)} to review {runs}: {where}"
