"""The deployment as README has it, against a real Prefect server."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pymupdf
import pytest
from reviewed_runs import Reviewer, local_run
from servers.billing import paying, slips
from servers.prefect import PREFECT, kill, prefect, start, start_worker
from warm_commands import WarmProcess

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def project(server: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with prefect.yaml and flows/, deployed, with a worker running."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(REPOSITORY / "prefect.yaml", folder)
    shutil.copytree(
        REPOSITORY / "flows", folder / "flows", ignore=shutil.ignore_patterns("__pycache__")
    )
    prefect(server, folder, "work-pool", "create", "docglean", "--type", "process")
    prefect(server, folder, "deploy", "--all", "--no-prompt")
    workers[:] = [start_worker(server, folder)]
    try:
        yield folder
    finally:
        for worker in workers:
            worker.terminate()
            worker.wait(timeout=60)


workers: list[WarmProcess | subprocess.Popen[bytes]] = []
"""The project's worker, and those that came after it."""


def start_cold_worker(environment: dict[str, str], folder: Path) -> subprocess.Popen[bytes]:
    """One that starts, and starts flows, as in production."""
    command = [*PREFECT, "worker", "start", "--pool", "docglean"]
    with (folder / "worker.log").open("a") as log:
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


def run(
    environment: dict[str, str], folder: Path, source: Path, out: Path, *, fails: bool
) -> list[dict[str, object]]:
    prefect(
        environment,
        folder,
        "deployment",
        "run",
        "extract/on-upload",
        "-p",
        f"source={source}",
        "-p",
        f"out={out}",
        "-p",
        "engine=local",
        "--watch",
        fails=fails,
    )
    lines = (out / "results.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_an_upload_is_read_and_the_state_tells_the_truth(
    server: dict[str, str], project: Path, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    shutil.copy(REPOSITORY / "samples/documents/form.pdf", inbox)
    good = run(server, project, inbox, tmp_path / "out", fails=False)
    assert [one["status"] for one in good] == ["ok"]
    fields = {field["key"]: field["value"] for field in good[0]["data"]["fields"]}  # type: ignore[index]
    assert fields["Full name"] == "Amina Okafor"

    locked = pymupdf.open()
    locked.new_page()
    locked.save(
        inbox / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="a", owner_pw="b"
    )
    both = run(server, project, inbox, tmp_path / "out", fails=True)
    assert [one["status"] for one in both] == ["ok", "failed"]
    assert both[1]["problems"][0]["code"] == "password_needed"  # type: ignore[index]
    runs = prefect(server, project, "flow-run", "ls").stdout
    assert "Completed" in runs.title()
    assert "Failed" in runs.title()


def test_engines_are_measured_by_the_other_deployment(
    server: dict[str, str], project: Path, tmp_path: Path
) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    shutil.copy(REPOSITORY / "samples/documents/form.pdf", labels)
    lines = (REPOSITORY / "samples/labels.jsonl").read_text().splitlines()
    label = next(one for one in map(json.loads, lines) if one["id"] == "form")
    (labels / "labels.jsonl").write_text(json.dumps({**label, "file": "form.pdf"}) + "\n")

    def measure(*more: str, fails: bool) -> str:
        told = [f"labels={labels}", 'engines=["local"]', f"out={tmp_path / 'report'}", *more]
        parameters = [part for one in told for part in ("-p", one)]
        done = prefect(
            server, project, "deployment", "run", "evaluate/weekly", *parameters, "--watch",
            fails=fails,
        )  # fmt: skip
        return done.stdout

    measure(fails=False)
    assert (tmp_path / "report" / "report.html").is_file()
    artifact = prefect(server, project, "artifact", "inspect", "accuracy").stdout
    assert "field accuracy" in artifact
    measure('gates=["field_accuracy>1"]', fails=True)


def test_what_waits_and_what_is_signed_off_go_by_deployments_of_their_own(
    server: dict[str, str], project: Path, tmp_path: Path
) -> None:
    local_run(tmp_path, ["invoice-three-pages.pdf"], "--review-below", "0.9")

    def told(deployment: str, *parameters: str) -> str:
        words = [part for one in (f"runs={tmp_path}", *parameters) for part in ("-p", one)]
        return prefect(server, project, "deployment", "run", deployment, *words, "--watch").stdout

    assert "NeedsReview" in told("review/queue")
    Reviewer(tmp_path / "out").did("invoice-three-pages.pdf", ("done", ""))
    assert "Completed" in told("export/after-review", f"to={tmp_path}/sent/{{run}}/csv")
    sent = tmp_path / "sent" / "out" / "csv" / "documents.csv"
    assert "reviewed" in sent.read_text()


def results(out: Path) -> list[str]:
    try:
        return (out / "results.jsonl").read_text().splitlines()
    except FileNotFoundError:
        return []


def names_read(out: Path) -> list[str]:
    return [json.loads(line)["document"]["name"] for line in results(out)]


def wait_for(out: Path, names: list[str], watching: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 400
    while names_read(out) != names:
        assert time.monotonic() < until, names_read(out)
        assert watching.poll() is None
        time.sleep(0.3)


def test_each_upload_starts_one_run_whatever_becomes_of_the_watch(
    server: dict[str, str], project: Path, tmp_path: Path
) -> None:
    """The trigger of prefect.yaml on a real server; the watch is killed and started again."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    form = (REPOSITORY / "samples/documents/form.pdf").read_bytes()

    def watch() -> subprocess.Popen[bytes]:
        words = ["watch", str(inbox), "--settle", "1.5", "--every", "0.3", "--quiet"]
        return subprocess.Popen([sys.executable, "-m", "docglean", *words], env=server)

    def begun() -> int:
        found = prefect(
            server, project, "flow-run", "ls", "--flow-name", "extract", "--limit", "200"
        ).stdout
        return found.count("extract")

    before = begun()
    first = watch()
    try:
        with (inbox / "a.pdf").open("wb") as file:  # half a copy is no document
            file.write(form[:1000])
            file.flush()
            time.sleep(1.0)
            file.write(form[1000:])
        wait_for(project / "out", ["a.pdf"], first)
    finally:
        first.kill()
        first.wait()
    (inbox / "b.pdf").write_bytes(form)
    second = watch()
    try:
        wait_for(project / "out", ["a.pdf", "b.pdf"], second)
        time.sleep(3)
    finally:
        second.kill()
        second.wait()
    assert begun() - before == 2


def test_batches_and_budgets_end_in_states_that_say_so(
    server: dict[str, str], project: Path, tmp_path: Path
) -> None:
    def run_extract(*more: str, fails: bool) -> str:
        told = [f"source={folder}", f"schemas={json.dumps([schema])}", *more]
        parameters = [part for one in told for part in ("-p", one)]
        words = ["deployment", "run", "extract/on-upload", *parameters, "--watch"]
        return prefect(server, project, *words, fails=fails).stdout

    folder = slips(tmp_path / "in", 3)
    schema = f"{tmp_path / 'slip.py'}:Slip"
    with paying() as paid:
        engine = f"engine={paid.engine('anthropic')}"
        out = tmp_path / "batched"
        said = run_extract(engine, f"out={out}", "batch=true", fails=False)
        assert "Submitted" in said
        assert names_read(out) == []
        said = prefect(server, project, "deployment", "run", "batch/collect", "--watch").stdout
        assert "Completed" in said
        assert names_read(out) == ["0000.pdf", "0001.pdf", "0002.pdf"]
        assert (paid.questions, paid.twice) == (3, 0)

        engine = f"engine={paid.engine('openai')}"
        out = tmp_path / "dear"
        said = run_extract(engine, f"out={out}", "budget=0.0010", fails=True)
        assert "BudgetExceeded" in said
        assert 0 < len(names_read(out)) == paid.questions - 3 < 3


@pytest.mark.parametrize("victim", ["server", "worker"])
def test_what_is_killed_in_mid_run_loses_nothing(
    server: dict[str, str], project: Path, tmp_path: Path, victim: str
) -> None:
    """Kill -9, either the server or a worker with all that it had started."""
    if victim == "worker":
        workers[-1].terminate()
        workers[-1].wait(timeout=60)
        workers.append(start_cold_worker(server, project))
    folder, out = slips(tmp_path / "in", 60), tmp_path / "out"
    schema = json.dumps([f"{tmp_path / 'slip.py'}:Slip"])
    with paying(seconds=0.3) as paid:
        told = [f"source={folder}", f"schemas={schema}", f"out={out}", f"engine={paid.engine()}"]
        told += ["concurrency=2", "shard=5"]
        words = ["deployment", "run", "extract/on-upload"]
        words += [part for one in told for part in ("-p", one)]
        prefect(server, project, *words)
        wait_until(lambda: paid.questions >= 15)
        if victim == "server":
            kill(server)
            time.sleep(5)
            start(server)
            wait_until(lambda: len(names_read(out)) == 60)
            assert (paid.questions, paid.twice) == (60, 0)
            return
        worker = psutil.Process(workers[-1].pid)
        for process in [worker, *worker.children(recursive=True)]:
            process.kill()
        workers[-1].wait()
        assert paid.questions < 60
        workers.append(start_cold_worker(server, project))
        prefect(server, project, *words, "--watch")
        # Twice was answered, at the most, what the two tasks had under way.
        assert paid.questions == 60
        assert paid.twice <= 2 * 2
    numbers = [json.loads(line)["data"]["number"] for line in results(out)]
    assert numbers == list(range(60))


def wait_until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 400
    while not done():
        assert time.monotonic() < until
        time.sleep(0.05)
