"""``docglean schema from-examples``: a schema drafted from documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED
from docglean.commands.interruption import until_interrupted
from docglean.extractors.atomic_files import atomic_write
from docglean.extractors.notices import tell
from docglean.flows.drafts import read_for_draft
from docglean.flows.request import RunRequest
from docglean.flows.run import extract_source
from docglean.flows.sources import Source, find_sources
from docglean.schemas.errors import BudgetExceeded, ConfigError, SourceError

if TYPE_CHECKING:
    from docglean.extractors.drafts.draft import DraftedSchema
    from docglean.extractors.drafts.merge import Draft

LOCAL = "local"


def draft_command(given: Sequence[str], *, order: RunRequest, out: Path | None) -> int:
    """``docglean schema from-examples``: the exit code.

    Raises:
        ConfigError: ``file_exists``, `out` is there already.
        SchemaError: ``nothing_recurs``.
    """
    if out is not None and (out.exists() or out.suffix != ".py"):
        what = "is there already" if out.exists() else "is no name of a Python file"
        raise ConfigError("bad_out", f"{out} {what}.", "Name a new file: --out order.py.")
    return until_interrupted(_draft(find_sources(given).sources, order, out))


async def _draft(sources: Sequence[Source], order: RunRequest, out: Path | None) -> int:
    from docglean.extractors.drafts.draft import drafted

    by_model = order.engine not in (None, LOCAL)
    try:
        drafts, count = await (_by_model if by_model else _by_rules)(sources, order)
    except BudgetExceeded as error:
        tell(str(error), error=True)
        return OVER_BUDGET
    if not count:
        return SOME_FAILED
    found = drafted(drafts, out.stem if out else "draft", count)
    _write(found, out)
    return OK if count == len(sources) else SOME_FAILED


async def _by_rules(sources: Sequence[Source], order: RunRequest) -> tuple[list[Draft], int]:
    from docglean.extractors.drafts.merge import merge

    order = replace(order, engine=LOCAL, then=(), split="off", schemas=("auto",))
    documents = []
    form = replace(order, schemas=("form",))
    async with await order.open() as context, await form.open() as as_form:
        for source in sources:
            try:
                documents.append(await read_for_draft(context, source, as_form))
            except SourceError as error:
                tell(str(error), error=True)
    return merge(documents), len(documents)


async def _by_model(sources: Sequence[Source], order: RunRequest) -> tuple[list[Draft], int]:
    """One request for each document: through the ledger, within the budget."""
    from docglean.extractors.drafts.asked import SPEC, merge_answers

    order = replace(order, then=(), split="off", schemas=(SPEC,))
    answers: list[dict[str, Any]] = []
    async with await order.open() as context:
        tell(context.notice)
        for source in sources:
            read = await extract_source(context, source)
            if read.values is not None:
                answers.append(read.values)
            else:
                tell("; ".join(one.message for one in read.problems), error=True)
    return merge_answers(answers), len(answers)


def _write(found: DraftedSchema, out: Path | None) -> None:
    """The file, or its text on standard output; then what each provider takes of it."""
    from docglean.commands.inspect import accepted, show_providers
    from docglean.schemas.inline.fields import model_of
    from docglean.schemas.schema import load_schema, schema_of
    from docglean.schemas.wire.dialects import DIALECTS

    if out is None:
        print(found.source(), end="")
        schema = schema_of(model_of(found.fields, found.name))
        for note in sorted({note for name in DIALECTS for note in accepted(schema, name)["notes"]}):
            tell(f"Note: {note}")  # standard output is the file
        return
    with atomic_write(out) as file:
        file.write(found.source())
    spec = f"{out}:{found.model}"
    schema = load_schema(spec)
    print(f"{out}: {len(list(schema.root.leaves()))} fields from {found.documents} documents.")
    show_providers(schema)
    print(f"Take out what you don't need, then: docglean extract FILE --schema {spec}")
