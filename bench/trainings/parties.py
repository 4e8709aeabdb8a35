"""Which line of a page is the issuer's name, the recipient's, or part of an address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Box
from docglean.extractors.geometry import holds
from docglean.extractors.rules.page.sheet import legible_page, sheet_of
from docglean.extractors.rules.parties import addresses
from docglean.extractors.rules.parties.features import features_of, papers_of
from docglean.extractors.rules.parties.letterheads import MOST_PAGES
from docglean.extractors.rules.parties.lines import Column, PartyLine, column_of
from docglean.schemas.reading.style import Style
from docglean.schemas.reading.texts import confused_fold
from numpy.typing import NDArray
from rapidfuzz import fuzz

from bench.generated import Generated
from bench.train import Example, Training
from bench.trainings.sources import DRAWN, Lot, drawn, look, samples

LABELS = ("other", "seller", "buyer", "address")
FIELDS = {
    "company": "seller", "seller_name": "seller", "bank_name": "seller",
    "buyer_name": "buyer", "account_holder": "buyer",
    "address": "address", "seller_address": "address", "buyer_address": "address",
}  # fmt: skip
"""What a line is that prints the value of a field of the built-in schemas."""
SETS = ("sroie", "sroie_more", "invoices_zugferd", "invoice2data")
LOTS = tuple(replace(lot, slips=0.0) for lot in (*DRAWN, Lot("invoice", 7025, 250)))
"""Generated documents: parties of invoices stand in more ways than their fields."""
REAL = 3.0
"""How much a real sender's documents count, together, beside one generated document."""
ALIKE, IN_PART = 80, 0.25
"""Likeness from which a line is said to print a value, in per cent, and the least share of a name
that one of its lines has."""


@dataclass(frozen=True)
class _Paper:
    """A document's lines, and what each of them is."""

    data: str
    id: str
    sender: str
    columns: Sequence[Column]
    labels: Sequence[Sequence[str]]


def _columns(pages: Sequence[PageWords]) -> list[Column]:
    return [column_of(sheet_of(legible_page(page, Style()))) for page in pages[:MOST_PAGES]]


# --- real documents: values are found again by their likeness ------------------------------------


def _real(evaldata: Path) -> Iterator[_Paper]:
    for one in (*look(evaldata, SETS), *samples()):
        values = {name: str(one.truth[name]) for name in FIELDS
                  if isinstance(one.truth, Mapping) and one.truth.get(name)}  # fmt: skip
        if not values:
            continue
        columns = _columns(one.pages.words)
        told = [_labels_by_text(column, values) for column in columns]
        sender = next((_key(v)[:6] for n, v in values.items() if FIELDS[n] == "seller"), one.id)
        yield _Paper(one.data, one.id, sender, columns, told)


def _labels_by_text(column: Column, values: Mapping[str, str]) -> list[str]:
    found = ["other"] * len(column.lines)
    for number, line in enumerate(column.lines):
        for name, value in values.items():
            if found[number] == "other" and _prints(line, value, whole=FIELDS[name] != "address"):
                found[number] = FIELDS[name]
    for name, value in values.items():
        if FIELDS[name] != "address":
            _without_single(column, found, FIELDS[name], value)
    if "address" in values:
        _without_others(column, found, values["address"])
    else:
        _with_addresses(column, found)
    return found


def _key(text: str) -> str:
    return confused_fold(text).replace(" ", "")


def _prints(line: PartyLine, value: str, *, whole: bool) -> bool:
    """Whether a line prints a value, or a good part of it, as far as OCR lets it."""
    printed, wanted = _key(line.text), _key(value)
    if len(printed) < 3 or (whole and len(printed) < IN_PART * len(wanted)):
        return False
    if len(printed) <= len(wanted):
        return float(fuzz.partial_ratio(printed, wanted)) >= ALIKE
    return len(wanted) > 0.6 * len(printed) and fuzz.partial_ratio(wanted, printed) >= ALIKE + 10


def _without_single(column: Column, found: list[str], side: str, value: str) -> None:
    """A part of a name counts where the rest stands above or below it."""

    def is_part(number: int | None) -> bool:
        if number is None or found[number] != side:
            return False
        return len(_key(column.lines[number].text)) < 0.85 * len(_key(value))

    parts = [number for number in range(len(found)) if is_part(number)]
    alone = [n for n in parts if not is_part(column.above[n]) and not is_part(column.below[n])]
    for number in alone:
        found[number] = "other"


def _without_others(column: Column, found: list[str], value: str) -> None:
    """Of several runs of lines that look like the address, the one that is."""
    runs: list[list[int]] = [[]]
    for number, label in enumerate(found):
        if label == "address":
            runs[-1].append(number)
        elif label == "other":
            runs.append([])
    best = max(runs, key=lambda run: fuzz.ratio(
        "".join(_key(column.lines[n].text) for n in run), _key(value)))  # fmt: skip
    for run in runs:
        for number in run if run is not best else ():
            found[number] = "other"


def _with_addresses(column: Column, found: list[str]) -> None:
    """Where a set does not label addresses: lines below a name that look like one."""
    for number, label in enumerate(list(found)):
        if label not in ("seller", "buyer"):
            continue
        for below in column.down(number)[:6]:
            text = column.lines[below].text
            if found[below] == "other" and (addresses.is_address(text) or addresses.is_house(text)):
                found[below] = "address"


# --- generated documents: values stand where they were drawn -------------------------------------


def _generated() -> Iterator[_Paper]:
    for lot in LOTS:
        for one, words in drawn(lot):
            columns = _columns(words)
            told = [_labels_by_place(column, one) for column in columns]
            yield _Paper("generated", one.id, one.id, columns, told)


def _labels_by_place(column: Column, paper: Generated) -> list[str]:
    page = column.sheet
    boxes = [
        (FIELDS[place.pointer[1:]], (x0 * page.width, y0 * page.depth, x1 * page.width,
                                     y1 * page.depth))
        for place in paper.boxes if place.pointer[1:] in FIELDS
        for one in place.boxes if one.page == page.page and one.box
        for x0, y0, x1, y1 in [one.box]
    ]  # fmt: skip
    return [_label_at(line, boxes) for line in column.lines]


def _label_at(line: PartyLine, boxes: Sequence[tuple[str, Box]]) -> str:
    """What most letters of a line are; nothing where others stand among them."""
    seen: Counter[str] = Counter()
    for piece in line.pieces:
        x, y = (piece.box[0] + piece.box[2]) / 2, (piece.box[1] + piece.box[3]) / 2
        found = next((label for label, box in boxes if holds(box, x, y)), "other")
        seen[found] += len(piece.text)
    label, most = seen.most_common(1)[0]
    return label if most >= 0.8 * seen.total() else "other"


# --- training ------------------------------------------------------------------------------------


def _examples(evaldata: Path) -> Iterator[Example]:
    papers = [*_real(evaldata), *_generated()]
    senders = Counter(paper.sender for paper in papers)
    for paper in papers:
        weight = 1.0 if paper.data == "generated" else REAL / senders[paper.sender] ** 0.5
        printed = papers_of(paper.columns)
        for number, (column, labels) in enumerate(zip(paper.columns, paper.labels, strict=True)):
            for at, features in enumerate(features_of(column, printed, number)):
                yield Example(features, labels[at], paper.id, paper.sender, paper.data, weight)


def _threshold(examples: Sequence[Example], shares: NDArray[np.float64]) -> float:
    """The least probability of a document's likeliest name at which most such are right."""
    best: dict[tuple[str, int], tuple[float, bool]] = {}
    for example, row in zip(examples, shares, strict=True):
        for side in (1, 2):
            told = (float(row[side]), example.label == LABELS[side])
            best[example.document, side] = max(best.get((example.document, side), told), told)
    tried = np.arange(0.1, 0.9, 0.02)
    # A wrong name costs as much as a right one is worth.
    gain = [sum(1 if right else -1 for share, right in best.values() if share >= t) for t in tried]
    return float(tried[int(np.argmax(gain))])


TRAINING = Training(
    labels=LABELS,
    examples=_examples,
    seeds=tuple(lot.seed for lot in LOTS),
    threshold=_threshold,
    options={"max_iter": 60, "min_samples_leaf": 10},
)
