"""Which model answered: vendors let others stand in for models that ended or are full."""

from __future__ import annotations

import re
from collections.abc import Iterable

from docglean.extractors.models.engines import Engine, parse_engine, told_model
from docglean.extractors.models.families import ANY, family
from docglean.extractors.models.providers import PROVIDERS
from docglean.schemas.errors import Problem

_VERSION = re.compile(
    r"(?:[-@](?:\d{4}-\d{2}-\d{2}|\d{8}|\d{4}|\d{2}-\d{2}|\d{3}))$|-v\d+(?::\d+)?$"
)
"""How vendors name a state of a model: ``-20251001``, ``-2026-03-17``, ``-2603``, ``-001``."""
_MOVING = re.compile(r"-(?:latest|preview)$")
"""How they name whatever is newest."""


def is_another(engine: Engine, served: str) -> bool:
    """Whether the model that answered is another than the one asked for.

    A dated state of the same model is the same. Names of one's own servers and of cloud
    deployments say nothing of the model unless both are known.
    """
    if not served or PROVIDERS[engine.provider].self_hosted:
        return False
    asked, answered = _plain(engine.serves), _plain(served)
    if asked == answered:
        return False
    if _MOVING.search(asked) and answered.startswith(_MOVING.sub("", asked)):
        return False
    return ANY not in (family(engine.serves).pattern, family(served).pattern)


def priced_as(engine: Engine, served: str) -> Engine:
    """The engine whose prices hold for an answer: that of the model that gave it.

    Where a deployment's name says nothing of its model, the answer does.
    """
    unknown = PROVIDERS[engine.provider].cloud and family(engine.serves).pattern == ANY
    if served and (unknown or is_another(engine, served)):
        return told_model(engine, served)
    return engine


def served_by_another(spec: str, served: Iterable[str]) -> list[Problem]:
    """The problem of a document of which another model than asked for gave answers."""
    engine = parse_engine(spec)
    others = sorted({model for model in served if is_another(engine, model)})
    if not others:
        return []
    return [
        Problem(
            code="served_by_another",
            message=f"{engine.serves} was asked; {' and '.join(others)} answered.",
            way_out="Name the model that answers, or another: see `docglean engines` for those "
            "that ended.",
            severity="review",
        )
    ]


def _plain(model: str) -> str:
    """A model's name without vendor, region and date."""
    name = model.lower().rpartition("/")[2].replace(".", "-")
    name = re.sub(r"^(?:[a-z]{2,6}-)?(?:anthropic|openai)-(?=\w)", "", name)
    while (cut := _VERSION.sub("", name)) != name:
        name = cut
    return name
