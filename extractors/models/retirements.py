"""When models end: from the tables that the vendors' SDKs carry, and from the vendors' pages.

Imports no SDK.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from docglean.extractors.models.providers import PROVIDERS

_QUOTED = re.compile(r'"([^"\s]+)"')
_UNSUPPORTED = re.compile(r'- "([^"\s]+)": Not a supported model')
_SHUTDOWN = re.compile(r"Announced\s+shutdown\s+date:\s+(\d{4}-\d{2}-\d{2})")


@cache
def retirements(provider: str) -> dict[str, date]:
    """Date by model name on which the provider ends it; empty where nobody tells."""
    record = PROVIDERS[provider]
    tables = _TABLES.get(record.sdk)
    if tables is None:
        return dict(record.retires)
    try:
        return tables.ends()
    except (OSError, ValueError, SyntaxError):
        # An SDK that moved its table: no dates are known, which is what an empty answer says.
        return {}


@cache
def sdk_models(provider: str) -> tuple[str, ...]:
    """Chat models that the vendor's SDK names in its types, in its order (newest first).

    Those that it calls unsupported beside are left out.
    """
    sdk = PROVIDERS[provider].sdk
    if sdk not in _TABLES:
        return ()
    try:
        text = _source(sdk, _TABLES[sdk].models)
        tree = ast.parse(text)
    except (OSError, ValueError, SyntaxError):
        return ()
    unsupported = set(_UNSUPPORTED.findall(text))
    literals = [
        node.slice
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and getattr(node.value, "id", "") == "Literal"
    ]
    return tuple(
        constant.value
        for literal in literals
        for constant in ast.walk(literal)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
        if constant.value not in unsupported
    )


def _anthropic() -> dict[str, date]:
    """``DEPRECATED_MODELS``: ``{"claude-opus-4-5": "January 22nd, 2027", ...}``."""
    tree = ast.parse(_source("anthropic", "_data/deprecated_models.py"))
    tables = [node for node in ast.walk(tree) if isinstance(node, ast.Dict)]
    dates: dict[str, date] = {}
    for table in tables:
        for model, day in ast.literal_eval(table).items():
            plain = re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", day)
            dates[model] = datetime.strptime(plain, "%B %d, %Y").date()
    return dates


def _openai() -> dict[str, date]:
    return _openai_list("types/shared/chat_model.py") | _openai_list("types/audio_model.py")


def _openai_list(path: str) -> dict[str, date]:
    """The text below a list of models: ``- "gpt-5", "o3": Announced shutdown date: 2026-12-11.``"""
    dates: dict[str, date] = {}
    _, _, text = _source("openai", path).partition("Deprecated values:")
    for entry in re.split(r"\n- ", text):
        names, found = entry.partition("Announced")[0], _SHUTDOWN.search(entry)
        if found:
            day = date.fromisoformat(found[1])
            dates |= dict.fromkeys(_QUOTED.findall(names), day)
    return dates


@dataclass(frozen=True, slots=True)
class _Tables:
    """What an SDK tells of models: the file that lists them, and what reads when they end."""

    models: str
    ends: Callable[[], dict[str, date]]


_TABLES = {
    "anthropic": _Tables("types/model_param.py", _anthropic),
    "openai": _Tables("types/shared/chat_model.py", _openai),
}


def _source(package: str, path: str) -> str:
    """Text of a file of an installed package, found without importing it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise OSError(f"{package} is not installed")
    return (Path(spec.submodule_search_locations[0]) / path).read_text(encoding="utf-8")
