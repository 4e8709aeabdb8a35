"""Codes of problems, from `docglean.schemas.problem_codes`."""

from __future__ import annotations

from docglean.schemas.problem_codes import PASSING, PROBLEM_CODES

from .markdown import code, table


def made() -> str:
    """The table, by severity."""
    parts: list[str] = []
    for severity in ("error", "review", "warning"):
        rows = [
            (f'{code(name)}<a id="{name}"></a>', told.meaning, "yes" if name in PASSING else "")
            for name, told in sorted(PROBLEM_CODES.items())
            if told.severity == severity
        ]
        parts += [f"## {severity}\n", table(("code", "meaning", "may pass"), rows), ""]
    return "\n".join(parts)
