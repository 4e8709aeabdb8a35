"""What may be chosen in Python: options of a run as keywords, for checkers and ``help()``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_type_hints

from docglean.extractors.options import Keywords, RunOptions, offered_options

if TYPE_CHECKING:
    from docglean.extractors.progress import Progress
    from docglean.extractors.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

HERE = "**choices: "
"""How the line of a docstring begins in whose place the keywords are described."""


class Choices(Keywords, total=False):
    """What may be chosen for a call or for a client; what is left out comes from the settings.

    Keys:
        settings: instead of those of environment and files.
        on_progress: called with each `Progress`, in the client's own thread.
    """

    settings: Settings | None
    on_progress: Callable[[Progress], None] | None


def choices_of(options: RunOptions) -> Choices:
    """Options of a run as a client takes them."""
    known = _known()
    told = {name: value for name, value in options.offered().items() if name in known}
    return cast("Choices", told)


_OURS = {
    "settings": ("Settings | None", "instead of those of environment and files."),
    "on_progress": (
        "Callable[[Progress], None] | None",
        "called with what has just happened to a document, in the client's own thread.",
    ),
}


def spelled_out(function: F) -> F:
    """Have ``help()`` and editors that look at run time see each keyword by itself.

    Checkers read `Choices`; names, defaults and texts are those of `RunOptions`.
    """
    signature = inspect.signature(function)
    kept = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
    function.__signature__ = signature.replace(  # type: ignore[attr-defined]  # not in typeshed
        parameters=[*kept, *_parameters()]
    )
    function.__doc__ = _described(function.__doc__ or "")
    return function


def _parameters() -> list[inspect.Parameter]:
    kinds = get_type_hints(Keywords)
    made = [
        inspect.Parameter(
            one.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=one.default,
            annotation=kinds[one.name],
        )
        for one in offered_options()
        if one.name in kinds
    ]
    return made + [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, (kind, _) in _OURS.items()
    ]


def _described(text: str) -> str:
    """The docstring, with a line for each keyword where one line stands for all."""
    lines: list[str] = []
    for line in text.splitlines():
        bare = line.lstrip()
        indent = line[: len(line) - len(bare)]
        lines += [f"{indent}{one}" for one in _texts()] if bare.startswith(HERE) else [line]
    return "\n".join(lines)


def _texts() -> list[str]:
    told = [f"{one.name}: {one.text}" for one in offered_options() if one.name in _known()]
    return told + [f"{name}: {text}" for name, (_, text) in _OURS.items()]


def _known() -> frozenset[str]:
    return frozenset(Keywords.__annotations__)
