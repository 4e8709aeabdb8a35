"""Labels drafted by an engine, for people to correct."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docglean.evaluation.answers import said
from docglean.evaluation.labels import LABELS, Label, labels_lock, read_labels, write_labels
from docglean.extractors.extraction import Extraction


def draft(extraction: Extraction[Any], path: Path, folder: Path, schema: str, name: str) -> Label:
    """A label that says what an engine has found. What it has not found is not labelled: that the
    document has no such value is for a person to say.

    Args:
        path: the document.
        folder: where the label will stand.
        schema: the spec that it was read by.
        name: of the document, which becomes its id.
    """
    transcript = extraction.transcript
    return Label(
        **beside(path, folder, name),
        schema=schema,
        expected=_found(extraction.values) or {},
        transcript=said(transcript) if transcript is not None else None,
        drafted_by=extraction.engine,
    )


def beside(path: Path, folder: Path, name: str) -> dict[str, Any]:
    """Id and file of the label of a document, for a label that stands in a folder."""
    return {
        "id": Path(name).with_suffix("").as_posix(),
        "file": Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix(),
    }


def _found(value: Any) -> Any:
    """What is there of JSON values, None where nothing is; entries of a list keep their places."""
    if isinstance(value, dict):
        inner = {key: _found(one) for key, one in value.items()}
        return {key: one for key, one in inner.items() if one is not None} or None
    if isinstance(value, list):
        return [_found(one) or {} if isinstance(one, dict) else one for one in value] or None
    return value


def add_drafts(folder: Path, drafts: Sequence[Label]) -> tuple[Path, int]:
    """Write drafts into a folder's labels.jsonl; what a person has checked is never replaced.

    Returns:
        The file, and how many drafts were left out for that reason.

    Raises:
        ConfigError: ``bad_labels``, what stands there are no labels.
    """
    path = folder / LABELS
    folder.mkdir(parents=True, exist_ok=True)
    with labels_lock(folder):  # somebody may sign one off meanwhile
        known = read_labels(path) if path.is_file() else ()
        checked = {one.id for one in known if not (one.drafted_by or one.made_of)}
        new = [one for one in drafts if one.id not in checked]
        return write_labels(folder, new), len(drafts) - len(new)
