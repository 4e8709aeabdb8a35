"""Tasks that run at once: bounded, cancelled together, and served in fair order."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

from docglean.extractors.fair_slots import FairSlots

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

DRAWINGS = 50
"""Pages drawn in the time that OCR of one takes."""

ON_ITS_WAY = 0.05
"""Seconds after which a request has been made and sent; nothing is held up where it was not."""
LOOK_AGAIN = 0.2
"""Seconds between two looks at what another thread says."""


async def together(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Results in order. When one fails, the others are ended before its error is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except BaseExceptionGroup as failed:
        raise _first(failed) from None
    return [task.result() for task in tasks]


class Turns:
    """Who may use the child processes next, over all documents of a run.

    OCR of a page takes as long as drawing fifty. A model waits for drawings; OCR, which looks up
    what the model says, can be later. So OCR begins only while nothing is to be drawn, with one
    page a process; or after fifty drawings, for a long document may draw for hours.
    """

    def __init__(self, processes: int) -> None:
        self._free = FairSlots(processes)
        self._drawings = 0
        self._drawn = 0
        self._patient: dict[asyncio.Event, int] = {}

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Held while a page is drawn or waits for it."""
        self._drawings += 1
        try:
            yield
        finally:
            self._drawings -= 1
            self._drawn += 1
            for event, last in self._patient.items():
                if not self._drawings or self._drawn >= last:
                    event.set()

    @asynccontextmanager
    async def recognising(self) -> AsyncIterator[None]:
        """Held while a page is under OCR."""
        async with self._free.turn():
            if self._drawings:
                event = asyncio.Event()
                self._patient[event] = self._drawn + DRAWINGS
                try:
                    await event.wait()
                finally:
                    del self._patient[event]
            yield


async def in_turn(
    works: Iterable[Callable[[], Coroutine[Any, Any, T]]], limit: int
) -> AsyncGenerator[T, None]:
    """Results as they are done, with at most `limit` under way; a slow reader holds them back.

    When one fails, or the reader stops, the others are ended.
    """
    async with aclosing(all_in_turn((partial(_single, begin) for begin in works), limit)) as done:
        async for result in done:
            yield result


async def _single(begin: Callable[[], Coroutine[Any, Any, T]]) -> AsyncGenerator[T, None]:
    yield await begin()


async def all_in_turn(
    works: Iterable[Callable[[], AsyncGenerator[T, None]]], limit: int
) -> AsyncGenerator[T, None]:
    """As `in_turn`, of works that give any number of results each."""
    async with _results(works, limit) as results:
        async for done in results:
            yield done


async def all_in_heaps(
    works: Iterable[Callable[[], AsyncGenerator[T, None]]], limit: int
) -> AsyncGenerator[list[T], None]:
    """As `all_in_turn`, all at once that have come since the reader took the last ones."""
    import anyio

    async with _results(works, limit) as results:
        async for done in results:
            heap = [done]
            with suppress(anyio.WouldBlock, anyio.EndOfStream):
                while True:
                    heap.append(results.receive_nowait())
            yield heap


@asynccontextmanager
async def _results(
    works: Iterable[Callable[[], AsyncGenerator[T, None]]], limit: int
) -> AsyncIterator[MemoryObjectReceiveStream[T]]:
    """Where the results come of works that are begun in turn; what is under way ends with it."""
    import anyio

    waiting = iter(works)
    # Nothing is kept between: who is done waits until its result is taken.
    send, receive = anyio.create_memory_object_stream[T](0)

    async def work() -> None:
        for begin in waiting:
            async with aclosing(begin()) as results:
                async for result in results:
                    await send.send(result)

    async def all_work() -> None:
        async with send, asyncio.TaskGroup() as group:
            for _ in range(max(1, limit)):
                group.create_task(work())

    running = asyncio.create_task(all_work())
    try:
        async with receive:
            yield receive
        await running
    except BaseExceptionGroup as failed:
        raise _first(failed) from None
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def alongside(work: Coroutine[Any, Any, object]) -> AsyncIterator[None]:
    """Do `work` beside the block, which ends when both have. When one fails, so does the other."""
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(work)
            yield
    except BaseExceptionGroup as failed:
        raise _first(failed) from None


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def unless(ended: threading.Event | None, work: Coroutine[Any, Any, T]) -> T:
    """Do `work`, which is cancelled when another thread sets `ended`."""
    task = asyncio.create_task(work)
    told = False
    while not task.done():
        if ended is not None and ended.is_set() and not told:
            told = task.cancel()  # once: its cleaning up is not to be disturbed
        await asyncio.wait({task}, timeout=LOOK_AGAIN)
    return task.result()


async def apart(work: Callable[[*Ts], T], *args: *Ts) -> T:
    """What `work(*args)` comes to, done in a thread that nobody has to wait for: it may be held up
    for as long as a reader of standard output likes.

    Who is cancelled waits until it is done, so that no line is cut in two; cancelled once more, no
    longer.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(word: Callable[[Any], None], what: Any) -> None:
        if not done.done():
            word(what)

    def go() -> None:
        told: tuple[Callable[[Any], None], Any]
        try:
            told = done.set_result, work(*args)
        except BaseException as error:
            told = done.set_exception, error
        with suppress(RuntimeError):  # the loop has ended: nobody waits
            loop.call_soon_threadsafe(tell, *told)

    threading.Thread(target=go, name="apart", daemon=True).start()
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.wait({done})
        raise
