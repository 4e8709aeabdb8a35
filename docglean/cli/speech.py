"""Commands for recordings alone: what is said in them, and weights of speech engines."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from cyclopts import App, Parameter

from docglean.cli.parameters import Out, Quiet, Source, app, takes_options
from docglean.extractors.options import RunOptions

HEARD = (
    "speech", "language", "download", "private", "concurrency", "budget", "daily_budget", "fresh",
)  # fmt: skip
"""Options that concern recordings, too."""

models = App(name="models", help="Weights of speech engines on this machine.")
app.command(models)


@app.command
@takes_options(only=HEARD)
def transcribe(
    *source: Source,
    format: Annotated[
        Literal["text", "json", "srt", "vtt"],
        Parameter(help="text (default), json with times, or subtitles."),
    ] = "text",
    options: RunOptions,
    out: Out = None,
    quiet: Quiet = False,
) -> int:
    """Write what is said in recordings and films.

    Standard output, or with --out one file for each. What was heard before is not heard again, and
    a run that was ended goes on where it stopped. In a folder, documents with pages are left out.
    Exit code: 0 all good, 1 some recordings failed, 2 the command, the speech engine or the key is
    wrong, 3 the budget is used up.
    """
    from docglean.commands import transcribe
    from docglean.flows.request import RunRequest

    # No engine is asked anything; the embedded one needs no key.
    order = RunRequest.from_options(replace(options, engine="local"))
    return transcribe.transcribe_command(given=source, order=order, form=format, out=out,
                                         quiet=quiet)  # fmt: skip


@models.command
def pull(spec: str, /) -> int:
    """Download the weights of a speech engine, and say where they are.

    Parameters
    ----------
    spec
        faster-whisper:small, whisper:base, or another size.
    """
    from docglean.commands import transcribe

    return transcribe.pull_command(spec)
