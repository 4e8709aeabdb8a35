"""What is wrong with a set of labels, found before money is spent on it."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from docglean.evaluation.agreement import differing
from docglean.evaluation.labels import (
    Label,
    LabelSet,
    canonical,
    field_at,
    file_hash,
    leaves,
    put,
    usable,
)
from docglean.extractors.concurrency import in_turn
from docglean.extractors.documents import cache
from docglean.extractors.documents.words import PageWords
from docglean.extractors.grounding.locate import locate
from docglean.extractors.run import RunContext
from docglean.schemas.errors import SourceError, shown
from docglean.schemas.kinds import Check, Choice
from docglean.schemas.schema import Schema

CONCLUDED = 3
"""Values of a field that stand nowhere, from which they may be concluded rather than wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a label, or looks so.

    Attributes:
        code: ``no_file``, ``unreadable``, ``no_schema``, ``unknown_field``, ``breaks_schema``,
            ``not_on_page``, ``not_printed``, ``duplicate_id``, ``duplicate_file``,
            ``check_failed``, ``draft``, ``nothing_labelled``, ``reviewers_differ``.
        severity: a ``warning`` may well be right; an ``error`` makes figures wrong.
        pointer: JSON pointer of the value concerned, "" for the whole label.
    """

    set: str
    document: str
    code: str
    message: str
    pointer: str = ""
    severity: Literal["error", "warning"] = "error"


def written(label_set: LabelSet) -> Iterator[Finding]:
    """What the labels themselves tell, without opening a document."""
    by_id: dict[str, list[Label]] = defaultdict(list)
    by_content: dict[str, list[Label]] = defaultdict(list)
    for label in label_set.labels:
        by_id[label.id].append(label)
        digest = file_hash(label_set.document(label))
        if digest:
            by_content[digest].append(label)
        else:
            message = f"there is no file {label.file}"
            yield Finding(label_set.name, label.id, "no_file", message)
        yield from _values(label_set, label)
    for identity, labels in by_id.items():
        if len(labels) > 1:
            message = f"{len(labels)} labels have this id"
            yield Finding(label_set.name, identity, "duplicate_id", message)
    for labels in by_content.values():
        for label in labels[1:]:
            if label.id != labels[0].id:
                message = f"it is the same document as {labels[0].id}"
                yield Finding(label_set.name, label.id, "duplicate_file", message)


def _values(label_set: LabelSet, label: Label) -> Iterator[Finding]:
    def found(code: str, message: str, pointer: str = "", *, error: bool = True) -> Finding:
        severity: Literal["error", "warning"] = "error" if error else "warning"
        return Finding(label_set.name, label.id, code, message, pointer, severity)

    trouble = usable(label_set, label)
    if trouble is not None:
        yield found("no_schema", trouble)
        return
    schema = label_set.schema(label)
    values, wrong = canonical(schema.root, label.expected, label_set.style)
    for pointer, message in wrong.items():
        code = "unknown_field" if message.startswith("the schema has") else "breaks_schema"
        yield found(code, message, pointer)
    for place in (*label.accept, *label.boxes):
        if field_at(schema.root, place) is None:
            yield found("unknown_field", "the schema has no such field", place)
    if not wrong:
        for problem in schema.validate(values)[1]:
            if problem.code == "breaks_schema":
                yield found("breaks_schema", problem.message, problem.path or "")
        for problem in schema.checks(values):
            yield found("check_failed", problem.message, problem.path or "", error=False)
    if label.drafted_by:
        message = f"it is a draft by {label.drafted_by} that nobody has checked"
        yield found("draft", message, error=False)
    for pointer, said in label.disputed.items():
        yield found("reviewers_differ", differing(said), pointer, error=False)
    if not label.expected and label.transcript is None:
        yield found("nothing_labelled", "it says nothing about its document", error=False)


async def printed(label_set: LabelSet, context: RunContext) -> list[Finding]:
    """What the documents tell: those that can't be read, and values that stand nowhere on them.

    On a page with a text layer such a value is most likely a slip of the pen; on a scan it may
    be the OCR that is wrong, so that is a warning. A field of which most values stand nowhere is
    told once: its values are concluded, not printed.

    Args:
        context: of any engine; its workers and its ledger are used.
    """
    works = [partial(_printed, label_set, label, context) for label in label_set.labels]
    async with aclosing(in_turn(works, context.settings.concurrency)) as turns:
        found = [one async for one in turns]
    findings = [finding for one in found for finding in one]
    lost: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.code == "not_on_page":
            lost[_pattern(finding.pointer)].append(finding)
    labelled = Counter(
        _pattern(pointer)
        for label in label_set.labels
        if usable(label_set, label) is None
        for pointer, *_ in leaves(label_set.schema(label).root, label_set.truth(label))
    )
    for path, group in lost.items():
        if len(group) >= CONCLUDED and 2 * len(group) > labelled[path]:
            findings = [one for one in findings if one not in group]
            message = (
                f"{len(group)} of {labelled[path]} labelled values of {path} stand nowhere: they "
                "seem to be concluded, not printed; kinds with on_page=False say so"
            )
            first = group[0]
            findings.append(
                Finding(label_set.name, first.document, "not_printed", message, path, "warning")
            )
    return findings


def _pattern(pointer: str) -> str:
    """The field of a JSON pointer: list places as ``*``."""
    return re.sub(r"/\d+(?=/|$)", "/*", pointer)


async def _printed(label_set: LabelSet, label: Label, context: RunContext) -> list[Finding]:
    path = label_set.document(label)
    if not path.is_file() or usable(label_set, label) is not None:
        return []
    try:
        document = await cache.opened(
            path,
            context.workers,
            context.settings.limits,
            context.ledger,
            name=label.file,
            passwords=context.options.password,
        )
    except SourceError as error:
        return [Finding(label_set.name, label.id, "unreadable", error.message)]
    if document.medium != "pages":
        return []
    numbers = range(1, len(document.pages) + 1)
    read = await cache.words(document, numbers, context.ledger, context.turns)
    pages = [read[number] for number in numbers]
    broken = [page for page in pages if isinstance(page, SourceError)]
    if broken:
        return [Finding(label_set.name, label.id, "unreadable", broken[0].message)]
    words = [page for page in pages if isinstance(page, PageWords)]
    layered = all(info.has_text for info in document.pages)
    lost = await asyncio.to_thread(_nowhere, label_set, label, words)
    return [
        Finding(
            label_set.name,
            label.id,
            "not_on_page",
            f"{shown(value)} stands nowhere on the {'pages' if layered else 'scan'}",
            pointer,
            "error" if layered else "warning",
        )
        for pointer, value in lost.items()
    ]


def _nowhere(label_set: LabelSet, label: Label, pages: Sequence[PageWords]) -> dict[str, Any]:
    """Labelled values that the pages don't show, in none of the forms that are right."""
    schema, truth = label_set.schema(label), label_set.truth(label)
    lost = _not_found(schema, truth, pages)
    for pointer, values in label_set.accept(label).items():
        if pointer in lost:
            for value in values:
                put(truth, pointer, value)
                if pointer not in _not_found(schema, truth, pages):
                    del lost[pointer]
                    break
    return lost


def _not_found(
    schema: Schema, values: Mapping[str, Any], pages: Sequence[PageWords]
) -> dict[str, Any]:
    evidence = locate(schema, values, pages)
    return {
        pointer: value
        for pointer, field, value in leaves(schema.root, values)
        if field.kind is not None
        and field.kind.on_page
        and not isinstance(field.kind, Check | Choice)
        and evidence.get(pointer) is not None
        and evidence[pointer].how == "not_found"
    }
