"""CORD receipts (Park et al., 2019): the image folder of its second version, and the original.

Second version: ``metadata.jsonl`` with ``file_name`` and ``ground_truth`` (JSON text with
``gt_parse``). Original: ``image/NAME.png`` beside ``json/NAME.json`` with ``valid_line``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docglean.evaluation.labels import Label, LabelBox, bad_labels, json_lines, pointer_of
from docglean.evaluation.layouts.port import Layout

_ONCE = {
    "sub_total.subtotal_price": "subtotal",
    "sub_total.discount_price": "discount_total",
    "sub_total.service_price": "service_charge",
    "sub_total.tax_price": "tax_total",
    "total.total_price": "total",
    "total.cashprice": "paid",
    "total.changeprice": "change",
}
_OF_LINES = {
    "nm": "description",
    "cnt": "quantity",
    "unitprice": "unit_price",
    "price": "line_total",
}
# The original names its classes with another blank.
_CLASSES = {"subtotal": "sub_total"}


def _metadata(path: Path) -> Path | None:
    return path / "metadata.jsonl" if (path / "metadata.jsonl").is_file() else None


def _fits(path: Path) -> bool:
    if not path.is_dir():
        return False
    if (path / "json").is_dir() and (path / "image").is_dir():
        first = next(iter(sorted((path / "json").glob("*.json"))), None)
        return first is not None and "valid_line" in first.read_text("utf-8", errors="replace")
    file = _metadata(path)
    first_line = next((line for _, line in json_lines(file)), {}) if file else {}
    return "ground_truth" in first_line and "file_name" in first_line


def _read(path: Path, schema: str | None) -> Iterator[Label]:
    file = _metadata(path)
    if file is not None:
        for number, line in json_lines(file):
            try:
                truth = json.loads(line["ground_truth"])
                yield _label(line["file_name"], truth, truth["gt_parse"])
            except (ValueError, KeyError, TypeError) as error:
                raise bad_labels(file, number, f"no CORD ground truth: {error!r}") from error
        return
    for place in sorted((path / "json").glob("*.json")):
        truth = json.loads(place.read_text("utf-8"))
        yield _label(f"image/{place.stem}.png", truth, _parsed(truth["valid_line"]))


def _parsed(lines: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Lines with their classes as the second version has them."""
    menus: dict[int, dict[str, str]] = {}
    parsed: dict[str, Any] = {"menu": []}
    for line in lines:
        name, _, part = str(line["category"]).partition(".")
        text = " ".join(word["text"] for word in line["words"] if not word.get("is_key"))
        if name == "menu":
            menu = menus.setdefault(line["group_id"], {})
            menu[part] = f"{menu[part]} {text}" if part in menu else text
        elif name != "void_menu":
            parsed.setdefault(_CLASSES.get(name, name), {})[part] = text
    parsed["menu"] = list(menus.values())
    return parsed


def _label(file: str, truth: Mapping[str, Any], parsed: Mapping[str, Any]) -> Label:
    expected: dict[str, Any] = {}
    for theirs, ours in _ONCE.items():
        group, _, name = theirs.partition(".")
        value = _first(parsed.get(group)).get(name)
        if isinstance(value, str) and value.strip():
            expected[ours] = _rupiah(value)
    menu = parsed.get("menu") or []
    # A single entry stands there without a list.
    entries = [menu] if isinstance(menu, Mapping) else menu
    expected["line_items"] = [
        {
            ours: entry[name] if ours == "description" else _rupiah(entry[name])
            for name, ours in _OF_LINES.items()
            if isinstance(entry.get(name), str)
        }
        for entry in entries
        if isinstance(entry, Mapping)
    ]
    boxes = _boxes(truth)
    return Label(
        id=Path(file).stem,
        file=file,
        schema="receipt",
        expected=expected,
        boxes={pointer: box for pointer, box in boxes.items() if pointer.strip("/") in expected},
        tags={"language": "id", "source": "scan"},
    )


def _rupiah(text: str) -> str:
    """25.000 and 25,000 are both twenty-five thousand: there are no cents to be told apart."""
    return re.sub(r"(?<=\d)[.,](?=\d{3}(?!\d))", "", text)


def _first(group: Any) -> Mapping[str, Any]:
    if isinstance(group, list):
        group = group[0] if group else {}
    return group if isinstance(group, Mapping) else {}


def _boxes(truth: Mapping[str, Any]) -> dict[str, list[LabelBox]]:
    """Where the values outside the lines stand, if the annotation says."""
    size = (truth.get("meta") or {}).get("image_size") or {}
    width, height = size.get("width"), size.get("height")
    found: dict[str, list[LabelBox]] = {}
    for line in truth.get("valid_line") or () if width and height else ():
        name, _, part = str(line["category"]).partition(".")
        ours = _ONCE.get(f"{_CLASSES.get(name, name)}.{part}")
        quads = [word["quad"] for word in line["words"] if not word.get("is_key")]
        if ours is None or not quads:
            continue
        across = [quad[f"x{i}"] / width for quad in quads for i in (1, 2, 3, 4)]
        down = [quad[f"y{i}"] / height for quad in quads for i in (1, 2, 3, 4)]
        box = LabelBox(page=1, box=(min(across), min(down), max(across), max(down)))
        found[pointer_of(ours)] = [box]
    return found


CORD = Layout(
    "cord",
    "CORD: Indonesian receipts, as metadata.jsonl or as image/ and json/",
    _fits,
    _read,
)
