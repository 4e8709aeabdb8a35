"""Which of several schemas a document belongs to, by its words alone.

Three kinds of signs are weighed: what the document calls itself, in several languages; labels of
a schema's fields that stand on it as captions, the rarer among the schemas the better; and, for
the built-in schemas, how its text is laid out (a till's receipt is narrow, a form has lines to
write on). Works for any schema by its name, its description and its fields' labels.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from docglean.extractors.rules.fields.field_names import FieldName, Names, tokens
from docglean.extractors.rules.fields.synonyms import labels_in
from docglean.extractors.rules.readers.screenshot import language_of
from docglean.schemas.labels import alternatives, vocabulary, words_of
from docglean.schemas.reading.texts import plain
from docglean.schemas.schema import Schema, is_built_in

NEUTRAL = 3.5
"""Weight that "none of these" has from the start: signs worth as much make a certainty of half."""
POWER = 3
"""How much a weight stands out from smaller ones."""
TITLE, NAMED = 6.0, 2.0
"""Weights of a type word in a heading, and anywhere else."""
MOST_BY_LABELS = 10.0
"""Weight that labels have together at most: a long schema is no likelier for its length."""
COVERED = 3.0
"""Weight that the share of a schema's labels that are there has on top."""
FITS = 0.85
"""Likeness of a caption to a label, from which it is one of its schema's."""
ONE_WORD = 0.7
"""What a caption of one word is worth: it says less than a longer one."""
LABEL = 1.3
"""Weight of a label that stands on the document."""
LAYOUTS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "receipt": {"till words": (1.2, 4.0), "till": (5.0, 5.0), "wide": (-4.0, 0.0)},
    "invoice": {"narrow till words": (-2.0, 0.0)},
    "form": {
        "places to fill in": (1.2, 5.0), "colons": (0.4, 4.5), "signed": (2.5, 2.5),
        "form title": (2.0, 2.0), "narrow": (-3.0, 0.0),
    },
    "tables": {"rows of figures": (0.6, 8.0)},
    "chart": {"drawing": (7.0, 7.0), "drawing with rows": (3.0, 3.0)},
    "screenshot": {"code": (6.0, 6.0), "error": (5.0, 5.0), "prompt": (2.0, 2.0)},
    "note": {"speech": (5.0, 5.0)},
}  # fmt: skip
"""What signs of `_Text.signs` weigh each for a built-in schema, and all of one sign at most."""
CHART_WORDS, LEAST_TICKS, TICKS_SHARE = 90, 6, 0.3
"""Words that a chart has fewer of, figures that it has at least, and their share of its words."""
NOTE_WORDS = 4000
"""Words that a note has fewer of."""
FULL_LINE, FULL_LINES, PAGE_LINES = 0.85, 0.5, 6
"""Share of the longest line from which a line is full, share of full lines from which text is
broken as on a page, and lines below which that can't be told."""
NARROW, WIDE = 60, 80
"""Characters of the longest lines, below which a till's receipt is likely, and above not."""
READ_AT_MOST = 20_000
"""Characters that are looked at: what a document is shows on its first pages."""

TYPE_LANGUAGES = frozenset(vocabulary().by_language("titles.receipt"))
"""Languages in which it is known what documents are called: all of these have a till's receipt."""
_FORM_LIKE = re.compile(rf"\b(?:{alternatives('forms.headings')})\b", re.IGNORECASE)
_SIGNATURE = re.compile(rf"\b(?:{alternatives('forms.signed')})\b", re.IGNORECASE)
_CASH = re.compile(rf"\b(?:{alternatives('tills.words')})\b", re.IGNORECASE)
_FILL = re.compile(r"_{3,}|\.{6,}|…{3,}|☐|☒|\[ ?\]|□")
_ERROR = re.compile(
    r"^\s*(?:Traceback \(most|\w+(?:Error|Exception):\s|error(?:\[\w+\])?: |fatal: |panic: )",
    re.MULTILINE,
)
_PROMPT = re.compile(
    r"^\s*(?:[$>#]\s+[a-z]{2,}|\w+@\w+[:~].*[$#]\s*\w|PS [A-Z]:\\|C:\\.*>\s*\w)", re.MULTILINE
)
_CENTS = re.compile(r"\d[.,]\d\d(?!\d)")
_NOUN_PHRASE = re.compile(
    r"(?:an?|the|ein|eine|une?|un|una)\s+([\w -]{4,40}?)(?:[.:,;(]|$| from| of| for)", re.IGNORECASE
)
_TIMES = re.compile(r"^\[[\d:]+\] ", re.MULTILINE)
_FIGURE = re.compile(r"^[-+(]?[$€£]?\s?\d[\d.,' ]*\)?\s?%?$")
_CELLS = re.compile(r"\s{2,}")


@dataclass(frozen=True)
class _Text:
    """The text, and what is counted in it once for all schemas."""

    text: str
    lines: tuple[str, ...]
    captions: frozenset[tuple[str, ...]]

    @property
    def width(self) -> float:
        """Characters of the longest lines; the mean of five, for one may be a slip."""
        longest = sorted((len(line.strip()) for line in self.lines), reverse=True)[:5]
        return sum(longest) / len(longest) if longest else 0.0

    @property
    def head(self) -> int:
        """Lines in which a document says what it is."""
        return max(12, len(self.lines) // 4)

    @cached_property
    def glued(self) -> str:
        """These run together: letters may be set apart, or words run together by OCR, as in "I N V
        O I C E" and "TAXINVOICE"."""
        return re.sub(r"\W", "", " ".join(self.lines[: self.head])).casefold()

    @cached_property
    def cells(self) -> list[list[str]]:
        """Lines cut at wide gaps."""
        return [_CELLS.split(line.strip()) for line in self.lines]

    @cached_property
    def rows(self) -> list[list[str]]:
        """Those of three and more cells."""
        return [row for row in self.cells if len(row) >= 3]

    @cached_property
    def figure_rows(self) -> list[list[str]]:
        """Those of them with two and more figures."""
        return [row for row in self.rows if sum(bool(_FIGURE.match(cell)) for cell in row) >= 2]

    @cached_property
    def signs(self) -> dict[str, int]:
        """How often each sign of how a text stands on its page is there, by its name."""
        text, narrow, wide = self.text, self.width < NARROW, self.width > WIDE
        till = {word.casefold() for word in _CASH.findall(text)}
        head = " ".join(self.lines[: max(8, len(self.lines) // 8)])
        drawing = _is_a_drawing(self)
        return {
            "narrow": narrow,
            "wide": wide,
            "till words": 0 if wide else len(till),
            "narrow till words": narrow and bool(till),
            # Narrow alone is any page with few words on it.
            "till": narrow and bool(till or len(_CENTS.findall(text)) >= 3),
            "places to fill in": len(_FILL.findall(text)),
            "colons": sum(cell.rstrip().endswith(":") or ": " in cell
                          for row in self.cells for cell in row),
            "signed": bool(_SIGNATURE.search(text)),
            "form title": bool(_FORM_LIKE.search(head)),
            "rows of figures": len(self.figure_rows),
            "drawing": drawing and not self.figure_rows,
            "drawing with rows": drawing and bool(self.figure_rows),
            "code": language_of(self.lines) is not None,
            "error": bool(_ERROR.search(text)),
            "prompt": bool(_PROMPT.search(text)),
            "speech": _is_spoken(self),
        }  # fmt: skip


def type_words(*names: str) -> re.Pattern[str]:
    """What documents of these built-in kinds call themselves, as words within a text."""
    printed = "|".join(alternatives(f"titles.{name}") for name in names)
    return re.compile(rf"\b(?:{printed})", re.IGNORECASE)


def sort_by_words(
    schemas: Sequence[Schema], text_of_first_pages: str
) -> list[tuple[Schema, float]]:
    """The schemas with the certainty that the document is of their kind, best first.

    Args:
        text_of_first_pages: laid out as `PageWords.text` does it, so that columns stay apart.

    Returns:
        Certainties from 0 to 1, which sum to less than 1: what is missing is "none of these".
    """
    text = _read(text_of_first_pages[:READ_AT_MOST])
    weights = [0.0] * len(schemas)
    if text.text.strip():
        for number, schema in enumerate(schemas):
            weights[number] = _by_name(schema, text) + _by_layout(schema, text)
        for number, weight in enumerate(_by_labels(schemas, text)):
            weights[number] += weight
    weights = [max(0.0, weight) for weight in weights]
    # Powers: the best of several likely ones stands out, and a few stray words make nothing.
    powers = [weight**POWER for weight in weights]
    total = sum(powers) + NEUTRAL**POWER
    ranked = zip(schemas, (round(power / total, 4) for power in powers), strict=True)
    return sorted(ranked, key=lambda item: -item[1])


def _read(text: str) -> _Text:
    lines = tuple(line.rstrip() for line in text.splitlines() if line.strip())
    captions = set()
    for line in lines:
        for cell in _CELLS.split(line.strip()):
            for part in cell.split(":")[:-1] or [re.split(r"\s(?=\S*\d)", cell)[0]]:
                words = tokens(part)
                if 0 < len(words) <= 8:
                    captions.add(words)
    return _Text(text, lines, frozenset(captions))


# --- signs -------------------------------------------------------------------------------------


def _by_name(schema: Schema, text: _Text) -> float:
    """What the document calls itself."""
    names = _printed_names(schema)
    if names is None:
        return 0.0
    pattern, long = names
    titled = any(len(cell.split()) <= 6 and pattern.search(cell)
                 for cells in text.cells[: text.head] for cell in cells)  # fmt: skip
    if titled or any(word in text.glued for word in long):
        return TITLE
    return NAMED if pattern.search(text.text) else 0.0


@lru_cache(maxsize=64)
def _printed_names(schema: Schema) -> tuple[re.Pattern[str], tuple[str, ...]] | None:
    """What finds a schema's names as words within a text, and the long ones run together; None
    where it has none."""
    words = words_of(f"titles.{schema.name}") if is_built_in(schema) else ()
    words = words or tuple(map(re.escape, _own_names(schema)))
    if not words:
        return None
    pattern = re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)
    long = (re.sub(r"\W", "", word).casefold() for word in words if len(word) >= 7)
    return pattern, tuple(dict.fromkeys(long))


def _own_names(schema: Schema) -> list[str]:
    """A user's schema by its name ("DeliveryNote") and the first noun phrase of its docstring."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_-]", " ", schema.name)
    names = {plain(spaced).casefold()}
    names |= {label.casefold() for label in schema.root.labels}
    first = _NOUN_PHRASE.match(schema.description)
    if first:
        names.add(first.group(1).casefold())
    return sorted(name for name in names if len(name) >= 3)


def _by_labels(schemas: Sequence[Schema], text: _Text) -> list[float]:
    """Labels of fields among the captions; one that many schemas know says little."""
    names, known = _names(tuple(schemas))
    best: dict[tuple[int, str], float] = {}
    for caption in text.captions:
        fits = names.fits(caption, least=FITS)
        claimed = Counter({known[key][0] for key in fits})
        for key, fit in fits.items():
            worth = fit / len(claimed) * (1.0 if len(caption) > 1 else ONE_WORD)
            best[known[key]] = max(best.get(known[key], 0.0), worth)
    weights = [0.0] * len(schemas)
    for (number, _), worth in best.items():
        leaves = sum(1 for _ in schemas[number].root.leaves())
        # Of a short schema that is wholly there each label says more.
        weights[number] += worth * (LABEL + COVERED / max(leaves, 3))
    return [min(MOST_BY_LABELS, weight) for weight in weights]


@lru_cache(maxsize=8)
def _names(schemas: tuple[Schema, ...]) -> tuple[Names, dict[str, tuple[int, str]]]:
    """The labels of all fields of these schemas; by their keys the schema's number and the path."""
    known: dict[str, tuple[int, str]] = {}
    labels: dict[str, Sequence[FieldName]] = {}
    for number, schema in enumerate(schemas):
        named = labels_in(schema)
        for leaf in schema.root.leaves():
            key = f"{number}:{leaf.path}"
            known[key] = (number, leaf.path)
            labels[key] = named(leaf)
    return Names(labels), known


def _by_layout(schema: Schema, text: _Text) -> float:
    """How the text stands on the page; only the built-in schemas say something of that."""
    weights = LAYOUTS.get(schema.name, {}) if is_built_in(schema) else {}
    return sum(min(most, each * text.signs[sign]) for sign, (each, most) in weights.items())


def _is_a_drawing(text: _Text) -> bool:
    """Whether there are few words, many of them figures."""
    words = text.text.split()
    ticks = sum(bool(_FIGURE.match(word)) for word in words)
    few = len(words) < CHART_WORDS and ":" not in text.text
    return few and ticks >= LEAST_TICKS and ticks >= TICKS_SHARE * len(words)


def _is_spoken(text: _Text) -> bool:
    """Whether there are no rows and no captions, and a sentence a line."""
    spoken = len(text.lines) > 0 and not text.rows and ":" not in _TIMES.sub("", text.text)
    return spoken and len(text.text.split()) < NOTE_WORDS and not _is_prose_page(text)


def _is_prose_page(text: _Text) -> bool:
    """Whether lines are broken at one width, as on a page; speech is a sentence a line."""
    lengths = [len(line) for line in text.lines]
    full = sum(length >= FULL_LINE * max(lengths) for length in lengths)
    return len(lengths) >= PAGE_LINES and full >= FULL_LINES * len(lengths)
