"""The pages on which documents stand with boxes beside the values that were found in them.

One document is one HTML file. Several are a list, and a page of each in a folder beside it, so
that a browser opens one at a time. The list is there at once however many they are: at first
with some of them, while the others are read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docglean.commands.exhibit_tree import exhibit
from docglean.commands.exhibits import Exhibit, heard
from docglean.commands.result_reading import Results, results_of
from docglean.commands.show_drawing import FULL, SMALL, PagesLeft, draw, drawing
from docglean.commands.show_pages import list_page, page, waiting_page, worst_first
from docglean.extractors.atomic_files import atomic_write
from docglean.extractors.extraction import Extraction
from docglean.schemas.errors import ConfigError, cause_of

if TYPE_CHECKING:
    from docglean.extractors.documents.workers import Workers

PAGES = "{}-pages"
"""The folder with the pages of documents, by the name of the HTML file that lists them."""
FIRST = 20
"""Documents of a list before further ones are read: a screen of it."""


def show(
    source: Path | Extraction[Any],
    out: Path | None = None,
    *,
    fetch: bool = False,
    opened: Callable[[Path], None] | None = None,
) -> Path:
    """Write the page; of several documents, theirs beside it.

    Args:
        source: a run folder, a results.jsonl, one document's JSON, or an Extraction.
        out: the HTML file; ``show.html`` in the folder, or the result's name with ``.html``.
        fetch: documents that are not on this machine are fetched from where the results say.
        opened: called once it can be opened; of several documents some are listed then, and
            others are read and all are drawn while one looks at it.

    Returns:
        Where it was written.

    Raises:
        ConfigError: ``no_result`` when there is nothing to show, ``bad_out`` when the file can't
            be written.
    """
    result = source if isinstance(source, Extraction) else None
    if out is None:
        out = _place(source)

    async def work(workers: Workers) -> None:
        results = await asyncio.to_thread(results_of, source)
        if len(results.unread) > 1:
            await _several(results, workers, out, fetch, opened)
            return
        (shown,) = _laid_out(results)
        await draw([shown], workers, FULL, fetch=fetch)
        _write(out, page(shown, results.runs))
        if opened is not None:
            opened(out)

    _drawing(result, work)
    return out


def in_small(extraction: Extraction[Any]) -> str:
    """The page of one result, with the one page of its document that has most of its values."""
    (shown,) = _laid_out(results_of(extraction))
    _drawing(extraction, lambda workers: draw([shown], workers, SMALL))
    return page(shown)


def _drawing(
    extraction: Extraction[Any] | None, work: Callable[[Workers], Coroutine[Any, Any, None]]
) -> None:
    """Do this with child processes that draw."""

    async def whole() -> None:
        async with drawing(extraction) as workers:
            await work(workers)

    with ThreadPoolExecutor(1, thread_name_prefix="docglean-show") as thread:  # in a notebook too
        thread.submit(asyncio.run, whole()).result()


def _place(source: Path | Extraction[Any]) -> Path:
    if isinstance(source, Extraction):
        return Path("show.html")
    return source / "show.html" if source.is_dir() else source.with_suffix(".html")


async def _several(
    results: Results,
    workers: Workers,
    out: Path,
    fetch: bool,
    opened: Callable[[Path], None] | None,
) -> None:
    """Write the list, and the page of each document as soon as it is drawn."""
    folder = out.with_name(PAGES.format(out.stem))
    left = PagesLeft()

    def listed(exhibits: Sequence[Exhibit]) -> list[Exhibit]:
        order = worst_first(exhibits)
        _wait(folder, order)
        unread = len(results.unread) - len(order)
        _write(out, list_page(order, results.runs, folder.name, unread=unread))
        return order

    async def drawn(shown: Exhibit) -> None:
        await asyncio.to_thread(lambda: _write(folder / shown.page, page(shown, results.runs)))

    some = await asyncio.to_thread(_laid_out, results, 0, FIRST)
    _clear(folder)  # of what can be shown at all
    first = listed(some)
    if opened is not None:
        opened(out)
    others = asyncio.create_task(asyncio.to_thread(_laid_out, results, FIRST))
    await draw(first, workers, FULL, fetch=fetch, drawn=drawn, left=left)
    rest = await others
    if rest:
        numbers = {shown.number for shown in rest}
        order = listed([*sorted(first, key=lambda shown: shown.number), *rest])
        undrawn = [shown for shown in order if shown.number in numbers]
        await draw(undrawn, workers, FULL, fetch=fetch, drawn=drawn, left=left)


def _clear(folder: Path) -> None:
    """Remove the pages of an earlier list: none is taken for one of this.

    Raises:
        ConfigError: ``bad_out``.
    """
    try:
        folder.mkdir(exist_ok=True)
        for old in folder.glob("[0-9]*.html"):
            old.unlink()
    except OSError as error:
        raise _bad_out(folder, error) from error


def _wait(folder: Path, exhibits: Sequence[Exhibit]) -> None:
    """Give documents a page that says that theirs will come, where they have none.

    Raises:
        ConfigError: ``bad_out``.
    """
    try:
        for shown in exhibits:
            path = folder / shown.page
            if not path.exists():
                path.write_text(waiting_page(shown), encoding="utf-8")
    except OSError as error:
        raise _bad_out(folder, error) from error


def _write(path: Path, text: str) -> None:
    try:
        with atomic_write(path) as file:
            file.write(text)
    except OSError as error:
        raise _bad_out(path, error) from error


def _bad_out(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        "bad_out",
        f"{path} cannot be written: {cause_of(error)}.",
        "Name another file with --out.",
    )


def _laid_out(results: Results, start: int = 0, end: int | None = None) -> list[Exhibit]:
    """Some of the results as they are shown, in their order."""
    return [_exhibit(*pair) for pair in enumerate(results.read(start, end), start + 1)]


def _exhibit(number: int, extraction: Extraction[Any]) -> Exhibit:
    shown = exhibit(number, extraction)
    shown.lines = heard(shown)
    return shown
