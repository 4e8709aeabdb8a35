"""Whether a value is right, by all of its signals: `docglean.extractors.confidence.weighed`.

Learnt from what `docglean evaluate` has measured, where --evaldata names its folder of results, of
documents that may be looked at. Beside each row of a known field stands, with less weight, the same
one of an unknown field, as those of users are.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from docglean.evaluation.calibration import judged_rows
from docglean.evaluation.calibration_fit import JudgedValue
from docglean.evaluation.results import ROWS, Results
from docglean.extractors.confidence.weighed import (
    AGAINST,
    FOR,
    weighed_features,
    weighed_signals,
)
from docglean.schemas.fields import Field
from docglean.schemas.schema import load_schema

from bench.folds import part_of
from bench.train import Example, Training, cross_fitted

UNKNOWN = 0.2
"""What a row counts as one of an unknown field."""
FEW = 4.0
"""Rows that a field's share is held near that of all with."""
LABELS = ("wrong", "right")


def examples(results: Path) -> Iterator[Example]:
    """Rows of the engine `local`, of documents that may be looked at.

    Args:
        results: a folder of results, or one with several of them.
    """
    folders = [results] if (results / ROWS).exists() else sorted(results.iterdir())
    values = [one for folder in folders for one in judged_rows(Results(folder))["local"].values]
    yield from of_values([one for one in values if part_of(one.document) == "look"])


def of_values(values: Sequence[JudgedValue]) -> Iterator[Example]:
    """Each of them twice: the second time of a field that nobody knows."""
    odds = field_odds(values)
    for known in (True, False):
        for value in values:
            field = field_of(value.field)
            told = weighed_features(field, value.signals, odds[value.field] if known else None)
            document = "\0".join(value.whose)
            yield Example(
                told, LABELS[value.right], document, document, value.set,
                weight=1.0 if known else UNKNOWN, note=value.field,
            )  # fmt: skip


def field_odds(values: Iterable[JudgedValue]) -> dict[str, float]:
    """By field, log odds that it is read right."""
    counted: dict[str, Counter[bool]] = {}
    for value in values:
        counted.setdefault(value.field, Counter())[value.right] += 1
    of_all = sum(counted.values(), Counter())
    share = (of_all[True] + 1) / (of_all.total() + 2)
    found = {}
    for name, count in counted.items():
        right = (count[True] + FEW * share) / (count.total() + FEW)
        found[name] = round(math.log(right / (1 - right)), 3)
    return found


def known(examples: Sequence[Example]) -> Mapping[str, object]:
    """What the model's record tells beside: the odds of each field."""
    return {"fields": {one.note: one.features["field_odds"]
                       for one in examples if "field_odds" in one.features}}  # fmt: skip


def anew(values: Sequence[JudgedValue]) -> list[JudgedValue]:
    """The same values with what trees say of them that have not seen their document."""
    found = list(of_values(values))
    chances = cross_fitted(TRAINING, found)[: len(values), 1]
    return [
        replace(value, signals={**_bare(value.signals), **weighed_signals(float(chance))})
        for value, chance in zip(values, chances, strict=True)
    ]


def _bare(signals: Mapping[str, float]) -> dict[str, float]:
    return {name: one for name, one in signals.items() if name not in (FOR, AGAINST)}


@cache
def field_of(key: str) -> Field:
    """A field of a built-in schema by its key."""
    schema, _, path = key.partition("/")
    return _fields(schema)["/" + path]


@cache
def _fields(schema: str) -> dict[str, Field]:
    return {field.path: field for field in _leaves(load_schema(schema).root)}


def _leaves(field: Field) -> Iterator[Field]:
    if field.shape == "object":
        for child in field.children:
            yield from _leaves(child)
    elif field.shape == "list":
        yield from _leaves(field.item)
    else:
        yield field


TRAINING = Training(
    LABELS, examples, known=known, seeds=(90210001, 90210002, 90210003),
    options={"max_depth": 5, "max_iter": 200, "learning_rate": 0.06, "min_samples_leaf": 40},
)  # fmt: skip
