"""The Prefect flow that sends results on, and how another does. Thin: see `export.delivery`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docglean.extractors.telemetry.setup import own_process
from docglean.flows.export.delivery import RUN, AfterReview, Delivered, Delivery, deliver
from docglean.flows.names import run_folder
from docglean.flows.open_reviews import name_of, run_folders
from docglean.flows.run_folder import RESULTS, RunFolder
from docglean.schemas.errors import ConfigError
from prefect import flow, get_run_logger
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed


@flow(name="export")
def send_results(
    to: str,
    runs: str = "out",
    *,
    kind: str | None = None,
    prefix: str = "docglean_",
    after_review: AfterReview = "wait",
) -> State[Any]:
    """Bring a destination up to date with all runs below a folder; ends Failed where one can't be.

    Each document is sent once for each revision that people have made of it. What was sent is in
    sent.json of the run folder: without it, all is sent once more.

    Args:
        to: as `docglean export` takes it. ``{run}`` stands for the run's name: tables in files hold
            one run. Anybody with access to the server reads this: write no password.
        runs: a run folder, or a folder that holds some.
        kind: the format, as `docglean export --to` takes it; by default as `to` looks.
        prefix: of the tables' names in a database.
        after_review: ``wait`` sends documents to review once they are signed off; ``apart`` sends
            them to tables of their own until then; ``send`` sends them with the others.
    """
    own_process()
    logger = get_run_logger()
    delivery = Delivery(to, kind, prefix, after_review)
    top = run_folder(runs)
    found = [path for path in run_folders(top) if (path / RESULTS).is_file()]
    _refuse_together(delivery, found)
    total = Delivered()
    rows: list[dict[str, str]] = []
    failed: list[str] = []
    for path in found:
        name = name_of(path, top)
        try:
            sent = deliver(path, delivery.of_run(name.replace("/", "-")))
        except Exception as error:  # whatever ails one run or its destination, others go on
            logger.exception("%s is not sent", path)
            failed.append(f"{name} is not sent: {error}")
            continue
        total += sent
        rows.append({"run": name, "what": str(sent)})
    create_table_artifact(key="sent", table=rows, description=f"Sent now: {total}")
    if failed:
        return Failed(message="; ".join([str(total), *failed]))
    return Completed(message=str(total))


def and_sent(state: State[Any], folder: RunFolder, delivery: Delivery | None) -> State[Any]:
    """The state of a flow once the results in its run folder are sent on, if they are to be."""
    if delivery is None or not (folder.path / RESULTS).is_file():
        return state
    try:
        told = str(deliver(folder.path, delivery.of_run(folder.path.name)))
    except Exception as error:  # the results are here, and what is not sent is sent the next time
        get_run_logger().exception("%s is not sent", folder.path)
        return Failed(message=f"{state.message}; not sent: {error}")
    return state.model_copy(update={"message": f"{state.message}; {told}"})


def _refuse_together(delivery: Delivery, runs: Sequence[Path]) -> None:
    """Refuse several runs where the tables of one would take the place of another's."""
    if len(runs) > 1 and not delivery.format.keeps and RUN not in delivery.to:
        raise ConfigError(
            "bad_format",
            f"{delivery.to} holds the tables of one run, and there are {len(runs)}.",
            f"Write {RUN} in it, such as exported/{RUN}/csv, or name a database.",
        )
