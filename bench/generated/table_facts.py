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
    """One heading row, or two or three of which the upper have cells over several columns."""
    words = data("tables")
    lower = [lots.choice(words["stub_heads"]), *sample(lots, words["heads"], columns - 1)]
    if columns > 4 and chance(lots, 0.15):  # the same heads again below each of the upper
        lower[1:] = [lower[1 + (place % 2)] for place in range(columns - 1)]
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
    if len(spans) < 2 or spans[0][3] + 1 != spans[1][1] or not chance(lots, 0.3):
        return [upper, lower], spans
    first, last = spans[0][1], spans[1][3]
    top = ["" if first <= column <= last else upper[column] for column in range(columns)]
    middle = [upper[column] if first <= column else "" for column in range(columns)]
    for column in range(last + 1, columns):
        top[column] = ""
    top[first] = lots.choice(words["tops"])
    return [top, middle, lower], [
        (0, first, 0, last),
        *((1, left, 1, right) for _, left, _, right in spans),
    ]


# --- body --------------------------------------------------------------------------------------


def _body(
    lots: Lots, kinds: Sequence[str], first: int, spans: list[Span], labels: int
) -> tuple[list[list[str]], set[int]]:
    words = data("tables")
    stubs = sample(lots, words["stubs"], len(words["stubs"]))
    way = weighted(
        lots, {"plain": 5, "sections": 2.5, "groups": 2 if labels > 1 else 0, "errors": 0.7}
    )
    empty = [weighted(lots, {0.02: 4, 0.06: 4, 0.45: 1}) for _ in kinds]
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
            cells = [_cell(lots, kind, share) for kind, share in zip(kinds, empty, strict=True)]
            cells[labels - 1] = stubs[(len(rows) + place) % len(stubs)]
            if labels > 1:
                cells[0] = stubs[-1 - block] if place == 0 or way == "plain" else ""
            rows.append(cells)
            if way == "errors":  # the standard error of each figure stands below it
                rows.append([f"({lots.uniform(0, 2):.3f})" if kind == "decimal" and cell else ""
                             for kind, cell in zip(kinds, cells, strict=True)])  # fmt: skip
                if not any(rows[-1]):
                    rows.pop()
        if way == "groups" and size > 1:
            spans.append((top, 0, top + size - 1, 0))
    return rows, sections


def _kind(lots: Lots) -> str:
    return weighted(lots, {"count": 3, "decimal": 4, "share": 2, "spread": 2, "interval": 1.5,
                           "chance": 1.5, "text": 1.5, "prose": 0.9, "power": 0.5})  # fmt: skip


def _cell(lots: Lots, kind: str, empty: float) -> str:
    if kind != "label" and chance(lots, empty):
        return lots.choice(data("tables")["nothing"]) if empty < 0.1 else ""
    a, b = lots.uniform(0, 100), lots.uniform(0, 9)
    made: dict[str, Callable[[], str]] = {
        "label": lambda: "",
        "count": lambda: f"{int(a * b * 10):,}" if a > 50 else str(int(a)),
        "decimal": lambda: (
            f"{(a - 30) / 7:.{2 if b > 3 else 3}f}" + "*" * (b > 7) + "*" * (b > 8.3)
        ),
        "share": lambda: f"{int(a)} ({b * 11:.1f}%)",
        "spread": lambda: f"{a:.1f} ± {b:.1f}" if b > 4 else f"{a:.2f} ({b:.2f})",
        "interval": lambda: f"{b:.2f} ({b * 0.7:.2f}-{b * 1.6:.2f})",
        "chance": lambda: "<0.001" if b < 2 else f"{b / 10:.3f}",
        "text": lambda: lots.choice(data("tables")["texts"]),
        "prose": lambda: _phrase(lots),
        "power": lambda: f"{b + 1:.2f}E-{int(a) % 9 + 1:02d}",
    }
    return made[kind]()


def _phrase(lots: Lots) -> str:
    """A few words to a whole sentence, which takes several lines of its cell."""
    words = lots.choice(data("tables")["prose"]).rstrip(".").split()
    start = lots.randint(0, len(words) - 3)
    text = " ".join(words[start : start + lots.randint(3, 12)])
    return text[0].upper() + text[1:]
