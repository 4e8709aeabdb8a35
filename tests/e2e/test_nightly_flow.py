"""The nightly flow against a real Prefect server: its state while something stands failed."""

from __future__ import annotations

from pathlib import Path

import pytest
from servers.billing import slips
from servers.prefect import run_code

pytestmark = pytest.mark.e2e

RUN = """
import sys
from docglean.flows.extract import extract
source, out, only = sys.argv[1:]
state = extract(source, schemas=["slip.py:Slip"], engine="local", out=out, only=only,
                return_state=True)
print(f"{state.name}: {state.message}")
"""


def test_its_state_tells_what_stands_failed(server: dict[str, str], tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    inbox.mkdir()

    def nightly(only: str = "new", out: str = "out") -> str:
        done = run_code(server, tmp_path, RUN, "in", out, only)
        lines = done.stdout.splitlines()
        return lines[-1] if lines else done.stderr

    slips(inbox, 0)
    assert nightly() == "Completed: There is no document."
    slips(inbox, 1)
    assert nightly().startswith("Completed")
    (inbox / "damaged.pdf").write_bytes(b"%PDF-1.7 nothing")
    assert nightly().startswith("Failed: of 1 documents 1 failed")
    said = nightly()
    assert said.startswith(
        "Failed: of earlier runs, failed or partial still: damaged.pdf (damaged)"
    )
    assert "None of 2 documents is new" in said
    (inbox / "damaged.pdf").unlink()
    assert nightly().startswith("Completed: None of 1 document is new")
    assert nightly("stale").startswith("Completed: None of 1 document is stale")
    assert "docglean export" in nightly(out="s3://bucket/out")
    assert not (tmp_path / "s3:").exists()
