"""Generated documents as a folder of labelled ones, as evaluation sets are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from bench.generated.generator import Generated

LABELS, BOXES, DOCUMENTS = "labels.jsonl", "boxes.jsonl", "docs"


def write_folder(folder: Path, generated: Iterable[Generated]) -> int:
    """Write docs/, labels.jsonl and boxes.jsonl (every place of every value); how many."""
    (folder / DOCUMENTS).mkdir(parents=True, exist_ok=True)
    count = 0
    with (
        (folder / LABELS).open("w", encoding="utf-8") as labels,
        (folder / BOXES).open("w", encoding="utf-8") as boxes,
    ):
        for one in generated:
            (folder / DOCUMENTS / f"{one.id}.{one.suffix}").write_bytes(one.content)
            labels.write(one.label().to_json() + "\n")
            boxes.write(json.dumps(_boxes(one), ensure_ascii=False) + "\n")
            count += 1
    return count


def _boxes(one: Generated) -> dict[str, object]:
    values = [
        {
            "pointer": place.pointer,
            "text": place.text,
            "boxes": [box.model_dump(mode="json") for box in place.boxes],
            "caption": place.caption,
            "known": place.known,
        }
        for place in one.boxes
    ]
    return {"id": one.id, "values": values}
