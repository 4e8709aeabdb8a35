"""The queue that each person sees: one for all, or, where reviewers shall not see each other, one
for each of them."""

from __future__ import annotations

import threading

from docglean.extractors.condition import Condition
from docglean.review.docket import Docket
from docglean.review.queue import ReviewQueue


class PersonalQueues:
    """The queues of a docket, each made when its person comes.

    Args:
        blind: reviewers do not see what others have said.
    """

    def __init__(
        self, docket: Docket, condition: Condition | None = None, *, blind: bool = False
    ) -> None:
        self._docket = docket
        self._condition = condition
        self._blind = blind
        self._queues: dict[str | None, ReviewQueue] = {}
        self._turn = threading.Lock()

    def of(self, person: str) -> ReviewQueue:
        """The queue of a person.

        Raises:
            ConfigError: the docket's folder can't be read.
        """
        name = person if self._blind else None
        with self._turn:
            if name not in self._queues:
                queue = ReviewQueue(self._docket, self._condition, name)
                queue.start()
                self._queues[name] = queue
            return self._queues[name]

    def update(self, id: str) -> None:
        """Look at one document again, of which something was said."""
        with self._turn:
            queues = list(self._queues.values())
        for queue in queues:
            queue.update(id)

    def close(self) -> None:
        """End them all."""
        with self._turn:
            while self._queues:
                self._queues.popitem()[1].close()
