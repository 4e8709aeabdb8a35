"""Fixtures shared by all rooms: the evaluation documents and a pool of worker processes."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import warm_children
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.pdf import mupdf
from docglean.extractors.documents.workers import Workers
from hypothesis import settings
from lent_children import LentChildren
from servers.postgres import database, running

# A loaded machine, and the first use of a library that loads its data, are no failures.
settings.register_profile("docglean", deadline=None)
# The same examples each time, for a check that says the same of the same commit.
settings.register_profile("repeatable", deadline=None, derandomize=True)
# Where it is another Python that is looked at, not other examples.
settings.register_profile("few", deadline=None, derandomize=True, max_examples=15)
settings.load_profile("docglean")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's job in the background ignores Ctrl-C, and so would what the tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Before a test loads PyMuPDF for itself: as in the children, its layout model then has one thread.
mupdf()

warm_children.install()

REPOSITORY = Path(__file__).resolve().parent.parent

if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt"):
    # The models of layout and OCR take 150 MB for each page, and glibc gives them back each time:
    # getting them anew is a fifth of a test's time. This process may keep them; what is started
    # by it does as it does for users.
    for option in (-3, -1):  # M_MMAP_THRESHOLD, M_TRIM_THRESHOLD
        ctypes.CDLL(None).mallopt(option, 256 * 2**20)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Test modules make most of a million objects that stay: nobody looks for garbage among them,
    neither while they load nor in the tests."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


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


@pytest.fixture(scope="module")
def cold_children() -> Iterator[None]:
    """Children of documents start as in production: for tests of how they do, and what they see."""
    with warm_children.cold():
        yield


@pytest.fixture(scope="session")
def lent_children() -> Iterator[LentChildren]:
    """Children that one `Workers` leaves to the next."""
    lent = LentChildren()
    yield lent
    lent.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a real server, started for this session; in CI a missing one is a failure."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(running())
        except RuntimeError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(error))
        yield url


@pytest.fixture(scope="session")
def invoice_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded engine's run folder of two invoices; who reviews it makes a copy."""
    from reviewed_runs import LONG, SCAN, local_run

    folder = tmp_path_factory.mktemp("invoices")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCGLEAN_LEDGER", str(folder / "ledger.sqlite"))
        return local_run(folder, [SCAN, LONG])


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path, for what `plugin_packages.install` puts there."""
    folder = tmp_path / "installed"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[str]:
    """URL of an empty Postgres database."""
    with database(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The place of an empty ledger of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.sqlite")
    return str(request.getfixturevalue("postgres"))
