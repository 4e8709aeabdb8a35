"""``docglean watch``: tells a Prefect server of documents that arrive, or reads them itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from filelock import FileLock, Timeout

from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.notices import tell
from docglean.extractors.options import RunOptions
from docglean.extractors.settings import load_settings
from docglean.flows.events import Upload, check_server, send
from docglean.flows.request import RunRequest, new_run
from docglean.flows.sources import FoundSources, Source, find_sources
from docglean.flows.watch import Watch
from docglean.schemas.errors import BudgetExceeded, ConfigError


@dataclass
class Reading:
    """Reads what arrives: each look that finds something is a run of its own in one folder.

    Attributes:
        order: how documents are read.
        status: the worst exit code so far.
    """

    order: RunRequest
    out: Path
    quiet: bool = False
    status: int = field(default=OK, init=False)

    @property
    def purpose(self) -> str:
        """What `Watch` tells it of documents for: what was read into another folder is new here."""
        return f"read into {self.out.absolute()}"

    async def read(self, uploads: Sequence[Upload]) -> set[UUID]:
        """Read them; the ids of those whose results are in the folder, or that are gone.

        Raises:
            BudgetExceeded: those that were not read are read by the next watch.
            ConfigError: nothing can be read like this.
        """
        from docglean.commands.extract import read_sources

        sources = [source for upload in uploads for source in _sources(upload)]
        if sources:
            order = replace(self.order, run=new_run())
            found = FoundSources(sources)
            status = await read_sources(found, [], order, self.out, quiet=self.quiet, partly=True)
            self.status = max(self.status, status)
            if status == OVER_BUDGET:
                raise BudgetExceeded(
                    "over_budget",
                    "The budget is used up; the watch ends.",
                    "What was not read is read first when it is started again.",
                )
        return {upload.id for upload in uploads}


@contextmanager
def _alone(reading: Reading | None) -> Iterator[None]:
    """No other watch reads into the folder meanwhile: both would read, and pay, each document.

    Raises:
        ConfigError: ``watched``, another one does.
    """
    if reading is None:
        yield
        return
    reading.out.mkdir(parents=True, exist_ok=True)
    lock = FileLock(reading.out / ".watch.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise ConfigError(
            "watched",
            f"Another watch reads into {reading.out}.",
            "End that one, or name another folder: --out.",
        ) from None
    try:
        yield
    finally:
        lock.release()


def asked_reading(
    options: RunOptions, schemas: Sequence[str], out: Path | None, *, run: bool, quiet: bool
) -> Reading | None:
    """How what arrives is read; None where a server is told of it.

    Raises:
        ConfigError: ``no_out``: --run without --out; ``not_run``: how to read without --run, which
            the deployment says.
    """
    if run and out is None:
        raise ConfigError("no_out", "watch --run needs a folder for results.", "Add --out FOLDER.")
    if run and out is not None:
        return Reading(RunRequest.from_options(options, schemas=tuple(schemas)), out, quiet)
    if options != RunOptions() or tuple(schemas) != ("auto",) or out is not None:
        raise ConfigError(
            "not_run",
            "How documents are read is said by the deployment that an upload starts.",
            "Add --run to read them here.",
        )
    return None


def _sources(upload: Upload) -> list[Source]:
    """What lies where the upload was; nothing where it is gone again, which is said."""
    try:
        found = find_sources([upload.source]).sources
    except ConfigError as error:
        if error.code not in ("no_source", "nothing_found"):
            raise
        tell(f"{upload.name} is gone before it was read.")
        return []
    return [replace(source, name=upload.name) for source in found]


def watch(
    given: Sequence[str],
    *,
    every: float,
    settle: float,
    once: bool,
    skip_existing: bool,
    quiet: bool,
    reading: Reading | None = None,
) -> int:
    """``docglean watch``: the exit code.

    Args:
        reading: reads what arrives; None tells a server of it.
    """
    from docglean.commands.interruption import until_interrupted

    if reading is None:
        check_server()
    with _alone(reading):
        return until_interrupted(_watch(given, every, settle, once, skip_existing, quiet, reading))


async def _watch(
    given: Sequence[str],
    every: float,
    settle: float,
    once: bool,
    skip_existing: bool,
    quiet: bool,
    reading: Reading | None,
) -> int:
    async with await Ledger.open(load_settings().ledger) as ledger:
        sending = send if reading is None else reading.read
        purpose = "" if reading is None else reading.purpose
        one = Watch(given, ledger, sending, settle, purpose=purpose)
        left = await one.begin(skip_existing=skip_existing)
        if not quiet:
            verb = "told of" if reading is None else "read"
            rest = f"; {left} of an earlier time are still to be {verb}" if left else ""
            tell(f"Watching {', '.join(given)}{rest}.")
        until = asyncio.get_running_loop().time() + settle + every
        while True:
            try:
                names = await one.look()
            except BudgetExceeded as error:
                tell(str(error), error=True)
                return OVER_BUDGET
            for name in names:
                if reading is None and not quiet:
                    tell(f"uploaded {name}")
            if once and asyncio.get_running_loop().time() > until:
                status = OK if reading is None else reading.status
                return max(status, SOME_FAILED) if one.waiting else status
            await asyncio.sleep(every)
