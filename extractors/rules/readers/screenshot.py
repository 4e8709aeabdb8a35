"""The built-in schema ``screenshot`` without a model: what is certain, else null."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from docglean.extractors.extraction import Evidence
from docglean.extractors.geometry import union
from docglean.extractors.rules.fields.candidates import evidence_of
from docglean.extractors.rules.page.sheet import Sheet

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
    rows = [(sheet.page, [piece for run in row for piece in run.pieces])
            for sheet in sheets for row in sheet.rows]  # fmt: skip
    lines = [" ".join(piece.text for piece in row) for _, row in rows]
    if lines:
        values["text"] = "\n".join(lines)
        box = union(piece.word.box for _, row in rows for piece in row)
        evidence["/text"] = Evidence(
            how="exact", page=rows[0][0], box=box, text=values["text"], score=1.0
        )
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


def language_of(lines: Sequence[str]) -> str | None:
    """The programming language that two different signs tell, None where that is not so."""
    counts = {
        language: sum(any(re.search(sign, line) for line in lines) for sign in signs)
        for language, signs in _CLEAR.items()
    }
    best = max(counts, key=lambda language: counts[language])
    alone = sorted(counts.values())[-2] < counts[best]
    return best if counts[best] >= 2 and alone else None
