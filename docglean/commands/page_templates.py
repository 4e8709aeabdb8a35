"""Templates and words of the pages that people look at in a browser."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parents[1] / "templates"
STATIC = Path(__file__).parents[1] / "review" / "static"
"""What the review serves as it is; the page of results has some of it within itself."""


@cache
def texts() -> dict[str, Any]:
    """All words that the pages say of themselves, by part and name."""
    told: dict[str, Any] = json.loads((STATIC / "texts.en.json").read_text(encoding="utf-8"))
    return told


@cache
def environment() -> Environment:
    """The templates; all that is put into one is escaped.

    Those of a document want to know by `review` whether its values can be looked at and changed.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from docglean.flows.totals import duration, money

    made = Environment(
        loader=FileSystemLoader((TEMPLATES, STATIC)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"money": money, "duration": duration}
    made.globals |= {"t": texts()["document"] | {"review": texts()["review"]}, "review": False}
    return made
