"""A server that refuses calls when there are too many: every document is read all the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from servers.billing import Refusal, paying, slips

from docglean.cli.app import run_command
from docglean.cli.exits import OK


@pytest.mark.slow
def test_refused_calls_are_made_again_until_they_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    monkeypatch.setattr("docglean.extractors.models.pace.FIRST_PAUSE", 0.05)
    monkeypatch.setattr("docglean.extractors.gateway.retries.FIRST_PAUSE", 0.02)
    folder = slips(tmp_path / "in", 24)
    with paying(seconds=0.05) as server:
        true, refused = server.reply, []

        def crowded(vendor: str, body: dict[str, Any]) -> dict[str, Any]:
            if server.under_way > 2:
                refused.append(server.under_way)
                raise Refusal(429)
            return true(vendor, body)

        server.reply = crowded  # type: ignore[method-assign]
        words = ["extract", str(folder), "--engine", server.engine(), "--concurrency", "16"]
        words += ["--schema", f"{tmp_path / 'slip.py'}:Slip", "--out", str(tmp_path / "out")]
        assert run_command(words) == OK
        assert refused
        assert (server.questions, server.twice) == (24, 0)
    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    assert [json.loads(line)["data"]["number"] for line in lines] == list(range(24))
