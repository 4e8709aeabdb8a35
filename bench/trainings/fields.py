"""Which candidate is the value of a field: `docglean.extractors.rules.fields.ranking`."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from docglean.extractors.rules.document_values import lists_of, looked_at
from docglean.extractors.rules.fields.ranking import described
from docglean.extractors.rules.readers.all_candidates import found_by_all
from docglean.schemas.values import leaf_value

from bench.embedded import own_schema
from bench.train import Example, Training
from bench.trainings.sources import DRAWN, Labelled, generated, look
from bench.trainings.users import asked_by_users

SETS = ("sroie", "sroie_more", "invoices_zugferd", "invoice2data", "funsd", "funsd_more")
REAL = 3.0
"""What a real document counts beside a generated one: there are few."""
OWN = 3
"""Of so many generated documents one is read by a user's schema, too."""
USERS = 1
"""So many times each document is read by some of its fields under a user's names, too."""
LISTED = 0.6
"""Share of generated documents whose lists are known where they come to no printed sum: for those
tables are read, which takes too long here."""


def examples(evaldata: Path) -> Iterator[Example]:
    """Candidates of all documents, read by their schema and by users' for the same."""
    for document in look(evaldata, SETS):
        yield from of_document(document)
    for lot in DRAWN:
        for document in generated(lot):
            yield from of_document(document)


def of_document(document: Labelled) -> Iterator[Example]:
    """Candidates of the single fields that are labelled."""
    truth = document.truth
    sender = next((str(truth[key]) for key in ("company", "seller_name") if truth.get(key)), None)
    group = sender or document.id
    if document.schema.name != "form":
        yield from _candidates(document, group)
        for asked in asked_by_users(document, USERS):
            yield from _candidates(asked, group, by="user")
    if document.data.startswith("generated") and sum(map(ord, document.id)) % OWN:
        return
    schema, truth = own_schema(document.schema, truth)
    yield from _candidates(replace(document, schema=schema, truth=truth), group, by="own")


def _candidates(document: Labelled, group: str, *, by: str = "") -> Iterator[Example]:
    pages, truth = document.pages, document.truth
    drawn = pages.drawn if by or document.schema.name == "form" else {}
    search, reading = looked_at(document.schema, pages.words, pages.tables, drawn)
    lists = dict(lists_of(document.schema.root, reading.values))
    told = random.Random(document.id).random() < LISTED
    if document.data.startswith("generated") and told and not reading.proven:
        lists = dict(lists_of(document.schema.root, truth))
    known = described(search, found_by_all(search), lists)
    for path, ones in known.items():
        try:
            wanted = _at(truth, path)
        except KeyError:
            continue  # not labelled
        leaf = search.leaves[path]
        right = [] if wanted is None else [wanted, *(document.accept or {}).get(path, ())]
        for one in ones:
            if not one.signs:
                continue
            try:
                value = leaf_value(leaf, one.value, search.style)
            except ValueError:
                continue
            hit = leaf.kind is not None and any(leaf.kind.same(it, value) for it in right)
            note = (document.id, by, path, str(value), wanted is not None)
            yield Example(
                one.signs, "value" if hit else "other", document.id, group, document.data,
                1.0 if document.data.startswith("generated") else REAL, note,
            )  # fmt: skip


def _at(truth: Any, path: str) -> Any:
    for step in path.split("/")[1:]:
        truth = truth[step] if truth is not None else {}[step]
    return truth


TRAINING = Training(("other", "value"), examples, seeds=tuple(lot.seed for lot in DRAWN))
