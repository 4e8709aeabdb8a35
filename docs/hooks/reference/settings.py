"""Settings, limits of a document and options of a run, from their models."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from docglean.extractors.config_files import FolderMay
from docglean.extractors.document_limits import Limits
from docglean.extractors.options import offered_options
from docglean.extractors.settings import Settings
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from .commands import takes
from .docstrings import attributes
from .markdown import code, plain, table


def settings() -> str:
    """All of them but the limits."""
    head = ("name", "default", "what it is", "a file in this folder may")
    rows = ((code(name), *rest) for name, *rest in _fields(Settings) if name != "limits")
    return table(head, rows)


def limits() -> str:
    """Limits of a document."""
    rows = ((code(f"limits.{name}"), given, text) for name, given, text, _ in _fields(Limits))
    return table(("name", "default", "what it is"), rows)


def options() -> str:
    """Options of a run."""
    rows = (
        (
            code("--" + one.name.replace("_", "-")),
            code(one.name),
            takes(one.kind) or "nothing",
            plain(one.text),
            "yes" if one.name in Settings.model_fields else "",
        )
        for one in offered_options()
    )
    head = ("on the command line", "in Python and flows", "takes", "what it is", "also a setting")
    return table(head, rows)


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, str, str, str]]:
    texts = attributes(model)
    for name, field in model.model_fields.items():
        yield name, _default(name, field), texts.get(name, ""), _folder(field)


def _folder(field: FieldInfo) -> str:
    return next((one.do for one in field.metadata if isinstance(one, FolderMay)), "")


MADE = {
    "ledger": "`ledger.sqlite` in your state folder",
    "workers": "one a processor, 4 at the most",
}
"""Of defaults that differ from machine to machine."""


def _default(name: str, field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return MADE[name]
    value = field.default
    if value is None or value == "" or (isinstance(value, tuple | dict) and not value):
        return "none"
    if isinstance(value, bool):
        return code(str(value).lower())
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"{value:,}"
    return code(value if isinstance(value, str | Path) else repr(value))
