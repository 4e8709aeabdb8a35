"""The command that serves the page on which a person looks at results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from docglean.cli.parameters import app, takes_options
from docglean.extractors.options import RunOptions

PORT = 8651
"""The same each time, so that a page left open finds its server again."""


@app.command
@takes_options(only=("private", "password"))
def review(
    source: Annotated[Path | None, Parameter(name="RUN")] = None,
    /,
    *,
    all: Annotated[
        Path | None, Parameter(help="Folder below which all run folders are reviewed.")
    ] = None,
    queue: Annotated[
        str | None,
        Parameter(
            help="What to look at, e.g. 'confidence<0.9 or failed_check'; the names are those of "
            "--when. By default what is unsure, or what something speaks against."
        ),
    ] = None,
    by: Annotated[str | None, Parameter(help="Who reviews; by default the login.")] = None,
    blind: Annotated[
        bool, Parameter(negative="", help="Reviewers do not see what others have said.")
    ] = False,
    schema: Annotated[
        tuple[str, ...],
        Parameter(
            name="--schema",
            negative="",
            help="path.py:Model of your own, whose checks are made then: code that a run names is "
            "not run by itself.",
        ),
    ] = (),
    fetch: Annotated[
        bool,
        Parameter(
            negative="",
            help="Fetch documents that are not on this machine from where the results say.",
        ),
    ] = False,
    port: Annotated[int, Parameter(help="8651 by default; 0 takes any that is free.")] = PORT,
    host: Annotated[
        str,
        Parameter(
            help="Address to listen at, if others are to reach it: wants a password, or a proxy "
            "that tells who asks. By default only this machine does."
        ),
    ] = "127.0.0.1",
    password_file: Annotated[
        Path | None,
        Parameter(
            help="File with the password with which others sign in; or DOCGLEAN_REVIEW_PASSWORD. "
            "With --host it is asked for where neither is there."
        ),
    ] = None,
    trusted_user_header: Annotated[
        str, Parameter(help="Header in which a proxy tells who asks, e.g. X-Forwarded-User.")
    ] = "",
    trusted_proxy: Annotated[
        tuple[str, ...],
        Parameter(negative="", help="Addresses of that proxy; by default this machine's own."),
    ] = (),
    origin: Annotated[
        tuple[str, ...],
        Parameter(
            negative="", help="Address at which browsers reach it, as https://review.example.com."
        ),
    ] = (),
    browser: Annotated[
        bool, Parameter(negative="--no-browser", help="Open the browser (default).")
    ] = True,
    options: RunOptions,
) -> int:
    """Look at results in the browser, correct them, and sign them off.

    The worst come first. What you say is added to reviews.jsonl in the folder;
    results stay as they are. Only this machine reaches the page, by the address
    that is printed; Ctrl-C ends it.

    Exit code: 0 it was ended, 2 what is named can't be reviewed or served.

    Parameters
    ----------
    source
        A run folder, or a folder with labels (also drafts of `docglean label`).
    """
    from docglean.commands.review import review_command
    from docglean.commands.review_request import ReviewRequest

    wanted = ReviewRequest(
        source=source,
        every_run=all,
        queue=queue,
        by=by,
        blind=blind,
        schemas=schema,
        host=host,
        port=port,
        password_file=password_file,
        user_header=trusted_user_header,
        proxies=trusted_proxy,
        origins=origin,
        fetch=fetch,
        browser=browser,
    )
    return review_command(wanted, options=options)
