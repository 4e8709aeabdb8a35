"""How well the score of a word tells whether OCR has read it right, on forms whose words are known.

    python -m bench.ocr_scores FOLDER/funsd FOLDER/funsd_more [--first 14]

Of each folder the forms that may be looked at (`bench.folds`), up to so many. A word that OCR has
read where a labelled one stands is right if its characters are the same; its score is what
`Word.confidence` tells. Intervals are over forms drawn with replacement, 95 %.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docglean.evaluation.reliability import JudgedConfidence, reliability
from docglean.extractors.documents.ocr import ocr_words
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import area, overlap
from PIL import Image

from bench.folds import part_of

SAME_PLACE = 0.45
"""Part of the larger of two boxes that they share, from which a word stands where another does."""


def judged(folder: Path, first: int | None) -> Iterator[JudgedConfidence]:
    """The words of a folder's forms."""
    files = {}
    for line in (folder / "labels.jsonl").read_text("utf-8").splitlines():
        told = json.loads(line)
        files[told["id"]] = folder / told["file"]
    forms = map(json.loads, (folder / "boxes.jsonl").read_text("utf-8").splitlines())
    for form in [one for one in forms if part_of(one["id"]) == "look"][:first]:
        words = [word for item in form["items"] for word in item["words"] if word["text"].strip()]
        with Image.open(files[form["id"]]) as image:
            found, _ = ocr_words(image.convert("RGB"), image.width, image.height)
        for word in found:
            truth = _at(words, word.box)
            if truth is not None:
                yield JudgedConfidence(word.confidence, word.text == truth, form["id"], folder.name)


def _at(words: list[dict[str, Any]], box: Box) -> str | None:
    """The labelled word that stands there."""
    best, text = SAME_PLACE, None
    for word in words:
        x0, y0, x1, y1 = word["box"]
        there = (x0, y0, x1, y1)
        shared = overlap(box, there) / max(area(box), area(there))
        if shared > best:
            best, text = shared, str(word["text"])
    return text


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, help="labelled forms with boxes.jsonl")
    parser.add_argument("--first", type=int, help="so many forms of each folder")
    told = parser.parse_args()
    found = reliability([one for folder in told.folders for one in judged(folder, told.first)])
    if found is None or found.auroc is None:
        parser.error("no words, or none that is wrong")
    auroc, right = found.auroc, found.accuracy
    print(
        f"{found.values:,} words of {found.documents} forms, {right.estimate:.1%} read right; "
        f"AUROC of their scores {auroc.estimate:.3f} ({auroc.low:.3f} to {auroc.high:.3f})"
    )


if __name__ == "__main__":
    main()
