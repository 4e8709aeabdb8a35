"""Exports of Label Studio: JSON with all annotations, and JSON-MIN.

A result for the whole document (text area, choices, number) belongs to the field that its
``from_name`` names. A region (rectangle) belongs to the field that its label names: the text
typed for the region is the value, its box is where the value stands. Fields deep inside are named
``seller.name``, entries of a list ``lines[0].total``; a label of a plain list may be used often.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from docglean.evaluation.labels import Label, LabelBox, pointer_of, put
from docglean.evaluation.layouts.port import Layout
from docglean.schemas.errors import ConfigError

_WORDS = ("text", "choices", "number", "rating", "datetime", "taxonomy")
_REGION_LABELS = ("rectanglelabels", "labels", "polygonlabels", "brushlabels", "hypertextlabels")
_FILES = re.compile(r"\.(pdf|png|jpe?g|tiff?|webp|gif|bmp|wav|mp3|m4a|flac|ogg)$", re.IGNORECASE)


def _tasks(path: Path) -> tuple[Path, list[Any]]:
    """The export at a path: the file, or the only JSON file of a folder."""
    if path.is_dir():
        found = [p for p in sorted(path.glob("*.json")) if not p.name.endswith(".test.json")]
        if len(found) != 1:
            return path, []
        path = found[0]
    if path.suffix != ".json" or not path.is_file():
        return path, []
    try:
        tasks = json.loads(path.read_text("utf-8-sig"))
    except ValueError:
        return path, []
    return path, tasks if isinstance(tasks, list) else []


def _fits(path: Path) -> bool:
    _, tasks = _tasks(path)
    first = tasks[0] if tasks else None
    return isinstance(first, dict) and (
        {"data", "annotations"} <= first.keys() or {"id", "annotator"} <= first.keys()
    )


def _read(path: Path, schema: str | None) -> Iterator[Label]:
    file, tasks = _tasks(path)
    if not schema:
        raise ConfigError(
            "no_schema",
            f"{file} does not say by which schema its documents are labelled.",
            "Add --schema NAME.",
        )
    for task in tasks:
        if "annotations" not in task:
            yield _minimal(task, file.parent, schema)
            continue
        done = [a for a in task["annotations"] if not a.get("was_cancelled")]
        if done:
            # Several people may have labelled it: the one marked as truth, else the latest.
            truth = max(
                done, key=lambda a: (bool(a.get("ground_truth")), a.get("updated_at") or "")
            )
            yield _label(task, truth["result"], file.parent, schema)


def _label(task: Mapping[str, Any], results: list[Any], folder: Path, schema: str) -> Label:
    expected: dict[str, Any] = {}
    boxes: dict[str, list[LabelBox]] = {}
    transcript: str | None = None
    regions: dict[str, list[Mapping[str, Any]]] = {}
    for result in results:
        value = result.get("value") or {}
        if _is_region(value):
            regions.setdefault(str(result.get("id")), []).append(result)
        elif _words(value):
            name = str(result["from_name"])
            words = _words(value)
            if name == "transcription":
                transcript = " ".join(words)
            else:
                _set(expected, name, words if len(words) > 1 else words[0])
    for parts in regions.values():
        values = [part.get("value") or {} for part in parts]
        labels = [value[key][0] for value in values for key in _REGION_LABELS if value.get(key)]
        if not labels:
            continue
        words = [str(word) for value in values for word in _words(value)]
        pointer = _set(expected, str(labels[0]), " ".join(words) if words else None)
        page = int(parts[0].get("item_index") or 0) + 1
        boxes.setdefault(pointer, []).append(LabelBox(page=page, box=_box(values[0])))
    return Label(
        id=str(task.get("id")),
        file=_file(task, task.get("data") or {}, folder),
        schema=schema,
        expected=expected,
        boxes=boxes,
        transcript=transcript,
    )


def _minimal(task: Mapping[str, Any], folder: Path, schema: str) -> Label:
    """JSON-MIN: results by their names, beside the data of the task."""
    expected: dict[str, Any] = {}
    for name, value in task.items():
        given = value.get("choices") if isinstance(value, Mapping) else value
        if name in _OF_TASK or (isinstance(given, str) and _FILES.search(urlsplit(given).path)):
            continue
        if isinstance(given, list) and any(isinstance(entry, Mapping) for entry in given):
            continue  # regions without the text typed for them
        if given not in (None, "", []):
            _set(expected, name, given)
    return Label(
        id=str(task["id"]), file=_file(task, task, folder), schema=schema, expected=expected
    )


_OF_TASK = frozenset(
    {"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "file_upload"}
)


def _is_region(value: Mapping[str, Any]) -> bool:
    return {"x", "y", "width", "height"} <= value.keys()


def _words(value: Mapping[str, Any]) -> list[Any]:
    for name in _WORDS:
        found = value.get(name)
        if found is not None:
            return found if isinstance(found, list) else [found]
    return []


def _set(expected: dict[str, Any], name: str, value: Any) -> str:
    """Put a value in; a second one under the same name makes a list. Returns its pointer."""
    pointer = pointer_of(name)
    steps = pointer.split("/")[1:]
    inside: Any = expected
    for step in steps[:-1]:
        inside = inside.get(step) if isinstance(inside, dict) else None
    if isinstance(inside, dict) and inside.get(steps[-1]) is not None:
        earlier = inside[steps[-1]]
        inside[steps[-1]] = [*(earlier if isinstance(earlier, list) else [earlier]), value]
        return f"{pointer}/{len(inside[steps[-1]]) - 1}"
    put(expected, pointer, value)
    return pointer


def _box(value: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """Label Studio counts in per cent of the page."""
    x, y = value["x"] / 100, value["y"] / 100
    return x, y, x + value["width"] / 100, y + value["height"] / 100


def _file(task: Mapping[str, Any], data: Mapping[str, Any], folder: Path) -> str:
    """The document, relative to the export: uploads get a prefix that the file may have lost."""
    told = [v for v in data.values() if isinstance(v, str) and _FILES.search(_place(v))]
    name = _place(told[0]) if told else str(task.get("file_upload") or "")
    bare = Path(name).name
    for place in (name.lstrip("/"), bare, re.sub(r"^[0-9a-f]{8}-", "", bare)):
        for below in ("", "docs/", "images/", "upload/", "media/"):
            if (folder / below / place).is_file():
                return f"{below}{place}"
    return bare


def _place(url: str) -> str:
    """The path in ``/data/upload/1/x.png``, ``/data/local-files/?d=x.png`` or any URL."""
    parts = urlsplit(url)
    local = parse_qs(parts.query).get("d")
    return local[0] if local else unquote(parts.path)


LABEL_STUDIO = Layout(
    "label_studio", "Label Studio export, JSON or JSON-MIN", _fits, _read, general=3
)
