"""Options of a run as parameters of a flow: as JSON has them, each with its help."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any, TypeVar

from docglean.extractors.options import ACCOUNT, Option, offered_options, with_options
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


def _as_json(option: Option) -> tuple[Any, Any]:
    if option.kind in AS_JSON:
        return AS_JSON[option.kind], None
    return option.kind, option.default
