"""What is known of a document from its file in a run folder: how it ended, what made it, how often
it was tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from docglean.extractors.extraction import Extraction
from docglean.schemas.problem_codes import PASSING


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """What a folder holds of a document.

    Attributes:
        stamp: of the state of the file that was read.
        run, engine, schema, schema_hash, prompt_version: what made it, as far as that is known.
        passing: something was lost for a reason that may pass.
        tried: days on which that happened.
        why: codes of what went wrong, for people.
    """

    status: str
    stamp: str
    run: str
    engine: str = ""
    schema: str = ""
    schema_hash: str = ""
    prompt_version: str = ""
    passing: bool = False
    tried: int = 0
    why: str = ""

    @property
    def lost(self) -> bool:
        """Whether it failed, or some of it did."""
        return self.status in ("failed", "partial")

    @classmethod
    def of(cls, told: dict[str, Any], prompts: dict[str, str]) -> KnownDocument:
        """From a document's file.

        Args:
            prompts: the prompt version by run.
        """
        schema, run = told.get("schema") or {}, told.get("run", "")
        codes = [one["code"] for one in told.get("problems", ()) if one.get("severity") == "error"]
        days = len(told.get("tried") or ())
        why = ", ".join(dict.fromkeys(codes)) or told["status"]
        return cls(
            status=told["status"],
            stamp=told["document"].get("stamp", ""),
            run=run,
            engine=told["engine"],
            schema=schema.get("name", ""),
            schema_hash=schema.get("hash", ""),
            prompt_version=prompts.get(run, ""),
            passing=not PASSING.isdisjoint(codes),
            tried=days,
            why=f"{why} on {days} days" if days > 1 else why,
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
