"""Figures of generated documents: by field, with intervals over documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from docglean.evaluation.compare import ComparisonRow
from docglean.evaluation.resampling import Draws, Interval

from bench.generated.generator import Generated

RIGHT = frozenset({"correct"})
WRONG = frozenset({"wrong", "hallucinated", "extra"})
THERE = frozenset({"correct", "wrong", "missing"})
GIVEN = frozenset({"correct", "wrong", "hallucinated", "extra"})
Rows = Sequence[tuple[str, ComparisonRow]]
"""Every compared value with the document that it is of."""


def table(rows: Rows) -> Iterator[str]:
    """Of the values that are printed those read right, and of those given the wrong ones."""
    names = sorted({document for document, _ in rows})
    yield f"  {'field':32} printed   right of them       wrong of given"
    for path in [*sorted({row.path for _, row in rows}), ""]:
        kept = [(document, row) for document, row in rows if path in ("", row.path)]
        yield _line(path or "all", kept, names)


def by_caption(rows: Rows, generated: Mapping[str, Generated]) -> Iterator[str]:
    """Values beside captions that schemas/labels has, beside others, and those without one."""
    groups: dict[str, list[tuple[str, ComparisonRow]]] = {
        "caption known": [], "caption unknown": [], "no caption": []
    }  # fmt: skip
    captions = {(one.id, place.pointer): place for one in generated.values() for place in one.boxes}
    for document, row in rows:
        place = captions.get((document, row.pointer))
        if place is not None and row.outcome in THERE:
            known = "caption known" if place.known else "caption unknown"
            groups[known if place.caption else "no caption"].append((document, row))
    names = sorted(generated)
    for name, kept in groups.items():
        if kept:
            yield _line(name, kept, names)


def _line(name: str, rows: Rows, names: Sequence[str]) -> str:
    draws = Draws(tuple("generated" for _ in names))
    there = _counts(rows, names, THERE)
    right = draws.interval(_counts(rows, names, RIGHT), there)
    wrong = draws.interval(_counts(rows, names, WRONG), _counts(rows, names, GIVEN))
    return f"  {name[:32]:32} {int(there.sum()):7}   {_shown(right)}   {_shown(wrong)}"


def _counts(rows: Rows, names: Sequence[str], outcomes: frozenset[str]) -> np.ndarray:
    places = {name: index for index, name in enumerate(names)}
    counts = np.zeros(len(names))
    for document, row in rows:
        counts[places[document]] += row.outcome in outcomes
    return counts


def _shown(interval: Interval | None) -> str:
    if interval is None:
        return f"{'-':>18}"
    return f"{interval.estimate:.3f} ({interval.low:.2f}-{interval.high:.2f})"
