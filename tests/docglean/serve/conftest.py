"""Services of tests borrow their child processes, for as long as a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from docglean.extractors.documents import workers
from lent_children import LentChildren


@pytest.fixture(autouse=True, scope="module")
def borrowed_for_the_module(lent_children: LentChildren) -> Iterator[None]:
    """A service that all tests of a module ask is started before each test's own loan."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "ChildPool", lent_children)
        yield
