"""Truth against prediction, leaf by leaf: the rows that every figure is an aggregate of.

A value that is not labelled is never scored; one that is labelled empty is. Kinds decide what is
the same; entries of lists are paired by `docglean.evaluation.matching`. How many values are
labelled never depends on the prediction, so that engines can be compared value by value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Literal

from docglean.evaluation import matching
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Kind, Text

Outcome = Literal["correct", "correct_empty", "wrong", "missing", "hallucinated", "extra"]

OUTCOMES: tuple[Outcome, ...] = (
    "correct", "correct_empty", "wrong", "missing", "hallucinated", "extra",
)  # fmt: skip
"""Exclusive. ``wrong``: both are there and differ. ``missing``: labelled, not given.
``hallucinated``: labelled empty, but given. ``extra``: a list entry with no partner."""

RIGHT = frozenset({"correct", "correct_empty"})

CLOSE = 0.9
"""Similarity from which a text counts as right in the lenient figure; see `ComparisonRow.close`."""


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One leaf compared.

    Attributes:
        path: pattern of the JSON pointer, e.g. ``/lines/*/total``.
        pointer: where it stands in the truth; in the prediction, for an extra one.
        kind: class name of the field's kind, e.g. ``Money``.
        score: similarity 0 to 1; 1 where correct.
        at: where it stands in the prediction, a null too; None where that has no such place.
        close: whether a wrong text is right at `CLOSE` similarity. Figures, dates and codes never
            are: one wrong sign makes another value of them.
    """

    path: str
    pointer: str
    kind: str
    truth: Any
    predicted: Any
    outcome: Outcome
    score: float
    at: str | None = None
    close: bool = False


def compare(
    root: Field,
    truth: Any,
    predicted: Any,
    *,
    accept: Mapping[str, Sequence[Any]] | None = None,
) -> list[ComparisonRow]:
    """Rows for all that `truth` labels.

    Args:
        root: field of the schema.
        truth: JSON data; an absent key is unlabelled, null is labelled empty, so is ``[]``.
        predicted: JSON data, or None for a document that failed: then all that is labelled is
            ``missing``, what is labelled empty too, since no answer is not a right one.
        accept: other right values by JSON pointer of the truth.
    """
    comparison = _Comparison(accept or {})
    if predicted is None:
        comparison.absent(root, truth, "")
    else:
        comparison.node(root, truth, predicted, "", "")
    return comparison.rows


@dataclass
class _Comparison:
    accept: Mapping[str, Sequence[Any]]
    rows: list[ComparisonRow] = field(default_factory=list)

    def node(self, field: Field, truth: Any, predicted: Any, pointer: str, at: str) -> None:
        if field.shape == "list":
            self.entries(field.item, _list(truth), _list(predicted), pointer, at)
        elif field.shape == "value":
            self.leaf(field, truth, predicted, pointer, at)
        elif isinstance(truth, Mapping):
            given = predicted if isinstance(predicted, Mapping) else {}
            for child in field.children:
                if child.name in truth:
                    self.node(
                        child,
                        truth[child.name],
                        given.get(child.name),
                        f"{pointer}/{child.name}",
                        f"{at}/{child.name}",
                    )
        elif truth is None:  # labelled empty as a whole: each of its values is
            given = predicted if isinstance(predicted, Mapping) else {}
            nothing = {child.name: None for child in field.children}
            self.node(field, nothing, given, pointer, at)

    def leaf(self, field: Field, truth: Any, predicted: Any, pointer: str, at: str | None) -> None:
        kind = field.kind or Text()
        truth, predicted = _none_if_blank(truth), _none_if_blank(predicted)
        outcome: Outcome
        close = False
        if truth is None:
            outcome = "correct_empty" if predicted is None else "hallucinated"
            score = float(predicted is None)
        elif predicted is None:
            outcome, score = "missing", 0.0
        else:
            right = (truth, *self.accept.get(pointer, ()))
            score = max(kind.similarity(one, predicted) for one in right)
            outcome = "correct" if any(kind.same(one, predicted) for one in right) else "wrong"
            close = outcome == "wrong" and score >= CLOSE and isinstance(kind, Text)
        name = type(kind).__name__
        self.rows.append(
            ComparisonRow(field.path, pointer, name, truth, predicted, outcome, score, at, close)
        )

    def entries(
        self, item: Field, truth: list[Any], predicted: list[Any], pointer: str, at: str
    ) -> None:
        if item.shape == "list" and structural(item):
            return
        if item.shape == "value" and item.path.endswith("/*/*"):
            self.cells(item, truth, predicted, pointer, at)
            return
        pairs = dict(matching.match(item, truth, predicted))
        for index, entry in enumerate(truth):
            here, blank = f"{pointer}/{index}", _is_blank(item, entry)
            if index not in pairs:
                self.absent(item, entry, here, blank=blank)
            else:
                partner = pairs[index]
                if blank:
                    entry = {name: value for name, value in entry.items() if value is None}
                self.node(item, entry, predicted[partner], here, f"{at}/{partner}")
        taken = set(pairs.values())
        labelled = matching.labelled(truth)
        for index, entry in enumerate(predicted):
            if index not in taken and not _is_blank(item, entry, all_fields=True):
                self.surplus(item, entry, f"{at}/{index}", labelled)

    def cells(
        self, item: Field, truth: list[Any], predicted: list[Any], pointer: str, at: str
    ) -> None:
        """The cells of a row that are not empty, in order."""
        kind = item.kind or Text()
        left = [i for i, cell in enumerate(truth) if _none_if_blank(cell) is not None]
        right = [j for j, cell in enumerate(predicted) if _none_if_blank(cell) is not None]
        steps = SequenceMatcher(
            None,
            [kind.key(truth[i]) for i in left],
            [kind.key(predicted[j]) for j in right],
            autojunk=False,
        ).get_opcodes()
        for _, i, i_end, j, j_end in steps:
            both = min(i_end - i, j_end - j)
            for step in range(both):
                a, b = left[i + step], right[j + step]
                self.leaf(item, truth[a], predicted[b], f"{pointer}/{a}", f"{at}/{b}")
            for a in left[i + both : i_end]:
                self.leaf(item, truth[a], None, f"{pointer}/{a}", None)
            for b in right[j + both : j_end]:
                self.surplus(item, predicted[b], f"{at}/{b}", None)

    def absent(self, field: Field, truth: Any, pointer: str, *, blank: bool = False) -> None:
        """Rows of what is labelled and was not given at all.

        Args:
            blank: an entry that says nothing is right to be left out.
        """
        if field.shape == "list":
            if field.item.shape == "list" and structural(field.item):
                return
            for index, entry in enumerate(_list(truth)):
                inner = _is_blank(field.item, entry)
                self.absent(field.item, entry, f"{pointer}/{index}", blank=inner and blank)
        elif field.shape == "object":
            given = truth if isinstance(truth, Mapping) else {c.name: None for c in field.children}
            for child in field.children:
                if child.name in given and not (blank and given[child.name] is not None):
                    self.absent(child, given[child.name], f"{pointer}/{child.name}", blank=blank)
        else:
            truth = _none_if_blank(truth)
            kind = field.kind or Text()
            if truth is None and field.path.endswith("/*/*"):
                return  # an empty cell
            outcome: Outcome = "correct_empty" if blank else "missing"
            self.rows.append(
                ComparisonRow(
                    field.path,
                    pointer,
                    type(kind).__name__,
                    truth,
                    None,
                    outcome,
                    1.0 if blank else 0.0,
                )
            )

    def surplus(self, field: Field, given: Any, at: str, labelled: frozenset[str] | None) -> None:
        """Rows of what was given and has no partner; of entries, the fields labelled elsewhere."""
        if field.shape == "object":
            for child in field.children:
                if isinstance(given, Mapping) and (labelled is None or child.name in labelled):
                    self.surplus(child, given.get(child.name), f"{at}/{child.name}", None)
        elif field.shape == "list":
            if field.item.shape == "list" and structural(field.item):
                return
            for index, entry in enumerate(_list(given)):
                self.surplus(field.item, entry, f"{at}/{index}", None)
        elif _none_if_blank(given) is not None:
            kind = type(field.kind or Text()).__name__
            self.rows.append(ComparisonRow(field.path, at, kind, None, given, "extra", 0.0, at))


def structural(row: Field) -> bool:
    """Whether a list of lists holds what no page prints: which cells of a table span others.

    That is judged by the metrics of tables, see `docglean.evaluation.metrics.table_scores`.
    """
    kind: Kind | None = row.item.kind
    return kind is not None and not kind.on_page


def _is_blank(item: Field, entry: Any, *, all_fields: bool = False) -> bool:
    """Whether an entry has a caption, and nothing but that.

    In the truth that has to be said: at least one other value labelled empty.

    Args:
        all_fields: of a prediction, where what is not there is empty.
    """
    if not isinstance(entry, Mapping) or not any(child.caption for child in item.children):
        return False
    others = [child.name for child in item.children if not child.caption]
    told = others if all_fields else [name for name in others if name in entry]
    return bool(told) and all(
        _none_if_blank(entry.get(name)) is None or entry.get(name) == [] for name in told
    )


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


# --- figures -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of outcomes, and the figures they make.

    Attributes:
        unanswered: those ``missing`` of which the label is empty: the document failed, or the
            whole entry is missing.
        close: those ``wrong`` that the lenient figure takes for right.
    """

    counts: Mapping[Outcome, int]
    unanswered: int = 0
    close: int = 0

    @classmethod
    def of(cls, rows: Sequence[ComparisonRow]) -> Tally:
        """Count rows."""
        counts: dict[Outcome, int] = dict.fromkeys(OUTCOMES, 0)
        unanswered = close = 0
        for row in rows:
            counts[row.outcome] += 1
            unanswered += row.outcome == "missing" and row.truth is None
            close += row.close
        return cls(counts, unanswered, close)

    @classmethod
    def total(cls, tallies: Iterator[Tally]) -> Tally:
        """The sum of several."""
        counts: dict[Outcome, int] = dict.fromkeys(OUTCOMES, 0)
        unanswered = close = 0
        for tally in tallies:
            for outcome, number in tally.counts.items():
                counts[outcome] += number
            unanswered += tally.unanswered
            close += tally.close
        return cls(counts, unanswered, close)

    @property
    def right(self) -> int:
        """Labelled values that are right, empty ones included."""
        return self.counts["correct"] + self.counts["correct_empty"]

    @property
    def labelled(self) -> int:
        """Labelled values: all rows but the extra ones."""
        return sum(self.counts.values()) - self.counts["extra"]

    @property
    def labelled_empty(self) -> int:
        """Values labelled as empty."""
        return self.counts["correct_empty"] + self.counts["hallucinated"] + self.unanswered

    @property
    def labelled_there(self) -> int:
        """Values labelled as there."""
        return self.labelled - self.labelled_empty

    @property
    def given(self) -> int:
        """Values that the engine gave, as far as they can be judged."""
        counts = self.counts
        return counts["correct"] + counts["wrong"] + counts["hallucinated"] + counts["extra"]

    @property
    def accuracy(self) -> float | None:
        """Share of labelled values that are right; None without any."""
        return _share(self.right, self.labelled)

    @property
    def precision(self) -> float | None:
        """Share of values given that are right."""
        return _share(self.counts["correct"], self.given)

    @property
    def recall(self) -> float | None:
        """Share of values labelled as there that were given right."""
        return _share(self.counts["correct"], self.labelled_there)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        return _share(2 * self.counts["correct"], self.given + self.labelled_there)

    @property
    def hallucination_rate(self) -> float | None:
        """Share of values labelled empty for which something was given."""
        return _share(self.counts["hallucinated"], self.labelled_empty)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
