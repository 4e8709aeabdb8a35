"""Telemetry as it leaves the process: OTLP to a receiver on loopback, JSON lines on stderr."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pymupdf
import pytest
from servers.billing import COST, KEYS, TOKENS_IN, paying, slips
from servers.prefect import run_code
from servers.telemetry import attributes, parent_names, receiving
from warm_commands import warm

pytestmark = pytest.mark.e2e

KEY = KEYS["STANDIN_OPENAI"]
FLOW = """
import json, sys
from docglean.flows.extract import extract
print(extract(**json.loads(sys.argv[1]), return_state=True).name)
"""


def settings(folder: Path, url: str) -> dict[str, str]:
    return {
        "DOCGLEAN_LEDGER": str(folder / "ledger.sqlite"),
        "DOCGLEAN_LIMITS__WORKERS": "1",
        "DOCGLEAN_LOG": "json",
        "STAND_IN_KEY": KEY,
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_SERVICE_NAME": "night-run",
    }


def test_the_command_line_sends_traces_and_metrics_and_logs_json(tmp_path: Path) -> None:
    folder = slips(tmp_path / "in", 2)
    locked = pymupdf.open()
    locked.new_page()
    locked.save(
        folder / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="a", owner_pw="b"
    )
    with receiving() as receiver, paying() as server:
        done = warm().run(
            ["extract", str(folder), "--schema", f"{tmp_path / 'slip.py'}:Slip", "--engine",
             server.engine(key="STAND_IN_KEY"), "--out", str(tmp_path / "out")],
            env={**os.environ, **settings(tmp_path, receiver.url)},
        )  # fmt: skip
    assert done.returncode == 1, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    documents = {line["document"]: line for line in lines if line.get("event") == "document"}
    assert {name: line["status"] for name, line in documents.items()} == {
        "0000.pdf": "ok", "0001.pdf": "ok", "locked.pdf": "failed",
    }  # fmt: skip
    assert documents["locked.pdf"]["problems"] == {"password_needed": 1}
    assert documents["0001.pdf"]["input_tokens"] == TOKENS_IN
    assert documents["0001.pdf"]["cost"] == float(COST)
    assert documents["0001.pdf"]["timestamp"].endswith("+00:00")
    assert any(line.get("event") == "notice" for line in lines)

    assert receiver.services == {"night-run"}
    above = parent_names(receiver.spans)
    assert above["run"] == {""}
    assert above["document"] == {"run"}
    for name in ("open", "words", "chat gpt-6-luna", "validate", "locate"):
        assert above[name] == {"document"}
    by_name = {
        attributes(span)["docglean.document.name"]: span
        for span in receiver.spans
        if span.name == "document"
    }
    assert set(by_name) == set(documents)
    assert by_name["0001.pdf"].trace_id.hex() == documents["0001.pdf"]["trace_id"]
    counted = [
        (attributes(point)["docglean.status"], point.as_int)
        for point in receiver.metric("docglean.documents")[-1].sum.data_points
    ]
    assert sorted(counted) == [("failed", 1), ("ok", 2)]
    (durations,) = receiver.metric("gen_ai.client.operation.duration")[-1].histogram.data_points
    assert durations.count == 2

    said = receiver.everything + done.stderr
    assert KEY not in said
    for secret in ("word: w1", '"w1"', "'w1'"):
        assert secret not in said


def test_a_flow_is_one_trace(server: dict[str, str], tmp_path: Path) -> None:
    folder = slips(tmp_path / "in", 4)
    with receiving() as receiver, paying() as model:
        told = {
            "source": str(folder),
            "schemas": [f"{tmp_path / 'slip.py'}:Slip"],
            "engine": model.engine(),
            "out": str(tmp_path / "out"),
            "shard": 2,
        }
        own = {**server, **settings(tmp_path, receiver.url)}
        done = run_code(own, tmp_path, FLOW, json.dumps(told))
    assert done.stdout.strip().endswith("Completed"), done.stdout + done.stderr
    spans = receiver.spans
    assert [span.name for span in spans].count("document") == 4
    assert [span.name for span in spans].count("run") == 2
    assert len({span.trace_id for span in spans}) == 1
    assert len({attributes(span)["docglean.run"] for span in spans if span.name == "run"}) == 1
    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert len([line for line in lines if line.get("event") == "document"]) == 4
