"""What changed since the last run over the same labels: for schedules, and after a change of
prompt, schema or model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from docglean.evaluation.answer_store import StoredAnswers
from docglean.evaluation.compare import Tally
from docglean.evaluation.labels import Label, LabelSet
from docglean.evaluation.resampling import Draws, Interval
from docglean.evaluation.results import MANIFEST, Manifest
from docglean.evaluation.scores import score
from docglean.extractors.atomic_files import atomic_write
from docglean.extractors.versions import code_version
from docglean.schemas.errors import SchemaError
from pydantic import BaseModel

CHANGES = "changes.json"

Document = tuple[str, str]
Snapshot = Mapping[str, Mapping[Document, tuple[float, float]]]
"""Right and labelled values of each document, by engine; means over repeats."""


class Change(BaseModel):
    """One engine now and at the last run, on the documents that both have read.

    Attributes:
        difference: of field accuracy, now less then; `low` and `high` its 95 % interval by the
            paired bootstrap over documents.
        dropped: the whole interval is below zero.
    """

    engine: str
    documents: int
    before: float
    now: float
    difference: float
    low: float
    high: float
    dropped: bool


class Changes(BaseModel):
    """changes.json: since when, and what changed, for each engine of both runs."""

    version: int = 1
    since: datetime
    run: str
    engines: list[Change] = []


def last_run(folder: Path) -> Manifest | None:
    """The last finished run in a folder."""
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if manifest.state == "finished" else None


def snapshot(folder: Path, sets: Iterable[LabelSet], scored: Manifest) -> Snapshot:
    """What is stored in a folder, by these labels.

    Args:
        scored: the run whose scores stand there. Sets whose labels have changed since, or all
            after a change of docglean's own code, are scored anew.
    """
    stored = StoredAnswers.read(folder)
    known = {one.name: one.hash for one in scored.sets} if scored.code == code_version() else {}
    changed = {one.name for one in sets if known.get(one.name) != one.hash}
    labels: dict[Document, tuple[LabelSet, Label]] = {
        (one.name, label.id): (one, label) for one in sets for label in one.labels
    }
    sums: dict[str, dict[Document, list[float]]] = {}
    for key, answer in stored.answers(stored.places):
        document, engine = key[:2], key[2]
        if document not in labels:
            continue
        try:
            if key[0] in changed or not answer.counts:
                answer, _ = score(*labels[document], answer)
        except SchemaError:
            continue
        tally = Tally(answer.counts)
        entry = sums.setdefault(engine, {}).setdefault(document, [0.0, 0.0, 0.0])
        for place, number in enumerate((tally.right, tally.labelled, 1)):
            entry[place] += number
    return {
        engine: {document: (right / runs, total / runs) for document, (right, total, runs)
                 in found.items()}
        for engine, found in sums.items()
    }  # fmt: skip


def changes(before: Snapshot, now: Snapshot, since: Manifest) -> Changes:
    """Every engine of both snapshots compared with itself."""
    found: list[Change] = []
    for engine in now:
        shared = [d for d in now[engine] if d in before.get(engine, {}) and now[engine][d][1]]
        if shared:
            found.append(_change(engine, shared, before[engine], now[engine]))
    return Changes(since=since.ended or since.started, run=since.id, engines=found)


def _change(
    engine: str,
    documents: list[Document],
    before: Mapping[Document, tuple[float, float]],
    now: Mapping[Document, tuple[float, float]],
) -> Change:
    import numpy as np

    draws = Draws(tuple(name for name, _ in documents))
    total = np.array([now[one][1] for one in documents])
    hits = [np.array([side[one][0] for one in documents]) for side in (before, now)]
    found = draws.interval(hits[1] - hits[0], total, difference=True)
    shares = [draws.interval(one, total) for one in hits]
    difference = found or Interval(-1.0, 0.0, 1.0)
    return Change(
        engine=engine,
        documents=len(documents),
        before=shares[0].estimate if shares[0] else 0.0,
        now=shares[1].estimate if shares[1] else 0.0,
        difference=difference.estimate,
        low=difference.low,
        high=difference.high,
        dropped=difference.high < 0,
    )


def write_changes(folder: Path, found: Changes | None) -> None:
    """Write changes.json, or remove what a run before left there."""
    path = folder / CHANGES
    if found is None or not found.engines:
        path.unlink(missing_ok=True)
        return
    with atomic_write(path) as file:
        file.write(found.model_dump_json(indent=2) + "\n")


def read_changes(folder: Path) -> Changes | None:
    """What `write_changes` wrote."""
    try:
        return Changes.model_validate_json((folder / CHANGES).read_text("utf-8"))
    except (OSError, ValueError):
        return None
