"""What one document of a run tells without a label: figures that drift moves, and what made it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from docglean.extractors.extraction import Extraction, add_costs

SIGNALS: Mapping[str, str] = {
    "not_found": "share of values that are not on the page",
    "empty": "share of fields without a value",
    "failed_checks": "checks that fail, a document",
    "doubt": "1 - mean confidence of the values",
    "page_doubt": "doubt of the words of its pages, 0 to 1",
    "not_ok": "share of documents that are not ok",
    "cost": "US dollars a page",
}
"""What is watched, in words. None of it needs a label."""


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """One document of a run.

    Attributes:
        name: of the document.
        schema: name of the schema that it was read by; figures are compared within one.
        figures: by name of `SIGNALS`; what it does not tell is left out.
        made_by: what may not change unseen, by name: engine, served model, schema.
    """

    name: str
    schema: str
    figures: Mapping[str, float]
    made_by: Mapping[str, str] = field(default_factory=dict)


def readings(extractions: Iterable[Extraction[Any]]) -> list[DocumentReading]:
    """What each document tells, in their order."""
    return [_reading(one) for one in extractions]


def told_apart(figure: float) -> float:
    """A figure to two digits: what differs by less is the same. A baseline of like documents would
    otherwise have a millionth more of doubt told as drift."""
    return float(f"{figure:.2g}")


def _reading(one: Extraction[Any]) -> DocumentReading:
    schema = one.schema_used.name if one.schema_used else ""
    made_by = {"engine": one.engine}
    if one.served:
        made_by["model"] = ", ".join(sorted(one.served))
    if one.schema_used:
        made_by[f"schema {schema}"] = one.schema_used.hash
    return DocumentReading(one.document.name, schema, _figures(one), made_by)


def _figures(one: Extraction[Any]) -> dict[str, float]:
    found = {"not_ok": float(one.status not in ("ok", "reviewed"))}
    if one.values is None:
        return found
    found["failed_checks"] = float(sum(p.code == "check_failed" for p in one.problems))
    if one.evidence:
        found["not_found"] = fmean(e.how == "not_found" for e in one.evidence.values())
    if one.confidence:
        found["empty"] = 1 - len(one.evidence.keys() & one.confidence.keys()) / len(one.confidence)
        sure = [c.probability for at, c in one.confidence.items() if at in one.evidence]
        if sure:
            found["doubt"] = 1 - fmean(sure)
        # Each value tells the same of its document; zeros are left out there.
        found["page_doubt"] = max(c.signals.get("page_doubt", 0.0) for c in one.confidence.values())
    # What was paid for earlier is part of what it costs.
    cost = add_costs(one.spending.cost, one.spending.saved)
    if cost is not None and one.document.pages:
        found["cost"] = float(cost) / one.document.pages
    return found
