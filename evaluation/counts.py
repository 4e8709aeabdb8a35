"""Stored answers and rows, read once and counted by engine, repeat, document and field.

Documents are read one after the other and only counts are kept, so that 10,000 documents of five
engines fit into memory.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import TYPE_CHECKING, Any

from docglean.evaluation.follow_ups import follow_ups
from docglean.evaluation.gathered import (
    CLOSE,
    COUNTED,
    UNANSWERED,
    WIDTH,
    DocumentFacts,
    Failure,
    FieldCounts,
    Gathered,
    Suspect,
)
from docglean.evaluation.results import EngineAnswer, Manifest, ResultRow, Results
from docglean.schemas.pointers import leaves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

TELLING = 4
"""Characters of a value that nothing is labelled as, before engines that agree on it are heard."""


def gather(results: Results) -> Gathered:
    """Read one evaluation's folder.

    Raises:
        ConfigError: ``no_evaluation``.
    """
    manifest = results.manifest()
    found = _Answers(manifest)
    for _, group in groupby(results.answers(), key=lambda answer: (answer.set, answer.document)):
        found.add(list(group))
    gathered = found.arrays()
    _count_rows(gathered, results.rows())
    documents = {facts.key: place for place, facts in enumerate(gathered.documents)}
    repeats = gathered.seen.shape[1]
    gathered.followed_up = follow_ups(results, gathered.engines, documents, repeats)
    return gathered


@dataclass
class _Answers:
    """What is kept of the answers while they are read."""

    manifest: Manifest
    index: dict[tuple[str, str], int] = field(default_factory=dict)
    facts: list[DocumentFacts] = field(default_factory=list)
    engines: dict[str, int] = field(default_factory=dict)
    cells: list[tuple[int, int, int, bool, float, float, float, dict[str, int]]] = field(
        default_factory=list
    )
    differing: list[tuple[int, int, int, int, float]] = field(default_factory=list)
    changing: list[tuple[int, int, int, int]] = field(default_factory=list)
    measures: dict[str, list[tuple[int, int, float, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    usage: dict[str, dict[str, float]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def __post_init__(self) -> None:
        for engine in self.manifest.engines:
            self.engines.setdefault(engine.spec, len(self.engines))

    def add(self, answers: Sequence[EngineAnswer]) -> None:
        """All answers about one document."""
        best = max(answers, key=lambda a: (a.pages, a.duration or 0.0))
        key = (best.set, best.document)
        place = self.index.setdefault(key, len(self.index))
        if place == len(self.facts):
            self.facts.append(
                DocumentFacts(*key, best.file, best.schema_name, best.tags, best.pages,
                              best.duration, best.sha256, best.media_type,
                              next((a.speech for a in answers if a.speech), ""))
            )  # fmt: skip
        digests: dict[tuple[int, int], dict[str, str]] = {}
        for answer in answers:
            engine = self.engines.setdefault(answer.engine, len(self.engines))
            repeat = answer.repeat - 1
            cost = float("nan") if answer.cost is None else float(answer.cost)
            self.cells.append(
                (engine, repeat, place, answer.status == "failed", cost, answer.latency,
                 answer.machine_seconds, alarms(answer))
            )  # fmt: skip
            for name, (part, whole) in answer.measures.items():
                self.measures[name].append((engine, place, part, whole))
            spent = self.usage.setdefault(answer.engine, defaultdict(float))
            for name, tokens in answer.usage.model_dump().items():
                spent[name] += tokens
            spent["calls"] += answer.calls
            if answer.status == "failed":
                self.failures.append(_failure(answer))
            elif answer.values is not None:
                digests[engine, repeat] = dict(_digest(answer.values))
        self._compare(place, digests)

    def _compare(self, place: int, digests: Mapping[tuple[int, int], dict[str, str]]) -> None:
        by_engine: dict[int, list[dict[str, str]]] = defaultdict(list)
        for (engine, repeat), digest in digests.items():
            by_engine[engine].append(digest)
            for (other, theirs), values in digests.items():
                if other > engine and theirs == repeat:
                    differ, all_of_them = _differences([digest, values])
                    share = differ / all_of_them if all_of_them else 0.0
                    self.differing.append((engine, other, repeat, place, share))
        for engine, runs in by_engine.items():
            if len(runs) > 1:
                self.changing.append((engine, place, *_differences(runs)))

    def arrays(self) -> Gathered:
        """What was kept, as arrays."""
        import numpy as np

        engines, documents = len(self.engines), len(self.facts)
        repeats = max((cell[1] for cell in self.cells), default=0) + 1
        shape = (engines, repeats, documents)
        names = sorted({name for cell in self.cells for name in cell[7]})
        made = Gathered(
            manifest=self.manifest,
            documents=self.facts,
            engines=tuple(self.engines),
            seen=np.zeros(shape, dtype=bool),
            failed=np.zeros(shape, dtype=bool),
            counts=np.zeros((*shape, WIDTH), dtype=np.float32),
            suspected=np.zeros((*shape, WIDTH), dtype=np.float32),
            cost=np.full(shape, np.nan),
            latency=np.full(shape, np.nan),
            machine=np.full(shape, np.nan),
            alarms={name: np.zeros(shape, dtype=np.float32) for name in names},
            differing=np.ones((engines, *shape), dtype=np.float32),
            changing=np.zeros((engines, documents, 2)),
            measures={name: np.zeros((engines, documents, 2)) for name in self.measures},
            usage={name: dict(spent) for name, spent in self.usage.items()},
            failures=self.failures,
        )
        for engine, repeat, place, failed, cost, latency, machine, raised in self.cells:
            made.seen[engine, repeat, place] = True
            made.failed[engine, repeat, place] = failed
            made.cost[engine, repeat, place] = cost
            made.latency[engine, repeat, place] = latency
            made.machine[engine, repeat, place] = machine
            for name, count in raised.items():
                made.alarms[name][engine, repeat, place] = count
        for engine, other, repeat, place, share in self.differing:
            made.differing[engine, other, repeat, place] = share
            made.differing[other, engine, repeat, place] = share
        for engine, place, *changed in self.changing:
            made.changing[engine, place] = changed
        runs = np.maximum(made.runs, 1)
        for name, entries in self.measures.items():
            for engine, place, part, whole in entries:
                made.measures[name][engine, place] += np.array([part, whole]) / runs[engine, place]
        return made


def _failure(answer: EngineAnswer) -> Failure:
    causes = sorted(answer.problems, key=lambda problem: problem.severity != "error")
    code, message, way_out = (
        (causes[0].code, causes[0].message, causes[0].way_out) if causes else ("failed", "", "")
    )
    return Failure(answer.set, answer.document, answer.file, answer.engine, answer.repeat,
                   code, message, way_out)  # fmt: skip


def alarms(answer: EngineAnswer) -> dict[str, int]:
    """Signals that need no truth: how many values break a check, and how many stand nowhere.

    ``validation`` counts whatever keeps a document from being ok but what ``location`` counts:
    values that the document doesn't show. A failed document is one more.
    """
    serious = Counter(p.code for p in answer.problems if p.severity != "warning")
    location = serious.pop("not_found", 0)
    return {"validation": serious.total() + (answer.status == "failed"), "location": location}


def folded(value: Any) -> str:
    """A value such that those that mean the same are equal, as far as that is sure without its
    kind: ``9.00`` and 9, ``ACME, Inc.`` and ``Acme Inc``."""
    if isinstance(value, bool) or value is None:
        return str(value)
    text = unicodedata.normalize("NFKC", str(value)).casefold().strip()
    try:
        number = Decimal(text)
        if number.is_finite() and abs(number.adjusted()) < 40:
            return format(number.normalize() + 0, "f")
    except InvalidOperation:
        pass
    kept = "".join(c for c in text if c.isalnum())
    return kept or text


def _digest(values: Any) -> Iterator[tuple[str, str]]:
    for pointer, value in leaves(values):
        if value is not None and value != "":
            yield pointer, folded(value)


def _differences(digests: Sequence[Mapping[str, str]]) -> tuple[int, int]:
    """Pointers of which not all values are the same, and all pointers."""
    pointers = {pointer for digest in digests for pointer in digest}
    differ = sum(len({digest.get(pointer) for digest in digests}) > 1 for pointer in pointers)
    return differ, len(pointers)


# --- rows ---------------------------------------------------------------------------------------

_OUTCOME_PLACES = {name: place for place, name in enumerate(COUNTED)}


def counted(row: ResultRow) -> int:
    """The row's place in `COUNTED`."""
    if row.outcome == "missing" and row.truth is None:
        return UNANSWERED
    return _OUTCOME_PLACES[row.outcome]


def _count_rows(gathered: Gathered, rows: Iterator[ResultRow]) -> None:
    import numpy as np

    documents = {facts.key: place for place, facts in enumerate(gathered.documents)}
    engines = {engine: place for place, engine in enumerate(gathered.engines)}
    runs = gathered.runs
    blocks: dict[tuple[str, str], tuple[str, list[int], list[Numbers]]] = {}
    for key, group in groupby(rows, key=lambda row: (row.set, row.document)):
        place = documents.get(key)
        if place is None:
            continue
        mine = [
            row
            for row in group
            if row.engine in engines
            and 0 < row.repeat <= gathered.seen.shape[1]
            and gathered.seen[engines[row.engine], row.repeat - 1, place]
        ]
        here: dict[tuple[str, str], Numbers] = {}
        for row in mine:
            engine, outcome = engines[row.engine], counted(row)
            gathered.counts[engine, row.repeat - 1, place, outcome] += 1
            gathered.counts[engine, row.repeat - 1, place, CLOSE] += row.close
            one = here.get((row.schema, row.path))
            if one is None:
                one = here[row.schema, row.path] = np.zeros((len(engines), WIDTH), dtype=np.float32)
                blocks.setdefault((row.schema, row.path), (row.kind, [], []))
            one[engine, outcome] += 1 / runs[engine, place]
        for name, block in here.items():
            blocks[name][1].append(place)
            blocks[name][2].append(block)
        for suspect, about in suspects(
            gathered.documents[place], mine, _answering(gathered, place)
        ):
            gathered.suspects.append(suspect)
            for row in about:
                cell = gathered.suspected[engines[row.engine], row.repeat - 1, place]
                cell[counted(row)] += 1
                cell[CLOSE] += row.close
    gathered.fields = [
        FieldCounts(schema, path, kind, np.asarray(places), np.stack(found))
        for (schema, path), (kind, places, found) in blocks.items()
    ]


def _answering(gathered: Gathered, place: int) -> frozenset[tuple[str, int]]:
    """Engine and repeat of the answers about a document that did not fail."""
    import numpy as np

    usable = gathered.seen[:, :, place] & ~gathered.failed[:, :, place]
    return frozenset((gathered.engines[e], int(r) + 1) for e, r in np.argwhere(usable))


def suspects(
    facts: DocumentFacts, rows: Sequence[ResultRow], answering: frozenset[tuple[str, int]]
) -> Iterator[tuple[Suspect, list[ResultRow]]]:
    """Labels of one document that all engines contradict with the same value, and those rows.

    Two engines at least must have answered, and each in every repeat. A value that is labelled
    nowhere (``extra``) has to be longer than a number that may stand there by chance.

    Args:
        answering: (engine, repeat) of the answers that did not fail.
    """
    if len({engine for engine, _ in answering}) < 2:
        return
    places: dict[tuple[str, str], list[ResultRow]] = defaultdict(list)
    for row in rows:
        if row.outcome in ("wrong", "hallucinated"):
            places["at", row.pointer].append(row)
        elif row.outcome == "extra" and len(value := folded(row.predicted)) >= TELLING:
            places[row.path, value].append(row)
    for (where, _), group in places.items():
        if {(row.engine, row.repeat) for row in group} != answering:
            continue
        if where == "at" and len({folded(row.predicted) for row in group}) > 1:
            continue
        first = group[0]
        yield (
            Suspect(
                *facts.key, facts.file, facts.schema, first.path, first.pointer, first.kind,
                first.truth, first.predicted, first.outcome,
                len({engine for engine, _ in answering}),
                next((row.page for row in group if row.page is not None), None),
            ),
            group,
        )  # fmt: skip
