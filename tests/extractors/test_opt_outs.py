"""What libraries would send home is off in the processes of ours, whatever the environment says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.workers import Workers
from docglean.extractors.opt_outs import ENVIRONMENT, OFFLINE

TOLD = "import json, os; print(json.dumps(dict(os.environ)))"


@pytest.fixture(scope="module")
def workers(cold_children: None, limits: Limits) -> Iterator[Workers]:
    """None of the session's, whose children start warm."""
    pool = Workers(limits)
    yield pool
    pool.close()


@pytest.mark.parametrize(
    "begin",
    [
        "import docglean",
        "from docglean import extract",
        "import docglean.flows.sources",
        "from docglean.schemas import Invoice",
        "from docglean.extractors.documents import workers",
    ],
)
@pytest.mark.parametrize(
    "before", [{}, dict.fromkeys(ENVIRONMENT, "0"), dict.fromkeys(ENVIRONMENT, "")]
)
def test_whatever_is_imported_first_opts_out(begin: str, before: dict[str, str]) -> None:
    told = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT}
    done = subprocess.run(
        [sys.executable, "-c", f"{begin}\n{TOLD}"],
        env=told | before,
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout).items() >= ENVIRONMENT.items()


async def test_children_opt_out_and_download_nothing(workers: Workers) -> None:
    for name, value in {**ENVIRONMENT, **OFFLINE}.items():
        assert await workers.run(os.getenv, name, source="a.pdf") == value


def test_prefect_and_the_hub_are_off_and_onnxruntime_by_its_own_switch() -> None:
    code = (
        "import onnxruntime\n"
        "told = []\n"
        "onnxruntime.disable_telemetry_events = lambda: told.append(1)\n"
        "import docglean\n"  # a program that had loaded it before
        "assert told == [1]\n"
        "from docglean.extractors.opt_outs import load_onnxruntime\n"
        "load_onnxruntime()\n"
        "assert told == [1, 1]\n"
        "from prefect.analytics import is_telemetry_enabled\n"
        "assert not is_telemetry_enabled()\n"
        "from prefect.settings import get_current_settings\n"
        "assert not get_current_settings().server.analytics_enabled\n"
    )
    marks = {"CI", "GITHUB_ACTIONS", "GITLAB_CI"}  # Prefect sends nothing there anyway
    told = {name: value for name, value in os.environ.items() if name not in marks}
    subprocess.run([sys.executable, "-c", code], env=told, check=True)
