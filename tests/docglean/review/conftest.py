"""One server for the tests of its routes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from docglean.extractors.documents.workers import Workers
from review_rooms import Served, serving


@pytest.fixture(scope="module")
def served(workers: Workers) -> Iterator[Served]:
    """A server of this machine only."""
    with serving(workers) as found:
        yield found
