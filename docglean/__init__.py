"""Documents in, validated JSON out.

from docglean import extract
from docglean.schemas import Invoice

extraction = extract("invoice.pdf", Invoice, engine="local")
print(extraction.data.grand_total, extraction.evidence["/grand_total"].page)
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Installed, the rooms lie in this folder; in a checkout beside it. Who works in a checkout's root
# imports this folder whichever way docglean was installed, and gets all rooms from the same tree.
_HERE = Path(__file__).resolve().parent
if not (_HERE / "extractors").is_dir():
    __path__.append(str(_HERE.parent))

from docglean.extractors.drawn_by import faces_from  # noqa: E402
from docglean.extractors.opt_outs import opt_out  # noqa: E402

opt_out()  # before anything of ours can load what it is about
faces_from(lambda: import_module("docglean.faces"))

if TYPE_CHECKING:
    from docglean.api import extract as extract
    from docglean.api import extract_async as extract_async
    from docglean.api import extract_many as extract_many
    from docglean.api import extract_many_async as extract_many_async
    from docglean.api import results as results
    from docglean.client.async_extractor import AsyncExtractor as AsyncExtractor
    from docglean.client.extractor import Extractor as Extractor
    from docglean.extractors.extraction import Evidence as Evidence
    from docglean.extractors.extraction import Extraction as Extraction
    from docglean.extractors.settings import Settings as Settings
    from docglean.schemas.errors import BudgetExceeded as BudgetExceeded
    from docglean.schemas.errors import ConfigError as ConfigError
    from docglean.schemas.errors import DocgleanError as DocgleanError
    from docglean.schemas.errors import ModelError as ModelError
    from docglean.schemas.errors import Problem as Problem
    from docglean.schemas.errors import SchemaError as SchemaError
    from docglean.schemas.errors import SourceError as SourceError

_HOMES = {
    "docglean.client.async_extractor": ("AsyncExtractor",),
    "docglean.client.extractor": ("Extractor",),
    "docglean.api": (
        "extract", "extract_async", "extract_many", "extract_many_async", "results",
    ),
    "docglean.extractors.extraction": ("Evidence", "Extraction"),
    "docglean.extractors.settings": ("Settings",),
    "docglean.schemas.errors": (
        "BudgetExceeded", "ConfigError", "DocgleanError", "ModelError", "Problem", "SchemaError",
        "SourceError",
    ),
}  # fmt: skip

__all__ = sorted(name for names in _HOMES.values() for name in names)  # pyright: ignore


def __getattr__(name: str) -> Any:
    # The command line must answer --help at once: nothing heavy is imported before it's used.
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'docglean' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
