"""A command that is killed with -9 in the middle of what it asks of a stand-in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from servers.billing import PayingServer


def killed(command: Sequence[str], server: PayingServer, after: int) -> None:
    """Run it in a process of its own, and kill that once the server has given so many answers."""
    server.seconds = 0.3
    process = subprocess.Popen(
        [sys.executable, "-m", "docglean", *command],
        env=dict(os.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 120
    while sum(server.asked.values()) < after:
        assert time.monotonic() < end
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    server.seconds = 0
    while server.under_way:
        time.sleep(0.02)
