"""Engines x documents x repeats, through the pipeline and the ledger that `extract` uses.

What is measured is appended to the folder at once and never asked again: a crash loses nothing,
and a rerun with one more engine pays for that engine only.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from docglean.evaluation.answer_store import StoredAnswers, finish, open_to_append, write_manifest
from docglean.evaluation.answers import answer_of
from docglean.evaluation.calibration import calibrate
from docglean.evaluation.changes import changes, last_run, snapshot, write_changes
from docglean.evaluation.label_notices import record_of
from docglean.evaluation.labels import Label, LabelSet, file_hash
from docglean.evaluation.metrics.metric import METRICS
from docglean.evaluation.open_engines import engine_record
from docglean.evaluation.results import (
    ANSWERS,
    HOURLY,
    EngineAnswer,
    ExamplesRecord,
    Manifest,
)
from docglean.evaluation.task import Task
from docglean.extractors import estimation, pipeline
from docglean.extractors.calibration_choice import Calibrations, register
from docglean.extractors.calibration_file import load_calibration
from docglean.extractors.concurrency import in_turn
from docglean.extractors.extraction import Extraction, SourceRecord, Usage, add_costs
from docglean.extractors.notices import tell
from docglean.extractors.options import RunOptions
from docglean.extractors.progress import Progress
from docglean.extractors.run import RunContext
from docglean.extractors.versions import PROMPT_VERSION, code_version, versions
from docglean.schemas.errors import BudgetExceeded, ConfigError, Problem, SchemaError, SourceError

MOST_REPEATS = 1000


@dataclass(frozen=True, slots=True)
class Price:
    """What is left to measure of one engine, and what it would cost.

    Attributes:
        done: measured before and not asked again.
        left: still to be measured.
        calls: requests that would be sent.
        cost: US dollars of those; None where the price is unknown.
    """

    engine: str
    notice: str
    done: int
    left: int
    calls: int = 0
    usage: Usage = Usage()
    cost: Decimal | None = Decimal(0)


@dataclass(frozen=True, slots=True)
class MeasuredStep:
    """What has just been measured.

    Attributes:
        share: of what this run has to measure of the engine, done so far, by the documents' size.
    """

    answer: EngineAnswer
    done: int
    total: int
    share: float


@dataclass
class Evaluation:
    """Measures engines on labelled documents. Get it from `open_evaluation.opened`.

    Attributes:
        folder: what is measured goes there.
        engines: opened, by the name that each is measured under, in the order named.
        asking: models are asked anew whenever this differs, whatever the ledger holds; 0 takes
            stored replies.
        hourly_price: US dollars for an hour of the machine, for the manifest.
        tasks: all that is to be measured, engine by engine.
        missing: those that are not in the folder yet.
        calibrations: what tells how sure values are; nothing is the shipped prior. Answers do not
            depend on it.
        sizes: tokens of a document by its set and label, as `price` found them.
        examples: what models are shown where they are measured a second time.
        on_progress: told the engine and what happened to a document that it is reading.
        on_priced: told the engine, and how many of its documents `price` has opened, of how many.
    """

    sets: Sequence[LabelSet]
    folder: Path
    engines: dict[str, RunContext]
    repeats: int
    options: RunOptions
    command: Sequence[str] = ()
    asking: int = 0
    hourly_price: Decimal | None = None
    tasks: list[Task] = field(default_factory=list)
    missing: list[Task] = field(default_factory=list)
    run_id: str = field(default_factory=lambda: uuid4().hex)
    on_step: Callable[[MeasuredStep], None] | None = None
    on_progress: Callable[[str, Progress], None] | None = None
    on_priced: Callable[[str, int, int], None] | None = None
    calibrations: Calibrations = field(default_factory=Calibrations)
    sizes: dict[tuple[str, str], int] = field(default_factory=dict)
    examples: ExamplesRecord | None = None

    def plan(self) -> None:
        """Find out what is to be measured, and what of it has been."""
        self.tasks = list(self._tasks())
        stored = StoredAnswers.read(self.folder)
        self.missing = [task for task in self.tasks if not stored.has(task.key, task.fingerprint)]

    def _tasks(self) -> Iterator[Task]:
        for spec, context in self.engines.items():
            # What gives the same every time is read once, whatever `repeats` is.
            repeats = 1 if context.engine.deterministic else self.repeats
            for repeat in range(1, repeats + 1):
                for label_set in self.sets:
                    for label in label_set.labels:
                        mark = self._fingerprint(label_set, label, spec, repeat)
                        yield Task(spec, repeat, label_set, label, mark)

    def _fingerprint(self, label_set: LabelSet, label: Label, spec: str, repeat: int) -> str:
        try:
            schema = label_set.schema(label)
            shape = f"{schema.name} {schema.hash} {schema.description}"
        except SchemaError as error:
            shape = str(error)
        context = self.engines[spec]
        facts = [
            file_hash(label_set.document(label)), shape, spec, repeat, self.asking, PROMPT_VERSION,
            code_version(), context.options.decisive(),
            *([context.gallery.mark] if context.gallery else []),
        ]  # fmt: skip
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]

    async def price(self) -> list[Price]:
        """What is left, by engine. Nothing is sent; documents are opened and their words read.

        Raises:
            ConfigError: as `pipeline.extract`.
        """
        return [await self._price(spec) for spec in self.engines]

    async def _price(self, spec: str) -> Price:
        context = self.engines[spec]
        mine = [task for task in self.missing if task.engine == spec]
        done = sum(task.engine == spec for task in self.tasks) - len(mine)
        calls, usage = 0, Usage()
        cost: Decimal | None = Decimal(0)
        if context.engine.host is not None:
            works = [partial(self._estimate, task) for task in mine]
            async with aclosing(in_turn(works, context.settings.concurrency)) as all_found:
                opened = 0
                async for found in all_found:
                    opened += 1
                    if self.on_priced is not None:
                        self.on_priced(spec, opened, len(mine))
                    calls, usage = calls + found[0], usage + found[1]
                    cost = add_costs(cost, found[2])
        return Price(spec, context.notice, done, len(mine), calls, usage, cost)

    async def _estimate(self, task: Task) -> tuple[int, Usage, Decimal | None]:
        try:
            one = await estimation.estimate(self._context(task), task.set.document(task.label))
        except (SourceError, SchemaError):
            return 0, Usage(), Decimal(0)  # it will fail, and that costs nothing
        place = task.set.name, task.label.id
        tokens = one.usage.input_tokens + one.usage.output_tokens
        self.sizes[place] = max(tokens, self.sizes.get(place, 0))
        return one.requests, one.usage, one.cost

    async def run(self, estimate: Decimal | None = None) -> Manifest:
        """Measure what is missing, then score everything.

        Args:
            estimate: US dollars that it was priced at, for the manifest.

        Raises:
            ConfigError: an engine can't be used; what was measured is kept.
            BudgetExceeded: likewise.
        """
        started = time.monotonic()
        for fault in METRICS.faults():
            tell(str(fault), error=True)
        manifest = self._manifest(estimate)
        self.folder.mkdir(parents=True, exist_ok=True)
        with _alone(self.folder):
            earlier = last_run(self.folder)
            before = snapshot(self.folder, self.sets, earlier) if earlier is not None else {}
            write_manifest(self.folder, manifest)
            manifest.state = "interrupted"
            try:
                for spec, context in self.engines.items():
                    await self._measure(spec, context)
                manifest.state = "finished"
            finally:
                manifest.ended = datetime.now(UTC)
                manifest.seconds = round(time.monotonic() - started, 1)
                finish(self.folder, manifest, [(t.key, t.set, t.label) for t in self.tasks])
            await self._calibrate(manifest)
            found = None
            if earlier is not None:
                now = snapshot(self.folder, self.sets, manifest)
                found = changes(before, now, earlier)
            write_changes(self.folder, found)
        return manifest

    async def _calibrate(self, manifest: Manifest) -> None:
        """Fit calibrations to what was measured, where runs find them."""
        await asyncio.to_thread(calibrate, self.folder, manifest, self.calibrations)
        for spec, record in manifest.calibrations.items():
            if record.file and not record.note:
                one = load_calibration(self.folder / record.file)
                await register(one, self.engines[spec].ledger)
                record.registered = True
        write_manifest(self.folder, manifest)

    async def _measure(self, spec: str, context: RunContext) -> None:
        # The shortest first: something to look at soon, and a speed that tells how long it takes.
        mine = sorted((task for task in self.missing if task.engine == spec), key=self._size)
        size = {task.key: self._size(task) for task in mine}
        whole, read = sum(size.values()), 0
        done = total = sum(task.engine == spec for task in self.tasks)
        done -= len(mine)
        works = [partial(self._answer, task) for task in mine]
        turns = in_turn(works, context.settings.concurrency)
        async with aclosing(turns) as answers:
            with open_to_append(self.folder / ANSWERS) as file:
                async for answer in answers:
                    file.write(answer.to_json() + "\n")
                    file.flush()
                    done, read = done + 1, read + size[answer.key]
                    if self.on_step is not None:
                        self.on_step(MeasuredStep(answer, done, total, read / whole))

    def _size(self, task: Task) -> int:
        # At least 1. Where no model was priced, bytes have to do.
        if self.sizes:
            return 1 + self.sizes.get((task.set.name, task.label.id), 0)
        return 1 + task.set.document(task.label).stat().st_size

    async def _answer(self, task: Task) -> EngineAnswer:
        path = task.set.document(task.label)
        try:
            context = self._context(task)
            extraction = await pipeline.extract(context, path, name=task.label.file)
        except (ConfigError, BudgetExceeded):
            raise
        except SchemaError as error:  # this engine can't be asked for this schema
            context = self.engines[task.engine]
            extraction = _failed(task, error)
        return await answer_of(task, extraction, context, path)

    def _context(self, task: Task) -> RunContext:
        """The engine's RunContext, set to the document's schema and the repeat."""
        context = self.engines[task.engine]
        copy = replace(
            context,
            schemas=(task.set.schema(task.label),),
            options=replace(context.options, repeat=self.asking * MOST_REPEATS + task.repeat),
            on_progress=partial(self.on_progress, task.engine) if self.on_progress else None,
        )
        copy.turns = context.turns  # OCR takes turns over all documents
        return copy

    def _manifest(self, estimate: Decimal | None) -> Manifest:
        from docglean.extractors.models.prices import table_version

        schemas = {}
        for label_set in self.sets:
            for label in label_set.labels:
                try:
                    schema = label_set.schema(label)
                    schemas[schema.name] = schema.hash
                except SchemaError:
                    continue
        told: dict[str, Any] = {
            **self.options.decisive(),
            HOURLY: None if self.hourly_price is None else str(self.hourly_price),
        }
        return Manifest(
            id=self.run_id,
            started=datetime.now(UTC),
            command=list(self.command),
            sets=[record_of(one) for one in self.sets],
            schemas=schemas,
            engines=[engine_record(one, spec) for spec, one in self.engines.items()],
            repeats=self.repeats,
            options={name: value for name, value in told.items() if value},
            prompt_version=PROMPT_VERSION,
            price_table=table_version(),
            price_date=datetime.now(UTC).date().isoformat(),
            code=code_version(),
            versions=versions(),
            estimate=estimate,
            examples=self.examples,
        )


def _failed(task: Task, error: SchemaError) -> Extraction[Any]:
    path = task.set.document(task.label)
    return Extraction[Any](
        document=SourceRecord(
            name=task.label.file, uri=path.absolute().as_uri(), sha256=file_hash(path)
        ),
        engine=task.engine,
        status="failed",
        problems=[Problem.of(error)],
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """The folder, held against another evaluation.

    Raises:
        ConfigError: ``busy``.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ConfigError(
            "busy",
            f"Another evaluation is writing to {folder}.",
            "Wait for it, or name another folder with --out.",
        ) from error
    try:
        yield
    finally:
        lock.release()
