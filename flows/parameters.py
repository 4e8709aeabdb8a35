"""Options of a run as parameters of a flow: as JSON has them, each with its help."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from docglean.extractors.options import ACCOUNT, Option, offered_options, with_options
from docglean.flows.export.destination import looks_like
from docglean.flows.names import run_folder
from docglean.schemas.errors import ConfigError
from prefect.runtime import deployment

R = TypeVar("R")

AS_JSON: dict[Any, Any] = {Decimal | None: float | None, tuple[str, ...]: list[str] | None}
"""Types that Prefect's forms and events have no word for."""


def flow_options(
    *, without: Collection[str] = ()
) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """`with_options` for a flow, whose docstring has to end with its ``Args``."""

    def decorate(function: Callable[..., R]) -> Callable[..., R]:
        call = with_options(_as_json, without=without)(function)
        told = [
            f"    {one.name}: {one.text}" for one in offered_options() if one.name not in without
        ]
        call.__doc__ = "\n".join([inspect.cleandoc(function.__doc__ or ""), *told])
        return call

    return decorate


def account(flow: str) -> str:
    """Whose daily budget the run now under way counts against: its deployment's, if it has one."""
    return f"{flow}/{deployment.name}" if deployment.name else ACCOUNT


def out_folder(out: str) -> Path:
    """The run folder that a flow reads into.

    Raises:
        ConfigError: ``bad_option``: by its name it is a file or a database; ``out_elsewhere``.
    """
    found = looks_like(out)
    if found is not None:
        raise ConfigError(
            "bad_option",
            f"A flow reads into a run folder, and by its name {out} is {found.name}.",
            f"Name a folder in out, and {out} in send_to.",
        )
    return run_folder(out)


def _as_json(option: Option) -> tuple[Any, Any]:
    if option.kind in AS_JSON:
        return AS_JSON[option.kind], None
    return option.kind, option.default
