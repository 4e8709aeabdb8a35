"""Completion of commands and options by the shell that they are typed in."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from docglean.cli.exits import OK
from docglean.cli.parameters import app


@app.command
def completion(
    shell: Literal["bash", "zsh", "fish"],
    /,
    *,
    install: Annotated[
        bool,
        Parameter(negative="", help="Write it where the shell looks for it, and say where."),
    ] = False,
) -> int:
    """Print the script by which a shell completes commands and options on the Tab key.

    For this shell only: source <(docglean completion bash)
    For all that start from now on: docglean completion bash --install

    Parameters
    ----------
    shell
        bash, zsh or fish.
    """
    if not install:
        print(app.generate_completion(shell=shell))
        return OK
    path = app.install_completion(shell=shell)
    print(f"Wrote {path}. It works in a shell that is started from now on.")
    return OK
