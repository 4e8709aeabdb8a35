"""Generated papers: the same for the same seed, true to what is printed, and mostly read.

The seed is drawn when the tests run and printed, so that no rule can be made for its papers; a
failure is repeated by writing the seed in its place.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pymupdf
import pytest
from docglean.evaluation.labels import LabelBox

from bench.generated import KINDS, Generated, document, documents
from bench.generated.__main__ import read_folder
from bench.generated.folder import write_folder

SEED = random.SystemRandom().randrange(10**6)
FLOORS = {"invoice": 0.3, "receipt": 0.3, "form": 0.4, "statement": 0.2}
"""Shares of printed values that must be read; on hundreds of papers about twice as many are."""


@pytest.fixture(autouse=True)
def tell_the_seed() -> None:
    print(f"seed {SEED}")


def test_the_same_seed_draws_the_same_paper() -> None:
    first, again = (document(SEED, 3, "invoice") for _ in range(2))
    other = document(SEED + 1, 3, "invoice")
    assert (first.content, first.expected, first.boxes) == (
        again.content,
        again.expected,
        again.boxes,
    )
    assert other.content != first.content


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_boxes_hold_what_they_are_said_to_hold(kind: str) -> None:
    checked = 0
    for one in documents(SEED, 4, [kind]):
        if one.suffix != "pdf":
            continue
        with pymupdf.open(stream=one.content, filetype="pdf") as opened:
            if any(page.first_widget for page in opened):
                continue
            for place in one.boxes:
                checked += 1
                assert _letters(place.text) <= _letters(_text_in(opened, place.boxes)), place
    assert checked or kind == "table"


def _text_in(opened: pymupdf.Document, boxes: Sequence[LabelBox]) -> str:
    texts = []
    for box in boxes:
        page = opened[box.page - 1]
        x0, y0, x1, y1 = box.box
        width, height = page.rect.width, page.rect.height
        clip = pymupdf.Rect(x0 * width - 1, y0 * height - 1, x1 * width + 1, y1 * height + 1)
        texts.append(page.get_text("text", clip=clip))
    return "".join(texts)


def _letters(text: str) -> Counter[str]:
    return Counter("".join(text.split()))


def test_most_captions_of_some_papers_are_in_no_list_of_words() -> None:
    captions = [
        place.known
        for one in documents(SEED, 20, ["invoice"])
        for place in one.boxes
        if place.caption
    ]
    assert 0.2 < captions.count(False) / len(captions) < 0.7


def test_boxes_move_with_the_pixels_of_a_scan() -> None:
    flat, scan = (document(SEED, 1, "receipt", scans=share) for share in (0.0, 1.0))
    assert (flat.suffix, scan.suffix, flat.expected) == ("pdf", "jpg", scan.expected)
    assert [place.pointer for place in flat.boxes] == [place.pointer for place in scan.boxes]
    assert all(0 <= side <= 1 for place in scan.boxes for box in place.boxes for side in box.box)


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(FLOORS.keys() & KINDS.keys()))
def test_the_engine_reads_papers_that_nobody_has_seen(kind: str, tmp_path: Path) -> None:
    generated: list[Generated] = list(documents(SEED, 5, [kind]))
    write_folder(tmp_path, generated)
    outcome = asyncio.run(read_folder(tmp_path, fresh=True))
    told = Counter(row.outcome for _, row in outcome.rows)
    share = told["correct"] / (told["correct"] + told["wrong"] + told["missing"])
    assert not outcome.failed
    assert share > FLOORS[kind], f"{share:.2f} of {kind}s, seed {SEED}"
