"""The labels that commands are told: as they stand in folders, and made of reviewed runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from docglean.extractors.notices import tell
from docglean.extractors.printable import printable

if TYPE_CHECKING:
    from docglean.evaluation.labels import LabelSet

REVIEWED = "reviewed"
"""Folder, beside a report, of labels made of reviewed runs."""


def read_sets(given: Sequence[str], layout: str | None, schema: str | None) -> list[LabelSet]:
    """The sets of labels at these paths."""
    from docglean.evaluation.layouts import load_labels

    return load_labels(given, layout=layout, schema=schema)


def first_of(sets: Sequence[LabelSet], first: int | None) -> list[LabelSet]:
    """The first documents of each; None: all."""
    return [replace(one, labels=one.labels[:first]) for one in sets]


def reviewed_sets(
    runs: Sequence[Path], out: Path, schema: str | None, passwords: Sequence[str]
) -> list[LabelSet]:
    """What people have looked at in run folders, as labels that are made anew below `out`.

    Args:
        schema: the user's own that the runs were read by.

    Raises:
        ConfigError: as `labels_from`.
    """
    from docglean.commands.reviewed_labels import LabelsFrom, labels_from
    from docglean.evaluation.labels import LABELS

    to = out / REVIEWED
    (to / LABELS).unlink(missing_ok=True)
    schemas = () if schema is None else (schema,)
    made = labels_from(LabelsFrom(runs, to, schemas=schemas, passwords=tuple(passwords)))
    for name, why in made.left_out.items():
        tell(f"{printable(name)} is left out: {why}")
    return read_sets([str(to)], None, None)


def engines_of(sets: Sequence[LabelSet]) -> list[str]:
    """The engines whose reading was corrected."""
    return list(dict.fromkeys(engine for one in sets for engine in one.corrected))
