"""Forms drawn for training: frames, rules, dots, combs, columns and prose, some filled in.

What is drawn is drawn from a seed; the truth is what was printed where.
"""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pymupdf
from docglean.extractors.documents.text_layer import layer_words
from docglean.extractors.documents.words import PageWords, Word, in_reading_order
from docglean.extractors.extraction import Box
from docglean.extractors.rules.page.drawn import Drawn, find_drawn
from docglean.schemas.labels import vocabulary
from PIL import Image

from bench.kept_pages import KeptPages
from bench.trainings.form_items import Item

WIDTH, DEPTH = 595.0, 842.0
SCANNED = 0.4
"""Share of pages whose words are as OCR gives them."""
_FILL = re.compile(r"[._]{3,}")
UNKNOWN = 0.3
"""Share of captions that ask for what is in no list of words."""


@dataclass
class DrawnForm:
    """A page being drawn, its lots, and the truth so far."""

    lots: random.Random
    page: Any
    font: str
    typed: str
    size: float
    typed_size: float
    captions: list[str]
    common: list[str]
    filled: float
    late: list[Callable[[], None]] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    overlaid: bool = True
    y: float = 60.0

    def text(self, x: float, y: float, text: str, size: float, font: str = "") -> Box:
        """Print a text whose base line begins at (x, y); its box."""
        font = font or self.font
        self.page.insert_text((x, y), text, fontsize=size, fontname=font)
        wide = pymupdf.get_text_length(text, font, size)
        return x, y - 0.9 * size, x + wide, y + 0.25 * size

    def caption(self, x: float, y: float, text: str, size: float = 0.0) -> tuple[int, Box]:
        """Print a caption; its number and box."""
        box = self.text(x, y, text, size or self.size)
        self.items.append(Item("caption", box))
        return len(self.items) - 1, box

    def other(self, x: float, y: float, text: str, size: float = 0.0) -> Box:
        """Print what is neither."""
        box = self.text(x, y, text, size or self.size)
        self.items.append(Item("other", box))
        return box

    def entry(self, x: float, y: float, caption: int, room: float, text: str = "") -> None:
        """Fill in a caption's value, or leave it blank, by lot."""
        if self.lots.random() > self.filled:
            return
        text = text or self.value(room)
        size = self.typed_size
        wide = pymupdf.get_text_length(text, self.typed, size)
        self.items.append(Item("entry", (x, y - 0.9 * size, x + wide, y + 0.25 * size), (caption,)))

        def typed() -> None:
            self.page.insert_text((x, y), text, fontsize=size, fontname=self.typed)

        if self.overlaid:
            self.late.append(typed)
        else:
            typed()

    def value(self, room: float) -> str:
        """Something short enough to be filled in."""
        lots = self.lots
        number = str(lots.randrange(10 ** lots.randint(1, 6)))
        sign = lots.choice("./-")
        date = sign.join((f"{lots.randint(1, 28):02}", f"{lots.randint(1, 12):02}",
                          str(lots.randint(1950, 2026))))  # fmt: skip
        names = " ".join(_word(lots).title() for _ in range(lots.randint(1, 3)))
        phrase = " ".join(lots.choices(self.common, k=lots.randint(2, 6))).capitalize()
        found = lots.choice([
            number, date, names, names, names.upper(), f"{names} {number}",
            f"{number},{lots.randrange(100):02}", phrase, _word(lots),
        ])  # fmt: skip
        while len(found) > 1 and pymupdf.get_text_length(found, self.typed, self.typed_size) > room:
            found = found[: len(found) * 2 // 3].strip()
        return found

    def name(self, most: int = 60) -> str:
        """What a field asks for."""
        lots = self.lots
        if lots.random() < UNKNOWN:
            return " ".join(_word(lots) for _ in range(lots.randint(1, 3))).capitalize()
        found = lots.choice(self.captions)
        found = found.upper() if lots.random() < 0.15 else found
        return found[:most]

    def prose(self, words: int) -> str:
        """Words of a sentence."""
        pool = [*self.common, *(_word(self.lots) for _ in range(words))]
        return " ".join(self.lots.choices(pool, k=words)).capitalize() + "."


def _word(lots: random.Random) -> str:
    parts = ("ba", "cor", "den", "fi", "gal", "hen", "is", "ker", "lo", "mar", "no", "pel", "ri",
             "sen", "tu", "van", "wes", "xa", "yl", "zer", "an", "el", "or", "um")  # fmt: skip
    return "".join(lots.choices(parts, k=lots.randint(2, 4)))


def drawn_form(seed: int) -> tuple[KeptPages, list[Item]]:
    """One page with what is on it, and its captions and entries."""
    lots = random.Random(seed)
    language = lots.choice([one for one in vocabulary().languages if one.tables.get("asked.date")
                            and one.code not in ("ru",)])  # fmt: skip
    captions = [w for name, words in language.tables.items() if name.startswith("asked.")
                for w in words]  # fmt: skip
    common = list(language.tables.get("common_words", ("of", "the")))
    font = lots.choice(["helv", "tiro", "cour", "hebo"])
    page = pymupdf.open().new_page(width=WIDTH, height=DEPTH)
    size = lots.uniform(7, 11)
    form = DrawnForm(
        lots, page, font, lots.choice(["helv", "cour", font, "tiro"]), size,
        size * lots.uniform(0.95, 1.4), captions, common, lots.choice([0.3, 0.6, 0.8, 1.0]),
        overlaid=lots.random() < 0.6,
    )  # fmt: skip
    form.other(lots.uniform(50, 250), 50, form.prose(3)[:-1].upper(), size * lots.uniform(1.2, 1.9))
    styles = lots.sample(STYLES, lots.randint(2, 4))
    colon = lots.choice([":", ":", "", " :"])
    form.y = 80
    # Some pages are hardly more than a few captions.
    end = DEPTH - 90 if lots.random() < 0.6 else lots.uniform(100, 300)
    while form.y < end:
        if lots.random() < 0.25:
            lots.choice((_heading, _paragraph, _options))(form)
        else:
            lots.choice(styles)(form, colon)
        form.y += lots.uniform(0.3, 1.5) * size
    form.other(50, DEPTH - 30, form.prose(5), size * 0.8)
    for typed in form.late:
        typed()
    return _kept(page, lots), form.items


def _kept(page: Any, lots: random.Random) -> KeptPages:
    words = layer_words(page)
    if lots.random() < SCANNED:
        words = as_read(words, lots)
    found = in_reading_order(words, WIDTH, DEPTH)
    picture = page.get_pixmap(dpi=150)
    image = Image.open(io.BytesIO(picture.tobytes("png")))
    drawn: Drawn = find_drawn(image, WIDTH / image.width, DEPTH / image.height)
    return KeptPages([PageWords(1, WIDTH, DEPTH, found)], [], {1: drawn})


def as_read(words: Sequence[Word], lots: random.Random) -> list[Word]:
    """Words as OCR gives them: without dots to write on, in boxes that are about right, and lines
    from top to bottom."""
    found = []
    for word in words:
        text = _FILL.sub("", word.text)
        if text:
            x0, y0, x1, y1 = word.box
            off = 0.06 * (y1 - y0)
            box = (x0, y0 + lots.uniform(-off, off), x1, y1 + lots.uniform(-off, off))
            score = min(1.0, lots.uniform(0.85, 1.05))
            found.append(replace(word, text=text, box=box, source="ocr", confidence=score))
    order = {line: n for n, (_, line) in enumerate(sorted({(w.box[1], w.line) for w in found}))}
    return [replace(word, line=order[word.line]) for word in found]


_ALIKE = {"O": "0", "0": "O", "l": "1", "1": "I", "I": "l", "S": "5", "5": "S", "B": "8", "8": "6",
          "e": "c", "i": "l", "n": "r", "u": "n", ".": ",", ":": "."}  # fmt: skip
"""Signs that OCR takes for each other."""


def slipped(word: Word, lots: random.Random, often: float) -> Word:
    """A word with some of its letters misread."""
    text = "".join(_ALIKE.get(sign, sign) if lots.random() < often else sign for sign in word.text)
    return word if text == word.text else replace(word, text=text, confidence=0.8)


# --- styles ------------------------------------------------------------------------------------


def _cells(form: DrawnForm) -> Iterator[tuple[float, float]]:
    """Left edge and width of one to three places in a row."""
    count = form.lots.choice([1, 1, 2, 2, 3])
    edges = [50 + 500 * n / count for n in range(count)]
    yield from ((edge, 500 / count - 15) for edge in edges)


def _line(form: DrawnForm, colon: str) -> None:
    """Caption, and a rule, dots or underscores behind it."""
    form.y += 2.4 * form.size
    kind = form.lots.choice(["rule", "dots", "underscores"])
    for x, wide in _cells(form):
        number, box = form.caption(x, form.y, form.name() + colon)
        left = box[2] + form.lots.uniform(2, 12)
        if x + wide - left < 40:
            continue
        if kind == "rule":
            form.page.draw_line((left, form.y + 2), (x + wide, form.y + 2), width=0.6)
        else:
            sign = "." if kind == "dots" else "_"
            unit = pymupdf.get_text_length(sign, form.font, form.size)
            form.text(left, form.y, sign * int((x + wide - left) / unit), form.size)
        up = form.lots.uniform(0, 0.5 * form.size)
        form.entry(left + form.lots.uniform(2, 20), form.y - up, number, x + wide - left - 20)


def _below_line(form: DrawnForm, colon: str) -> None:
    """A rule with a small caption under it."""
    form.y += 2.2 * form.size
    for x, wide in _cells(form):
        form.page.draw_line((x, form.y), (x + wide, form.y), width=0.6)
        small = 0.8 * form.size
        number, _ = form.caption(x + form.lots.choice([0, wide / 3]), form.y + small + 2,
                                 form.name(), small)  # fmt: skip
        form.entry(x + 4, form.y - 2, number, wide - 8)
    form.y += 1.2 * form.size


def _frames(form: DrawnForm, colon: str) -> None:
    """Frames with a small caption in the corner."""
    high = form.lots.uniform(2.4, 4) * form.size
    small = form.lots.uniform(0.65, 1.0) * form.size
    form.y += 0.5 * form.size
    for x, wide in _cells(form):
        form.page.draw_rect(pymupdf.Rect(x, form.y, x + wide + 15, form.y + high), width=0.6)
        number, _ = form.caption(x + 3, form.y + small + 1, form.name(), small)
        form.entry(x + form.lots.uniform(3, 15), form.y + high - 3, number, wide - 15)
    form.y += high


def _boxes_beside(form: DrawnForm, colon: str) -> None:
    """A caption, and a frame right of it or below it."""
    below = form.lots.random() < 0.5
    form.y += 2.2 * form.size
    roomy = form.lots.random() < 0.3
    high = form.lots.uniform(4, 8) * form.size if roomy and below else 1.7 * form.size
    for x, wide in _cells(form):
        number, box = form.caption(x, form.y, form.name() + colon)
        left = x if below else max(box[2] + 6, x + 0.35 * wide)
        top = form.y + 0.4 * form.size if below else form.y - 1.2 * form.size
        if x + wide - left < 30:
            continue
        form.page.draw_rect(pymupdf.Rect(left, top, x + wide, top + high), width=0.6)
        base = top + 1.4 * form.typed_size if high > 2 * form.size else top + high - 0.4 * form.size
        form.entry(left + 4, base, number, x + wide - left - 8)
    form.y += high if below else 0.4 * form.size


def _table(form: DrawnForm, colon: str) -> None:
    """Cells: captions left, entries right."""
    high, edge = 1.9 * form.size, form.lots.uniform(170, 260)
    form.y += form.size
    for _ in range(form.lots.randint(3, 7)):
        form.page.draw_rect(pymupdf.Rect(50, form.y, edge, form.y + high), width=0.6)
        form.page.draw_rect(pymupdf.Rect(edge, form.y, 545, form.y + high), width=0.6)
        base = form.y + 0.7 * high
        number, _ = form.caption(54, base, form.name(24) + colon)
        form.entry(edge + 4, base, number, 200)
        form.y += high


def _plain(form: DrawnForm, colon: str) -> None:
    """Captions and entries in two columns, without anything drawn."""
    edge = form.lots.choice([0.0, 190.0, 230.0])
    form.y += form.size
    for _ in range(form.lots.randint(3, 7)):
        form.y += 1.6 * form.size
        sign = colon or (":" if not edge else "")
        number, box = form.caption(50, form.y, form.name(24) + sign)
        left = max(edge, box[2] + form.size * 0.5)
        form.entry(left, form.y, number, 250)
        stands = form.items[-1].links == (number,)
        while stands and form.lots.random() < 0.15:  # an address, say
            form.y += 1.25 * form.typed_size
            filled, form.filled = form.filled, 1.0
            form.entry(left, form.y, number, 250)
            form.filled = filled


def _prose(form: DrawnForm, colon: str) -> None:
    """A sentence with dots to write on, which goes on at the next row's beginning."""
    x, unit = 50.0, pymupdf.get_text_length(".", form.font, form.size)
    form.y += 2.2 * form.size
    for _ in range(form.lots.randint(3, 7)):
        words = form.name(30).lower()
        wide = pymupdf.get_text_length(words, form.font, form.size)
        if x + wide > 545:
            x, form.y = 50.0, form.y + 2.2 * form.size
        number, box = form.caption(x, form.y, words)
        dots = int(form.lots.uniform(60, 220) / unit)
        left = box[2] + 3
        if left + dots * unit > 545:
            left, form.y = 50.0, form.y + 2.2 * form.size
        form.text(left, form.y, "." * dots, form.size)
        up = form.lots.uniform(0, 0.6 * form.size)
        form.entry(left + 4, form.y - up, number, dots * unit - 8)
        x = left + dots * unit + 4


def _comb(form: DrawnForm, colon: str) -> None:
    """A box for each sign."""
    form.y += 2.4 * form.size
    step = form.lots.uniform(1.2, 1.6) * form.typed_size
    number, box = form.caption(50, form.y, form.name() + colon)
    left = form.lots.choice([box[2] + 8, 50.0])
    if left == 50.0:
        form.y += 1.9 * form.typed_size
    boxes = int(min(540 - left, form.lots.uniform(80, 260)) / step)
    for place in range(boxes):
        x = left + place * step
        form.page.draw_rect(
            pymupdf.Rect(
                x, form.y - 1.2 * form.typed_size, x + step, form.y + 0.4 * form.typed_size
            ),
            width=0.5,
        )
    if boxes < 3 or form.lots.random() > form.filled:
        return
    text = "".join(form.lots.choices("0123456789", k=form.lots.randint(3, boxes)))
    filled, form.filled = form.filled, 1.0
    for place, sign in enumerate(text):
        form.entry(left + (place + 0.25) * step, form.y, number, step, sign)
    form.filled = filled


def _long(form: DrawnForm, colon: str) -> None:
    """An entry of several lines below its caption, or beside it."""
    form.y += 2 * form.size
    number, box = form.caption(50, form.y, form.name() + ":")
    left = form.lots.choice([60.0, box[2] + 8])
    if left == 60.0:
        form.y += 1.6 * form.size
    filled, form.filled = form.filled, 1.0
    if form.lots.random() < filled:
        for _ in range(form.lots.randint(2, 4)):
            form.entry(left, form.y, number, 480, form.prose(form.lots.randint(5, 8))[:70])
            form.y += 1.25 * form.typed_size
    form.filled = filled


STYLES = (_line, _below_line, _frames, _boxes_beside, _table, _plain, _prose, _comb, _long)


# --- what is no field --------------------------------------------------------------------------


def _heading(form: DrawnForm) -> None:
    form.y += 2.5 * form.size
    text = form.prose(form.lots.randint(1, 4))[:-1]
    form.other(50, form.y, text.upper() if form.lots.random() < 0.5 else text, 1.2 * form.size)


def _paragraph(form: DrawnForm) -> None:
    form.y += form.size
    for _ in range(form.lots.randint(1, 4)):
        form.y += 1.25 * form.size
        form.other(50, form.y, form.prose(form.lots.randint(6, 14))[:90])


def _options(form: DrawnForm) -> None:
    """Boxes to tick."""
    form.y += 2 * form.size
    box = form.caption(50, form.y, form.name())[1]
    x = box[2] + 20
    for _ in range(form.lots.randint(2, 4)):
        side = 0.9 * form.size
        form.page.draw_rect(pymupdf.Rect(x, form.y - side, x + side, form.y), width=0.7)
        if form.lots.random() < 0.4:
            form.page.draw_line((x + 1, form.y - side + 1), (x + side - 1, form.y - 1), width=1)
            form.page.draw_line((x + side - 1, form.y - side + 1), (x + 1, form.y - 1), width=1)
        x = form.other(x + side + 4, form.y, form.name(16))[2] + 18
