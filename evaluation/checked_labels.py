"""Labels out of what people have looked at: nothing else is labelled."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from docglean.evaluation.labels import LABELS, LabelBox, Share4, bad_labels, labels_lock
from docglean.extractors.atomic_files import atomic_write
from docglean.extractors.extraction import Box, Evidence, Extraction
from docglean.schemas.errors import ConfigError
from docglean.schemas.fields import Field
from docglean.schemas.pointers import leaves, value_at

Sizes = Mapping[int, tuple[float, float]]
"""Width and height of pages in points, by their numbers."""

UNSETTLED = frozenset({"asked", "edited"})
"""Looks that make nothing the truth."""
_NOT_LABELLED = object()


@dataclass(frozen=True, slots=True)
class CheckedValues:
    """What a review makes the truth of a document.

    Attributes:
        expected: as in `Label`: null where a person has said that there is no such value; a key
            is absent where nobody has looked.
        boxes: where the values stand, as far as that is known.
    """

    expected: dict[str, Any] = field(default_factory=dict)
    boxes: dict[str, list[LabelBox]] = field(default_factory=dict)


def checked_values(
    root: Field, reviewed: Extraction[Any], sizes: Sizes | None = None
) -> CheckedValues:
    """The values that people have looked at.

    A list is labelled where somebody has said that its entries are complete, which who adds or
    removes one has not (``edited``); of a document that is signed off also where all values of
    its entries were looked at. Values of an entry that nobody has looked at are absent in it.
    Where the engine reads something else since, and nobody has looked again (``asked``), nothing
    is labelled.

    Args:
        sizes: of the pages; places on others are left out.
    """
    looks = {pointer: one for pointer, one in reviewed.reviews.items() if one.look not in UNSETTLED}
    found = _labelled(root, reviewed.values, "", reviewed.model_copy(update={"reviews": looks}))
    expected = found if isinstance(found, dict) else {}
    boxes = {
        pointer: places
        for pointer, _ in leaves(expected)
        if (places := _boxes(reviewed.evidence.get(pointer), sizes or {}))
    }
    return CheckedValues(expected, boxes)


def _labelled(root: Field, value: Any, pointer: str, reviewed: Extraction[Any]) -> Any:
    if root.shape == "value":
        is_one = pointer in reviewed.reviews and not isinstance(value, dict | list)
        return value if is_one else _NOT_LABELLED
    if root.shape == "list":
        return _list(root, value, pointer, reviewed)
    known = value if isinstance(value, dict) else {}
    inner = {
        child.name: _labelled(child, known.get(child.name), f"{pointer}/{child.name}", reviewed)
        for child in root.children
    }
    told = {name: one for name, one in inner.items() if one is not _NOT_LABELLED}
    return told or _NOT_LABELLED


def _list(root: Field, value: Any, pointer: str, reviewed: Extraction[Any]) -> Any:
    if value is not None and not isinstance(value, list):
        return _NOT_LABELLED
    entries = value or []
    told = [
        _labelled(root.item, entry, f"{pointer}/{place}", reviewed)
        for place, entry in enumerate(entries)
    ]
    is_complete = pointer in reviewed.reviews or (
        bool(entries) and reviewed.status == "reviewed" and _all_looked_at(value, pointer, reviewed)
    )
    if not is_complete:
        return _NOT_LABELLED
    if root.item.shape == "object":
        return [{} if one is _NOT_LABELLED else one for one in told]
    return _NOT_LABELLED if any(one is _NOT_LABELLED for one in told) else told


def _all_looked_at(entries: Any, pointer: str, reviewed: Extraction[Any]) -> bool:
    return all(path in reviewed.reviews for path, _ in leaves(entries, pointer))


def _boxes(found: Evidence | None, sizes: Sizes) -> list[LabelBox]:
    places = () if found is None else found.places
    return [
        LabelBox(page=place.page, box=_shares(place.box, sizes[place.page]))
        for place in places
        if place.page in sizes
    ]


def _shares(box: Box, size: tuple[float, float]) -> Share4:
    x0, y0, x1, y1 = (
        round(min(max(side / size[at % 2], 0.0), 1.0), 4) for at, side in enumerate(box)
    )
    return x0, y0, x1, y1


def write_checked(
    folder: Path, id: str, checked: CheckedValues, by: tuple[str, ...], day: date | None = None
) -> None:
    """Put what people have checked into the label of a document; it is a draft no more.

    All other labels stay as they are, to the letter, and so does what else stands in this one;
    other right values (`accept`) and boxes stay where the value has stayed.

    Args:
        by: who has signed it off.
        day: when; today.

    Raises:
        ConfigError: ``bad_labels``, there is no such label, or it can't be read or written.
    """
    path = folder / LABELS
    try:
        with labels_lock(folder):
            lines = list(_with_checked(path, id, checked, by, day or datetime.now(UTC).date()))
            with atomic_write(path) as file:
                file.writelines(lines)
    except (OSError, UnicodeError) as error:
        cause = getattr(error, "strerror", None) or error
        raise ConfigError(
            "bad_labels", f"{path} cannot be written: {cause}.", "Make room, or leave to write it."
        ) from error


def _with_checked(
    path: Path, id: str, checked: CheckedValues, by: tuple[str, ...], day: date
) -> Iterator[str]:
    is_there = False
    text = path.read_text(encoding="utf-8-sig")
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        told = _object(path, number, line) if line.strip() else {}
        if told.get("id") != id:
            yield line
            continue
        is_there = True
        yield json.dumps(_checked(told, checked, by, day), ensure_ascii=False) + "\n"
    if not is_there:
        raise ConfigError(
            "bad_labels", f"{path} has no label {id!r} any more.", "Start the review anew."
        )


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError as error:
        raise bad_labels(path, number, error) from error
    return told if isinstance(told, dict) else {}


def _checked(
    told: dict[str, Any], checked: CheckedValues, by: tuple[str, ...], day: date
) -> dict[str, Any]:
    """A label's object, signed."""
    before = told.get("expected")
    stay = {
        pointer
        for pointer, value in leaves(checked.expected)
        if before is not None and value_at(before, pointer) == value
    }
    accept = {path: one for path, one in told.get("accept", {}).items() if path in stay}
    boxes = {path: one for path, one in told.get("boxes", {}).items() if path in stay}
    boxes |= {
        path: [box.model_dump(mode="json", exclude_none=True) for box in one]
        for path, one in checked.boxes.items()
    }
    made = {
        key: one
        for key, one in told.items()
        if key not in ("drafted_by", "made_of", "accept", "boxes")
    }
    made |= {"expected": checked.expected}
    made |= {"accept": accept} if accept else {}
    made |= {"boxes": boxes} if boxes else {}
    made |= {"corrected_from": told["drafted_by"]} if told.get("drafted_by") else {}
    return made | {"checked_by": list(by), "checked_at": day.isoformat()}
