"""Which words printed beside a value name a field: labels, and how well a caption fits one.

A caption is the whole text beside a value ("Total Sales (Excluding GST)"), a label what a field
is called ("Total"). Words of the caption that the label doesn't have count against it, some more
than others: "excluding" makes an amount another amount, "(RM)" does not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from docglean.schemas.fields import Field
from docglean.schemas.labels import words_below, words_of
from docglean.schemas.reading.texts import confused_fold

INCLUDED_TAX = 0.95
"""Fit of a tax that an amount is said to include: hardly less than its own name."""
LEAST_MISSING = 0.4
"""Weight of any word of a label that the caption has not."""
LEAST_GLUED, GLUED_LENGTH, GLUED_ALIKE = 5, 0.8, 0.85
"""Letters of a name that is compared without blanks, share of the longer one's letters that the
shorter one has, and likeness from which both are one."""
OTHER_ENDING, SHORTENED = 0.97, 0.9
"""Likeness of words that differ by an ending, and of one that is shortened."""
FITS = 0.7
"""A caption that fits less than this names something else."""
RIVALS = 0.85
"""Share of the best fit that another field must reach to claim the same caption."""
MOST_KNOWN = 4096
"""Captions of which it is remembered what they name."""
LIKE = 7
"""Letters of a word from which any one of them may be misread."""
OWN, NAMED, INNER, TOLD = 1.0, 0.97, 0.95, 0.8
"""How much a label is believed: declared for the field, made of its name, known for what it asks,
made of its description."""

_SMALL = frozenset(words_of("caption_words.small"))
"""Words that hold phrases together."""
NUMERAL = "number"
_NUMBER = frozenset(words_of("caption_words.numerals"))
"""All of these say "number", and pages put any of them behind nearly any label."""
_ABBREVIATED = {word: one for one, said in words_below("synonyms").items() for word in said}


def _said(**worth: float) -> dict[str, float]:
    """What the words of these tables are worth."""
    return {word: one for name, one in worth.items() for word in words_of(f"caption_words.{name}")}


WEIGHTS = _said(light=0.4, numerals=0.5, small=0.15)
"""Of a label's words those that tell little; others weigh 1."""
EXTRA = _said(numerals=0.3, neutral=0.15, turning=1.6, small=0.1)
"""What words cost that only the caption has: what is included, the unit or the rounding change
nothing, others make it another amount altogether; the rest cost 1."""
LETTER = 0.1
"""What a single letter costs."""
_COMMON = frozenset(words_of("caption_words.glued"))
"""Two of these OCR runs together."""
_ENDINGS = frozenset({"s", "es", "n", "en", "e's"})
_INCLUDED = re.compile(r"\bincluding (?:(?:of|the|d|de|la|all)\b ?)*(?:vat\b ?)*")
_TOKEN = re.compile(r"n[°º]|#|[^\W_]+", re.UNICODE)
# "I.V.A.", "P.O.": letters of one word.
_DOTTED = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_|-")


@dataclass(frozen=True, slots=True)
class FieldName:
    """One name of a field. `belief` is at most 1: see `OWN`, `NAMED`, `TOLD`."""

    text: str
    tokens: tuple[str, ...]
    belief: float


@lru_cache(maxsize=16384)
def tokens(text: str) -> tuple[str, ...]:
    """Words of a label or caption, without case and accents, common shortenings spelled out."""
    lowered = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(char for char in lowered if not unicodedata.combining(char))
    found = []
    bare = _DOTTED.sub(lambda match: match.group().replace(".", ""), bare)
    printed = _TOKEN.findall(bare.replace("'s ", " ").replace("u.st", "ust"))
    for token in (part for whole in printed for part in _unglued(whole)):
        token = NUMERAL if token in _NUMBER else _ABBREVIATED.get(token, token)
        if not token.isdigit():
            found.append(token)
    return tuple(found)


def _unglued(token: str) -> tuple[str, ...]:
    """A token that is two of the commonest words of captions, which OCR ran together, as those."""
    if len(token) >= 5 and token not in _COMMON:
        for end in range(2, len(token) - 1):
            if token[:end] in _COMMON and token[end:] in _COMMON:
                return token[:end], token[end:]
    return (token,)


@lru_cache(maxsize=4096)
def labels_of(field: Field) -> tuple[FieldName, ...]:
    """What a page may print beside this field's value, most believed first."""
    found: dict[tuple[str, ...], FieldName] = {}
    named = " ".join(part for part in _CAMEL.split(field.name) if part)
    for text, belief in [*((text, OWN) for text in field.labels), (named, NAMED)]:
        words = tokens(text)
        if words and words not in found:
            found[words] = FieldName(text, words, belief)
    # A short description is as good as a name; a long one is prose.
    told = field.description.split(".")[0].split(" (")[0].split(",")[0]
    words = tokens(told)
    if 0 < len(words) <= 4 and words not in found:
        found[words] = FieldName(told, words, TOLD)
    return tuple(found.values())


LabelsOf = Callable[[Field], Sequence[FieldName]]
"""What names a field: `labels_of`, or with what the built-in schemas lend a user's field."""


@lru_cache(maxsize=32768)
def fit(label: tuple[str, ...], caption: tuple[str, ...]) -> float:
    """How well a caption's words name what the label's words name, 0 to 1.

    Dice's coefficient of the words' weights, 2 m / (l + c), where words match even if OCR
    misread a letter or they are shortened. As a second look, both without blanks, for OCR
    loses those too.
    """
    if not label or not caption:
        return 0.0
    joined, other = "".join(label), "".join(caption)
    if joined == other:
        return 1.0
    if all(token in WEIGHTS for token in label):
        return 0.0  # "Montant dû" is not any "Montant"
    if set(label) == {"vat"} and set(caption) - _SMALL == {"including", "vat"}:
        return INCLUDED_TAX  # "incl. VAT 21 %" is the tax itself, "Total incl. VAT" is not
    if "vat" in label and "excluding" in caption[1:] and "excluding" not in label:
        return 0.0  # "Total excl. VAT" is no VAT; "plus VAT" is
    label = _without_included(label)
    dice = _dice(label, _without_included(caption))
    if len(label) == len(caption):
        return dice  # word by word they were compared
    return max(dice, _glued("".join(label), "".join(_without_included(caption))))


def _dice(label: Sequence[str], caption: Sequence[str]) -> float:
    """Dice's coefficient of the words' weights, each matched with the likest that is left."""
    rest = list(caption)
    matched = unmatched = 0.0
    for token in label:
        best, at = 0.0, -1
        for index, word in enumerate(rest):
            alike = same_word(token, word)
            if alike > best:
                best, at = alike, index
        weight = WEIGHTS.get(token, 1.0)
        if at >= 0:
            matched += weight * best
            rest.pop(at)
        else:
            # "Invoice to" is not "Invoice".
            unmatched += max(weight, LEAST_MISSING)
    extra = sum(EXTRA.get(word, LETTER if len(word) == 1 else 1.0) for word in rest)
    return 2 * matched / (2 * matched + unmatched + extra) if matched else 0.0


def _glued(joined: str, other: str) -> float:
    """Likeness of two names without their blanks; 0 below what is one name."""
    short, long = sorted((len(joined), len(other)))
    if len(joined) < LEAST_GLUED or short < GLUED_LENGTH * long:
        return 0.0
    from rapidfuzz.distance import Levenshtein

    alike = Levenshtein.normalized_similarity(joined, other)
    return alike if alike >= GLUED_ALIKE else 0.0


def _without_included(words: tuple[str, ...]) -> tuple[str, ...]:
    """Without the tax that an amount is said to include: "total including vat" is a total."""
    if "including" not in words:
        return words
    return tuple(_INCLUDED.sub("including ", " ".join(words)).split())


@lru_cache(maxsize=65536)
def same_word(left: str, right: str) -> float:
    """Whether two words are one: 1, a little less if shortened or misread, else 0.

    Of a short word each letter counts: "Pago" is no misread "Page", and of many languages
    together there is nearly always another word one letter away. Only signs that OCR takes for
    each other may differ there, and its first letter may be lost.
    """
    if left == right:
        return 1.0
    if len(left) == len(right) and confused_fold(left) == confused_fold(right):
        return 1.0 - 1.0 / max(len(left), 2)
    short, long = sorted((left, right), key=len)
    if len(short) >= 4 and long.startswith(short) and long[len(short) :] in _ENDINGS:
        return OTHER_ENDING
    if len(short) >= 5 and long.startswith(short) and len(long) - len(short) <= 3:
        return SHORTENED
    if len(short) >= 4 and long[1:] == short:
        return 1.0 - 1.0 / len(long)  # cut off at its left: "otal"
    if len(short) < LIKE or len(long) - len(short) > 2:
        return 0.0
    from rapidfuzz.distance import Levenshtein

    # Any one letter; two in a long word that begins the same ("Abrechnung" is no "Rechnung").
    most = 2 if len(long) >= 8 and left[0] == right[0] else 1
    edits = Levenshtein.distance(left, right, score_cutoff=most)
    return 0.0 if edits > most else 1.0 - edits / len(long)


def best_fit(labels: Iterable[FieldName], caption: tuple[str, ...]) -> float:
    """How well the label fits that fits best, times how much it is believed."""
    return max((fit(label.tokens, caption) * label.belief for label in labels), default=0.0)


class Names:
    """The labels of many fields, looked up by the words of a caption."""

    def __init__(self, labels: Mapping[str, Sequence[FieldName]]) -> None:
        self._labels = [(key, label) for key, known in labels.items() for label in known]
        self._by_part: dict[str, set[int]] = {}
        for number, (_, label) in enumerate(self._labels):
            for part in _parts((*label.tokens, "".join(label.tokens))):
                self._by_part.setdefault(part, set()).add(number)
        self._known: dict[tuple[str, ...], dict[str, float]] = {}

    def fits(self, caption: tuple[str, ...], *, least: float = FITS) -> dict[str, float]:
        """Keys of the fields that a caption may name, with how well it does; the best is far
        ahead or shares the caption with those that fit nearly as well."""
        found = self._known.get(caption)
        if found is None:
            found = {}
            near = (self._by_part.get(part, ()) for part in _parts((*caption, "".join(caption))))
            for number in set().union(*near):
                key, label = self._labels[number]
                score = fit(label.tokens, caption) * label.belief
                if score > found.get(key, 0.0):
                    found[key] = score
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[caption] = found
        best = max(found.values(), default=0.0)
        return {key: score for key, score in found.items() if score >= max(least, RIVALS * best)}


def _parts(words: Iterable[str]) -> Iterator[str]:
    """Beginnings and ends of words: what two similar words have at least one of in common."""
    for word in words:
        yield "<" + word[:3]
        if len(word) > 3:
            yield word[-3:] + ">"
