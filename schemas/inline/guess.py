"""The kind of a field by its name: that of the built-in fields which are called or printed so."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module

from docglean.schemas.builtin import CLASSES
from docglean.schemas.fields import Field
from docglean.schemas.inline.kind_names import KINDS, NamedKind
from docglean.schemas.kinds import infer_kind
from docglean.schemas.kinds.typed import types_of
from docglean.schemas.reading.texts import fold
from docglean.schemas.trees import tree

LENDERS = ("invoice", "receipt", "statement")
"""Built-in schemas whose fields tell it."""
LEAST_LETTERS = 2
"""Of a name that says something: single letters are captions in some language."""
NUMBERS = frozenset({"number", "no", "nr", "num", "numero"})
"""What is called just so is the number of something: a code."""


def kind_by_name(name: str, within: bool = False) -> NamedKind:
    """What a field of this name is most likely; text where nothing is known of it.

    First what is called as a kind is (``email``, ``iban``), then the built-in fields of this name
    or caption say it (``Gesamtbetrag``), then words that are usual in names of amounts and codes
    (`infer_kind`), then the name's last word alone (``order date``).

    Args:
        within: the field is one of a list's entries.
    """
    words = _words(name)
    known = _known_as(words, within) or _usual(words) or _known_as(words.split()[-1], within)
    return KINDS[known or "text"]


def _known_as(words: str, within: bool) -> str | None:
    if words in NUMBERS:
        return "code"
    if words.replace(" ", "_") in KINDS:
        return words.replace(" ", "_")
    if len(words) < LEAST_LETTERS:
        return None
    return _known(within).get(words) or _known(not within).get(words)


def _usual(words: str) -> str | None:
    for type_ in (float, str):
        found = _named_kind(infer_kind(type_, words.replace(" ", "_")))
        if found in ("money", "code"):
            return found
    return None


@cache
def _known(within: bool) -> dict[str, str]:
    """Names of kinds by names and captions of built-in fields: what most of them are."""
    told: dict[str, Counter[str]] = {}
    for weight, words, kind in _said(within):
        told.setdefault(words, Counter())[kind] += weight
    return {words: kinds.most_common(1)[0][0] for words, kinds in told.items()}


def _said(within: bool) -> Iterator[tuple[int, str, str]]:
    for schema in LENDERS:
        module = import_module(f"docglean.schemas.builtin.{schema}")
        for leaf in tree(getattr(module, CLASSES[schema])).leaves():
            kind = kind_of_field(leaf)
            if kind is not None and within == ("*" in leaf.path):
                yield 2, _words(leaf.name), kind
                for caption in leaf.labels:
                    yield 1, _words(caption), kind


def kind_of_field(leaf: Field) -> str | None:
    """The name of a built-in field's kind, where it has one that text can ask for."""
    if leaf.kind is None or not leaf.kind.on_page:
        return None
    if leaf.name == "iban":
        return "iban"
    if leaf.name in ("rate", "tax_rate"):
        return "percent"
    found = _named_kind(leaf.kind)
    return "int" if found == "number" and types_of(leaf.annotation) == (int,) else found


def _named_kind(kind: object) -> str | None:
    return next((name for name, one in KINDS.items() if type(one.kind) is type(kind)), None)


def _words(name: str) -> str:
    """A name's words; "_" where it has none."""
    return fold(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", name)) or "_"
