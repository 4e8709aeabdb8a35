"""Built-in schemas: each module here defines one, a class of the module's name."""

from __future__ import annotations

from pathlib import Path
from pkgutil import iter_modules

_FIRST = (
    "invoice", "receipt", "form", "tables", "chart", "screenshot", "statement", "note", "recording",
)  # fmt: skip
"""The order in which a model is asked which of them fits: stored replies depend on it. Others
follow by name."""


def _classes() -> dict[str, str]:
    found = {info.name for info in iter_modules([str(Path(__file__).parent)])}
    names = (*_FIRST, *sorted(found - set(_FIRST)))
    return {name: name.title().replace("_", "") for name in names}


CLASSES = _classes()
"""The name of the class by that of the schema and its module."""
