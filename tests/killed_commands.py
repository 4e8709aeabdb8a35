"""A command that is killed with -9 in the middle of what it asks of a stand-in."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from servers.billing import PayingServer
from warm_commands import warm


def killed(command: Sequence[str], server: PayingServer, after: int) -> None:
    """Run it in a process of its own, and kill that once the server has given so many answers."""
    server.seconds = 0.3
    process = warm().start(command, env=dict(os.environ))
    end = time.monotonic() + 120
    while sum(server.asked.values()) < after:
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.communicate()
    server.seconds = 0
    while server.under_way:
        time.sleep(0.02)
