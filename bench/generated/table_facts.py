"""What a table of a paper or report holds, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.generated.lots import Lots, chance, data, sample, weighted

Span = tuple[int, int, int, int]
"""First row, first column, last row, last column, counted from 0."""


@dataclass(frozen=True)
class TableFacts:
    """A grid of texts: a cell's text stands at its top left place, the others are empty.

    Attributes:
        sections: rows with one text for all columns.
    """

    rows: tuple[tuple[str, ...], ...]
    spans: tuple[Span, ...]
    header_rows: int
    sections: frozenset[int]


def table_facts(lots: Lots) -> TableFacts:
    """Draw one."""
    columns = lots.choice([2, 3, 4, 4, 5, 5, 6, 7, 8, 9])
    heads, spans = _heads(lots, columns)
    kinds = ["label", *(_kind(lots) for _ in range(columns - 1))]
    labels = 1
    if columns > 3 and chance(lots, 0.15):
        kinds[1], labels = "label", 2
    body, sections = _body(lots, kinds, len(heads), spans, labels)
    return TableFacts(
        rows=tuple(map(tuple, [*heads, *body])),
        spans=tuple(spans),
        header_rows=len(heads),
        sections=frozenset(sections),
    )


# --- heading -----------------------------------------------------------------------------------


def _heads(lots: Lots, columns: int) -> tuple[list[list[str]], list[Span]]:
    """One heading row, or two of which the upper has cells over several columns."""
    words = data("tables")
    lower = [lots.choice(words["stub_heads"]), *sample(lots, words["heads"], columns - 1)]
    if columns < 4 or not chance(lots, 0.45):
        return [lower], []
    upper, spans = [""] * columns, []
    at = lots.choice([1, 1, 2])
    while columns - at >= 2:
        wide = min(lots.choice([2, 2, 3, 4]), columns - at)
        upper[at] = lots.choice(words["spans"])
        spans.append((0, at, 0, at + wide - 1))
        at += wide + lots.choice([0, 0, 1])
    covered = {column for _, left, _, right in spans for column in range(left, right + 1)}
    if chance(lots, 0.5):
        for column in set(range(columns)) - covered:
            upper[column], lower[column] = lower[column], ""
    return [upper, lower], spans


# --- body --------------------------------------------------------------------------------------


def _body(
    lots: Lots, kinds: Sequence[str], first: int, spans: list[Span], labels: int
) -> tuple[list[list[str]], set[int]]:
    words = data("tables")
    stubs = sample(lots, words["stubs"], len(words["stubs"]))
    way = weighted(lots, {"plain": 5, "sections": 2.5, "groups": 2 if labels > 1 else 0})
    rows: list[list[str]] = []
    sections: set[int] = set()
    for block in range(1 if way == "plain" else lots.randint(2, 4)):
        if way == "sections":
            rows.append([words["groups"][(block * 3 + len(stubs)) % len(words["groups"])],
                         *[""] * (len(kinds) - 1)])  # fmt: skip
            row = first + len(rows) - 1
            sections.add(row)
            spans.append((row, 0, row, len(kinds) - 1))
        size = lots.randint(2, 5) if way != "plain" else lots.randint(2, 22)
        top = first + len(rows)
        for place in range(size):
            cells = [_cell(lots, kind) for kind in kinds]
            cells[labels - 1] = stubs[(len(rows) + place) % len(stubs)]
            if labels > 1:
                cells[0] = stubs[-1 - block] if place == 0 or way == "plain" else ""
            rows.append(cells)
        if way == "groups" and size > 1:
            spans.append((top, 0, top + size - 1, 0))
    return rows, sections


def _kind(lots: Lots) -> str:
    return weighted(lots, {"count": 3, "decimal": 4, "share": 2, "spread": 2, "interval": 1.5,
                           "chance": 1.5, "text": 1.5, "power": 0.5})  # fmt: skip


def _cell(lots: Lots, kind: str) -> str:
    if kind != "label" and chance(lots, 0.05):
        return lots.choice(data("tables")["nothing"])
    a, b = lots.uniform(0, 100), lots.uniform(0, 9)
    made: dict[str, Callable[[], str]] = {
        "label": lambda: "",
        "count": lambda: f"{int(a * b * 10):,}" if a > 50 else str(int(a)),
        "decimal": lambda: f"{(a - 30) / 7:.{2 if b > 3 else 3}f}" + ("*" if b > 8 else ""),
        "share": lambda: f"{int(a)} ({b * 11:.1f}%)",
        "spread": lambda: f"{a:.1f} ± {b:.1f}" if b > 4 else f"{a:.2f} ({b:.2f})",
        "interval": lambda: f"{b:.2f} ({b * 0.7:.2f}-{b * 1.6:.2f})",
        "chance": lambda: "<0.001" if b < 2 else f"{b / 10:.3f}",
        "text": lambda: lots.choice(data("tables")["texts"]),
        "power": lambda: f"{b + 1:.2f}E-{int(a) % 9 + 1:02d}",
    }
    return made[kind]()
