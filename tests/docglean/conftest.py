"""Commands that run in this process borrow their child processes."""

from __future__ import annotations

import pytest
from docglean.extractors.documents import workers
from lent_children import LentChildren


@pytest.fixture(autouse=True)
def borrowed_children(lent_children: LentChildren, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test that reads a file would start its own."""
    monkeypatch.setattr(workers, "ChildPool", lent_children)
