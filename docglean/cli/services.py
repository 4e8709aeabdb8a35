"""Commands by which other programs use docglean: over HTTP, and as tools of an agent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from docglean.cli.parameters import SchemaSpecs, app, here, takes_options
from docglean.extractors.options import RunOptions

PORT = 8652
"""The one after that of `docglean review`."""


@app.command
@takes_options(without=("batch", "pages"))
def serve(
    *,
    folder: Annotated[
        Path,
        Parameter(
            help="Where documents and results lie until they are deleted; made if need be.",
            validator=here,
        ),
    ],
    schema: SchemaSpecs = ("auto",),
    options: RunOptions,
    port: Annotated[int, Parameter(help="8652 by default; 0 takes any that is free.")] = PORT,
    host: Annotated[
        str,
        Parameter(
            help="Address to listen at, if others are to reach it. By default only this machine "
            "does."
        ),
    ] = "127.0.0.1",
    token_file: Annotated[
        Path | None,
        Parameter(
            help="File with a line NAME TOKEN for each who may ask; or DOCGLEAN_SERVE_TOKEN holds "
            "one."
        ),
    ] = None,
    no_token: Annotated[
        bool,
        Parameter(
            name="--no-token", negative="", help="Whoever is on this machine may ask; not --host."
        ),
    ] = False,
    origin: Annotated[
        tuple[str, ...],
        Parameter(
            negative="", help="Address at which it is reached, as https://documents.example.com."
        ),
    ] = (),
    rate: Annotated[int, Parameter(help="Requests a minute with one token.")] = 600,
    queue: Annotated[int, Parameter(help="Documents that may wait.")] = 1000,
    keep_days: Annotated[
        float, Parameter(help="Days for which documents and results are kept once they are done.")
    ] = 7.0,
) -> int:
    """Read documents that come by HTTP, until it is ended.

    What was accepted is read, whatever happens to the server: the queue is in
    the ledger. Only this machine reaches it, with a token; its address is
    printed, /openapi.json says what may be asked. Ctrl-C ends it.

    Exit code: 0 it was ended, 2 it can't be served so.
    """
    from docglean.commands.serve import ServeRequest, serve_command
    from docglean.serve.service import ServiceLimits

    wanted = ServeRequest(
        folder=folder,
        schemas=schema,
        host=host,
        port=port,
        token_file=token_file,
        without_token=no_token,
        origins=origin,
        rate=rate,
        limits=ServiceLimits(queue, keep_days),
    )
    return serve_command(wanted, options=options)


@app.command
@takes_options(without=("batch", "pages", "split"))
def mcp(
    *,
    folder: Annotated[
        tuple[Path, ...],
        Parameter(name="--folder", negative="", help="What may be looked into; nothing else is."),
    ] = (),
    schema: SchemaSpecs = ("auto",),
    allow_remote: Annotated[
        bool,
        Parameter(negative="", help="Let --engine send pages off this machine; else it may not."),
    ] = False,
    options: RunOptions,
) -> int:
    """Tools of an agent (Model Context Protocol), on standard input and output.

    It may list documents, read one, look a value up with its page and box,
    verify a citation, and see a piece of a page: of the named folders only.
    The engine is local unless one is named. Wants the extra `mcp`.

    Exit code: 0 the agent has hung up, 2 something is wrong.
    """
    from docglean.commands.mcp import mcp_command

    return mcp_command(folder, schema, allow_remote, options=options)
