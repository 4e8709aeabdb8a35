"""What an answer is looked at with, loaded while the first one is waited for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import import_module

from docglean.extractors.concurrency import ON_ITS_WAY
from docglean.extractors.versions import code_version

MODULES = (
    "numpy",
    "docglean.extractors.grounding.ground",
    "docglean.extractors.answers.check",
    "docglean.extractors.packets.plan",
    "docglean.extractors.cascade.next_engine",
    "docglean.extractors.confidence.confidence",
    "docglean.extractors.rules.ranker.model",
    "docglean.extractors.rules.document_values",
)
"""Those that import all the others, in steps that are about as long."""

_loading: set[asyncio.Task[None]] = set()
_loaded = threading.Event()


def load_ahead() -> bool:
    """Load it beside the first call of a process, once that is on its way; whether it is there.

    In the thread of the event loop, step by step, between which the loop does what else there is:
    where two threads import a package and a part of it at the same time, Python ends the deadlock
    of their locks by letting one see a module half made.
    """
    _begin()
    return _loaded.is_set()


@cache
def _begin() -> None:
    task = asyncio.get_running_loop().create_task(_load())
    _loading.add(task)
    task.add_done_callback(_loading.discard)


async def _load() -> None:
    await asyncio.sleep(ON_ITS_WAY)
    for step in _steps():
        step()
        await asyncio.sleep(0)
    _loaded.set()


def _steps() -> Iterator[Callable[[], object]]:
    for name in MODULES:
        yield partial(import_module, name)
    from docglean.extractors.requests.document_kind import kinds
    from docglean.extractors.rules.ranker.model import model

    yield kinds
    for name in ("fields", "told"):
        yield partial(model, name)
    yield code_version
