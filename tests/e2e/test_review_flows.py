"""The flows of a review against a real Prefect server: what waits, and what is sent on when."""

from __future__ import annotations

import csv
import json
import shutil
import time
import urllib.request
from pathlib import Path

import pytest
from docglean.flows.open_reviews import open_run
from docglean.flows.run_folder import RunFolder
from reviewed_runs import BELOW, DOUBTED, GOOD, SAMPLES, Reviewer
from servers.prefect import run_code

pytestmark = pytest.mark.e2e

EVENT = "prefect.flow-run.NeedsReview"
"""What automations wait for."""
RUN = """
import json, sys
from docglean.flows.drift import drift
from docglean.flows.extract import extract
from docglean.flows.review_queue import queue
from docglean.flows.send_results import send_results

flows = {"extract": extract, "queue": queue, "send": send_results, "drift": drift}
for name, told in json.loads(sys.argv[1]):
    state = flows[name](**told, return_state=True)
    print(f"=> {state.type.value} {state.name}: {state.message}")
"""


class Project:
    """A folder with documents in it, and flows that are run there."""

    def __init__(self, folder: Path, server: dict[str, str]) -> None:
        self.folder = folder
        self._server = server
        (folder / "in").mkdir()
        for name in (GOOD, DOUBTED):
            shutil.copy(SAMPLES / name, folder / "in" / name)

    def run(self, *flows: tuple[str, dict[str, object]]) -> list[str]:
        """The states in which flows end that run one after the other."""
        own = {**self._server, "DOCGLEAN_REVIEW_URL": "https://review.example.com"}
        done = run_code(own, self.folder, RUN, json.dumps(flows))
        told = [line[3:] for line in done.stdout.splitlines() if line.startswith("=> ")]
        assert len(told) == len(flows), done.stdout + done.stderr
        return told

    def events(self, name: str) -> int:
        """How many events of a name the server has had."""
        request = urllib.request.Request(
            f"{self._server['PREFECT_API_URL']}/events/filter",
            json.dumps({"filter": {"event": {"name": [name]}}}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(json.load(answer)["total"])


def rows(folder: Path) -> dict[str, str]:
    with (folder / "documents.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row["status"] for row in csv.DictReader(file)}


def test_what_waits_is_told_where_to_look_at_it_and_is_sent_when_it_is_signed_off(
    server: dict[str, str], tmp_path: Path
) -> None:
    project = Project(tmp_path, server)
    before = project.events(EVENT)
    read = {"source": "in", "schemas": ["invoice"], "engine": "local", "review_below": BELOW}
    read["calibration"] = "off"
    sent = {"send_to": "sent/{run}/csv", "after_review": "wait"}
    to = {"to": "sent/{run}/csv", "runs": "runs"}
    extracted, queued = project.run(
        ("extract", {**read, **sent, "out": "runs/a"}), ("queue", {"runs": "runs"})
    )
    out = tmp_path / "runs" / "a"
    values = open_run(RunFolder(out)).values
    what = f"1 document with {values} value{'s' * (values != 1)} to review"
    at = "https://review.example.com or docglean review"
    assert extracted.startswith("COMPLETED NeedsReview: of 2 documents 1 to review; ")
    assert f"{what}: {at} {out}; 1 document sent, 1 to review" in extracted
    assert queued == f"COMPLETED NeedsReview: {what} in 1 run: {at} --all {tmp_path / 'runs'}"
    assert rows(tmp_path / "sent" / "a" / "csv") == {GOOD: "ok"}
    until = time.monotonic() + 60  # they are stored in the background
    while project.events(EVENT) < before + 2:
        assert time.monotonic() < until
        time.sleep(0.5)

    Reviewer(out).did(DOUBTED, ("confirm", "/invoice_number"), ("done", ""))
    queued, exported, again = project.run(("queue", {"runs": "runs"}), ("send", to), ("send", to))
    assert queued.startswith("COMPLETED Completed: nothing waits for review")
    assert exported == "COMPLETED Completed: 1 document sent"
    assert again == "COMPLETED Completed: 0 documents sent"
    assert rows(tmp_path / "sent" / "a" / "csv") == {GOOD: "ok", DOUBTED: "reviewed"}


def test_what_can_not_be_read_or_sent_is_told_beside_the_rest(
    server: dict[str, str], tmp_path: Path
) -> None:
    project = Project(tmp_path, server)
    (tmp_path / "runs" / "bad" / "documents").mkdir(parents=True)
    (tmp_path / "runs" / "bad" / "run.json").write_text("{")
    (tmp_path / "a file").write_text("")
    read = {"source": f"in/{GOOD}", "schemas": ["invoice"], "engine": "local", "out": "runs/a"}
    extracted, queued, exported, refused = project.run(
        ("extract", {**read, "send_to": "a file/csv"}),
        ("queue", {"runs": "runs"}),
        ("send", {"runs": "runs", "to": "sqlite:///db.sqlite"}),
        ("extract", {**read, "send_to": "csv", "batch": True}),
    )
    assert extracted.startswith("FAILED Failed: 1 documents; not sent: a file/csv cannot be writ")
    assert (tmp_path / "runs" / "a" / "results.jsonl").is_file()
    assert queued.startswith("FAILED Failed: nothing waits for review")
    assert "run.json is damaged" in queued
    assert exported == "COMPLETED Completed: 1 document sent"
    assert "FAILED" in refused
    assert "export/after-review" in refused


def test_a_run_is_held_against_a_baseline(server: dict[str, str], tmp_path: Path) -> None:
    project = Project(tmp_path, server)
    read = {
        "document": {"name": "a.pdf", "uri": "a.pdf", "pages": 1},
        "schema": {"name": "invoice", "hash": "h"},
        "engine": "local",
        "status": "ok",
        "data": {"total": "3"},
    }
    for name, engine in (("good", "local"), ("now", "other")):
        (tmp_path / name).mkdir()
        lines = [
            read | {"engine": engine, "document": {"name": f"{i}.pdf", "uri": f"{i}.pdf"}}
            for i in range(25)
        ]
        (tmp_path / name / "results.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    same, other = project.run(
        ("drift", {"run": "good", "against": "good", "page": "drift.html"}),
        ("drift", {"run": "now", "against": "good"}),
    )
    assert same == "COMPLETED Completed: No drift is shown in 25 documents."
    assert other == "FAILED Drifted: Drift: engine is other."
    assert "no drift shown" in (tmp_path / "drift.html").read_text("utf-8")
