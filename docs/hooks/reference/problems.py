"""Codes of problems, from `docglean.schemas.problem_codes`."""

from __future__ import annotations

from docglean.schemas.problem_codes import PASSING, PROBLEM_CODES

from .markdown import code, table

TOP = """# Problem codes

A result says in `problems` what its reader should know, each with one of these codes. The worst
problem decides how the document ends:

| severity | what it says | the document ends as |
| --- | --- | --- |
| error | something is lost, or a value breaks the schema | `partial`, or `failed` without values |
| review | all was read, but a value is wrong or may be | `review` |
| warning | nothing against the values | `ok` |

A maker of a problem may know more of the case and tell another severity than the one here. What
*may pass* may go otherwise another day: `--only new` tries these documents again.
"""


def page() -> str:
    """The table, by severity."""
    parts = [TOP]
    for severity in ("error", "review", "warning"):
        rows = [
            (f'{code(name)}<a id="{name}"></a>', told.meaning, "yes" if name in PASSING else "")
            for name, told in sorted(PROBLEM_CODES.items())
            if told.severity == severity
        ]
        parts += [f"## {severity}\n", table(("code", "meaning", "may pass"), rows), ""]
    return "\n".join(parts)
