"""Child processes lent from one `Workers` to the next: starting them is the dear part.

What they have found in a document of samples/ they find again without looking: OCR is as dear.
"""

from __future__ import annotations

import sys
from concurrent.futures import Future
from functools import partial
from typing import Any

from checkouts import REPOSITORY
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.child_processes import ChildPool

Key = tuple[Limits, tuple[str, ...]]
SAMPLES = str(REPOSITORY / "samples" / "documents").encode()
"""What stands in a task that is about one of them. Nobody changes them."""
MOST_BYTES = 100_000_000
"""Of all answers that are kept."""


class LentChildren:
    """Makes what stands for a `ChildPool`, over children that an earlier one gave back.

    A child knows its limits and where modules are from its start, so the same of both are lent.
    """

    def __init__(self) -> None:
        self._idle: dict[Key, ChildPool] = {}
        self._found: dict[tuple[Key, bytes], bytes] = {}
        self._left = MOST_BYTES

    def __call__(self, limits: Limits) -> Any:
        key = limits, tuple(sys.path)
        return _Borrowed(self, key, self._idle.pop(key, None) or ChildPool(limits))

    def give_back(self, key: Key, pool: ChildPool) -> None:
        """Keep a pool that has nothing to do, unless one like it is kept."""
        if self._idle.setdefault(key, pool) is not pool:
            pool.stop()

    def found(self, key: Key, task: bytes) -> bytes | None:
        """What children of this kind have answered to this task."""
        return self._found.get((key, task))

    def keep(self, key: Key, task: bytes, future: Future[bytes]) -> None:
        """Note the answer of a task that is done, if it is one about a sample."""
        if future.cancelled() or future.exception() is not None:
            return
        answer = future.result()
        if SAMPLES in task and len(answer) <= self._left:
            self._left -= len(answer)
            self._found[key, task] = answer

    def close(self) -> None:
        """End all children."""
        while self._idle:
            self._idle.popitem()[1].stop()


class _Borrowed:
    def __init__(self, owner: LentChildren, key: Key, pool: ChildPool) -> None:
        self._owner, self._key, self._pool = owner, key, pool
        self._tasks: list[Future[bytes]] = []

    def schedule(
        self, task: bytes, seconds: float, threads: int, *, counted: bool = True
    ) -> Future[bytes]:
        known = self._owner.found(self._key, task)
        if known is not None:
            answered: Future[bytes] = Future()
            answered.set_result(known)
            return answered
        future = self._pool.schedule(task, seconds, threads, counted=counted)
        future.add_done_callback(partial(self._owner.keep, self._key, task))
        self._tasks = [one for one in self._tasks if not one.done()] + [future]
        return future

    def stop(self) -> None:
        """Given back, unless work is under way, which `stop` ends, or a child has died."""
        well = all(one.done() for one in self._tasks) and self._pool._pool.active
        if well:
            self._owner.give_back(self._key, self._pool)
        else:
            self._pool.stop()
