"""When a call that failed is sent again in this run, and after how long.

No SDK resends anything behind us: each request is an entry of its own in the ledger, with its own
money set aside.
"""

from __future__ import annotations

import random

from docglean.extractors.models.base import Reply

TRIES = 3
"""Requests for one call where the server fails, breaks off or wants to be asked in another way."""
SLOW_TRIES = 6
"""And where it refuses the call for being one of too many, and takes no other one meanwhile; each
after the pause that it asked for, or that `models.pace` makes of its refusals."""
MOST_TRIES = 30
"""And where it takes others."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0
"""Seconds before the second request; doubled each time. As both vendors' SDKs have it."""


def is_slow(reply: Reply) -> bool:
    """Whether the server refused the call for being one of too many."""
    return reply.outcome == "failed" and reply.code in ("rate_limited", "overloaded")


def pause_before_next(reply: Reply, sent: int, in_vain: int) -> float | None:
    """Seconds to wait before the same call is sent again; None where it is not.

    Args:
        sent: requests sent for it so far.
        in_vain: those of them since the server has last taken any call.
    """
    slow = is_slow(reply)
    enough = sent >= MOST_TRIES or in_vain >= SLOW_TRIES if slow else sent >= TRIES
    if reply.again_in is None or enough:
        return None
    if slow and reply.again_in:
        return reply.again_in
    pause = min(FIRST_PAUSE * 2.0 ** (sent - 1), LONGEST_PAUSE)
    return max(reply.again_in, pause * random.uniform(0.75, 1.0))
