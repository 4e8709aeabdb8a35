"""The command line itself, and the parameters that several commands take."""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from docglean.extractors.options import Option, with_options

app = App(
    name="docglean",
    help="Turn PDFs, scans, photos and recordings into validated JSON.",
    help_epilogue="Every command takes --config FILE (settings) and --debug (tracebacks).",
    version_flags=["--version"],
    help_format="plaintext",
    result_action="return_value",
    suppress_keyboard_interrupt=False,
    default_parameter=Parameter(show_default=False),
)

Source = Annotated[
    str,
    Parameter(
        name="SOURCE",
        help="File, folder, glob, fsspec URL, or - for a list of them on standard input.",
    ),
]
SchemaSpecs = Annotated[
    tuple[str, ...],
    Parameter(
        name="--schema",
        negative="",
        help="auto (default: the built-in ones), a NAME, path.py:Model, package.module:Model, "
        "file.json, file.yaml, or fields on one line: 'number, date, total: money'; given several, "
        "each document is sorted to one of them.",
    ),
]


def here(_: Any, path: Path | None) -> None:
    """Refuse a URL where a folder or file of this machine is meant.

    Raises:
        ConfigError: ``out_elsewhere``.
    """
    if path is not None:
        from docglean.flows.names import run_folder

        run_folder(str(path))


Out = Annotated[
    Path | None,
    Parameter(name="--out", help="Folder for results; added to if it has some.", validator=here),
]
OneTable = Annotated[
    str | None,
    Parameter(
        name="--table",
        help="Only this table: results (a row a document), values (a row a value, with page, "
        "confidence and problems), or a list by its name, such as lines.",
    ),
]

NeedWords = Annotated[
    str,
    Parameter(
        name="--for",
        help="What the engine has to do: 'vision, private, german, 5 s, $2/1000 pages'; also "
        "hearing, interactive, balanced, reasoning, batch.",
    ),
]
HourlyPrice = Annotated[
    str | None,
    Parameter(
        name="--hourly-price",
        help="US dollars for an hour of your machine, to weigh engines that run on it.",
    ),
]


def takes_options(
    *, only: Collection[str] | None = None, without: Collection[str] = ()
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """`with_options` for a command: ``--name`` for each."""
    return with_options(_as_words, only=only, without=without)


def _as_words(option: Option) -> tuple[Any, Any]:
    # An amount may be written with its $, which cyclopts would not take for a number.
    kind = str | None if option.kind == Decimal | None else option.kind
    name = "--" + option.name.replace("_", "-")
    return Annotated[kind, Parameter(name=name, negative="", help=option.text)], option.default


Quiet = Annotated[bool, Parameter(name="--quiet", negative="", help="No progress, errors only.")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="JSON instead of a table.")]
