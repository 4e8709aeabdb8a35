"""What people see of a run in Prefect: artifacts, and a state that tells the truth."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Any

from docglean.flows.open_reviews import OpenRun, counted
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.flows.selection import Selection
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State, StateType
from prefect.states import Completed, Failed

NEEDS_REVIEW = "NeedsReview"
"""Name of a completed state where documents wait for a person; automations may act on it."""
NOT_OK = ("Partial", NEEDS_REVIEW)
"""Names of completed states of which documents are not ok, the worse first."""
TABLE_ROWS = 500
"""Rows of the artifact; the run folder has all."""


def artifacts(
    record: RunRecord,
    folder: RunFolder,
    rows: Sequence[dict[str, str]],
    left: OpenRun | None = None,
) -> None:
    """A table of the documents, and what the run came to.

    Args:
        left: what waits for a person.
    """
    table = [{name: _cell(name, text) for name, text in row.items()} for row in rows[:TABLE_ROWS]]
    create_table_artifact(key="documents", table=table, description=f"{len(rows)} documents")
    create_markdown_artifact(
        key="run", markdown=report(record, folder, left), description="What this run came to"
    )


def _cell(name: str, text: str) -> str:
    """A cell as Prefect's user interface shows it, which reads all of them as Markdown.

    Names and messages come from documents: nothing in them is a picture, a link or HTML. A page on
    this machine is an address to copy, for browsers follow none to a file from a server's page.
    """
    if name == "page" and text.startswith(("http://", "https://")):
        return f"[open]({text})"
    return re.sub(r"([\\`*\[\]<>!|])", r"\\\1", text)


def report(record: RunRecord, folder: RunFolder, left: OpenRun | None = None) -> str:
    """What the run came to, as Markdown; `left` as in `artifacts`."""
    lines = [
        record.totals.sentence(),
        f"Run folder: [{folder.path}]({folder.path.as_uri()}), engine `{record.engine}`, "
        f"run `{record.name or record.id}`",
        left is not None and left.documents and f"**To review:** {_to_review(left)}",
        (left is None or not left.url)
        and f"`docglean show {shlex.quote(str(folder.path))}` writes the page that the addresses "
        "of documents open.",
        record.totals.unheard.told,
        record.totals.alarm and f"**{record.totals.alarm}**",
        record.problem and f"**{record.problem.message}** {record.problem.way_out}",
    ]
    return "\n\n".join(line for line in lines if line)


def _to_review(left: OpenRun) -> str:
    link = f"[{left.url}]({left.url}) or " if left.url else ""
    return f"{counted(len(left.documents), left.values)}: {link}`{left.command}`"


def needs_review(message: str) -> State[Any]:
    """The state of a flow that has left something for a person."""
    return State(type=StateType.COMPLETED, name=NEEDS_REVIEW, message=message)


def with_standing(
    state: State[Any], selection: Selection, unread: Sequence[str] = ()
) -> State[Any]:
    """The state, unless it is a good one and something still stands failed from an earlier run.

    Args:
        unread: why folders could not be looked through.
    """
    if not state.is_completed() or state.name == "Submitted":  # more is still to come of it
        return state
    said = list(unread)
    if selection.standing:
        (name, known), *more = selection.standing
        those = f" and {len(more)} more" if more else ""
        said.append(f"of earlier runs, failed or partial still: {name} ({known.why}){those}")
    if not said:
        return state
    return Failed(message="; ".join([*said, str(state.message)]))


def ended(
    record: RunRecord, sources: int, lost: Sequence[str] = (), left: OpenRun | None = None
) -> State[Any]:
    """The state that tells the truth: Failed with failed documents, Partial with partial ones,
    NeedsReview where some have to be looked at.

    Args:
        sources: how many documents there were to read.
        lost: why tasks ended without a result.
        left: what of this run waits for a person; None: what its totals tell.
    """
    totals = record.totals
    if record.problem:
        message = f"{record.problem.message} {totals.unread(sources)} of {sources} files "
        return Failed(name="BudgetExceeded", message=message + "are not read.")
    if lost:
        message = f"{totals.unread(sources)} of {sources} files are not read: {lost[0]}"
        return Failed(message=message)
    waits = bool(totals.review if left is None else left.documents)
    said = [f"of {totals.documents} documents {', '.join(totals.not_ok)}"] if totals.not_ok else []
    said += [f"{totals.duplicates} duplicates"] if said and totals.duplicates else []
    said += [totals.unsure_told] if said and totals.unsure else []
    said += [left.told] if left is not None and (waits or totals.review) else []
    message = "; ".join(said) or f"{totals.documents} documents"
    if totals.failed:
        return Failed(message=message)
    if totals.partial:
        return State(type=StateType.COMPLETED, name=NOT_OK[0], message=message)
    return needs_review(message) if waits else Completed(message=message)
