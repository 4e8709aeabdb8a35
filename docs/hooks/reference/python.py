"""The Python API, whose docstrings mkdocstrings takes from the source."""

from __future__ import annotations

import docglean.schemas
from docglean.schemas.builtin import CLASSES

import docglean

WHOLE = """\
    options:
      inherited_members: true
"""
"""With what its bases of ours bring."""


def python() -> str:
    """All public names of `docglean`: calls, classes, errors."""
    groups: dict[str, list[str]] = {"Calls": [], "Classes": [], "Errors": []}
    for name in docglean.__all__:
        groups[_group(getattr(docglean, name))].append(name)
    return "\n".join(
        part
        for title, names in groups.items()
        for part in (f"## {title}\n", *(member("docglean", name) + WHOLE for name in names))
    )


def _group(found: object) -> str:
    if not isinstance(found, type):
        return "Calls"
    return "Errors" if issubclass(found, Exception) else "Classes"


def schemas() -> str:
    """All public names of `docglean.schemas`: what declares a schema, then the built-in ones."""
    built_in = set(CLASSES.values())
    names = docglean.schemas.__all__
    own = [member("docglean.schemas", name) for name in names if name not in built_in]
    models = [member("docglean.schemas", name) for name in names if name in built_in]
    return "\n".join(["## To declare one\n", *own, "## Built in\n", *models])


def member(module: str, name: str) -> str:
    """What mkdocstrings replaces by signature and docstring."""
    # What an Extraction shows of itself stands in a module of its own.
    more = "    options:\n      inherited_members: true\n" if name == "Extraction" else ""
    return f"::: {module}.{name}\n{more}"
