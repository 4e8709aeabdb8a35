"""What is known of a document from its file in a run folder: how it ended, what made it, how often
it was tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args

from docglean.extractors.extraction import Extraction, SourceRecord, Status
from docglean.flows.folder_documents import is_complete
from docglean.schemas.problem_codes import PASSING

STATUSES: tuple[str, ...] = get_args(Status)
"""From best to worst."""


def next_engines(then: Iterable[str], when: str) -> tuple[str, ...]:
    """Specs of the engines that are asked what is unsure, and when that is; empty without any."""
    engines = tuple(then)
    return (*engines, when) if engines else ()


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What made the documents of a run, beside what each says itself.

    Attributes:
        next_engines: as the function says it; None where that is not known.
    """

    prompt_version: str = ""
    next_engines: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """What a folder holds of a document, or of a file with all documents in it.

    Attributes:
        document: which it is.
        stamp: of the state of the file that was read.
        run, engine, schema, schema_hash, facts: what made it, as far as that is known.
        passing: something was lost for a reason that may pass.
        tried: days on which that happened.
        next_failed: what is unsure of it was to be asked of another engine, which gave no answer.
        why: codes of what went wrong, for people.
        parts: the documents of a file that holds several.
    """

    document: SourceRecord
    status: str
    stamp: str
    run: str
    engine: str = ""
    schema: str = ""
    schema_hash: str = ""
    facts: RunFacts = RunFacts()
    passing: bool = False
    next_failed: bool = False
    tried: int = 0
    why: str = ""
    parts: tuple[KnownDocument, ...] = ()

    @property
    def lost(self) -> bool:
        """Whether it failed, or some of it did."""
        return self.status in ("failed", "partial")

    @classmethod
    def of(cls, told: dict[str, Any], runs: Mapping[str, RunFacts]) -> KnownDocument:
        """From a document's file.

        Args:
            runs: by their names.
        """
        schema, run = told.get("schema") or {}, told.get("run", "")
        problems = told.get("problems", ())
        codes = [one["code"] for one in problems if one.get("severity") == "error"]
        days = len(told.get("tried") or ())
        why = ", ".join(dict.fromkeys(codes)) or told["status"]
        document = SourceRecord.model_validate(told["document"])
        return cls(
            document=document,
            status=told["status"],
            stamp=document.stamp,
            run=run,
            engine=told["engine"],
            schema=schema.get("name", ""),
            schema_hash=schema.get("hash", ""),
            facts=runs.get(run, RunFacts()),
            passing=not PASSING.isdisjoint(codes),
            next_failed=any(one["code"] == "next_engine_failed" for one in problems),
            tried=days,
            why=f"{why} on {days} days" if days > 1 else why,
        )

    @classmethod
    def of_file(cls, documents: Sequence[KnownDocument]) -> KnownDocument | None:
        """From all that a folder holds of one file; None where that is not all of it, or is of
        several states of the file."""
        first = documents[0]
        if len(documents) == 1 and first.document.part is None:
            return first
        same = {one.stamp for one in documents} == {first.stamp}
        if not same or not is_complete([one.document for one in documents]):
            return None
        worst = max(documents, key=lambda one: STATUSES.index(one.status))
        runs = {one.run for one in documents}
        return replace(
            worst,
            run=first.run if len(runs) == 1 else "",
            passing=any(one.passing for one in documents),
            tried=max(one.tried for one in documents),
            parts=tuple(documents),
        )


def days_tried(extraction: Extraction[Any], path: Path) -> tuple[date, ...]:
    """The days on which this state of the document was not done, today among them."""
    if not extraction.not_done:
        return ()
    days = {datetime.now(UTC).date()}
    try:
        before = Extraction[Any].model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return tuple(days)
    same = (before.document.uri, before.document.stamp)
    if same == (extraction.document.uri, extraction.document.stamp):
        days.update(before.tried)
    return tuple(sorted(days))
