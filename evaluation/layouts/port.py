"""The port of all label formats: a folder or file in, `Label`s out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docglean.evaluation.labels import LABELS, Label, json_lines
from docglean.schemas.kinds import Style
from docglean.schemas.plugins import Registry

LabelLine = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """One format of labels.

    Attributes:
        name: as in ``--layout``.
        about: one line for people.
        fits: whether a path looks like this format; must be quick.
        read: the labels at a path. The second argument is the schema that the user named, None
            where the format has to know it; raises ConfigError where nobody does.
        style: how its values are written.
        general: it fits much, so that those of a lower number are asked before it.
    """

    name: str
    about: str
    fits: Callable[[Path], bool]
    read: Callable[[Path, str | None], Iterable[Label]]
    style: Style = field(default_factory=Style)
    general: int = 0


LAYOUTS = Registry(
    "docglean.label_layouts", Layout, "label layout", package="docglean.evaluation.layouts"
)


def of_lines(
    name: str,
    about: str,
    fits: Callable[[LabelLine], bool],
    read: Callable[[LabelLine, Path], Label],
    style: Style = Style(),
) -> Layout:
    """A layout with a labels.jsonl whose lines (id, file, schema, expected) have to be mapped.

    Args:
        fits: whether a line is of this layout; the first one is asked.
        read: the label of a line; the path is that of the folder.
    """

    def fits_path(path: Path) -> bool:
        file = labels_file(path)
        first = next((line for _, line in json_lines(file)), None) if file else None
        return first is not None and isinstance(first.get("expected"), dict) and fits(first)

    def read_path(path: Path, schema: str | None) -> Iterable[Label]:
        file = labels_file(path)
        assert file is not None
        return [read(line, file.parent) for _, line in json_lines(file)]

    return Layout(name, about, fits_path, read_path, style)


def labels_file(path: Path) -> Path | None:
    """The labels.jsonl in a folder, or the file itself if that is one."""
    if path.is_dir():
        path = path / LABELS
    return path if path.is_file() and path.suffix == ".jsonl" else None
