"""What is to be said of a drawing that is not all that its file would show elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from docglean.schemas.errors import Problem

SHOWN = 3
"""Addresses or names that a message tells."""
LONGEST = 80
"""Letters of each."""


def not_fetched(name: str, addresses: Sequence[str]) -> Iterator[Problem]:
    """That pictures or style sheets lie elsewhere, which nobody fetches."""
    if addresses:
        yield Problem(
            code="elsewhere_not_fetched",
            message=f"{name}: {len(addresses)} pictures or style sheets lie elsewhere and were not "
            f"fetched: {listed(addresses)}.",
            way_out="Open it in its program, print it to PDF, and give that, if they matter.",
            severity="warning",
        )


def left_out_hidden(name: str, what: Sequence[str]) -> Iterator[Problem]:
    """That parts of a file are hidden, so that no reader of it sees them."""
    if what:
        yield Problem(
            code="hidden_left_out",
            message=f"{name}: hidden in it and left out: {listed(what)}.",
            way_out="Show them in its program and save it, if they are to be read.",
            severity="warning",
        )


def listed(names: Sequence[str]) -> str:
    """The first few of these, shortened, and how many more there are."""
    told = [one if len(one) <= LONGEST else f"{one[:LONGEST]}..." for one in names[:SHOWN]]
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(told) + more
