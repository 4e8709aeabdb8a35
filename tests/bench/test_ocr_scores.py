"""Words that OCR reads are held against the labelled ones that stand where they do."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bench.ocr_scores import judged


def test_words_are_judged_by_what_stands_in_their_place(tmp_path: Path) -> None:
    font = ImageFont.load_default(24)
    image = Image.new("RGB", (600, 200), "white")
    words = []
    for printed, labelled, y in (("INVOICE", "INVOICE", 20), ("TOTAL", "TOTALS", 90)):
        ImageDraw.Draw(image).text((30, y), printed, font=font, fill="black")
        box = ImageDraw.Draw(image).textbbox((30, y), printed, font=font)
        words.append({"text": labelled, "box": box})
    ImageDraw.Draw(image).text((300, 150), "UNLABELLED", font=font, fill="black")
    image.save(tmp_path / "form.png")
    told = {"id": "drawn", "items": [{"words": [words[0]]}, {"words": [words[1]]}]}
    (tmp_path / "boxes.jsonl").write_text(json.dumps(told))
    (tmp_path / "labels.jsonl").write_text(json.dumps({"id": "drawn", "file": "form.png"}))
    found = list(judged(tmp_path, None))
    assert [one.right for one in found] == [True, False]
    assert all(0 < one.probability <= 1 for one in found)
    assert list(judged(tmp_path, 0)) == []
