"""How a schema is named: what a spec such as ``order.py:Order`` or ``number, total: money`` is.

In this order:

1. the name of a built-in schema;
2. a file, by its ending: ``.json``, ``.yaml``, ``.yml``, or ``.py`` with or without ``:Model``;
3. a schema on one line (see `docglean.schemas.inline.grammar`): it has a comma, a bracket, a bar or
   quotes, or what follows its first colon is a blank, ``list of`` or the name of a kind;
4. anything else with a dot or a colon: ``package.module:Model``.

Names, data files and schemas on one line are data: reading them runs no code.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from docglean.schemas.builtin import CLASSES

SpecKind = Literal["name", "data file", "code file", "text", "module", "unknown"]
HOW = (
    "Your own are path.py:Model, package.module:Model, file.json, file.yaml, or its fields on one "
    "line: 'number, date, total: money'."
)
"""Ways to name a schema of one's own, for messages."""
_FILE = re.compile(r"(?P<place>.+\.(?:py|json|ya?ml))(?P<model>:\w+)?", re.IGNORECASE | re.DOTALL)
_SIGN = re.compile(r'[,\[\]{}"|]')


def kind_of_spec(spec: str) -> SpecKind:
    """Which of these a spec is; see the module."""
    if spec in CLASSES:
        return "name"
    found = _FILE.fullmatch(spec)
    if found:
        code = found["place"].lower().endswith(".py")
        if code or not found["model"]:
            return "code file" if code else "data file"
    if _SIGN.search(spec) or _has_kind(spec):
        return "text"
    return "module" if ":" in spec or ("." in spec and "/" not in spec) else "unknown"


def _has_kind(spec: str) -> bool:
    from docglean.schemas.inline.kind_names import kind_named

    _, colon, behind = spec.partition(":")
    if not colon:
        return False
    return (
        behind[:1].isspace() or behind.casefold().startswith("list of") or bool(kind_named(behind))
    )


def is_data(spec: str) -> bool:
    """Whether the schema is read without running anybody's code, so that it may be a stranger's.

    A file has to lie on this machine.
    """
    kind = kind_of_spec(spec)
    return kind in ("name", "text") or (kind == "data file" and file_of(spec) is not None)


def file_of(spec: str, folder: Path = Path()) -> Path | None:
    """The file that a spec names, if it is there.

    Args:
        folder: from where relative names count.
    """
    found = _FILE.fullmatch(spec)
    if found is None or kind_of_spec(spec) not in ("data file", "code file"):
        return None
    path = folder / Path(found["place"]).expanduser()
    try:
        return path if path.is_file() else None
    except (OSError, ValueError):  # no name that a file can have
        return None


def from_anywhere(spec: str, folder: Path = Path()) -> str:
    """The spec with its file, where it names one that is there, by the whole path.

    Args:
        folder: from where relative names count.
    """
    path, found = file_of(spec, folder), _FILE.fullmatch(spec)
    return spec if path is None or found is None else f"{path.absolute()}{found['model'] or ''}"
