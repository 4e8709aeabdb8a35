"""The values of a document as a tree of what is shown: entries, groups, tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from docglean.commands.exhibits import Exhibit, ExhibitRow, ExhibitTable, Group, Leaf, Node
from docglean.commands.sureness import looked, others, sureness
from docglean.extractors.confidence.review import judged
from docglean.extractors.extraction import Evidence, Extraction

MOST_COLUMNS = 14
"""Columns of a table of entries; entries with more are shown one below the other."""

SHORT = frozenset("bic ean eori gln gst iban id nif sku swift tva uid url vat".split())
"""Names that are written in capitals."""


def exhibit(number: int, extraction: Extraction[Any], *, reviewing: bool = False) -> Exhibit:
    """The tree of an extraction's values, with an id for each.

    Args:
        reviewing: values that nobody has looked at are said to be so.
    """
    shown = Exhibit(f"d{number}", extraction, number=number)
    counter = iter(range(1, 1 << 62))
    doubts: dict[str | None, list[str]] = {}
    for found in extraction.problems:
        if found.severity != "warning":
            for path in found.paths or (found.path,):
                doubts.setdefault(path, []).append(found.code.replace("_", " "))
    worth_telling = dict(judged(extraction.values, extraction.confidence))

    def new_id(pointer: str) -> str:
        shown.ids[pointer] = f"{shown.id}-{next(counter)}"
        return shown.ids[pointer]

    def leaf(label: str, value: Any, pointer: str) -> Leaf:
        evidence = extraction.evidence.get(pointer)
        doubt = ", ".join(dict.fromkeys(doubts.get(pointer, ())))
        told = extraction.reviews.get(pointer)
        made = _leaf(
            new_id(pointer),
            label,
            value,
            pointer,
            evidence,
            doubt,
            sure=sureness(worth_telling.get(pointer)),
            others=tuple(others(extraction.readings.get(pointer, ()))),
            look=told.look if told else "not_looked" if reviewing else "",
            looked=looked(told) if told else "",
        )
        shown.leaves.append(made)
        return made

    def node(label: str, value: Any, pointer: str) -> Node:
        if isinstance(value, Mapping):
            own = new_id(pointer)
            children = (
                node(words(str(key)), inner, f"{pointer}/{escaped(str(key))}")
                for key, inner in value.items()
            )
            return Group(own, label, _leaves_first(children))
        if isinstance(value, list):
            return listed(label, value, pointer)
        return leaf(label, value, pointer)

    def listed(label: str, entries: list[Any], pointer: str) -> Node:
        own = new_id(pointer)
        if entries and all(_is_flat(entry) for entry in entries):
            columns = list(dict.fromkeys(key for entry in entries for key in entry))
            if len(columns) <= MOST_COLUMNS:
                rows = []
                for place, entry in enumerate(entries):
                    at = f"{pointer}/{place}"
                    own_row = new_id(at)
                    cells = tuple(
                        leaf(words(key), entry[key], f"{at}/{escaped(key)}")
                        if key in entry
                        else None
                        for key in columns
                    )
                    rows.append(ExhibitRow(own_row, place + 1, cells))
                return ExhibitTable(own, label, tuple(map(words, columns)), tuple(rows))
        if entries and all(isinstance(e, list) and not any(map(_nested, e)) for e in entries):
            rows = []
            for place, entry in enumerate(entries):
                at = f"{pointer}/{place}"
                own_row = new_id(at)
                cells = tuple(
                    leaf(f"{label} {place + 1}.{n + 1}", cell, f"{at}/{n}")
                    for n, cell in enumerate(entry)
                )
                rows.append(ExhibitRow(own_row, place + 1, cells))
            return ExhibitTable(own, label, (), tuple(rows), kind="grid")
        children = tuple(
            node(f"{_one(label)} {place + 1}", entry, f"{pointer}/{place}")
            for place, entry in enumerate(entries)
        )
        return Group(own, label, children, kind="list")

    values = extraction.values or {}
    shown.nodes = _leaves_first(
        node(words(str(key)), value, f"/{escaped(str(key))}") for key, value in values.items()
    )
    return shown


def _leaves_first(nodes: Iterator[Node]) -> tuple[Node, ...]:
    """Plain values, then what needs a heading; each in its order."""
    return tuple(sorted(nodes, key=lambda node: not isinstance(node, Leaf)))


def _leaf(
    id_: str,
    label: str,
    value: Any,
    pointer: str,
    evidence: Evidence | None,
    doubt: str,
    **told: Any,
) -> Leaf:
    """An entry with its text, and what is `told` of it beside."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value or "")
    if is_number:
        text = str(value)
    printed = ""
    if evidence is not None and text:
        if evidence.how == "fuzzy":
            doubt = doubt or "similar"
        if evidence.how not in ("exact", "not_found") and evidence.text not in ("", text):
            printed = evidence.text
    looks_numeric = text.replace(".", "", 1).lstrip("-").isdigit()
    is_number = is_number or looks_numeric
    return Leaf(id_, pointer, label, text, is_number, evidence, doubt, printed, **told)


@lru_cache(1024)
def words(name: str) -> str:
    """A field's name as words: ``net_total`` is ``Net total``."""
    spaced = "".join(
        f" {char.lower()}" if char.isupper() and place and name[place - 1].islower() else char
        for place, char in enumerate(name)
    )
    parts = spaced.replace("_", " ").split() or [name]
    text = " ".join(part.upper() if part.lower() in SHORT else part for part in parts)
    return text[:1].upper() + text[1:]


def escaped(key: str) -> str:
    """A key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def _nested(value: Any) -> bool:
    return isinstance(value, list | Mapping)


def _is_flat(entry: Any) -> bool:
    return isinstance(entry, Mapping) and not any(map(_nested, entry.values()))


def _one(label: str) -> str:
    """A list's name for one entry: "Series" stays, "Tables" becomes "Table"."""
    if label.endswith("ies"):
        return label if label.lower() == "series" else f"{label[:-3]}y"
    return label[:-1] if label.endswith("s") and not label.endswith("ss") else label
