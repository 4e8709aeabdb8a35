"""Labels made of reviewed results: what people have looked at, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docglean.evaluation.checked_labels import Sizes, checked_values
from docglean.evaluation.labels import LABELS, Label, labels_lock, read_labels, write_labels
from docglean.extractors.extraction import Extraction
from docglean.extractors.reviews import ReviewLog
from docglean.schemas.fields import Field


def reviewed_label(
    reviewed: Extraction[Any],
    root: Field,
    spec: str | dict[str, Any],
    path: Path,
    folder: Path,
    *,
    sizes: Sizes,
    disputed: Mapping[str, dict[str, Any]],
) -> Label | None:
    """The label of a reviewed document; None where nothing of it was looked at.

    Args:
        root: fields of the schema.
        spec: of the schema, as labels name it.
        path: the document.
        folder: where the label will stand.
        sizes: of the pages, for places as shares.
        disputed: values on which reviewers differ, by JSON pointer.
    """
    looks = {pointer: one for pointer, one in reviewed.reviews.items() if one.look != "asked"}
    checked = checked_values(root, reviewed, sizes)
    if not checked.expected:
        return None
    last = max(looks.values(), key=lambda one: one.at)
    return Label(
        id=Path(reviewed.document.name).with_suffix("").as_posix(),
        file=Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix(),
        schema=spec,
        expected=checked.expected,
        boxes=checked.boxes,
        checked_by=tuple(dict.fromkeys(one.by for one in looks.values())),
        checked_at=last.at.date(),
        corrected_from=reviewed.engine,
        disputed=dict(disputed),
    )


def add_reviewed(folder: Path, labels: Sequence[Label]) -> int:
    """Write labels into a folder's labels.jsonl.

    A label of the same file is replaced where it was a draft or made like this before; its tags
    stay, and other right values (`accept`) as well. One that a person wrote by hand, or has looked
    at in the folder itself, stays as it is.

    Returns:
        How many were left out for that reason.

    Raises:
        ConfigError: ``bad_labels``, what stands there are no labels; ``bad_reviews``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with labels_lock(folder):
        path = folder / LABELS
        known = list(read_labels(path)) if path.is_file() else []
        by_file = {(folder / one.file).resolve(): one for one in known}
        taken = {one.id: (folder / one.file).resolve() for one in known}
        log, written = ReviewLog(folder), []
        for label in labels:
            file = (folder / label.file).resolve()
            before = by_file.get(file)
            if before is not None and _is_somebodys(before, file, log):
                continue
            id_ = before.id if before is not None else _free(label.id, file, taken)
            taken[id_] = file
            kept = {} if before is None else {"tags": before.tags, "accept": before.accept}
            written.append(label.model_copy(update={"id": id_, **kept}))
        write_labels(folder, written)
    return len(labels) - len(written)


def _is_somebodys(label: Label, file: Path, log: ReviewLog) -> bool:
    """Whether what a label says comes from a person, and not from a run before."""
    if not label.corrected_from:
        return not label.drafted_by
    return any(one.action == "done" for one in log.events(file.as_uri()))


def _free(id_: str, file: Path, taken: Mapping[str, Path]) -> str:
    """An id that no other file has."""
    found, number = id_, 2
    while taken.get(found, file) != file:
        found, number = f"{id_}-{number}", number + 1
    return found
