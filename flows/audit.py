"""A run folder as one file that can be understood years later, without docglean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from docglean.extractors.extraction import Extraction
from docglean.extractors.ledger.calls import Call
from docglean.extractors.reviews import ReviewEvent, ReviewLog, replay
from docglean.extractors.versions import versions
from docglean.flows.audit_file import write_sealed
from docglean.flows.audit_terms import ABOUT, prompt_told, run_told, schema_told, without_secrets
from docglean.flows.run_folder import RunFolder, RunRecord, holding_results
from docglean.flows.schema_shape import Shaped
from docglean.schemas.pointers import leaves, value_at
from docglean.schemas.schema import Schema

FORMAT = "docglean audit 1"
AT_ONCE = 200
"""Documents that are held while their calls are looked up."""

Calls = Callable[[Collection[str]], Mapping[str, Sequence[Call]] | None]
"""Calls about documents by the SHA-256 of each; None where there are no accounts."""


def write_audit(
    run: Path, out: Path, calls: Calls, schemas: Mapping[str, Schema]
) -> tuple[int, str]:
    """Write the file, a document at a time.

    Args:
        schemas: those that are at hand, by hash; of others what the run wrote down is told.

    Returns:
        How many documents it has, and its SHA-256.

    Raises:
        ConfigError: ``no_run``; ``bad_reviews``; ``bad_out``.
    """
    folder, log = RunFolder.existing(run), ReviewLog(run)
    with holding_results(run):
        record = folder.record()
    shapes: dict[str, Shaped] = {**record.schemas}
    shapes |= {hashed: one for hashed, one in schemas.items() if hashed in shapes}
    prompts = dict.fromkeys(one.prompt_version for one in record.runs if one.prompt_version)
    head: dict[str, Any] = {
        "about": ABOUT,
        "format": FORMAT,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "runs": [run_told(one) for one in record.runs],
        "schemas": {hashed: schema_told(one) for hashed, one in shapes.items()},
        "prompts": {version: prompt_told(version) for version in prompts},
    }
    if log.faults:
        head["lines_passed_over"] = log.faults
    with holding_results(run):
        return write_sealed(out, head, _documents(folder, log, record.runs, calls, schemas))


def _documents(
    folder: RunFolder,
    log: ReviewLog,
    runs: Sequence[RunRecord],
    calls: Calls,
    schemas: Mapping[str, Schema],
) -> Iterator[dict[str, Any]]:
    prompts = {run.id: run.prompt_version or None for run in runs}
    extractions = folder.extractions()
    while some := list(islice(extractions, AT_ONCE)):
        known = calls({one.document.sha256 for one in some})
        for read in some:
            events = log.events(read.document.uri)
            used = read.schema_used
            schema = None if used is None else schemas.get(used.hash)
            told = None if known is None else known.get(read.document.sha256, ())
            document = _document(read, replay(read, events, schema).extraction, events)
            document |= {"prompt": prompts.get(read.run) if _asked_a_model(read) else None}
            document |= {"calls": _calls(read, told)}
            yield document


def _document(
    read: Extraction[Any], stands: Extraction[Any], events: Sequence[ReviewEvent]
) -> dict[str, Any]:
    source, used = read.document, read.schema_used
    reviewed = {
        "engine_values": list(_values(read)),
        "engine_data": read.values,
        "signed_off": [
            {"by": one.by, "at": one.at.isoformat()}
            for one in events
            if one.action == "done" and one.by in stands.reviewed_by
        ],
        "events": [_event(one) for one in events],
    }
    return {
        **without_secrets(source.model_dump(mode="json", exclude_none=True)),
        "run": read.run,
        "schema": None if used is None else used.model_dump(mode="json", exclude_none=True),
        "engine": {"asked": without_secrets(read.engine), "served": list(read.served)},
        **({"examples": [one.model_dump() for one in read.examples]} if read.examples else {}),
        "status": stands.status,
        "cost": _cost(read),
        "problems": [one.model_dump(mode="json", exclude_none=True) for one in stands.problems],
        "values": list(_values(stands)),
        "data": stands.values,
        **(reviewed if events else {}),
    }


def _asked_a_model(read: Extraction[Any]) -> bool:
    return bool(read.served or read.spending.calls or read.spending.cached)


def _event(event: ReviewEvent) -> dict[str, Any]:
    told = event.model_dump(mode="json", exclude_defaults=True)
    return {"at": event.at.isoformat(), **told, "document": without_secrets(event.document)}


def _cost(read: Extraction[Any]) -> dict[str, Any]:
    spent = read.spending
    return {
        "usd": None if spent.cost is None else str(spent.cost),
        "saved": None if spent.saved is None else str(spent.saved),
        "calls": spent.calls,
        "answers_used_again": spent.cached,
        "tokens_in": spent.usage.input_tokens,
        "tokens_out": spent.usage.output_tokens,
        "seconds_by_stage": read.seconds,
    }


def _values(stands: Extraction[Any]) -> Iterator[dict[str, Any]]:
    """Every value with all that is known of it, and the lists that somebody looked at."""
    codes: defaultdict[str, list[str]] = defaultdict(list)
    for problem in stands.problems:
        for pointer in dict.fromkeys((problem.path, *problem.paths)):
            codes[pointer or ""].append(problem.code)
    values = dict(leaves(stands.values or {}))
    for pointer in dict.fromkeys([*values, *stands.reviews]):
        facts = {
            "found": stands.evidence.get(pointer),
            "confidence": stands.confidence.get(pointer),
            "look": stands.reviews.get(pointer),
        }
        told = {
            name: one.model_dump(mode="json", exclude_none=True, exclude={"signals"})
            for name, one in facts.items()
            if one is not None
        }
        readings = [
            one.model_dump(mode="json", exclude_none=True)
            for one in stands.readings.get(pointer, ())
        ]
        yield {
            "at": pointer,
            "value": values[pointer] if pointer in values else value_at(stands.values, pointer),
            **told,
            **({"readings": readings} if readings else {}),
            **({"problems": codes[pointer]} if pointer in codes else {}),
        }


def _calls(read: Extraction[Any], known: Sequence[Call] | None) -> list[dict[str, Any]] | None:
    """The calls of a document: those of its run, and those whose answers it may have used."""
    return None if known is None else [_call(one) for one in known if _is_of(read, one)]


def _is_of(read: Extraction[Any], call: Call) -> bool:
    source, facts = read.document, call.facts
    if source.part is not None and facts.name not in (source.name, source.file_name):
        return False
    hashed = "" if read.schema_used is None else read.schema_used.hash
    engines = {read.engine, *(one.engine for some in read.readings.values() for one in some)}
    return facts.run == read.run or (facts.engine in engines and facts.schema_hash in ("", hashed))


def _call(call: Call) -> dict[str, Any]:
    facts = call.facts
    return {
        "ended": call.ended.isoformat(timespec="seconds"),
        "paid_by_run": facts.run,
        "purpose": facts.purpose,
        "pages": facts.pages,
        "engine": without_secrets(facts.engine),
        "model": call.model,
        "prompt": facts.prompt_version or None,
        "outcome": call.outcome,
        "tokens_in": call.usage.input_tokens,
        "tokens_out": call.usage.output_tokens,
        "usd": None if call.cost is None else str(call.cost),
        "seconds": call.seconds,
        "request_id": call.request_id,
    }
