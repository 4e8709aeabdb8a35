"""The engines of an evaluation, opened: with examples, each model a second time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any

from docglean.evaluation.arms import with_examples
from docglean.evaluation.example_labels import read_examples
from docglean.evaluation.labels import LabelSet, file_hash, usable
from docglean.evaluation.results import EngineRecord, ExamplesRecord
from docglean.extractors.documents.workers import Workers
from docglean.extractors.examples.choice import count_of, labelled_for
from docglean.extractors.examples.labelled import Labelled
from docglean.extractors.options import RunOptions
from docglean.extractors.run import RunContext
from docglean.extractors.settings import Settings
from docglean.schemas.schema import Schema


async def open_engines(
    stack: AsyncExitStack,
    sets: Sequence[LabelSet],
    engines: Sequence[str],
    settings: Settings,
    options: RunOptions,
    *,
    sending: bool,
    workers: Workers,
) -> tuple[dict[str, RunContext], ExamplesRecord | None]:
    """A context for each engine, by the name that it is measured under, and what its examples are.

    A model is there a second time where the options name examples: `with_examples` is its name
    then. What asks no model is shown none.

    Args:
        stack: closes them.
        engines: specs; the same one twice is one.

    Raises:
        ConfigError: an engine, a key or the ledger can't be used; ``bad_examples``.
    """
    opened = partial(_opened, stack, settings, sending=sending, workers=workers)
    bare = replace(options, examples=None, example_count=None)
    plain = {one.engine_name: one for one in [await opened(spec, bare) for spec in engines]}
    labelled = await asyncio.to_thread(
        labelled_for,
        options,
        list(plain),
        _schemas(sets),
        read_examples,
        has_model=any(one.engine.is_model for one in plain.values()),
    )
    if labelled is None:
        return plain, None
    found: dict[str, RunContext] = {}
    for spec, context in plain.items():
        found[spec] = context
        if context.engine.is_model:
            shown = await opened(spec, options, read_labels=lambda _: labelled)
            found[with_examples(spec)] = shown
    return found, _record(sets, labelled, count_of(options))


async def _opened(
    stack: AsyncExitStack, settings: Settings, spec: str, options: RunOptions, **how: Any
) -> RunContext:
    told = settings.model_copy(update={"engine": spec, "then": ()})
    # Without schemas here: one that an engine can't be asked for costs its documents only.
    return await stack.enter_async_context(await RunContext.open(told, (), options=options, **how))


def _schemas(sets: Sequence[LabelSet]) -> list[Schema]:
    """By which the documents are labelled, each once."""
    return list(
        dict.fromkeys(
            one.schema(label) for one in sets for label in one.labels if usable(one, label) is None
        )
    )


def _record(sets: Sequence[LabelSet], labelled: Labelled, count: int) -> ExamplesRecord:
    contents = {one.sha256 for one in labelled.documents}
    measured = [file_hash(one.document(label)) for one in sets for label in one.labels]
    return ExamplesRecord(
        folder=labelled.folder,
        count=count,
        documents=len(contents),
        own=sum(content in contents for content in measured),
    )


def engine_record(context: RunContext, name: str) -> EngineRecord:
    """What the manifest says of an engine that is measured under this name."""
    from docglean.extractors.models.engines import is_self_hosted
    from docglean.extractors.models.prices import per_million

    engine = context.engine
    prices = per_million(engine)
    return EngineRecord(
        spec=name,
        provider=engine.provider,
        model=engine.model,
        inputs=engine.inputs,
        host=engine.host,
        embedded=not engine.is_model,
        self_hosted=is_self_hosted(engine),
        notice=context.notice,
        input_price=prices[0],
        output_price=prices[1],
    )
