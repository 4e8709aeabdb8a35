"""Children of documents start warm in tests, and are to those who start them as others are."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import warm_children
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.workers import Workers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there are they warm")

SEEN = """(lambda os: {
    "above": int(open(f"/proc/{os.getppid()}/stat").read().split()[3]),
    "folder": os.getcwd(), "told": os.environ.get("TOLD"),
    "files": sorted(os.listdir("/proc/self/fd"), key=int),
    "held": [line for line in open("/proc/self/status") if line.startswith("SigBlk")],
    "command": open("/proc/self/cmdline").read(),
})(__import__("os"))"""


async def _seen() -> dict[str, Any]:
    async with Workers(Limits(workers=1)) as pool:
        return dict(await pool.run(eval, SEEN, source="a.pdf"))


async def test_they_see_what_others_see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await _seen()  # what forks them is there before
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOLD", json.dumps("now"))
    seen = await _seen()
    assert "warm_children" in seen.pop("command")
    # Between them is the fork server.
    assert (seen["above"], seen["told"]) == (os.getpid(), '"now"')
    with warm_children.cold():
        others = await _seen()
    assert "warm_children" not in others.pop("command")
    assert len(seen.pop("files")) == len(others.pop("files"))
    assert seen == others
