"""Schemas as users write them: some of the fields, under names of their own, with lists or without.

A few fields of a document are asked for, each by its own name or by what papers print beside it, in
a line as `docglean.schemas.inline` reads it or as JSON Schema, which knows fewer kinds.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from docglean.extractors.rules.fields.field_names import tokens
from docglean.schemas.fields import Field
from docglean.schemas.inline.grammar import field_name, model_from_text
from docglean.schemas.kinds import Choice, Clock, Code, Currency, Day, Money, Name, Number, Text
from docglean.schemas.labels import vocabulary
from docglean.schemas.schema import schema_of
from docglean.schemas.wire.json_schema import model_from_json_schema

from bench.embedded import json_types
from bench.trainings.sources import Labelled

MOST = 6
"""Fields that a user asks for, besides lists."""
LISTS = 0.5
"""Share of the schemas in which lists are asked for, too."""
PLAIN = 0.4
"""Share of them that are JSON Schema."""
BLANK = 0.3
"""Share of what a paper does not say that is asked for."""
ENGLISH = 0.6
"""Share of the names that are English, whatever the paper's language."""
_PLAIN = {
    "invoice_number": "number", "receipt_number": "number", "statement_number": "number",
    "grand_total": "total", "issue_date": "date", "statement_date": "date",
}  # fmt: skip
"""What a document's own number, date and total are called where nothing else is asked."""
_KINDS: tuple[tuple[type, str], ...] = (
    (Money, "money"), (Currency, "currency"), (Day, "date"), (Clock, "time"), (Number, "number"),
    (Code, "code"), (Name, "name"), (Text, "text"),
)  # fmt: skip


def asked_by_users(document: Labelled, times: int) -> Iterator[Labelled]:
    """The document with so many users' schemas, and the truth under their names."""
    lots = random.Random(f"{document.id} asked")
    single = [leaf for leaf in document.schema.root.children
              if _is_asked(leaf) and leaf.name in document.truth
              and (document.truth[leaf.name] is not None or lots.random() < BLANK)]  # fmt: skip
    lists = [leaf for leaf in document.schema.root.children
             if leaf.shape == "list" and document.truth.get(leaf.name)]  # fmt: skip
    for _ in range(times):
        chosen = lots.sample(single, min(len(single), lots.randint(1, MOST)))
        names = _names(document.schema.name, chosen, lots)
        if lots.random() < LISTS:
            names |= {leaf.name: leaf for leaf in lists}
        make = _json_schema if lots.random() < PLAIN else _in_a_line
        schema = schema_of(make(names, document.truth))
        truth = {name: document.truth[leaf.name] for name, leaf in names.items()}
        accept = {f"/{name}": document.accept[f"/{leaf.name}"] for name, leaf in names.items()
                  if f"/{leaf.name}" in (document.accept or {})}  # fmt: skip
        yield replace(document, schema=schema, truth=truth, accept=accept)


def _is_asked(leaf: Field) -> bool:
    return leaf.shape == "value" and (
        isinstance(leaf.kind, Currency) or not isinstance(leaf.kind, Choice)
    )


def _names(schema: str, chosen: Sequence[Field], lots: random.Random) -> dict[str, Field]:
    """Fields by what a user calls them."""
    found: dict[str, Field] = {}
    for leaf in chosen:
        by_language = _said_of_it_alone(schema).get(leaf.name, {})
        here = "en" if lots.random() < ENGLISH else lots.choice(sorted(by_language) or ["en"])
        name = lots.choice([leaf.name, *by_language.get(here, ())])
        found.setdefault(name, leaf)
    return found


@cache
def _said_of_it_alone(schema: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Names that captions make for one field of a built-in schema and no other, by field and
    language; those of `_PLAIN` more often."""
    below = f"captions.{schema}."
    captions = [
        (table.removeprefix(below), language.code, word)
        for language in vocabulary().languages
        for table, words in language.tables.items() if table.startswith(below)
        for word in words
    ]  # fmt: skip
    fields = Counter(said for said, _ in {(tokens(word), field) for field, _, word in captions})
    found = {field: {"en": [name, name]} for field, name in _PLAIN.items()}
    for field, language, word in captions:
        name = field_name(word.strip(" .:#").lower())
        if name and fields[tokens(word)] == 1:
            found.setdefault(field, {}).setdefault(language, []).append(name)
    return found


def _in_a_line(fields: Mapping[str, Field], truth: Any) -> Any:
    return model_from_text(", ".join(_written(name, field) for name, field in fields.items()))


def _written(name: str, field: Field) -> str:
    if field.shape == "list":
        return f"{name}[{', '.join(_written(one.name, one) for one in field.item.children)}]"
    kind = next((told for kind, told in _KINDS if isinstance(field.kind, kind)), "text")
    return f"{name}: {kind}"


def _json_schema(fields: Mapping[str, Field], truth: Any) -> Any:
    types = {name: json_types([field], truth)[field.name] for name, field in fields.items()}
    return model_from_json_schema({"title": "Own", "type": "object", "properties": types})
