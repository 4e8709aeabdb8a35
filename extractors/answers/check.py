"""An answer with all of its schema, and what is wrong with where its values stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docglean.extractors.answers.validate import completed, missing_evidence
from docglean.extractors.extraction import Evidence
from docglean.extractors.reader import Answer, Shown
from docglean.schemas.errors import Problem
from docglean.schemas.schema import Schema
from docglean.schemas.wire.absence import is_there


def completed_values(schema: Schema, answer: Answer) -> dict[str, Any] | None:
    """The values with every field of the schema; None where there is no answer."""
    if answer.values is None:
        return None
    values: dict[str, Any] = completed(schema.root, answer.values)
    return values


def check_evidence(
    shown: Shown, schema: Schema, values: dict[str, Any], evidence: Mapping[str, Evidence]
) -> list[Problem]:
    """What is wrong with where the values stand: some nowhere, or nothing was found at all.

    Args:
        values: with every field of the schema.
    """
    medium, problems = shown.input.medium, []
    if medium != "sound" or shown.opened.speech.transcript is not None:
        problems = missing_evidence(schema.root, values, evidence, medium=medium)
    if shown.pages and not evidence and not is_there(values):
        name = shown.opened.name
        problems.append(
            Problem(
                code="nothing_found",
                message=f"{name}: nothing was found of what {schema.name} asks for.",
                way_out="Take another schema, or another engine.",
                severity="error",
            )
        )
    return problems
