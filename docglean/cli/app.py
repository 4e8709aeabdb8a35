"""The command line. Thin: what a command does stands in the rooms behind it."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, TextIO

from cyclopts import Parameter

from docglean.cli.exits import INTERRUPTED, OK, SOME_FAILED, WRONG
from docglean.cli.parameters import (
    AsJson,
    OneTable,
    Quiet,
    SchemaSpecs,
    Source,
    app,
    here,
    takes_options,
)
from docglean.extractors.options import RunOptions

if TYPE_CHECKING:
    from cyclopts import CycloptsError

OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Modules that load make tens of thousands of objects that stay: at Python's own 700 to 2,000, a
seventh of a short command's time is spent looking for garbage among them."""


@app.command
@takes_options()
def extract(
    *source: Source,
    schema: SchemaSpecs = ("auto",),
    options: RunOptions,
    out: Annotated[
        str | None,
        Parameter(
            help="Folder for results, added to if it has some; or one file, by its name: .csv, "
            ".xlsx, .parquet, .json, .jsonl, .sqlite, .duckdb; or a URL of such a file or a "
            "database.",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        Parameter(
            name="--format",
            help="Of standard output: table (a terminal's, of one document), json, jsonl, csv, "
            "csv-excel, xlsx, parquet. With --out its name tells; csv-excel is a .csv that Excel "
            "takes for UTF-8.",
        ),
    ] = None,
    table: OneTable = None,
    wait: Annotated[
        bool,
        Parameter(
            negative="--no-wait",
            help="With --batch: stay until all is answered. --no-wait hands in and comes back at "
            "once; `docglean collect` goes on.",
        ),
    ] = True,
    only: Annotated[
        Literal["new", "failed", "stale"] | None,
        Parameter(
            help="new: what is not in --out, what has changed since, and what failed there for a "
            "reason that may pass; failed: what is failed or partial there; stale: what another "
            "schema, engine, prompt version or --then made, or lacks the answer of --then."
        ),
    ] = None,
    fail_fast: Annotated[
        bool, Parameter(negative="", help="Begin no further document after one that failed.")
    ] = False,
    quiet: Quiet = False,
) -> int:
    """Read documents and write what is in them as validated JSON.

    Without --out, a terminal gets one document as a table, and of several the
    first values of each; elsewhere one is printed as JSON, several as one JSON
    a line as they are done.
    One file is written when all is read, with a row a document and lists
    beside it; to go on after a break, or --only new, name a folder.

    Exit codes:
    0  all good
    1  some documents failed, are partial or have to be looked at (review)
    2  the command, the schema, the engine or the key is wrong
    3  the budget is used up
    4  some documents wait for a batch
    """
    if only is None:  # else, perhaps nothing is opened
        from docglean.extractors.documents.fork_server import begin

        begin()
    from docglean.commands import extract
    from docglean.flows.request import RunRequest

    return extract.extract_command(
        given=source,
        order=RunRequest.from_options(options, schemas=schema),
        out=out,
        kind=kind,
        table=table,
        only=only,
        fail_fast=fail_fast,
        quiet=quiet,
        wait=wait,
    )


@app.command
@takes_options()
def estimate(
    *source: Source,
    schema: SchemaSpecs = ("auto",),
    options: RunOptions,
    json: AsJson = False,
) -> int:
    """Tokens, pages and cost of an extraction before anything is sent.

    Takes all options of `extract`, and gives its cost with them.
    """
    from docglean.commands import extract
    from docglean.flows.request import RunRequest

    order = RunRequest.from_options(options, schemas=schema)
    return extract.estimate_command(given=source, order=order, as_json=json)


@app.command
def doctor(
    folder: Path = Path(),
    /,
    *,
    deep: Annotated[
        bool, Parameter(negative="", help="Also what takes long: hashes of speech weights.")
    ] = False,
    all: Annotated[
        bool, Parameter(negative="", help="Also how to set up what is not set up.")
    ] = False,
    json: AsJson = False,
) -> int:
    """Look at all that a deployment needs: ok, warn or fail, each with a way out.

    Engines and keys (never shown), budgets and rates, ledger, weights, run
    folders, clocks, the Prefect server with its deployments and workers,
    memory, settings, packages. Asks nobody but servers on this machine and
    those that are configured: engines of your own, Prefect, the ledger's
    database, DOCGLEAN_REVIEW_URL.

    Exit code: 0 nothing fails, 1 something does.

    Parameters
    ----------
    folder
        That of the deployment's prefect.yaml; the current one by default.
    """
    from docglean.commands import doctor

    return doctor.doctor(folder, deep=deep, every=all, as_json=json)


@app.command
def show(
    result: Path,
    /,
    *,
    out: Annotated[
        Path | None, Parameter(help="The HTML file; beside the result by default.", validator=here)
    ] = None,
    fetch: Annotated[
        bool,
        Parameter(
            negative="",
            help="Fetch documents that are not on this machine from where the results say.",
        ),
    ] = False,
) -> int:
    """Write an HTML page that shows documents with boxes beside the values found.

    Of several documents it is a list, and the page of each lies in a folder beside it. It can be
    opened as soon as its name is printed, while the pages of further documents are drawn.

    Parameters
    ----------
    result
        A run folder, a results.jsonl, or one document's JSON.
    """
    from docglean.commands.show import show as write_page

    write_page(result, out, fetch=fetch, opened=lambda page: print(page, flush=True))
    return OK


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Entry point: runs a command; an error is one message and an exit code, never a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    warnings.showwarning = _show_warning
    debug = "--debug" in given or bool(os.environ.get("DOCGLEAN_DEBUG"))
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    # pydantic looks through all installed packages for plugins of its own: 0.05 s.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    code = run_command([argument for argument in given if argument != "--debug"], debug=debug)
    gc.freeze()  # else the interpreter looks through everything once more before it ends
    sys.exit(code)


def run_command(arguments: Sequence[str], *, debug: bool = False) -> int:
    """One command, as `main` but without ending the process: its exit code."""
    try:
        words, config = _without_config(arguments)
    except ValueError as error:
        return _fail(str(error), "See docglean --help.", WRONG)
    with _named_config(config):
        return _run(words, debug=debug)


def _without_config(arguments: Sequence[str]) -> tuple[list[str], str | None]:
    """The words without ``--config FILE``, which every command takes, and that file."""
    words, config = list(arguments), None
    end = words.index("--") if "--" in words else len(words)
    for place in reversed(range(end)):
        name, equals, value = words[place].partition("=")
        if name != "--config":
            continue
        taken = 1 if equals else 2
        if not equals:
            value = words[place + 1] if place + 1 < end else ""
        if not value:
            raise ValueError("--config wants a file.")
        config = config or value
        del words[place : place + taken]
    return words, config


@contextmanager
def _named_config(config: str | None) -> Iterator[None]:
    """The file in force, here and in all processes that are started meanwhile."""
    if config is None:
        yield
        return
    from docglean.extractors.config_files import VARIABLE

    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(Path(config).expanduser().absolute())
    try:
        yield
    finally:
        os.environ.pop(VARIABLE) if before is None else os.environ.update({VARIABLE: before})


def _run(arguments: Sequence[str], *, debug: bool) -> int:
    from cyclopts import CycloptsError

    from docglean.extractors.telemetry.setup import own_process

    own_process()
    if os.environ.get("DOCGLEAN_LOG") == "json":  # errors before the settings are read, too
        from docglean.extractors.telemetry.logs import write_json

        write_json()
    # A word that begins with a hyphen would be taken for an option; blanks around it are nothing.
    words = [f" {word}" if word == "-" else word for word in arguments]
    if not words or words[0].startswith("-") or words[0] not in app:
        import_module("docglean.cli.all_commands")
    try:
        result: Any = app(words, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        return _fail(*_misused(error), WRONG)
    except KeyboardInterrupt:
        return _fail("Interrupted.", "What is done is kept; run again to go on.", INTERRUPTED)
    except BrokenPipeError:  # e.g. `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:
        if debug:
            raise
        from docglean.schemas.errors import ConfigError, DocgleanError, SchemaError

        if isinstance(error, DocgleanError):
            wrong = isinstance(error, ConfigError | SchemaError)
            code = WRONG if wrong else SOME_FAILED
            return _fail(error.message, error.way_out, code, getattr(error, "excerpt", ()))
        return _fail(
            f"Something went wrong in docglean itself: {type(error).__name__}: {error}",
            "Run again with --debug and report what it says.",
            WRONG,
        )
    return result if isinstance(result, int) else OK


def _misused(error: CycloptsError) -> tuple[str, str]:
    """What is wrong with a command line, in our own words where cyclopts speaks of its tokens, and
    the way out."""
    from cyclopts.exceptions import UnusedCliTokensError

    command = " ".join(error.command_chain or ())
    if not isinstance(error, UnusedCliTokensError) or not command:
        return str(error).strip(), "See docglean --help."
    words = ", ".join(map(repr, error.unused_tokens or ()))
    return f"{command} takes no argument {words}.", f"See docglean {command} --help."


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """A warning as a line for people: where in the code it arose is not their business."""
    from docglean.extractors.notices import tell

    tell(f"Warning: {message}")


def _fail(message: str, way_out: str, code: int, excerpt: Sequence[str] = ()) -> int:
    """Say what went wrong: on one line, or around an excerpt of what was written, on several."""
    from docglean.extractors.notices import tell

    if not excerpt:
        message, way_out = f"{message} {way_out}".strip(), ""
    tell(message, error=True)
    for line in (*excerpt, way_out):
        if line:
            tell(line)
    return code
