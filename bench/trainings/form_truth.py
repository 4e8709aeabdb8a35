"""What is what on labelled forms: each piece of a page, and which of them belong together."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import hypot
from pathlib import Path
from typing import Any

from docglean.extractors.extraction import Box
from docglean.extractors.geometry import centre, holds, scaled
from docglean.extractors.rules.page.boxes import words_of_options
from docglean.extractors.rules.page.sheet import legible_page, sheet_of
from docglean.extractors.rules.readers.form_units import Layout, Unit
from docglean.schemas.reading.style import guess_style
from PIL import Image

from bench.kept_pages import KeptPages
from bench.trainings.drawn_forms import WIDTH, drawn_form
from bench.trainings.form_items import Item
from bench.trainings.sources import look

SETS = ("funsd", "funsd_more")
SEEDS = tuple(range(1000, 1050))
"""Of the forms that are drawn for training."""
WEIGHTS = {"drawn": 0.3}
"""How much a drawn page counts beside a real one."""
SLACK = 2.0
"""Points by which a word's middle may be outside of the box of what it belongs to."""


@dataclass(frozen=True)
class LabelledLayout:
    """One page and what its pieces are.

    Attributes:
        items: the number of the item that each piece belongs to; None for one of no item.
    """

    data: str
    document: str
    layout: Layout
    truth: Sequence[Item]
    items: Sequence[int | None]

    def role(self, piece: int) -> str:
        """What a piece is."""
        item = self.items[piece]
        return "other" if item is None else self.truth[item].role

    def tie(self, first: int, second: int) -> str:
        """What the first of two pieces is to the second."""
        one, two = self.items[first], self.items[second]
        if one is None or two is None:
            return "none"
        if one in self.truth[two].links:
            return "names"
        return "goes_on" if first == self._before(second) else "none"

    def _before(self, piece: int) -> int | None:
        """The last piece before this one that is of the same caption or entry."""
        two = self.items[piece]
        for first in range(piece - 1, -1, -1):
            one = self.items[first]
            if one is None or two is None:
                continue
            if one == two or _fellows(self.truth[one], self.truth[two]):
                return first
        return None


def _fellows(one: Item, two: Item) -> bool:
    return one.role == two.role == "entry" and bool(set(one.links) & set(two.links))


@cache
def layouts(evaldata: Path) -> tuple[LabelledLayout, ...]:
    """All pages that are learnt from."""
    return tuple(_layouts(evaldata))


def _layouts(evaldata: Path) -> Iterator[LabelledLayout]:
    """All pages that are learnt from: forms that may be looked at, and drawn ones."""
    for seed in SEEDS:
        pages, items = drawn_form(seed)
        yield labelled("drawn", f"drawn {seed}", pages, items, WIDTH)
    for name in SETS:
        told = {}
        for line in (evaldata / name / "boxes.jsonl").read_text("utf-8").splitlines():
            entry = json.loads(line)
            told[entry["id"]] = entry["items"]
        labels = {}
        for line in (evaldata / name / "labels.jsonl").read_text("utf-8").splitlines():
            entry = json.loads(line)
            labels[entry["id"]] = entry
        for form in look(evaldata, [name]):
            with Image.open(evaldata / name / labels[form.id]["file"]) as picture:
                width = picture.width
            truth = funsd_items(told[form.id], labels[form.id]["expected"]["fields"])
            yield labelled(name, form.id, form.pages, truth, width)


def labelled(
    data: str, document: str, pages: KeptPages, truth: Sequence[Item], width: float
) -> LabelledLayout:
    """The first page of a form with what its pieces are; `width` is that of the truth's boxes."""
    words = pages.words[0]
    style = guess_style("\n".join(page.text() for page in pages.words))
    sheet = sheet_of(legible_page(words, style), pages.drawn.get(words.page))
    layout = Layout(sheet, words_of_options(sheet))
    unit = words.width / width
    boxes = [scaled(item.box, unit, unit) for item in truth]
    return LabelledLayout(
        data, document, layout, truth, [_item_of(one, boxes) for one in layout.units]
    )


def _item_of(unit: Unit, boxes: Sequence[Box]) -> int | None:
    """The item in which most of a piece's words stand."""
    found: Counter[int | None] = Counter()
    for piece in unit.run.pieces:
        x, y = centre(piece.word.box)
        inside = (n for n, box in enumerate(boxes) if holds(box, x, y, SLACK))
        found[next(inside, None)] += 1
    return found.most_common(1)[0][0]


def funsd_items(entries: Sequence[Any], pairs: Sequence[Any]) -> list[Item]:
    """Captions and entries of FUNSD; of equal texts those are a pair that stand nearest."""
    roles = {"question": "caption", "answer": "entry"}
    links: dict[int, set[int]] = {}
    free = {n for n, one in enumerate(entries) if one["role"] == "answer"}
    for pair in pairs:
        keys = [n for n, one in enumerate(entries) if one["text"] == pair["key"]]
        for value in pair["values"]:
            near = [(_apart(entries[k], entries[v]), v not in free, k, v)
                    for v, one in enumerate(entries) for k in keys
                    if one["text"] == value and one["role"] == "answer"]  # fmt: skip
            if near:
                _, _, key, answer = min(near, key=lambda one: (one[1], one[0]))
                links.setdefault(answer, set()).add(key)
                free.discard(answer)
    return [
        Item(roles.get(one["role"], "other"), tuple(one["box"]), tuple(sorted(links.get(n, ()))))
        for n, one in enumerate(entries)
    ]


def _apart(one: Any, other: Any) -> float:
    (x, y), (u, v) = centre(tuple(one["box"])), centre(tuple(other["box"]))
    return hypot(x - u, y - v)
