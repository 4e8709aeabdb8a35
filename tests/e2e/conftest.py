"""What takes seconds to start: one Prefect server for all tests of flows, a browser a module."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Tab, browsing
from review_desk import Desk, a_run, serving
from servers.prefect import pause, running


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a new Prefect server's database is kept for those of all processes of tests."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    return shared / "fresh-prefect.db"


@pytest.fixture(scope="session")
def prefect_server(
    tmp_path_factory: pytest.TempPathFactory, fresh_database: Path
) -> Iterator[dict[str, str]]:
    """The environment that reaches it, where somebody has it run."""
    with running(tmp_path_factory.mktemp("prefect"), fresh_database) as environment:
        pause(environment)
        yield environment


@pytest.fixture(scope="module")
def server(prefect_server: dict[str, str]) -> Iterator[dict[str, str]]:
    """The environment that reaches it. A server with nothing to do takes a tenth of a processor:
    it stands still while other modules are tested."""
    pause(prefect_server, over=True)
    yield prefect_server
    pause(prefect_server)


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    """An empty page of a browser."""
    with browsing() as tab:
        yield tab


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run folder with receipts to review."""
    return a_run(tmp_path / "in")


@pytest.fixture
def desk(run: Path, tab: Tab) -> Iterator[Desk]:
    """Its review, open in the browser, which complains of nothing."""
    tab.events.clear()
    with serving(run) as server:
        desk = Desk(tab)
        desk.open(server.address)
        yield desk
        assert tab.complaints == []
        tab.goto("about:blank")
