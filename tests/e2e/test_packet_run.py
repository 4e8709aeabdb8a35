"""Files that hold several documents, in whole runs: what they come to, killed and in Prefect."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from joined_files import join
from servers.billing import paying, slips
from servers.prefect import run_code
from warm_commands import warm

pytestmark = pytest.mark.e2e

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "documents"
SLIPS = 8
FLOW = """
from docglean.flows.extract import extract
for only in (None, "new"):
    state = extract("in", schemas=["slip.py:Slip"], engine="local", out="out", split="1",
                    only=only, return_state=True)
    print(f"{state.name}: {state.message}")
"""


def results(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "DOCGLEAN_LEDGER": str(folder / "ledger.sqlite")}


def test_the_documents_of_a_packet_have_the_values_of_single_files(tmp_path: Path) -> None:
    names = ("invoice-three-pages.pdf", "form.pdf", "statement.pdf")
    singles = [SAMPLES / name for name in names]
    packet = join(tmp_path / "packet.pdf", singles)
    parts, at = [], 1
    for single in singles:
        with pymupdf.open(single) as document:
            parts.append({"pages": f"{at}-{at + document.page_count - 1}"})
            at += document.page_count
    (tmp_path / "plan.json").write_text(json.dumps({"parts": parts}))

    def read(out: str, *words: str) -> list[dict[str, Any]]:
        command = ["extract", *words, "--engine", "local", "--out", str(tmp_path / out)]
        done = warm().run(command, env=environment(tmp_path))
        assert done.returncode in (0, 1), done.stderr
        return results(tmp_path / out)

    alone = read("alone", *map(str, singles))
    together = read("together", str(packet), "--split", str(tmp_path / "plan.json"))
    assert [one["data"] for one in together] == [one["data"] for one in alone]
    assert [one["schema"]["name"] for one in together] == [one["schema"]["name"] for one in alone]
    for one, part in zip(together, parts, strict=True):
        first, _, last = part["pages"].partition("-")
        pages = {found["page"] for found in one["evidence"].values() if found["page"]}
        assert pages <= set(range(int(first), int(last) + 1))


def test_a_killed_run_goes_on_with_the_documents_that_are_missing(tmp_path: Path) -> None:
    singles = slips(tmp_path / "in", SLIPS)
    packet = join(tmp_path / "packet.pdf", sorted(singles.glob("*.pdf")))
    out = tmp_path / "out"
    with paying(seconds=0.2) as server:
        command = ["extract", str(packet), "--split", "1", "--out", str(out)]
        command += ["--engine", server.engine("anthropic"), "--concurrency", "1"]
        command += ["--schema", f"{tmp_path / 'slip.py'}:Slip"]
        process = warm().start(command, env=environment(tmp_path))
        end = time.monotonic() + 120
        while len(list(out.glob("documents/*.json"))) < 2:
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(list(out.glob("documents/*.json"))) < SLIPS  # it was in the middle
        done = warm().run([*command, "--only", "new"], env=environment(tmp_path))
    assert done.returncode == 0, done.stderr
    assert [one["data"]["number"] for one in results(out)] == list(range(SLIPS))
    assert len({one["run"] for one in results(out)}) == 1
    assert server.questions == SLIPS
    assert server.twice <= 1  # the call that was under way


def test_a_flow_counts_the_documents_of_a_file(server: dict[str, str], tmp_path: Path) -> None:
    folder = slips(tmp_path / "in", 3)
    join(folder / "packet.pdf", sorted(folder.glob("*.pdf")))
    done = run_code(server, tmp_path, FLOW)
    assert done.stdout.splitlines()[-2:] == [
        "Completed: 6 documents",
        "Completed: None of 4 documents is new.",
    ], done.stderr
    names = [one["document"]["name"] for one in results(tmp_path / "out")]
    assert names[3:] == ["packet.pdf#p1", "packet.pdf#p2", "packet.pdf#p3"]
