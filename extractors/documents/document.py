"""One input file, opened by its content: pages with images and words, or a recording.

`open_document` is where a file is first believed: whatever its name says, it is opened in a
child process, measured against the limits, and its first page is drawn.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeVar, TypeVarTuple

from docglean.extractors.concurrency import together
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.bands import bands_of
from docglean.extractors.documents.file_formats.recording_files import frames
from docglean.extractors.documents.first_look import ENDED, look_at
from docglean.extractors.documents.formats import Opened, has_pdf_pages, survey
from docglean.extractors.documents.page_info import PageInfo, SourceFile
from docglean.extractors.documents.part_files import cut_pages
from docglean.extractors.documents.pdf import cut
from docglean.extractors.documents.render import PageImage, render_page
from docglean.extractors.documents.text_layer import read_pages
from docglean.extractors.documents.words import PageWords
from docglean.extractors.documents.workers import Workers
from docglean.extractors.printable import name_of
from docglean.extractors.render_policy import RenderPolicy
from docglean.extractors.telemetry.spans import span
from docglean.schemas.errors import Problem, SourceError

__all__ = ["Document", "PageInfo", "open_document"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

SURVEY_PAGES = 250
"""Pages looked at in one task; a time limit is for a task, not for a document."""
TEXT_PAGES = 50
"""Pages with a text layer read in one task: few messages between processes."""
SLOWEST_LOOK = 4
"""Seconds of a film that are looked through in a second, on a slow machine."""
NO_FRAMES = "no_frames"
"""Code of the problem that a film is read by its sound only."""


class Document:
    """One input file. Get it from `open_document`.

    Attributes:
        name: for people and messages.
        uri: where it came from.
        path: the local file.
        sha256: of its bytes, in hex.
        media_type: by content, e.g. ``application/pdf``, ``image/jpeg``, ``audio/mpeg``.
        medium: ``pages``, ``audio``, or ``video``: a film, with its frames as pages.
        pages: one `PageInfo` a page; empty for recordings.
        duration: seconds of a recording or film where its header tells, else None.
        sound_duration: those of its sound, likewise.
        has_sound: it can be heard.
        problems: what is odd about the file without making it useless.
        opened: what opening told, as it came.
        seconds: seconds spent on it in child processes, by stage.
        saved_seconds: those that words from the ledger took when they were read.
        fresh: numbers of the pages that were read as it was opened, which the ledger has not yet.
        noted_seconds: those of `seconds` on words that the ledger was told of.
    """

    def __init__(
        self,
        source: SourceFile,
        opened: Opened,
        pages: Sequence[PageInfo],
        uri: str,
        workers: Workers,
    ) -> None:
        self.name = source.name
        self.uri = uri
        self.path = Path(source.path)
        self.sha256 = opened.sha256
        self.media_type = opened.media_type
        self.medium: Literal["pages", "audio", "video"] = opened.medium
        self.pages = tuple(pages)
        self.duration = opened.duration
        shorter = opened.sound_duration
        self.sound_duration = opened.duration if shorter is None else shorter
        self.has_sound = opened.medium != "pages" and opened.has_sound
        self.problems: tuple[Problem, ...] = opened.problems
        self.opened = opened
        self.seconds: dict[str, float] = {}
        self.saved_seconds = self.noted_seconds = 0.0
        self.fresh: set[int] = set()
        self._source = source
        self._workers = workers
        self._words: dict[int, PageWords | SourceError] = {}
        self._reading: dict[int, asyncio.Future[None]] = {}

    def __repr__(self) -> str:
        return f"Document({self.name!r}, {self.media_type}, {len(self.pages)} pages)"

    def apart(self) -> Document:
        """The same file with nothing read of it yet: for one of several documents in it, which
        keeps no words of the others and counts its own seconds."""
        other = copy(self)
        other.seconds, other.saved_seconds, other.noted_seconds = {}, 0.0, 0.0
        other._words, other._reading, other.fresh = {}, {}, set()
        return other

    def page(self, number: int) -> PageInfo:
        """The page with this number, counted from 1.

        Raises:
            SourceError: ``no_such_page``.
        """
        if not 1 <= number <= len(self.pages):
            raise SourceError(
                "no_such_page",
                f"{self.name}: there is no page {number}; it has {len(self.pages)}.",
                "Ask for pages that exist.",
            )
        return self.pages[number - 1]

    async def image(self, number: int, policy: RenderPolicy, *, upright: bool = False) -> PageImage:
        """The page as an encoded image of exactly `render.image_size`.

        Args:
            upright: turned so that its text can be read, where its text layer tells how; else it
                is as boxes of words count on it.

        Raises:
            SourceError: ``page_unreadable`` and others; the page can't be shown to a model.
        """
        info = self.page(number)
        info.check()
        with span("render", {"docglean.page": number}) as mark:
            image = await self._workers.run(
                render_page,
                self._source,
                info,
                policy,
                upright,
                source=self._page_name(info),
                stages=self.seconds,
            )
            mark.set({"docglean.width": image.width, "docglean.height": image.height,
                      "docglean.bytes": len(image.data)})  # fmt: skip
            return image

    async def pdf(self, number: int) -> bytes:
        """One page of a PDF as a file of its own.

        Raises:
            SourceError: ``page_unreadable`` and others.
        """
        return await self.run(cut_page, number)

    async def cut(self, first: int, last: int) -> bytes:
        """Pages of a file, but not of a film, as a PDF of their own.

        Raises:
            SourceError: ``page_unreadable`` and others; ``unsupported``, it is neither.
        """
        if not has_pdf_pages(self.media_type) and not self.media_type.startswith("image/"):
            raise SourceError(
                "unsupported",
                f"{self.name}: parts of {self.media_type} can't be written as PDF.",
                "Only those of papers and images can.",
            )
        return await self.run(cut_pages, first, last)

    async def words(self, number: int) -> PageWords:
        """Words of one page in reading order, read once and kept.

        Raises:
            SourceError: the page can't be read.
        """
        found = (await self.words_many([number]))[0]
        if isinstance(found, SourceError):
            raise found
        return found

    def remember(self, words: Mapping[int, PageWords | SourceError]) -> None:
        """Take the words of these pages, by number, as they were read before."""
        self._words.update(words)

    def forget(self, numbers: Iterable[int]) -> None:
        """Hold the words of these pages no longer."""
        for number in numbers:
            self._words.pop(number, None)

    async def words_many(
        self, numbers: Iterable[int] | None = None
    ) -> list[PageWords | SourceError]:
        """Words of these pages (all by default), in that order; errors in their place.

        Pages with a text layer are read many at a time, pages for OCR one by one, over all
        workers.
        """
        wanted = [page.number for page in self.pages] if numbers is None else list(numbers)
        new = [n for n in dict.fromkeys(wanted) if n not in self._words and n not in self._reading]
        layered = [self.page(n) for n in new if not self.page(n).alone]
        groups = [layered[i : i + TEXT_PAGES] for i in range(0, len(layered), TEXT_PAGES)]
        groups += [[self.page(n)] for n in new if self.page(n).alone]
        for group in groups:
            task = asyncio.ensure_future(self._read(group))
            # Where the run ends early there is nobody left to hear how it failed.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            for info in group:
                self._reading[info.number] = task
        waited = {self._reading[n] for n in wanted if n in self._reading}
        # Shielded: another caller may wait for the same pages.
        await asyncio.gather(*(asyncio.shield(task) for task in waited))
        return [self._words[n] for n in wanted]

    async def _read(self, infos: list[PageInfo]) -> None:
        try:
            try:
                if len(infos) == 1:
                    infos[0].check()
                facts = {"docglean.page": infos[0].number, "docglean.pages": len(infos)}
                with span("ocr" if infos[0].alone else "words", facts):
                    found = await self._workers.run(
                        read_pages,
                        self._source,
                        infos,
                        source=self._page_name(infos[0]) if len(infos) == 1 else self.name,
                        seconds=self._workers.limits.seconds * max(map(bands_of, infos)),
                        stages=self.seconds,
                    )
            except SourceError as error:
                if len(infos) > 1:  # one page killed the task: find out which
                    for info in infos:
                        await self._read([info])
                    return
                found = [error]
            self._words.update(zip((info.number for info in infos), found, strict=True))
        finally:
            for info in infos:
                self._reading.pop(info.number, None)

    async def run(
        self,
        function: Callable[[SourceFile, PageInfo, *Ts], T],
        number: int,
        *args: *Ts,
    ) -> T:
        """Run `function(source, page info, *args)` on one page in a child process.

        Raises:
            SourceError: as `Workers.run`.
        """
        info = self.page(number)
        info.check()
        return await self._workers.run(
            function,
            self._source,
            info,
            *args,
            source=self._page_name(info),
            stages=self.seconds,
        )

    async def run_whole(self, function: Callable[[SourceFile, *Ts], T], *args: *Ts) -> T:
        """Run `function(source, *args)` on the file in a child process.

        Raises:
            SourceError: as `Workers.run`.
        """
        return await self._workers.run(
            function, self._source, *args, source=self.name, stages=self.seconds
        )

    async def open_other(self, path: Path, passwords: Sequence[str]) -> Document:
        """A file that was taken out of this one, opened as this one was.

        Raises:
            SourceError: as `open_document`.
        """
        return await open_document(path, self._workers, self._workers.limits, name=self.name,
                                   password=passwords)  # fmt: skip

    def drop_problems(self, code: str) -> None:
        """Leave out the problems of a code, where somebody else says more of it."""
        self.problems = tuple(one for one in self.problems if one.code != code)

    def _page_name(self, info: PageInfo) -> str:
        return f"{self.name}, page {info.number}" if len(self.pages) > 1 else self.name


def cut_page(source: SourceFile, info: PageInfo) -> bytes:
    """`pdf.cut`, in a child."""
    return cut(source, info.number)


async def open_document(
    path: Path,
    workers: Workers,
    limits: Limits,
    *,
    name: str | None = None,
    uri: str | None = None,
    password: Sequence[str] = (),
    proving: bool = True,
) -> Document:
    """Open a file by its content and make sure that its first page can be drawn.

    Args:
        name: for messages; the file's name by default.
        uri: where it came from; the file's own by default.
        password: passwords to try on a PDF that wants one.
        proving: draw the first page; not where it is about to be drawn anyhow.

    Raises:
        SourceError: ``not_found``, ``not_a_file``, ``empty``, ``too_large``, ``unsupported``,
            ``damaged``, ``password_needed``, ``wrong_password``, ``no_pages``,
            ``too_many_pages``, ``page_unreadable``, ``too_slow``, ``too_much_memory``,
            ``parser_crashed``, ``parser_failed``.
    """
    path = Path(path)
    name = name or name_of(path)
    path = await asyncio.to_thread(check_file, path, name, limits)
    return await open_checked(path, workers, limits, name, uri, password, proving)


async def open_checked(
    path: Path,
    workers: Workers,
    limits: Limits,
    name: str,
    uri: str | None,
    password: Sequence[str],
    proving: bool = True,
) -> Document:
    """As `open_document`, of a whole path that `check_file` gave."""
    seconds: dict[str, float] = {}
    look = await look_at(path, name, tuple(password), workers, limits, seconds, proving)
    opened = look.opened
    source = SourceFile(name, str(path), opened.media_type, opened.password, limits.max_pixels)
    if opened.medium == "video":
        opened, infos = await _film(opened, source, workers, limits, seconds)
        document = Document(source, opened, infos, uri or path.as_uri(), workers)
        document.seconds = seconds
        return document
    infos = list(look.pages)
    if opened.pages and not infos:
        infos = await _surveyed(source, 0, opened.pages, workers, seconds)
    if infos and all(info.fault for info in infos):
        infos[0].check()
    document = Document(source, opened, infos, uri or path.as_uri(), workers)
    document.seconds = seconds
    document.remember(dict(enumerate(look.words, start=1)))
    document.fresh.update(range(1, len(look.words) + 1))
    return document


async def _surveyed(
    source: SourceFile, start: int, stop: int, workers: Workers, seconds: dict[str, float]
) -> list[PageInfo]:
    """What pages `start` (from 0) up to `stop` are; one that ends the child costs only itself."""
    if stop - start > SURVEY_PAGES:
        starts = range(start, stop, SURVEY_PAGES)
        ends = [min(one + SURVEY_PAGES, stop) for one in starts]
    else:
        try:
            return await workers.run(
                survey, source, start, stop, source=source.name, stages=seconds
            )
        except SourceError as error:
            if error.code not in ENDED:
                raise
            if stop - start == 1:
                return [PageInfo.unseen(stop, error)]
        middle = (start + stop) // 2
        starts, ends = range(start, middle + 1, middle - start), [middle, stop]
    parts = [
        _surveyed(source, first, last, workers, seconds)
        for first, last in zip(starts, ends, strict=True)
    ]
    return [info for part in await together(parts) for info in part]


async def _film(
    opened: Opened, source: SourceFile, workers: Workers, limits: Limits, seconds: dict[str, float]
) -> tuple[Opened, list[PageInfo]]:
    """The frames of a film; one whose pictures can't be read is a recording, if it has sound.

    Raises:
        SourceError: they can't be read, and there is nothing to be heard.
    """
    try:
        infos = await workers.run(
            frames,
            source,
            limits,
            source=source.name,
            seconds=limits.seconds + (opened.duration or limits.max_sound_seconds) / SLOWEST_LOOK,
            threads=os.cpu_count() or 1,
            stages=seconds,
        )
    except SourceError as error:
        if not opened.has_sound:
            raise
        lost = Problem(
            code=NO_FRAMES,
            message=f"{source.name}: its pictures are left out. {error.message}",
            way_out=error.way_out,
            severity="error",
        )
        return replace(opened, medium="audio", problems=(*opened.problems, lost)), []
    return opened, infos


def check_file(path: Path, name: str, limits: Limits) -> Path:
    """What can be said of a file before its content is read; its whole path.

    Raises:
        SourceError: ``not_found``, ``not_a_file``, ``no_permission``, ``empty``, ``too_large``.
    """
    try:
        if not path.exists():
            raise SourceError("no_such_file", f"{name}: there is no such file.", "Check the path.")
        if not path.is_file():
            raise SourceError("not_a_file", f"{name}: it is not a file.", "Name a file.")
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as error:
        raise SourceError(
            "no_permission",
            f"{name}: it cannot be opened ({error.strerror}).",
            "Check its permissions.",
        ) from error
    if size == 0:
        raise SourceError("empty", f"{name}: the file is empty.", "Get it again.")
    if size > limits.max_bytes:
        raise SourceError(
            "too_large",
            f"{name}: {size:,} bytes are more than the limit of {limits.max_bytes:,}.",
            "Raise the limit `max_bytes`.",
        )
    return path.resolve()
