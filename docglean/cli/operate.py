"""Commands for those who run docglean over many documents: what it cost, what waits for batches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

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


@app.command
@takes_options(only=("engine", "split", "password", "pages", "budget"))
def split(
    *source: Source,
    options: RunOptions,
    plan: Annotated[
        Path | None,
        Parameter(
            help="New file for the plan: correct its pages, and read by it: extract --split FILE. "
            "Kinds in it are for people; --schema says what a part is read as."
        ),
    ] = None,
    to: Annotated[
        Path | None, Parameter(help="Folder for the parts, each as a PDF.", validator=here)
    ] = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Show which documents a file holds: their pages, kind, how sure that is, and why.

    Nothing is sent unless --engine names a model: it is asked of those pages
    on which what stands there leaves it unsure. Scans are read by OCR. What is
    unsure is marked with a question mark. PDFs and images attached to a PDF
    are documents of it.

    Exit codes:
    0  all good
    1  some files can't be read, or some parts are unsure
    2  the command or the plan is wrong
    """
    from docglean.commands import split as command
    from docglean.flows.request import RunRequest

    # The embedded engine, which is asked nothing, needs no key.
    order = RunRequest.from_options(replace(options, engine=options.engine or "local"))
    wanted = command.Wanted(json, plan, to)
    return command.split_command(source, order=order, wanted=wanted, quiet=quiet)


@app.command
def costs(
    *,
    by: Annotated[
        tuple[Literal["day", "engine", "schema", "run", "model"], ...],
        Parameter(name="--by", negative="", help="What to add up by; all of them by default."),
    ] = (),
    since: Annotated[str | None, Parameter(help="First day to count (UTC), YYYY-MM-DD.")] = None,
    run: Annotated[
        str | None,
        Parameter(help="Only this run, by its name such as 2026-11-28-1, or by its id."),
    ] = None,
    top: Annotated[int, Parameter(help="Lines of each table; --json has all.")] = 12,
    json: AsJson = False,
) -> int:
    """What was spent, by day, engine, schema, run and model, as the ledger has it.

    Tokens are shown beside what was estimated before the calls; a model that takes more than
    twice as many is marked.
    """
    from docglean.commands import costs

    return costs.costs(by=by, since=since, run=run, top=top, as_json=json)


@app.command
def batches(
    *,
    cancel: Annotated[
        str | None, Parameter(help="Ask the provider to stop this one; the start of its name.")
    ] = None,
    all: Annotated[bool, Parameter(negative="", help="Also those that have ended.")] = False,
    json: AsJson = False,
) -> int:
    """Batches that were handed in to providers, as the ledger has them."""
    from docglean.commands import batch

    return batch.batches(cancel=cancel, every=all, as_json=json)


@app.command
@takes_options(only=("password",))
def collect(
    *,
    wait: Annotated[bool, Parameter(negative="", help="Stay until all is answered.")] = False,
    options: RunOptions,
    quiet: Quiet = False,
) -> int:
    """Go on with all runs that wait for batches: fetch answers, finish documents, ask again.

    Exit code: 0 all is finished, 1 some documents are not ok, 3 a budget is used up,
    4 some documents still wait.
    """
    from docglean.commands import batch

    return batch.collect(wait=wait, password=options.password, quiet=quiet)


@app.command
@takes_options(without=("batch", "fresh"))
def watch(
    *source: Annotated[
        str, Parameter(name="SOURCE", help="Folder, glob or fsspec URL such as s3://bucket/in.")
    ],
    run: Annotated[
        bool,
        Parameter(
            negative="", help="Read what arrives here, into --out; no Prefect server is asked."
        ),
    ] = False,
    out: Annotated[
        Path | None, Parameter(help="Folder for results of --run.", validator=here)
    ] = None,
    schema: SchemaSpecs = ("auto",),
    every: Annotated[float, Parameter(help="Seconds between two looks.")] = 2.0,
    settle: Annotated[
        float,
        Parameter(help="Seconds that a file must not have changed before it counts as complete."),
    ] = 5.0,
    skip_existing: Annotated[
        bool, Parameter(negative="", help="What is there at the start counts as done.")
    ] = False,
    once: Annotated[bool, Parameter(negative="", help="Look until all has settled, then end.")] = (
        False
    ),
    options: RunOptions,
    quiet: Quiet = False,
) -> int:
    """Tell a Prefect server of each document that arrives, once it is complete; or read it.

    Emits the event docglean.document.uploaded, by which the deployment extract/on-upload starts.
    With --run it is read at once, with the options of `extract`: each look that finds documents is
    a run of its own in --out. What was done is in the ledger: after a restart nothing is missed,
    told of or paid twice.
    """
    from docglean.commands import watch

    reading = watch.asked_reading(options, schema, out, run=run, quiet=quiet)
    return watch.watch(
        source,
        every=every,
        settle=settle,
        once=once,
        skip_existing=skip_existing,
        quiet=quiet,
        reading=reading,
    )


@app.command
def drift(
    run: Path,
    /,
    *,
    against: Annotated[Path, Parameter(help="Run folder that is known to be good.")],
    false_alarms: Annotated[
        float, Parameter(help="Share of runs like the baseline that may be told as drift.")
    ] = 0.05,
    page: Annotated[Path | None, Parameter(help="HTML file that shows it.", validator=here)] = None,
    json: AsJson = False,
) -> int:
    """Whether a run still looks like a baseline; no label is needed.

    Watches values that are not on the page, empty fields, failed checks, confidence, page quality,
    documents that are not ok, cost a page; and whether engine, served model or a schema are
    others. The limit is found by drawing runs from the baseline itself.

    Exit code: 0 no drift is shown, 1 something has drifted, 2 they cannot be compared.

    Parameters
    ----------
    run
        Run folder.
    """
    from docglean.commands.drift import drift_command

    return drift_command(run, against, false_alarms=false_alarms, page=page, as_json=json)


@app.command
def forget(
    *document: Annotated[
        str, Parameter(name="DOCUMENT", help="By path, by name, or by SHA-256 (or its beginning).")
    ],
    before: Annotated[
        str | None,
        Parameter(
            help="What was written before this day (UTC), YYYY-MM-DD; of all documents, or "
            "of those that are named."
        ),
    ] = None,
    dry_run: Annotated[bool, Parameter(negative="", help="Say what would go; remove nothing.")] = (
        False
    ),
) -> int:
    """Remove words, replies and transcripts of documents from the ledger; the accounts stay.

    Says which results stay in run folders. What is read again afterwards is paid for again.

    Exit code: 0 all is removed, 1 a document is not known, or waits for its answers.
    """
    from docglean.commands import forget

    return forget.forget_command(document, before=before, dry_run=dry_run)


@app.command
def export(
    run: Path,
    to: str,
    /,
    *,
    kind: Annotated[
        str | None,
        Parameter(
            name="--to",
            help="csv, csv-excel, parquet, xlsx, json, jsonl, sql, duckdb, folder (the run folder "
            "as it is), or a package's format; by default as the destination looks.",
        ),
    ] = None,
    prefix: Annotated[str, Parameter(help="Of the tables' names in a database.")] = "docglean_",
    table: OneTable = None,
    reviewed_only: Annotated[
        bool, Parameter(negative="", help="Only documents that a person has signed off.")
    ] = False,
    unreviewed: Annotated[
        bool, Parameter(negative="", help="Only documents that nobody has signed off.")
    ] = False,
) -> int:
    """Write the results of a run to a file, a folder of tables, or a database.

    Values are the reviewed ones where somebody has reviewed the run; what the engine had read
    stands beside them in the table `values`. Documents that are in a database already are
    replaced.

    Parameters
    ----------
    run
        A run folder.
    to
        One file: results.csv or .parquet (a row a document; lists beside it), .xlsx, .json, .jsonl,
        .sqlite, .duckdb. A folder that ends in csv or parquet: a file for each table. Here or by an
        fsspec URL such as s3://bucket/results.csv. Or a SQLAlchemy URL such as
        postgresql+psycopg://user@host/name.
    """
    from docglean.commands.export import export_command

    return export_command(run, to, kind, prefix, table, reviewed_only, unreviewed)


@app.command
def audit(
    run: Path | None = None,
    /,
    *,
    out: Annotated[
        Path | None,
        Parameter(help="The file; audit.json in the run folder by default.", validator=here),
    ] = None,
    schema: Annotated[
        tuple[str, ...],
        Parameter(
            name="--schema",
            negative="",
            help="Your own schemas that the run was read by, so that the file has them whole: "
            "without, their fields and types.",
        ),
    ] = (),
    check: Annotated[
        Path | None, Parameter(help="Only tell whether this file is as it was written.")
    ] = None,
) -> int:
    """Write one file that tells years later what was read and who looked at it.

    Nobody needs docglean to read it. For each document: its SHA-256, what was
    asked and what answered, calls and cost from the ledger, every value with
    where it stands and how sure it is, what the engine had read first, and
    every correction. The file says itself what its words mean, and ends in a
    SHA-256.

    Exit codes:
    0  written, or as it was written
    1  it was changed
    2  the command is wrong

    Parameters
    ----------
    run
        A run folder.
    """
    from docglean.commands import audit

    return audit.audit_command(run, out=out, schemas=schema, check=check)
