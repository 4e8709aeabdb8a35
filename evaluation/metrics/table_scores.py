"""Tables against tables: GriTS and TEDS by kept libraries, and the plain F1 of their cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

from docglean.evaluation.labels import field_at
from docglean.evaluation.metrics.metric import LabelledAnswer, Metric
from docglean.evaluation.results import Share
from docglean.extractors.pairing import best_pairs
from docglean.schemas.fields import Field
from docglean.schemas.reading.texts import fold

Table = Mapping[str, Any]
"""``rows`` (texts) and ``spans`` (first row, first column, last row, last column), see the
built-in schema ``tables``."""

MANY_CELLS = 1_500
"""Cells of a table from which TEDS and GriTS, which grow with their square, are left out: half a
minute for a pair of this size."""


def table_scores(truth: Sequence[Table], predicted: Sequence[Table]) -> dict[str, float]:
    """Scores of all tables of a document, each 0 to 1: ``cell_f1``, ``grits_top``, ``grits_con``,
    ``teds``, ``teds_struct``. Missed and surplus tables count against each of them.

    GriTS: Smock et al., arXiv 2203.12555, over all tables by the best assignment. TEDS: Zhong et
    al., arXiv 1911.10683, of the pairs with the best sum; twice the sum by the number of tables on
    both sides. Heading rows are not told apart from others for it, and texts are compared
    without marks of style.
    """
    scores = {"cell_f1": cell_f1(truth, predicted)}
    left = [_cells(table) for table in truth]
    right = [_cells(table) for table in predicted]
    left, right = [c for c in left if c], [c for c in right if c]
    if max(map(_extent, left + right), default=0) > MANY_CELLS:
        return scores
    if not left or not right:
        same = float(not left and not right)
        return scores | dict.fromkeys(("grits_top", "grits_con", "teds", "teds_struct"), same)
    import grits

    parsed = [[_grits_cells(one) for one in side] for side in (left, right)]
    tops = [[grits.cell_list_to_grid_top(one) for one in side] for side in parsed]
    texts = [[grits.cell_list_to_grid_con(one) for one in side] for side in parsed]
    scores["grits_top"] = float(grits.hungarian_grits_top(tops[0], tops[1])[0])
    scores["grits_con"] = float(grits.hungarian_grits_con(texts[0], texts[1])[0])
    scores["teds"] = _paired_teds(left, right, structure_only=False)
    scores["teds_struct"] = _paired_teds(left, right, structure_only=True)
    return scores


def cell_f1(truth: Sequence[Table], predicted: Sequence[Table]) -> float:
    """F1 of the texts of all cells that are not empty, wherever they stand."""
    left, right = _texts(truth), _texts(predicted)
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else 1.0


def _texts(tables: Sequence[Table]) -> Counter[str]:
    return Counter(
        fold(str(cell))
        for table in tables
        for row in table.get("rows") or ()
        for cell in row
        if cell is not None and str(cell).strip()
    )


Cell = tuple[int, int, int, int, str]
"""First row, first column, last row, last column, text."""


def _cells(table: Table) -> list[Cell]:
    """All cells of a table; one within the span of another is none."""
    rows = [list(row) for row in table.get("rows") or () if isinstance(row, list | tuple)]
    width = max(map(len, rows), default=0)
    starts: dict[tuple[int, int], tuple[int, int]] = {}
    covered: set[tuple[int, int]] = set()
    for span in table.get("spans") or ():
        if len(span) != 4 or not all(isinstance(number, int) for number in span):
            continue
        top, left, bottom, right = span
        bottom, right = min(bottom, len(rows) - 1), min(right, width - 1)
        places = {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)}
        if len(places) > 1 and not places & covered and top >= 0 and left >= 0:
            starts[top, left] = (bottom, right)
            covered |= places
    cells: list[Cell] = []
    for r, row in enumerate(rows):
        for c in range(width):
            if (r, c) in covered and (r, c) not in starts:
                continue
            bottom, right = starts.get((r, c), (r, c))
            text = row[c] if c < len(row) and row[c] is not None else ""
            cells.append((r, c, bottom, right, " ".join(str(text).split())))
    return cells


def _extent(cells: Sequence[Cell]) -> int:
    return (max(cell[2] for cell in cells) + 1) * (max(cell[3] for cell in cells) + 1)


def _grits_cells(cells: Sequence[Cell]) -> list[Any]:
    from grits import TableCell

    return [
        TableCell(list(range(r, bottom + 1)), list(range(c, right + 1)), text)
        for r, c, bottom, right, text in cells
    ]


def _html(cells: Sequence[Cell]) -> str:
    lines: dict[int, list[str]] = {r: [] for r in range(max(cell[2] for cell in cells) + 1)}
    for r, c, bottom, right, text in cells:
        spans = f' rowspan="{bottom - r + 1}"' if bottom > r else ""
        spans += f' colspan="{right - c + 1}"' if right > c else ""
        lines[r].append(f"<td{spans}>{escape(text)}</td>")
    body = "".join(f"<tr>{''.join(line)}</tr>" for line in lines.values())
    # Without the outer tags some implementations return 0 without a word.
    return f"<html><body><table>{body}</table></body></html>"


def _paired_teds(
    left: Sequence[list[Cell]], right: Sequence[list[Cell]], *, structure_only: bool
) -> float:
    import numpy as np

    ours, theirs = [_html(cells) for cells in left], [_html(cells) for cells in right]
    worth = np.array([[_teds(a, b, structure_only) for b in theirs] for a in ours])
    pairs = best_pairs(worth)
    return float(2 * sum(worth[pair] for pair in pairs) / (len(ours) + len(theirs)))


def _teds(truth: str, predicted: str, structure_only: bool) -> float:
    from docling_metrics_table import TableMetricHTMLInputSample

    sample = TableMetricHTMLInputSample(
        id="", html_a=truth, html_b=predicted, structure_only=structure_only
    )
    return float(_metric().evaluate_sample(sample).teds.teds)


@cache
def _metric() -> Any:
    from docling_metrics_table import TableMetric
    from docling_metrics_table.docling_metrics_table import TableMetricKind

    return TableMetric(metrics=[TableMetricKind.TEDS])


# --- as metrics -------------------------------------------------------------------------------


def _scores(answer: LabelledAnswer) -> dict[str, float]:
    found: dict[str, float] = {}
    for name in _tables_in(answer.root):
        if name in answer.truth:
            given = (answer.values or {}).get(name) or ()
            found |= table_scores(answer.truth[name] or (), given)
    return found


def _tables_in(root: Field) -> list[str]:
    """Lists of the schema's top whose entries are tables: with rows of cells."""
    return [
        child.name
        for child in root.children
        if child.shape == "list" and (rows := field_at(child, "/0/rows")) is not None
        if rows.shape == "list" and rows.item.shape == "list"
    ]


def _score(name: str) -> Callable[[LabelledAnswer], Share | None]:
    def share(answer: LabelledAnswer) -> Share | None:
        scores = answer.once(_scores)
        return (scores[name], 1.0) if name in scores else None

    return share


CELL_F1 = Metric(
    "cell_f1",
    "Cell F1",
    "Texts of table cells that are in both, wherever they stand; F1 a document.",
    _score("cell_f1"),
)
GRITS_CON = Metric(
    "grits_con",
    "GriTS content",
    "Similarity of tables as grids of texts.",
    _score("grits_con"),
    whose="Smock et al., 2022",
)
GRITS_TOP = Metric(
    "grits_top",
    "GriTS topology",
    "Similarity of tables as grids of spans.",
    _score("grits_top"),
    whose="Smock et al., 2022",
)
TEDS = Metric(
    "teds",
    "TEDS",
    "Tree edit distance similarity of tables with texts.",
    _score("teds"),
    whose="Zhong et al., 2020",
)
TEDS_STRUCT = Metric(
    "teds_struct",
    "TEDS structure",
    "The same without texts.",
    _score("teds_struct"),
    whose="Zhong et al., 2020",
)
