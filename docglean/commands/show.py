"""One self-contained HTML page: documents with boxes beside the values that were found in them.

The page asks nothing of the network: images are inside, and its own policy lets no script run
but the one that stands in it. What a document says is shown as text, whatever it says.

Results may have been sent by a stranger: a document is drawn only where it is the one that they
were read from, see `flows.originals`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from docglean.commands.exhibit_tree import exhibit
from docglean.commands.exhibits import Exhibit, Sheet, heard
from docglean.commands.page_templates import STATIC, TEMPLATES, environment
from docglean.extractors.atomic_files import atomic_write
from docglean.extractors.extraction import Extraction, Status
from docglean.extractors.plurals import counted
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.schemas.errors import ConfigError, SourceError, cause_of

if TYPE_CHECKING:
    from docglean.extractors.documents.document import Document
    from docglean.extractors.documents.workers import Workers

SCRIPTS = (STATIC / "view.js", TEMPLATES / "show.js")
MOST_PAGES_IN_ALL = 400
"""Pages shown of all documents: more would make a file that no browser likes."""


@dataclass(frozen=True, slots=True)
class PageSize:
    """How large a page of results may be.

    Attributes:
        edge: pixels of the longer side of a document's page.
        bytes: of the image of one, before base64.
        pages: of one document.
    """

    edge: int
    bytes: int
    pages: int


FULL = PageSize(1500, 300_000, 60)
"""Sharp on a screen; a page has some 100 KB."""
SMALL = PageSize(1000, 150_000, 1)
"""For a notebook, which keeps it."""


def show(source: Path | Extraction[Any], out: Path | None = None, *, fetch: bool = False) -> Path:
    """Write the page.

    Args:
        source: a run folder, a results.jsonl, one document's JSON, or an Extraction.
        out: the HTML file; ``show.html`` in the folder, or the result's name with ``.html``.
        fetch: documents that are not on this machine are fetched from where the results say.

    Returns:
        Where it was written.

    Raises:
        ConfigError: ``no_result`` when there is nothing to show, ``bad_out`` when the file can't
            be written.
    """
    runs: Sequence[RunRecord] = ()
    if isinstance(source, Extraction):
        extractions, out = [source], out or Path("show.html")
    else:
        extractions, runs = read_results(source)
        out = out or (source / "show.html" if source.is_dir() else source.with_suffix(".html"))
    exhibits = _drawn(extractions, FULL, fetch)
    try:
        with atomic_write(out) as file:
            file.write(page(exhibits, runs))
    except OSError as error:
        raise ConfigError(
            "bad_out",
            f"{out} cannot be written: {cause_of(error)}.",
            "Name another file with --out.",
        ) from error
    return out


def in_small(extraction: Extraction[Any]) -> str:
    """The page of one result, with the one page of its document that has most of its values."""
    return page(_drawn([extraction], SMALL, fetch=False))


def read_results(source: Path) -> tuple[list[Extraction[Any]], Sequence[RunRecord]]:
    """The Extractions of a run folder or a file, and the records of its runs, the latest first.

    Raises:
        ConfigError: ``no_result``.
    """
    try:
        if source.is_dir():
            folder = RunFolder(source)
            runs = folder.record().runs
            found = list(folder.extractions()) or [
                Extraction[Any].model_validate_json(path.read_text(encoding="utf-8"))
                for path in sorted(folder.files())
            ]
        else:
            found, runs = _read_file(source.read_text(encoding="utf-8")), []
    except (OSError, ValueError) as error:
        raise ConfigError(
            "no_result",
            f"{source} cannot be shown: {_short(error)}.",
            "Name a run folder, a results.jsonl or a document's JSON from `docglean extract`.",
        ) from error
    if not found:
        raise ConfigError(
            "no_result", f"There is no result in {source}.", "Run `docglean extract --out` first."
        )
    return found, runs


def _read_file(text: str) -> list[Extraction[Any]]:
    """One Extraction, or one a line."""
    try:
        whole = json.loads(text)
    except ValueError:
        return [
            Extraction[Any].model_validate_json(line) for line in text.splitlines() if line.strip()
        ]
    entries = whole if isinstance(whole, list) else [whole]
    return [Extraction[Any].model_validate(entry) for entry in entries]


def _short(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "it holds something else than results"


# ── pages ─────────────────────────────────────────────────────────────────────────────────


def _drawn(extractions: Sequence[Extraction[Any]], size: PageSize, fetch: bool) -> list[Exhibit]:
    with ThreadPoolExecutor(1, thread_name_prefix="docglean-show") as thread:  # in a notebook too
        return thread.submit(asyncio.run, _exhibits(extractions, size, fetch)).result()


async def _exhibits(
    extractions: Sequence[Extraction[Any]], size: PageSize, fetch: bool
) -> list[Exhibit]:
    exhibits = [exhibit(number, found) for number, found in enumerate(extractions, 1)]
    left = MOST_PAGES_IN_ALL
    async with _workers(extractions[0]) as workers:
        for shown in exhibits:
            shown.lines = heard(shown)
            if shown.extraction.document.pages or not shown.lines:
                room = replace(size, pages=min(left, size.pages))
                await _add_sheets(shown, workers, room, fetch)
                left -= sum(sheet.image is not None for sheet in shown.sheets)
    return exhibits


@asynccontextmanager
async def _workers(extraction: Extraction[Any]) -> AsyncIterator[Workers]:
    """The child processes that have read it, where they still wait for work; else others."""
    from docglean.extractors.documents.workers import Workers

    lent = None if extraction.origin is None else extraction.origin.workers
    if lent is not None and not lent.closed:
        yield lent
        return
    async with Workers() as own:
        yield own


async def _add_sheets(shown: Exhibit, workers: Workers, size: PageSize, fetch: bool) -> None:
    """Draw the pages that have values, and the others as far as there is room."""
    from docglean.flows.originals import original, pages_of

    told, origin = shown.extraction.document, shown.extraction.origin
    copy = None if origin is None or origin.file is None else origin.file.path
    try:
        async with original(told, workers, fetch=fetch, file=copy) as document:
            numbers, note = _chosen(shown, pages_of(told, document), size.pages)
            drawn = (_sheet(shown, document, number, size) for number in numbers)
            shown.sheets = tuple(await asyncio.gather(*drawn))
            shown.note = f"{shown.note} {note}".strip()
    except (SourceError, ConfigError) as error:
        changed = error.code == "changed"
        shown.note = str(error) if changed else f"The document cannot be shown: {error}"


def _chosen(shown: Exhibit, pages: range, most: int) -> tuple[list[int], str]:
    """Pages to draw, those with most values first where there is no room for all, and what is to
    be said of the others."""
    counts = Counter(leaf.evidence.page for leaf in shown.leaves if leaf.evidence is not None)
    used = {*counts, *(problem.page for problem in shown.extraction.problems)}
    wanted = sorted((number for number in pages if number in used), key=lambda n: -counts[n])
    others = [number for number in pages if number not in used]
    chosen = sorted([*wanted, *others][:most])
    left_out = len(pages) - len(chosen)
    if not left_out:
        return chosen, ""
    pages_said = f"{left_out} page{'s' * (left_out > 1)}"
    empty = " without values" * (len(wanted) <= most)
    return chosen, f"{pages_said}{empty} {'are' if left_out > 1 else 'is'} left out."


async def _sheet(shown: Exhibit, document: Document, number: int, size: PageSize) -> Sheet:
    from docglean.extractors.render_policy import RenderPolicy

    info = document.page(number)
    formats = ("image/webp",)
    policy = RenderPolicy("show", size.edge, None, 0, formats=formats, max_bytes=size.bytes)
    try:
        image = await document.image(number, policy)
    except SourceError as error:
        return Sheet(number, None, 0, 0, note=error.message, shown=info.shown)
    uri = f"data:{image.media_type};base64,{base64.b64encode(image.data).decode('ascii')}"
    places = shown.places_on(number, info.width, info.height)
    return Sheet(number, uri, image.width, image.height, places, shown=info.shown)


# ── the page ──────────────────────────────────────────────────────────────────────────────


def page(exhibits: Sequence[Exhibit], runs: Sequence[RunRecord] = ()) -> str:
    """The HTML of these documents. Everything in it that came from them is escaped.

    Args:
        runs: of their folder, the latest first.
    """
    from markupsafe import Markup

    script = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    exhibits = worst_first(exhibits)
    one = exhibits[0].extraction.document.name if len(exhibits) == 1 else ""
    return (
        environment()
        .get_template("show.html")
        .render(
            exhibits=exhibits,
            record=runs[0] if runs else None,
            flow_runs={run.id: run.flow_run for run in runs if run.flow_run},
            title=one or counted(len(exhibits), "document"),
            totals=_totals(exhibits),
            placed=frozenset(one for shown in exhibits for one in shown.placed()),
            script=Markup(script),
            script_hash=f"sha256-{digest}",
        )
    )


def _totals(exhibits: Sequence[Exhibit]) -> dict[str, Any]:
    """What all documents came to: how many in each status, cost, values to look at."""
    costs: list[Decimal | None] = [shown.extraction.spending.cost for shown in exhibits]
    known = [cost for cost in costs if cost is not None]
    counts = {
        status: sum(shown.extraction.status == status for shown in exhibits)
        for status in get_args(Status)
    }
    return {
        "counts": counts,
        "cost": sum(known, Decimal(0)) if len(known) == len(costs) else None,
        "filled": sum(shown.filled for shown in exhibits),
        "doubtful": sum(shown.doubtful for shown in exhibits),
        "sure": any(shown.least_sure for shown in exhibits),
        "calibrated": all(shown.is_calibrated for shown in exhibits),
    }


def worst_first(exhibits: Sequence[Exhibit]) -> list[Exhibit]:
    """Documents by how they have ended, the worst first, and among equals by their least sure
    value. In their order where nothing is known of that."""
    if not any(shown.least_sure for shown in exhibits):
        return list(exhibits)
    ends = get_args(Status)

    def order(shown: Exhibit) -> tuple[int, float]:
        least = shown.least_sure
        lowest = 1.0 if least is None or least.sure is None else least.sure.probability
        return -ends.index(shown.extraction.status), lowest

    return sorted(exhibits, key=order)
