"""One Prefect server for all tests of flows: it takes ten seconds to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servers.prefect import running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment that reaches it."""
    with running(tmp_path_factory.mktemp("prefect")) as environment:
        yield environment
