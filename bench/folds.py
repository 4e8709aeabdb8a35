"""The two parts of the real documents: those rules may be made on, and those only scored.

The split is kept in folds.toml, by sender or form, so that no sender is in both parts. A figure of
documents that may be looked at says how well their rules fit them; only one of the scored part says
what a user's own documents may expect.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

Part = Literal["look", "scored"]
PARTS: tuple[Part, ...] = ("look", "scored")


def part_of(document: str) -> Part:
    """The part that a labelled document is in, by its id."""
    return "scored" if document in _scored() else "look"


@cache
def _scored() -> frozenset[str]:
    folds = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return frozenset(name for one in folds.values() for name in one["scored"])
