"""The built-in schema ``screenshot`` without a model: what is certain, else null."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from docglean.extractors.extraction import Evidence
from docglean.extractors.geometry import union
from docglean.extractors.rules.fields.candidates import evidence_of
from docglean.extractors.rules.page.sheet import Run, Sheet

Read = tuple[dict[str, Any], dict[str, Evidence]]

_ERROR = re.compile(
    r"^[\w.$]*(?:Error|Exception|Panic|FATAL|Fatal error|error(?:\[\w+\])?)\b\s*:.*\S"
)
_PYTHON_PLACE = re.compile(
    r'File\s*"(?P<file>[^"]+)",?\s*line\s*(?P<line>\d+)(?:,?\s*in\s+(?P<function>[\w.<>]+))?'
)
_PLACE = re.compile(r"(?P<file>[\w./\\-]+\.[A-Za-z]{1,5}):\s?(?P<line>\d+)\b")
_JAVA_PLACE = re.compile(r"at\s+(?P<function>[\w.$<>]+)\((?P<file>\w+\.\w+):(?P<line>\d+)\)")
_CLEAR = {
    "Python": (r"^Traceback \(most recent call last\)", r'File\s*"[^"]+\.py"',
               r"^\s*def \w+\(.*\).*:$", r"^(?:from \w[\w.]* )?import \w",
               r"^\s*elif .*:$", r"^\s*except\b.*:$"),
    "Java": (r"\bpublic static void main\b", r"^import java\.", r"\bat [\w.]+\(\w+\.java:\d+\)",
             r"\bSystem\.out\.print", r"^public (?:final )?class \w+"),
    "JavaScript": (r"\bconsole\.\w+\(", r"\bat .*\(?\S+\.js:\d+", r"\brequire\(['\"]",
                   r"^(?:const|let) \w+ = .*=>", r"\bdocument\.\w+\("),
    "Go": (r"^package \w+$", r"^func \w*\(.*\).*\{$", r":= ", r"\bfmt\.\w+\("),
    "Rust": (r"\bfn main\(\)", r"\blet mut \w+", r"\bprintln!\(", r"^error\[E\d{4}\]"),
    "C++": (r"#include <iostream>", r"\bstd::\w+", r"\bcout <<"),
    "PHP": (r"<\?php", r"\$this->", r"^\s*\$\w+ = "),
    "SQL": (r"^\s*SELECT\b.*", r"^\s*FROM \w+", r"^\s*(?:INSERT INTO|UPDATE|WHERE|GROUP BY)\b"),
}  # fmt: skip
"""Signs of a programming language that another one hardly has; two different ones are certain."""


def read_screenshot(sheets: Sequence[Sheet]) -> Read:
    """All the text; the error, where and in which language, where patterns of them are there."""
    values: dict[str, Any] = dict.fromkeys(
        ("kind", "application", "language", "message", "file", "line", "function", "code", "text")
    )
    evidence: dict[str, Evidence] = {}
    rows = [(sheet, row) for sheet in sheets for row in sheet.rows]
    lines = [" ".join(run.text for run in row) for _, row in rows]
    text = "\n".join(lines)
    if text:
        values["text"] = text
        everything = [piece for _, row in rows for run in row for piece in run.pieces]
        evidence["/text"] = Evidence(
            how="exact", page=rows[0][0].page, box=union(piece.word.box for piece in everything),
            text=text, score=1.0,
        )  # fmt: skip
    values["language"] = language_of(lines)
    error = max((index for index, line in enumerate(lines) if _ERROR.search(line)), default=None)
    if error is not None:
        values["kind"] = "error"
        _told(values, evidence, "message", _ERROR.search(lines[error]), rows[error])
        index, match = _place_of_error(lines, error)
        for name in ("file", "line", "function"):
            _told(values, evidence, name, match, rows[index], group=name)
    elif values["language"] is not None:
        values["kind"] = "code"
    if values["line"] is not None:
        values["line"] = int(values["line"])
    return values, evidence


def _place_of_error(lines: Sequence[str], error: int) -> tuple[int, re.Match[str] | None]:
    """The line that says where an error was raised, in its own or the nearest above."""
    for index in range(error, -1, -1):
        for pattern in (_PYTHON_PLACE, _JAVA_PLACE, _PLACE):
            if match := pattern.search(lines[index]):
                return index, match
    return error, None


def _told(
    values: dict[str, Any],
    evidence: dict[str, Evidence],
    name: str,
    match: re.Match[str] | None,
    row: tuple[Sheet, tuple[Run, ...]],
    group: str | int = 0,
) -> None:
    found = match.groupdict().get(group) if match and isinstance(group, str) else match and match[0]
    if not found:
        return
    values[name] = found
    sheet, runs = row
    pieces = [piece for run in runs for piece in run.pieces]
    own = [
        p for p in pieces if p.text.strip("\"',:()") and p.text.strip("\"',:()") in found
    ] or pieces
    evidence[f"/{name}"] = evidence_of(sheet.page, own, found)


def language_of(lines: Sequence[str]) -> str | None:
    """The programming language that two different signs tell, None where that is not so."""
    counts = {
        language: sum(any(re.search(sign, line) for line in lines) for sign in signs)
        for language, signs in _CLEAR.items()
    }
    best = max(counts, key=lambda language: counts[language])
    alone = sorted(counts.values())[-2] < counts[best]
    return best if counts[best] >= 2 and alone else None
