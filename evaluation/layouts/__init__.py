"""Formats of labels: ours, and those that others publish.

A new one is a `Layout` in a module of this package or of one of your own (entry point
``docglean.label_layouts``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from docglean.evaluation.labels import LabelSet
from docglean.evaluation.layouts.port import LAYOUTS, Layout
from docglean.evaluation.layouts.public_sets import ROBUST
from docglean.schemas.errors import ConfigError


def load_labels(
    given: Sequence[str | Path], *, layout: str | None = None, schema: str | None = None
) -> list[LabelSet]:
    """The sets of labels at these paths.

    A folder of which the folders below hold labels, and it none itself, is several sets.

    Args:
        layout: a name in `LAYOUTS`; None finds out.
        schema: for formats that do not name one.

    Raises:
        ConfigError: ``no_labels``, ``bad_labels``, ``unknown_layout``, ``no_schema``.
    """
    candidates = _candidates(layout)
    sets: list[LabelSet] = []
    for place in map(Path, given):
        if not place.exists():
            raise ConfigError("no_labels", f"{place} does not exist.", "Check the path.")
        found = _read(place, candidates, schema)
        if found is not None:
            sets.append(found)
            continue
        below = sorted(p for p in place.iterdir() if p.is_dir()) if place.is_dir() else []
        inner = [one for p in below if not ROBUST.fits(p) and (one := _read(p, candidates, schema))]
        if not inner:
            raise ConfigError(
                "no_labels",
                f"There are no labels in {place}"
                + (f" of the layout {layout}." if layout else " in any format known.")
                + "".join(f" {fault.message}" for fault in LAYOUTS.faults()),
                f"Write a labels.jsonl, or name the layout: {', '.join(LAYOUTS)}.",
            )
        sets += inner
    return named_apart(sets)


def _candidates(layout: str | None) -> Sequence[Layout]:
    """The layout that was named, or all of them, the more particular ones first."""
    if layout is None:
        return sorted(LAYOUTS.records(), key=lambda one: one.general)
    if layout not in LAYOUTS:
        raise ConfigError(
            "unknown_layout", f"There is no layout {layout!r}.", f"There are {', '.join(LAYOUTS)}."
        )
    return [LAYOUTS[layout]]


def _read(place: Path, candidates: Sequence[Layout], schema: str | None) -> LabelSet | None:
    for candidate in candidates:
        if candidate.fits(place):
            labels = tuple(candidate.read(place, schema))
            folder = place if place.is_dir() else place.parent
            name = place.name if place.is_dir() else place.stem
            return LabelSet(
                name=name or folder.resolve().name,
                folder=folder,
                layout=candidate.name,
                labels=labels,
                style=candidate.style,
            )
    return None


def named_apart(sets: Sequence[LabelSet]) -> list[LabelSet]:
    """Sets with names of their own: those of their folders, longer where two are the same."""
    from dataclasses import replace

    names = [one.name for one in sets]
    return [
        replace(one, name=f"{one.folder.resolve().parent.name}/{one.name}")
        if names.count(one.name) > 1
        else one
        for one in sets
    ]
