"""The command line itself, and the parameters that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

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
        help="auto (default: the built-in ones), a NAME, path.py:Model, package.module:Model or "
        "file.json; given several, each document is sorted to one of them.",
    ),
]
EngineSpec = Annotated[
    str | None,
    Parameter(
        name="--engine",
        help="[inputs+]provider[:model][@base_url], e.g. local, anthropic:claude-haiku-5-5, "
        "ocr+ollama:llama3.2; auto takes the first that is usable.",
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
Pages = Annotated[str | None, Parameter(name="--pages", help="Pages to read, such as 1-3,7.")]
Passwords = Annotated[
    tuple[str, ...],
    Parameter(name="--password", negative="", help="Tried on PDFs that want one."),
]
Concurrency = Annotated[
    int | None, Parameter(name="--concurrency", help="Model calls under way at once.")
]
Private = Annotated[
    bool | None,
    Parameter(
        name="--private",
        negative="",
        help="Refuse every engine that is not on this machine or on a listed host.",
    ),
]
Instructions = Annotated[
    str, Parameter(name="--instructions", help="Your own words for the model.")
]
Speech = Annotated[
    str | None, Parameter(name="--speech", help="Engine for recordings, e.g. faster-whisper:small.")
]
Language = Annotated[
    str | None,
    Parameter(name="--language", help="Of recordings, as de; auto (default) finds it out."),
]
Download = Annotated[
    bool,
    Parameter(
        name="--download",
        negative="",
        help="Download weights of the speech engine that are missing; nothing else does.",
    ),
]
Budget = Annotated[
    str | None,
    Parameter(
        name="--budget",
        help="US dollars that this run may spend. It ends before the call that would cross it; "
        "what is done is kept.",
    ),
]
Batch = Annotated[
    bool,
    Parameter(
        name="--batch",
        negative="",
        help="At half price, answered within a day: by the provider's batch API.",
    ),
]
ServiceTier = Annotated[
    Literal["standard", "flex"],
    Parameter(
        name="--tier",
        help="flex: at a batch's price within minutes (OpenAI, Gemini); what there is no room for "
        "is answered at the standard price.",
    ),
]
Quiet = Annotated[bool, Parameter(name="--quiet", negative="", help="No progress, errors only.")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="JSON instead of a table.")]
