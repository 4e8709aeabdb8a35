"""The built-in schema ``screenshot`` without a model: what is certain, else null."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from docglean.extractors.extraction import Evidence
from docglean.extractors.geometry import union
from docglean.extractors.rules.fields.candidates import evidence_at, evidence_of
from docglean.extractors.rules.page.sheet import Sheet
from docglean.schemas.labels import words_below

Read = tuple[dict[str, Any], dict[str, Evidence]]

_ERROR = re.compile(
    r"^[\w.$]*(?:Error|Exception|Panic|FATAL|Fatal error|error(?:\[\w+\])?)\b\s*:.*\S"
)
_PLACES = (
    re.compile(
        r'File\s*"(?P<file>[^"]+)",?\s*line\s*(?P<line>\d+)(?:,?\s*in\s+(?P<function>[\w.<>]+))?'
    ),
    re.compile(r"at\s+(?P<function>[\w.$<>]+)\((?P<file>\w+\.\w+):(?P<line>\d+)\)"),
    re.compile(r"(?P<file>[\w./\\-]+\.[A-Za-z]{1,5}):\s?(?P<line>\d+)\b"),
)


def read_screenshot(sheets: Sequence[Sheet]) -> Read:
    """All the text; the error, where and in which language, where patterns of them are there."""
    values: dict[str, Any] = dict.fromkeys(
        ("kind", "application", "language", "message", "file", "line", "function", "code", "text")
    )
    evidence: dict[str, Evidence] = {}
    rows = [(sheet.page, [piece for run in row for piece in run.pieces])
            for sheet in sheets for row in sheet.rows]  # fmt: skip
    lines = [" ".join(piece.text for piece in row) for _, row in rows]
    if lines:
        values["text"] = "\n".join(lines)
        box = union(piece.word.box for _, row in rows for piece in row)
        evidence["/text"] = evidence_at(rows[0][0], [box], values["text"], values["text"])
    told = _error_in(lines)
    values["language"] = language_of(lines)
    values["kind"] = "error" if told else "code" if values["language"] else None
    for name, (number, said) in told.items():
        values[name] = int(said) if name == "line" else said
        page, row = rows[number]
        own = [piece for piece in row if (bare := piece.text.strip("\"',:()")) and bare in said]
        evidence[f"/{name}"] = evidence_of(page, own or row, said)
    return values, evidence


def _error_in(lines: Sequence[str]) -> dict[str, tuple[int, str]]:
    """The last error's message, and where it was raised, with the lines that say so: its own or the
    nearest above."""
    errors = [(number, match[0]) for number, line in enumerate(lines)
              if (match := _ERROR.search(line))]  # fmt: skip
    if not errors:
        return {}
    for number in range(errors[-1][0], -1, -1):
        for pattern in _PLACES:
            if match := pattern.search(lines[number]):
                place = {name: (number, said) for name, said in match.groupdict().items() if said}
                return {"message": errors[-1], **place}
    return {"message": errors[-1]}


@cache
def _clear_signs() -> dict[str, list[re.Pattern[str]]]:
    """Signs of a programming language that another one hardly has."""
    signs = words_below("code").items()
    return {language: [re.compile(sign) for sign in known] for language, known in signs}


def language_of(lines: Sequence[str]) -> str | None:
    """The programming language that two different signs tell, for one may be chance; None where
    that is not so."""
    counts = {
        language: sum(any(map(sign.search, lines)) for sign in signs)
        for language, signs in _clear_signs().items()
    }
    best = max(counts, key=lambda language: counts[language])
    alone = sorted(counts.values())[-2] < counts[best]
    return best if counts[best] >= 2 and alone else None
