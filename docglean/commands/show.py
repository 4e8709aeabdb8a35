"""The pages on which documents stand with boxes beside the values that were found in them.

One document is one HTML file. Several are a list, and a page of each in a folder beside it, so
that the list is there at once however many there are, and a browser opens one at a time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docglean.commands.exhibit_tree import exhibit
from docglean.commands.exhibits import Exhibit, heard
from docglean.commands.show_drawing import FULL, SMALL, draw, drawing
from docglean.commands.show_pages import list_page, page, waiting_page, worst_first
from docglean.extractors.atomic_files import atomic_write
from docglean.extractors.extraction import Extraction
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.schemas.errors import ConfigError, cause_of

if TYPE_CHECKING:
    from docglean.extractors.documents.workers import Workers

PAGES = "{}-pages"
"""The folder with the pages of documents, by the name of the HTML file that lists them."""


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
        opened: called once it can be opened: with the first document on it, while others are
            still drawn.

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
        found, runs = await asyncio.to_thread(_found, source)
        if len(found) > 1:
            await _several(found, runs, workers, out, fetch, opened)
            return
        await draw(found, workers, FULL, fetch=fetch)
        _write(out, page(found[0], runs))
        if opened is not None:
            opened(out)

    _drawing(result, work)
    return out


def in_small(extraction: Extraction[Any]) -> str:
    """The page of one result, with the one page of its document that has most of its values."""
    shown = _laid_out(1, extraction)
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


def _found(source: Path | Extraction[Any]) -> tuple[list[Exhibit], Sequence[RunRecord]]:
    """The documents in the order in which they are shown, and the runs that read them."""
    extractions, runs = ([source], ()) if isinstance(source, Extraction) else read_results(source)
    return worst_first([_laid_out(*pair) for pair in enumerate(extractions, 1)]), runs


async def _several(
    exhibits: Sequence[Exhibit],
    runs: Sequence[RunRecord],
    workers: Workers,
    out: Path,
    fetch: bool,
    opened: Callable[[Path], None] | None,
) -> None:
    """Write the list, and the page of each document as soon as it is drawn."""
    folder = out.with_name(PAGES.format(out.stem))
    _clear(folder, exhibits)
    _write(out, list_page(exhibits, runs, folder.name))

    async def drawn(shown: Exhibit) -> None:
        await asyncio.to_thread(lambda: _write(folder / shown.page, page(shown, runs)))
        if shown is exhibits[0] and opened is not None:
            opened(out)

    await draw(exhibits, workers, FULL, fetch=fetch, drawn=drawn)


def _clear(folder: Path, exhibits: Sequence[Exhibit]) -> None:
    """Make room for the pages of these documents: none of an earlier list is taken for theirs.

    Raises:
        ConfigError: ``bad_out``.
    """
    try:
        folder.mkdir(exist_ok=True)
        for old in folder.glob("[0-9]*.html"):
            old.unlink()
        for shown in exhibits:
            (folder / shown.page).write_text(waiting_page(shown), encoding="utf-8")
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


def _laid_out(number: int, extraction: Extraction[Any]) -> Exhibit:
    shown = exhibit(number, extraction)
    shown.lines = heard(shown)
    return shown


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
