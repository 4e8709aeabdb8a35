"""What one piece of a form's page is to another: its caption, or what it goes on with.

What each piece is, is told by models that have not seen its page (see `form_pieces`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from docglean.extractors.rules.readers.form_pairs import TIES, put_together

from bench.train import Example, Training, cross_fitted
from bench.trainings import form_pieces
from bench.trainings.form_truth import SEEDS, WEIGHTS, LabelledLayout, layouts

THRESHOLDS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7)
"""Among which one is taken by its F1 of pairs on real forms."""
GIVEN_UP = 0.01
"""F1 that may be lost so that blanks stay blank."""


def examples(evaldata: Path) -> Iterator[Example]:
    """Every two pieces of a page that may belong together."""
    pieces = list(form_pieces.examples(evaldata))
    shares = iter(cross_fitted(form_pieces.TRAINING, pieces).tolist())
    for page in layouts(evaldata):
        roles = [next(shares) for _ in page.layout.units]
        for first, second in page.layout.candidates():
            yield Example(
                page.layout.pair_features(first, second, roles), page.tie(first, second),
                page.document, page.document, page.data, WEIGHTS.get(page.data, 1.0),
                (page, first, second, roles),
            )  # fmt: skip


def best_threshold(examples: Sequence[Example], shares: Any) -> float:
    """The highest threshold with nearly the best F1 of pairs on real forms: the higher, the fewer
    blanks are filled."""
    found = {one: _figures(examples, shares, one, drawn=False)[2] for one in THRESHOLDS}
    return max(one for one in THRESHOLDS if found[one] >= max(found.values()) - GIVEN_UP)


def report(examples: Sequence[Example], shares: Any) -> None:
    """Prints how many pairs are put together as labelled, by threshold."""
    for drawn in (False, True):
        for threshold in THRESHOLDS:
            found = _figures(examples, shares, threshold, drawn=drawn)
            told = ", ".join(f"{figure:.3f}" for figure in found)
            what = f"{'drawn' if drawn else 'real'} forms, threshold {threshold}"
            print(f"{what}: precision, recall, F1 of pairs, blanks filled: {told}")


def _figures(
    examples: Sequence[Example], shares: Any, threshold: float, *, drawn: bool
) -> tuple[float, float, float, float]:
    """Precision, recall and F1 of captions with their entries, piece for piece; and the share of
    blank captions for which something is taken."""
    right = given = there = blank = filled = 0
    both = zip(examples, shares.tolist(), strict=True)
    for _, group in groupby(both, key=lambda one: one[0].document):
        rows = list(group)
        page, _, _, roles = rows[0][0].note
        if (page.data == "drawn") != drawn:
            continue
        ties = {(one.note[1], one.note[2]): share for one, share in rows}
        told = {pair for pair in put_together(roles, ties, threshold) if pair[1]}
        truth = set(_pairs(page))
        labelled = {key for key, entry in truth if not entry}
        right += len(told & truth)
        given += len(told)
        there += sum(bool(entry) for _, entry in truth)
        blank += len(labelled)
        filled += sum(key in labelled for key, _ in told)
    precision, recall = right / max(given, 1), right / max(there, 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return precision, recall, f1, filled / max(blank, 1)


def _pairs(page: LabelledLayout) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Captions with their entries as labelled, by pieces."""
    placed = [(piece, one) for piece, one in enumerate(page.items) if one is not None]
    for number, item in enumerate(page.truth):
        key = tuple(piece for piece, one in placed if one == number)
        if item.role == "caption" and key:
            yield key, tuple(piece for piece, one in placed if number in page.truth[one].links)


TRAINING = Training(
    TIES, examples, options=form_pieces.OPTIONS, seeds=(SEEDS[0], SEEDS[-1]),
    threshold=best_threshold, report=report,
)  # fmt: skip
