"""What forms ask for, in many languages: whether words ask for any of it, and for what."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache

from docglean.extractors.rules.fields.field_names import same_word, tokens
from docglean.schemas.labels import words_below

LONGEST = 5
"""Words of a phrase that asks for something."""
AROUND, EXTRA = 0.6, 0.15
"""What a word of a field's name counts that stands around the caption, and what one costs that only
the caption has."""
SHORTEST = 3
"""Letters of an abbreviation."""


@cache
def _phrases() -> dict[tuple[str, ...], frozenset[str]]:
    """What each phrase asks for: some ask for several things, in several languages."""
    found: dict[tuple[str, ...], set[str]] = {}
    for thing, phrases in words_below("asked").items():
        for phrase in phrases:
            found.setdefault(tokens(phrase), set()).add(thing)
    return {words: frozenset(things) for words, things in found.items() if words}


def asked_in(words: tuple[str, ...]) -> list[tuple[frozenset[str], tuple[str, ...]]]:
    """What words ask for, with those that say so, the longest phrases first; a word counts for one
    phrase."""
    phrases = _phrases()
    found: list[tuple[frozenset[str], tuple[str, ...]]] = []
    free = set(range(len(words)))
    for long in range(min(LONGEST, len(words)), 0, -1):
        for start in range(len(words) - long + 1):
            places = set(range(start, start + long))
            things = phrases.get(words[start : start + long]) if places <= free else None
            if things:
                found.append((things, words[start : start + long]))
                free -= places
    return found


@cache
def asked_share(text: str) -> float:
    """Share of a text's words that ask for something forms ask for."""
    words = tokens(text)
    return sum(len(said) for _, said in asked_in(words)) / len(words) if words else 0.0


# --- a field's name and a caption --------------------------------------------------------------


@lru_cache(maxsize=16384)
def meaning(name: tuple[str, ...], caption: tuple[str, ...], around: tuple[str, ...]) -> float:
    """How well a caption, with the words around it, asks for what a field is called, 0 to 1.

    Dice's coefficient as in `field_names.fit`, but words are the same where they ask for the same
    thing or one is the beginning of the other; what only the caption has costs little. Words of the
    name may be found around the caption, if one is in it.
    """
    told, near = _things(caption), _things(around)
    matched = missing = inside = 0.0
    for things, words in _phrased(name):
        if things & told or all(_found(word, caption) for word in words):
            share, inside = 1.0, 1.0
        else:
            share = AROUND * bool(things & near or all(_found(word, around) for word in words))
        matched += share * len(words)
        missing += (1 - share) * len(words)
    extra = max(0.0, len([word for word in caption if len(word) > 2]) - matched)
    return inside * 2 * matched / (2 * matched + missing + EXTRA * extra) if matched else 0.0


def _things(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset[str]().union(*(things for things, _ in asked_in(words)))


def _phrased(name: tuple[str, ...]) -> Iterator[tuple[frozenset[str], tuple[str, ...]]]:
    """What a name's words ask for, phrase by phrase, and its other words one by one."""
    rest = list(name)
    for things, words in asked_in(name):
        yield things, words
        for word in words:
            rest.remove(word)
    yield from ((frozenset(), (word,)) for word in rest if len(word) > 2)


def _found(word: str, words: tuple[str, ...]) -> bool:
    """Whether a word is among others, or begins one of them: "prov" for "provincia"."""
    short = len(word) >= SHORTEST
    return any(same_word(word, one) or (short and one.startswith(word)) for one in words)
