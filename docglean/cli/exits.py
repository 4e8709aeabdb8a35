"""Exit codes of the command line."""

from __future__ import annotations

OK = 0
"""All good."""
SOME_FAILED = 1
"""Some documents failed, are partial or have to be looked at (status ``review``)."""
WRONG = 2
"""The command, the schema, the engine or the key is wrong."""
OVER_BUDGET = 3
"""Ended before the call that would have crossed the budget; what is done is kept."""
WAITING = 4
"""Some documents wait for a batch; `docglean collect` goes on with them."""
INTERRUPTED = 130
"""Ended by Ctrl-C (128 + SIGINT, as shells have it)."""
