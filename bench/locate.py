"""How surely values are found again on scanned forms, and how seldom where they are not.

    python -m bench.locate FUNSD_FOLDER [--words CACHE.json] [--show]

The folder holds ``labels.jsonl``, ``boxes.jsonl`` and ``docs/``. True values are located and
their boxes compared with the annotated ones; then values that are not on the page are: those of
another document, and the page's own with one digit changed in each number. Both with words by
OCR and with the annotation's own words, so that what OCR loses can be told from what locating
loses. Rules were made with these documents in view.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import itertools
import json
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.words import PageWords, Word, in_reading_order
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Box, Evidence
from docglean.extractors.geometry import union, within
from docglean.extractors.grounding.locate import locate
from docglean.extractors.grounding.word_index import letters
from docglean.schemas.builtin.form import Form as FormSchema
from docglean.schemas.kinds import Day, Money, Text, guess_style
from docglean.schemas.schema import schema_of
from PIL import Image
from pydantic import BaseModel

MOST_COMBINATIONS = 500


class Dated(BaseModel):
    """A key of a form whose value is a date."""

    key: Annotated[str | None, Text()] = None
    value: Annotated[str | None, Day()] = None


class Dates(BaseModel):
    """All dates of a form."""

    fields: list[Dated] = []


class Counted(BaseModel):
    """The same where the value is an amount."""

    key: Annotated[str | None, Text()] = None
    value: Annotated[str | None, Money()] = None


class Amounts(BaseModel):
    """All amounts of a form."""

    fields: list[Counted] = []


@dataclass(frozen=True)
class Form:
    """One labelled page: its pairs, its annotated items (boxes in points), its words."""

    name: str
    pairs: list[dict[str, Any]]
    items: list[dict[str, Any]]
    letters: str
    seen: PageWords
    annotated: PageWords


@dataclass
class Tally:
    """Counts of one arm."""

    values: int = 0
    found: int = 0
    right: int = 0
    words: list[int] = field(default_factory=lambda: [0, 0, 0])
    missed: list[str] = field(default_factory=list)


# ── documents ─────────────────────────────────────────────────────────────────────────────


async def read(folder: Path, cache: Path | None) -> list[Form]:
    """The labelled forms with their words; OCR is done once where a cache is named."""
    labels = [json.loads(line) for line in (folder / "labels.jsonl").open()]
    boxes = {row["id"]: row["items"] for row in map(json.loads, (folder / "boxes.jsonl").open())}
    known = json.loads(cache.read_text()) if cache and cache.exists() else {}
    async with Workers(Limits()) as pool:
        for label in labels:
            if label["id"] not in known:
                document = await open_document(folder / label["file"], pool, pool.limits)
                known[label["id"]] = dataclasses.asdict(await document.words(1))
    if cache:
        cache.write_text(json.dumps(known))
    return [_form(folder, label, boxes[label["id"]], known[label["id"]]) for label in labels]


def _form(folder: Path, label: dict[str, Any], items: list[dict[str, Any]], raw: Any) -> Form:
    words = tuple(Word(**{**word, "box": tuple(word["box"])}) for word in raw["words"])
    seen = PageWords(raw["page"], raw["width"], raw["height"], words, raw["turn"])
    with Image.open(folder / label["file"]) as image:
        scale = seen.width / image.width
    scaled = [
        {
            "text": item["text"],
            "role": item["role"],
            "box": _scaled(item["box"], scale),
            "words": [(word["text"], _scaled(word["box"], scale)) for word in item["words"]],
        }
        for item in items
    ]
    annotated = _annotated(scaled, seen)
    plain = "".join(letters(word.text)[0] for word in annotated.words)
    everything = plain + BREAK + "".join(letters(item["text"])[0] for item in items)
    return Form(label["id"], label["expected"]["fields"], scaled, everything, seen, annotated)


BREAK = "\n"


def _scaled(box: Sequence[float], scale: float) -> Box:
    return box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale


def _annotated(items: list[dict[str, Any]], page: PageWords) -> PageWords:
    """The annotation's words as a page: what perfect OCR would see, a line for each printed one."""
    words: list[Word] = []
    line = -1
    for item in items:
        bottom = float("-inf")
        for text, box in item["words"]:
            if (box[1] + box[3]) / 2 > bottom or bottom == float("-inf"):
                line += 1
            bottom = box[3]
            words += [Word(piece, box, source="ocr", line=line) for piece in text.split()[:1]]
            if len(text.split()) > 1:
                words[-1] = Word("".join(text.split()), box, source="ocr", line=line)
    ordered = in_reading_order(words, page.width, page.height)
    return PageWords(1, page.width, page.height, ordered)


# ── true values ───────────────────────────────────────────────────────────────────────────


def measure(forms: Sequence[Form], words: Callable[[Form], PageWords], whole: bool) -> Tally:
    """Locate the true values; `whole`: all answers of a key as one value, else one by one."""
    tally = Tally()
    for form in forms:
        pairs = [
            (pair["key"], answers)
            for pair in form.pairs
            for answers in ([pair["values"]] if whole else [[text] for text in pair["values"]])
        ]
        page = words(form)
        values = {"fields": [{"key": key, "value": " ".join(texts)} for key, texts in pairs]}
        evidence = locate(schema_of(FormSchema), values, [page])
        found = [evidence[f"/fields/{number}/value"] for number in range(len(pairs))]
        _score(form, [texts for _, texts in pairs], found, tally)
    return tally


def _score(
    form: Form, wanted: Sequence[Sequence[str]], found: Sequence[Evidence], tally: Tally
) -> None:
    """Equal values are matched with their annotated places in the best way, evenly."""
    from scipy.optimize import linear_sum_assignment

    groups: dict[tuple[str, ...], list[int]] = {}
    for number, texts in enumerate(wanted):
        groups.setdefault(tuple(texts), []).append(number)
    for texts, numbers in groups.items():
        # One annotated place may answer several keys: that of its row and that of its column.
        places = _places(form, texts)
        places = places * max(1, -(-len(numbers) // max(len(places), 1)))
        table = [[-_fit(found[number], place) for place in places] for number in numbers]
        matched = dict(zip(*linear_sum_assignment(table), strict=True))
        for row, number in enumerate(numbers):
            tally.values += 1
            tally.found += found[number].how != "not_found"
            overlap = -table[row][matched[row]] if row in matched else 0.0
            tally.right += overlap >= 0.5
            if overlap < 0.5:
                tally.missed.append(
                    f"{form.name[:24]} {' '.join(texts)!r} -> {found[number].how} "
                    f"{found[number].text!r} {overlap:.2f}"
                )
            if row in matched:
                _count_words(form, found[number], places[matched[row]], tally.words)


def _places(form: Form, texts: Sequence[str]) -> list[list[dict[str, Any]]]:
    """All ways to take one annotated answer for each of these texts."""
    each = [
        [item for item in form.items if item["role"] == "answer" and item["text"] == text]
        for text in texts
    ]
    ways = (list(way) for way in itertools.product(*each))
    return [
        way
        for way in itertools.islice(ways, MOST_COMBINATIONS)
        if len({id(item) for item in way}) == len(way)
    ]


def _fit(evidence: Evidence, items: Sequence[dict[str, Any]]) -> float:
    return iou(evidence.box, union(item["box"] for item in items)) if evidence.box else 0.0


def iou(left: Box, right: Box) -> float:
    """Intersection over union."""
    across = min(left[2], right[2]) - max(left[0], right[0])
    down = min(left[3], right[3]) - max(left[1], right[1])
    if across <= 0 or down <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (left, right)]
    return across * down / (sum(areas) - across * down)


def _count_words(
    form: Form, evidence: Evidence, items: Sequence[dict[str, Any]], counts: list[int]
) -> None:
    """Annotated words whose middle is in the evidence's boxes: right, wrong, and missed ones."""
    boxes = evidence.boxes or ((evidence.box,) if evidence.box else ())
    true = {id(word) for item in items for word in item["words"]}
    for item in form.items:
        for word in item["words"]:
            x, y = (word[1][0] + word[1][2]) / 2, (word[1][1] + word[1][3]) / 2
            inside = any(b[0] <= x <= b[2] and b[1] <= y <= b[3] for b in boxes)
            if inside or id(word) in true:
                counts[0 if inside and id(word) in true else 1 if inside else 2] += 1


# ── values that are not there ─────────────────────────────────────────────────────────────


def foreign(forms: Sequence[Form], words: Callable[[Form], PageWords]) -> Tally:
    """Values of the next document beside the keys of this one."""
    tally = Tally()
    for form, other in zip(forms, [*forms[1:], forms[0]], strict=True):
        values = [pair["value"] for pair in other.pairs]
        keys = itertools.cycle(pair["key"] for pair in form.pairs)
        _wrongly(form, words(form), list(zip(keys, values, strict=False)), tally)
    return tally


def mutated(forms: Sequence[Form], words: Callable[[Form], PageWords], longest: int) -> Tally:
    """The page's own values with one digit changed in each number; of at most `longest` words."""
    random_digits = random.Random(7)
    tally = Tally()
    for form in forms:
        pairs = [
            (pair["key"], changed(pair["value"], random_digits))
            for pair in form.pairs
            if re.search(r"\d", pair["value"]) and len(pair["value"].split()) <= longest
        ]
        _wrongly(form, words(form), pairs, tally)
    return tally


def changed(text: str, source: random.Random) -> str:
    """`text` with one digit of each number made another."""

    def other(match: re.Match[str]) -> str:
        digits = match.group()
        place = source.randrange(len(digits))
        digit = source.choice([d for d in "0123456789" if d != digits[place]])
        return digits[:place] + digit + digits[place + 1 :]

    return re.sub(r"\d+", other, text)


def _wrongly(form: Form, page: PageWords, pairs: Sequence[tuple[str, str]], tally: Tally) -> None:
    absent = [
        (key, value)
        for key, value in pairs
        if (plain := letters(value)[0]) and plain not in form.letters
    ]
    values = {"fields": [{"key": key, "value": value} for key, value in absent]}
    evidence = locate(schema_of(FormSchema), values, [page])
    for number, (_, value) in enumerate(absent):
        found = evidence[f"/fields/{number}/value"]
        tally.values += 1
        tally.found += found.how != "not_found"
        if found.how != "not_found":
            tally.missed.append(f"{form.name[:24]} {value!r} -> {found.how} {found.text!r}")


# ── dates and amounts in one form, as a model gives them ──────────────────────────────────


def typed(
    forms: Sequence[Form],
    words: Callable[[Form], PageWords],
    kind: Day | Money,
    model: type[BaseModel],
    wrong: bool,
) -> Tally:
    """Dates as YYYY-MM-DD, amounts as digits; with `wrong`, another day or amount."""
    tally = Tally()
    source = random.Random(11)
    for form in forms:
        style = guess_style(" ".join(item["text"] for item in form.items))
        pairs = []
        for pair in form.pairs:
            leaf = kind.parse(pair["value"], style)
            if leaf is None or len(pair["values"]) > 1:
                continue
            if wrong:
                leaf = _other_leaf(form, leaf, kind, source)
            pairs.append((pair["key"], leaf, pair["values"]))
        values = {"fields": [{"key": key, "value": leaf} for key, leaf, _ in pairs]}
        evidence = locate(schema_of(model), values, [words(form)])
        found = [evidence[f"/fields/{number}/value"] for number in range(len(pairs))]
        _score(form, [texts for _, _, texts in pairs], found, tally)
        if wrong:
            tally.missed = []
    return tally


def _other_leaf(form: Form, leaf: str, kind: Day | Money, source: random.Random) -> str:
    """Another day or amount that no annotated text of the page shows."""
    while True:
        other = changed(leaf, source)
        texts = [item["text"] for item in form.items]
        texts += [word for item in form.items for word, _ in item["words"]]
        if kind.parse(other) and not any(kind.shown(other, text) for text in texts):
            return other


# ── report ────────────────────────────────────────────────────────────────────────────────


def ceilings(forms: Sequence[Form]) -> tuple[float, float, float]:
    """What OCR leaves to be located, as shares of the values.

    Returns:
        Values of which it read every word right, somewhere on the page; values around which the
        words that it saw make a box with IoU of at least 0.5, whatever it read; both.
    """
    counts = [0, 0, 0]
    values = 0
    for form in forms:
        page = "".join(letters(word.text)[0] for word in form.seen.words)
        for pair in form.pairs:
            values += 1
            is_read = all(letters(word)[0] in page for word in pair["value"].split())
            is_framed = any(
                iou(union(box), union(item["box"] for item in way)) >= 0.5
                for way in _places(form, pair["values"])
                if (box := _seen_in(form, way))
            )
            for number, holds in enumerate((is_read, is_framed, is_read and is_framed)):
                counts[number] += holds
    return counts[0] / values, counts[1] / values, counts[2] / values


def _seen_in(form: Form, items: Sequence[dict[str, Any]]) -> list[Box]:
    """Boxes of the words by OCR whose middle is in one of these items."""
    found = []
    for word in form.seen.words:
        if any(within(word.box, item["box"]) for item in items):
            found.append(word.box)
    return found


def main() -> None:
    """Measure the forms in the folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--words", type=Path, help="file that keeps the words by OCR")
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    chosen = parser.parse_args()
    forms = asyncio.run(read(chosen.folder, chosen.words))
    read_, framed, both = ceilings(forms)
    print(
        f"{len(forms)} forms. OCR read every word of {read_:.1%} of the values; its boxes could "
        f"reach IoU 0.5 with {framed:.1%}; both hold for {both:.1%}.\n"
    )
    for title, words in (
        ("words of the annotation", lambda form: form.annotated),
        ("words by OCR", lambda form: form.seen),
    ):
        start = time.perf_counter()
        print(title)
        for name, tally in (
            ("values", measure(forms, words, True)),
            ("single answers", measure(forms, words, False)),
            ("dates, YYYY-MM-DD", typed(forms, words, Day(), Dates, False)),
            ("amounts, digits", typed(forms, words, Money(), Amounts, False)),
        ):
            right, wrong, missed = tally.words
            f1 = 2 * right / max(2 * right + wrong + missed, 1)
            print(
                f"  {name:28} {tally.values:4}  IoU >= 0.5 {tally.right / tally.values:6.1%}"
                f"  found {tally.found / tally.values:6.1%}  words F1 {f1:.3f}"
            )
            if chosen.show:
                print(*(f"      {line}" for line in tally.missed), sep="\n")
        for name, tally in (
            ("another document's", foreign(forms, words)),
            ("digits changed, <= 8 words", mutated(forms, words, 8)),
            ("digits changed, any length", mutated(forms, words, 10_000)),
            ("another date", typed(forms, words, Day(), Dates, True)),
            ("another amount", typed(forms, words, Money(), Amounts, True)),
        ):
            print(
                f"  {name:28} {tally.values:4}  wrongly found {tally.found / tally.values:6.1%}"
                f"  ({tally.found})"
            )
            if chosen.show:
                print(*(f"      {line}" for line in tally.missed), sep="\n")
        print(f"  {time.perf_counter() - start:.1f} s\n")


if __name__ == "__main__":
    main()
