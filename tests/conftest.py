"""Fixtures shared by all rooms: the evaluation documents and a pool of worker processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from docglean.extractors.parsers.workers import Limits, Workers
from hypothesis import settings

# A loaded machine, and the first use of a library that loads its data, are no failures.
settings.register_profile("docglean", deadline=None)
# The same examples each time, for a check that says the same of the same commit.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("docglean")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's job in the background ignores Ctrl-C, and so would what the tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)

POSTGRES = os.environ.get("DOCGLEAN_TEST_POSTGRES", "")
"""URL of an empty database, for those who have one: postgresql+psycopg://..."""

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def evaldata() -> Path:
    """Folder of evaluation documents; the test is skipped where it is absent."""
    told = os.environ.get("DOCGLEAN_EVALDATA")
    folder = Path(told) if told else REPOSITORY.parent / "shared" / "evaldata"
    if not folder.is_dir():
        pytest.skip("no evaluation documents here; DOCGLEAN_EVALDATA names their folder")
    return folder


@pytest.fixture(scope="session")
def limits() -> Limits:
    """The default limits, with few processes so that a small machine runs the tests."""
    return Limits(workers=2)


@pytest.fixture(scope="session")
def workers(limits: Limits) -> Iterator[Workers]:
    """One pool for the whole session: starting processes is the dear part."""
    pool = Workers(limits)
    yield pool
    pool.close()


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The place of an empty ledger of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.sqlite")
    if not POSTGRES:
        pytest.skip("no database here; DOCGLEAN_TEST_POSTGRES names one")
    import sqlalchemy
    from docglean.extractors.accounting.database import TABLES

    engine = sqlalchemy.create_engine(POSTGRES)
    TABLES.drop_all(engine)
    engine.dispose()
    return POSTGRES
