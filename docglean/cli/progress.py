"""What a person sees while documents are read: a live line on a terminal, plain lines elsewhere.

All of it goes to standard error; standard output belongs to results. Plain lines may end up in
somebody's log, so they do not quote values. Where the log is JSON, standard error is the log's.
"""

from __future__ import annotations

import sys
import time
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import worst
from docglean.extractors.notices import tell, writes_json
from docglean.extractors.plurals import counted
from docglean.extractors.printable import printable
from docglean.flows.totals import Totals, duration, fields_told, money

if TYPE_CHECKING:
    from docglean.extractors.extraction import Extraction, SourceRecord
    from docglean.extractors.progress import Progress
    from docglean.extractors.speech.transcriber import LeftOut
    from docglean.flows.sources import Source
    from docglean.schemas.errors import Problem

BETWEEN = 30.0
"""Seconds between two plain lines about a recording that is being heard."""
MOST_CHANGED = 20
"""Documents that are told again at the end of a run; the run folder has all."""


class Display:
    """Documents, pages, cost so far and what is not ok, while a run goes on.

    Args:
        total: documents to be read.
        quiet: show nothing at all.
        told: what each document came to is shown on the same terminal by another.
    """

    def __init__(self, total: int, *, quiet: bool = False, told: bool = False) -> None:
        self.total = total
        self.quiet = quiet
        self.told = told
        self.live = False
        self.done = self.pages = self.changed = 0
        self.ended = Totals()
        self.cost: Decimal | None = Decimal(0)
        self._bar: Any = None
        self._task: Any = None
        self._heard: dict[str, float] = {}
        self._divided: set[str] = set()
        self._said = time.monotonic()

    def __enter__(self) -> Display:
        self.live = not self.quiet and sys.stderr.isatty() and not writes_json()
        if self.live:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar
            from rich.table import Column

            # The state has what the others leave; of 80 columns only its end may be cut.
            self._bar = Bar(
                MofNCompleteColumn(),
                BarColumn(bar_width=8),
                TextColumn(
                    "{task.fields[state]}", markup=False, table_column=Column(no_wrap=True, ratio=1)
                ),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                expand=True,
                # It would bring what is printed to standard error, where a file is to have it.
                redirect_stdout=sys.stdout.isatty(),
            )
            self._bar.start()
            self._task = self._bar.add_task("documents", total=self.total, state="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def on_progress(self, progress: Progress) -> None:
        """Take note of a step of one document."""
        from docglean.extractors.extraction import add_costs

        if progress.step == "read":
            self.pages += progress.pages
        if progress.step == "paid":
            self.cost = add_costs(self.cost, progress.cost)
        if progress.step in ("waiting", "planned"):
            self.say(progress.note)
            return
        if progress.step == "transcribed":
            heard = self._heard.get(progress.document, 0.0) + progress.seconds
            self._heard[progress.document] = heard
            if not self.live and time.monotonic() - self._said >= BETWEEN:
                self._said = time.monotonic()
                self.say(heard_so_far(progress, heard))
        if progress.step == "done":
            self._heard.pop(progress.document, None)
        self._refresh(progress)

    def on_done(self, extraction: Extraction[Any]) -> None:
        """Take note of a finished document."""
        self.done += 1
        self.ended.add(extraction)
        self._count_parts(extraction.document)
        if self.live:
            if extraction.status != "ok" and not self.told:
                line = line_of(extraction, values=True)
                self._bar.console.print(printable(line), markup=False, highlight=False, emoji=False)
        elif not writes_json():  # there the document has its own line
            self.say(f"[{self.done}/{self.total}] {line_of(extraction)}")
        self._refresh(None)

    def _count_parts(self, document: SourceRecord) -> None:
        """Where a file turns out to hold several documents, there are more to be read."""
        if document.part is not None and document.file_uri not in self._divided:
            self._divided.add(document.file_uri)
            self.total += document.part.of - 1
            if self._bar is not None:
                self._bar.update(self._task, total=self.total)

    def on_changed(self, extraction: Extraction[Any]) -> None:
        """Say what is known of a document only now that all are read."""
        self.changed += 1
        if self.changed <= MOST_CHANGED and not writes_json():
            self.say(line_of(extraction, values=self.live))

    def on_left_out(self, source: Source, _: LeftOut) -> None:
        """Count a recording that is left out; why is told once, at the end."""
        self.done += 1
        if not self.live:
            self.say(f"[{self.done}/{self.total}] left out {source.name}")
        self._refresh(None)

    def say_lines(self, text: str) -> None:
        """Each line of our own words by itself."""
        for line in text.splitlines():
            self.say(line)

    def say(self, text: str) -> None:
        """One line for people, above the live one where there is one."""
        if self.quiet:
            return
        if self._bar is not None:
            self._bar.console.print(printable(text), markup=False, highlight=False, emoji=False)
        else:
            tell(text)

    def _refresh(self, progress: Progress | None) -> None:
        if self._bar is None:
            return
        parts = [*self.ended.not_ok, money(self.cost)]
        if progress is not None and progress.step == "transcribed":
            parts.insert(0, heard_so_far(progress, self._heard[progress.document]))
        if self.pages:
            parts.append(counted(self.pages, "page"))
        state = ", ".join(parts)
        self._bar.update(self._task, completed=self.done, state=printable(state))


def heard_so_far(progress: Progress, heard: float) -> str:
    """How much of a recording is transcribed, and how fast against real time."""
    of = "" if progress.total is None else f" of {duration(progress.total)}"
    fast = "" if progress.speed is None else f", {progress.speed:.1f} x real time"
    return f"{progress.document}: {duration(heard)}{of} heard{fast}"


def line_of(extraction: Extraction[Any], *, values: bool = False) -> str:
    """One document in one line: status, name, schema, size, cost, and its worst problem.

    Args:
        values: what is said of the problem may quote values of the document.
    """
    document = extraction.document
    parts = [f"{extraction.status:7} {document.name}"]
    if extraction.schema_used is not None:
        parts.append(extraction.schema_used.name)
    if document.pages:
        noun = "frame" if document.media_type.startswith("video/") else "page"
        parts.append(counted(document.pages, noun))
    if document.seconds:
        parts.append(duration(document.seconds))
    if extraction.spending.calls or extraction.spending.cached:
        cached = extraction.spending.cached
        parts.append(
            money(extraction.spending.cost) + (f" ({cached} from the ledger)" if cached else "")
        )
    if fields := fields_told(extraction.spending):
        parts.append(fields)
    line = ", ".join(parts)
    first = worst(extraction.problems)
    if first is None:
        return line
    # The line has the name already.
    return f"{line}: {_told(first, values=values).removeprefix(f'{document.name}: ')}"


def _told(problem: Problem, *, values: bool) -> str:
    """A problem for people; without `values`, of one at a value only where and what it is."""
    if values or (problem.path is None and problem.code != "internal_error"):
        return f"{problem.message} {problem.way_out}".strip()
    return problem.code if problem.path is None else f"{problem.code} at {problem.path}"
