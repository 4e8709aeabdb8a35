"""What several documents have in common, as fields of a draft."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from unicodedata import normalize

from docglean.extractors.drafts.findings import EDGES, Findings, FoundPair, FoundTable
from docglean.extractors.drafts.value_kinds import kind_of_values
from docglean.extractors.extraction import Evidence, Extraction
from docglean.extractors.geometry import share
from docglean.extractors.rules.fields.field_names import (
    FITS,
    FieldName,
    Names,
    best_fit,
    labels_of,
    tokens,
)
from docglean.schemas.fields import Field
from docglean.schemas.inline.guess import LENDERS, kind_of_field
from docglean.schemas.schema import load_schema

MANY, SHARE = 3, 0.3
"""Documents from which a field has to recur, and in which share of them, but in two. What a caption
alone tells has to do so in two documents already."""
PRINTED = 4
"""Captions of a field at most."""
SAME_PLACE, MOST_OF_PAIR = 0.5, 0.3
"""Shares of a value's box, and of what stands beside a caption, that are the other's too where both
are the same words."""
KNOWN_COLUMNS = 2
"""Columns of a table that built-in fields are called like, from which it is the built-in list."""

LONGEST_NAME = 40
"""Characters of a field's name that is made of a caption."""

Key = tuple[str, ...]


@dataclass
class Draft:
    """A field of a draft, as it was met in the documents.

    Attributes:
        name: of the built-in field that it is; empty where its captions name it.
        kind: name of its kind where that is known; else its values tell it.
        description: of the built-in field.
        captions: as printed, with how often.
        values: some, as printed.
        documents: numbers of those that have it.
        columns: of a list, by key.
        labels: what the built-in field is known to be called.
    """

    name: str = ""
    kind: str = ""
    description: str = ""
    captions: Counter[str] = field(default_factory=Counter)
    values: list[str] = field(default_factory=list)
    documents: set[int] = field(default_factory=set)
    columns: dict[Key, Draft] = field(default_factory=dict)
    labels: tuple[FieldName, ...] = ()

    def met(self, document: int, caption: str = "", values: Iterable[str] = ()) -> None:
        """It was found in a document."""
        self.documents.add(document)
        if caption:
            self.captions[caption] += 1
        self.values += [value for value in values if value]

    def told_kind(self, *, within: bool) -> tuple[str, bool]:
        """The name of its kind, and whether that is sure."""
        if self.kind:
            return self.kind, True
        return kind_of_values(self.printed[0] if self.printed else "", self.values, within=within)

    @property
    def printed(self) -> list[str]:
        """Its captions, the commonest first, each once by its words.

        What stands once beside the value of a field that is known by other words is chance.
        """
        found: dict[Key, str] = {}
        for caption, count in self.captions.most_common():
            words = tokens(caption)
            if not self.labels or count > 1 or best_fit(self.labels, words) >= FITS:
                found.setdefault(words, caption)
        return list(found.values())[:PRINTED]


def merge(documents: Sequence[tuple[Extraction[Any] | None, Findings]]) -> list[Draft]:
    """The fields that recur, single values in the order in which they were met, then lists."""
    met: dict[Key, Draft] = {}
    for number, (read, found) in enumerate(documents):
        rest = list(found.pairs)
        if read is not None and read.schema_used is not None:
            _read(met, number, read, rest)
        for pair in rest:
            key = ("pair", *tokens(pair.caption))
            if number not in met.get(key, Draft()).documents and (
                len(documents) > 1 or pair.marked
            ):
                draft = met.setdefault(key, Draft())
                draft.met(number, pair.caption, [pair.value])
        for table in found.tables:
            _table(met, number, table)
    known = {("pair",), *(("pair", *label.tokens) for one in met.values() for label in one.labels)}
    least = least_documents(len(documents))
    captioned = max(least, min(len(documents), 2))
    kept = [one for key, one in met.items() if key not in known and _recurs(one, least, captioned)]
    return sorted(kept, key=lambda draft: bool(draft.columns))


def least_documents(count: int) -> int:
    """In how many documents a field has to be."""
    return 1 if count < MANY else max(2, math.ceil(SHARE * count))


def _recurs(draft: Draft, least: int, captioned: int) -> bool:
    """Whether a field is in enough documents; of a list, its columns that are not are taken out.

    Args:
        least: in how many a built-in field has to be.
        captioned: the same for a field that its caption alone tells.
    """
    if len(draft.documents) < (least if draft.name else captioned):
        return False
    few = min(least, 2), min(captioned, 2)
    draft.columns = {key: one for key, one in draft.columns.items() if _recurs(one, *few)}
    return True


def _read(met: dict[Key, Draft], number: int, read: Extraction[Any], rest: list[FoundPair]) -> None:
    """Fields of built-in schemas that the rules filled; their captions are taken out of `rest`."""
    assert read.schema_used is not None
    if read.schema_used.name == "form":
        _form(met, number, read.values or {})
    if read.schema_used.name not in LENDERS or read.values is None:
        return
    for child in load_schema(read.schema_used.name).root.children:
        value = read.values.get(child.name)
        kind = kind_of_field(child) if child.shape == "value" else None
        if kind is not None and value is not None:
            draft = met.setdefault(("field", child.name), _built_in(child, kind))
            pair = _beside(read.evidence.get(f"/{child.name}"), rest)
            draft.met(number, pair.caption if pair else "", [str(value)])
        elif child.shape == "list" and child.item.shape == "object" and value:
            _entries(met, number, child, value)


def _built_in(leaf: Field, kind: str) -> Draft:
    return Draft(leaf.name, kind, leaf.description, labels=labels_of(leaf))


def _entries(met: dict[Key, Draft], number: int, child: Field, entries: Sequence[Any]) -> None:
    draft = met.setdefault(("list", child.name), Draft(child.name, description=child.description))
    draft.met(number)
    for leaf in child.item.children:
        values = [str(one[leaf.name]) for one in entries if one.get(leaf.name) is not None]
        kind = kind_of_field(leaf)
        if values and kind is not None:
            column = draft.columns.setdefault(("field", leaf.name), _built_in(leaf, kind))
            column.met(number, values=values)


def _form(met: dict[Key, Draft], number: int, values: Mapping[str, Any]) -> None:
    """Captions of a form, those left blank too, and boxes to tick."""
    for one in values.get("fields") or ():
        if tokens(one.get("key") or ""):
            draft = met.setdefault(("pair", *tokens(one["key"])), Draft())
            draft.met(number, one["key"].strip(EDGES), [one.get("value") or ""])
    for box in values.get("checkboxes") or ():
        if box.get("label"):
            draft = met.setdefault(("box", *tokens(box["label"])), Draft(kind="yes/no"))
            draft.met(number, box["label"])


def _beside(evidence: Evidence | None, rest: list[FoundPair]) -> FoundPair | None:
    """The pair whose value is what a field was read from; it is taken out, and what else says
    the same is, too."""
    if evidence is None or evidence.box is None:
        return None
    same = [
        pair
        for pair in rest
        if pair.page == evidence.page
        and share(evidence.box, pair.box) >= SAME_PLACE
        and share(pair.box, evidence.box) >= MOST_OF_PAIR
    ]
    for pair in same:
        rest.remove(pair)
    return same[0] if same else None


def _table(met: dict[Key, Draft], number: int, table: FoundTable) -> None:
    fitting = [_column(head) for head in table.heads]
    lists = Counter(leaf.path.split("/")[1] for leaf in fitting if leaf is not None)
    name, count = lists.most_common(1)[0] if lists else ("", 0)
    known = count >= KNOWN_COLUMNS
    if known:  # "Amount" is a line's total here, though it may be a booking's elsewhere
        fitting = [_column(head, name) for head in table.heads]
    key = (
        ("list", name) if known else ("table", *sorted({w for h in table.heads for w in tokens(h)}))
    )
    draft = met.setdefault(key, Draft(name if known else ""))
    draft.met(number)
    for head, texts, leaf in zip(table.heads, table.columns, fitting, strict=True):
        if known and leaf is not None:
            kind = kind_of_field(leaf) or "text"
            column = draft.columns.setdefault(("field", leaf.name), _built_in(leaf, kind))
        else:
            column = draft.columns.setdefault(("pair", *tokens(head)), Draft())
        column.met(number, head, texts)


def _column(head: str, name: str = "") -> Field | None:
    """The built-in field of a list's entries that a column is called like.

    Args:
        name: of the list; of any where empty.
    """
    fits = _columns(name).fits(tokens(head))
    return _leaves()[max(fits, key=lambda path: fits[path])] if fits else None


@cache
def _leaves() -> dict[str, Field]:
    return {
        leaf.path: leaf
        for schema in reversed(LENDERS)
        for leaf in load_schema(schema).root.leaves()
        if leaf.path.count("*") == 1
    }


@cache
def _columns(name: str) -> Names:
    within = f"/{name}/" if name else "/"
    leaves = {path: leaf for path, leaf in _leaves().items() if path.startswith(within)}
    return Names({path: labels_of(leaf) for path, leaf in leaves.items()})


def identifiers(texts: Iterable[str]) -> Iterator[str]:
    """Names of fields for some captions, each its own."""
    taken: set[str] = set()
    for text in texts:
        name = base = _identifier(text)
        number = 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        yield name


def _identifier(text: str) -> str:
    """As Python takes it: in Unicode's form NFKC."""
    plain = normalize("NFKC", normalize("NFKC", text).lower())
    words = re.sub(r"\W+", "_", plain).strip("_")[:LONGEST_NAME].strip("_")
    return next(
        name
        for name in (words, f"field_{words}".rstrip("_"), "field")
        if name.isidentifier() and not name.startswith("_")
    )
