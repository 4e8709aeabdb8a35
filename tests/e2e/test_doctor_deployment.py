"""`docglean doctor` against a real Prefect server, at each stage of a deployment."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.prefect import kill, prefect, running, start_worker
from warm_commands import warm

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, fresh_database: Path
) -> Iterator[dict[str, str]]:
    with running(tmp_path_factory.mktemp("prefect"), fresh_database) as environment:
        yield environment


def told(environment: dict[str, str], folder: Path, *words: str) -> tuple[int, dict[str, str]]:
    """The exit code, and by what was looked at how it is, of the part Prefect."""
    done = warm().run(["doctor", "--json", *words], cwd=folder, env=environment)
    found = json.loads(done.stdout)["findings"]
    return done.returncode, {one["what"]: one["state"] for one in found if one["part"] == "Prefect"}


def test_each_stage_of_a_deployment_is_told(server: dict[str, str], tmp_path: Path) -> None:
    init = ["prefect", "init", "--cron", "0 3 * * *", "--quiet"]
    assert warm().run(init, cwd=tmp_path, env=server).returncode == 0
    code, found = told(server, tmp_path)
    assert code == 1
    assert (found["server"], found["version"], found["deployments"]) == ("ok", "ok", "fail")
    assert found["clock, the Prefect server's"] == "ok"
    assert found["pool docglean"] == "fail"

    prefect(server, tmp_path, "work-pool", "create", "docglean", "--type", "process")
    prefect(server, tmp_path, "deploy", "--all", "--no-prompt")
    code, found = told(server, tmp_path)
    assert (code, found["deployments"], found["pool docglean"]) == (1, "ok", "fail")
    assert (found["extract/nightly"], found["evaluate/weekly"]) == ("ok", "off")

    worker = start_worker(server, tmp_path, "--name", "one")
    try:
        while "started" not in (tmp_path / "worker.log").read_text():
            assert worker.poll() is None
            time.sleep(0.05)
        code, found = told(server, tmp_path)
        assert (code, found["pool docglean"]) == (0, "ok")
        prefect(server, tmp_path, "work-pool", "pause", "docglean")
        prefect(server, tmp_path, "deployment", "schedule", "pause", "--all")
        code, found = told(server, tmp_path)
        assert (code, found["pool docglean"], found["extract/nightly"]) == (1, "fail", "off")
    finally:
        worker.terminate()
        worker.wait(timeout=60)
    kill(server)
    code, found = told(server, tmp_path)
    assert (code, found) == (1, {"server": "fail"})
