"""`docglean mcp` as an agent starts it: the SDK's own client, over standard input and output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import ImageContent
from served_documents import parcel_note

from docglean.cli.app import run_command

pytestmark = pytest.mark.e2e

WORDS = ["-m", "docglean", "mcp", "--schema", "number, weight: text, colour: text"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "notes"
    made.mkdir()
    (made / "note.pdf").write_bytes(parcel_note())
    (tmp_path / "secret.pdf").write_bytes(parcel_note("P-SECRET"))
    return made


def variables(folder: Path) -> dict[str, str]:
    told = {
        "DOCGLEAN_LEDGER": str(folder.parent / "ledger.sqlite"),
        "DOCGLEAN_LIMITS__WORKERS": "1",
    }
    return dict(os.environ) | told


async def test_an_agent_reads_proves_and_sees(folder: Path, tmp_path: Path) -> None:
    strays: list[Exception] = []

    async def heard(message: Any) -> None:
        if isinstance(message, Exception):  # what is no message of the protocol
            strays.append(message)

    parameters = StdioServerParameters(
        command=sys.executable, args=[*WORDS, "--folder", str(folder)], env=variables(folder)
    )
    with (tmp_path / "said.txt").open("w") as said:
        transport = stdio_client(parameters, errlog=said)
        async with Client(transport, message_handler=heard) as client:
            listed = await client.call_tool("documents", {})
            assert listed.structured_content == {"documents": ["note.pdf"], "more": 0}
            for pointer, value in {"/number": "P-4711", "/colour": None}.items():
                told = await client.call_tool("value", {"path": "note.pdf", "pointer": pointer})
                assert told.structured_content is not None, told.content
                assert told.structured_content["value"] == value
                assert told.structured_content["found"] is (value is not None)
            cited = await client.call_tool(
                "verify", {"path": "note.pdf", "text": "P-4711", "page": 1}
            )
            assert cited.structured_content is not None
            assert cited.structured_content["verdict"] == "yes"
            seen = await client.call_tool("crop", {"path": "note.pdf", "page": 1, "edge": 300})
            assert isinstance(seen.content[0], ImageContent)
            refused = await client.call_tool("extract", {"path": "../secret.pdf"})
            assert refused.is_error
    assert not strays
    told = (tmp_path / "said.txt").read_text()
    assert "nothing leaves this machine" in told
    assert "Traceback" not in told


def test_nothing_but_the_protocol_is_on_standard_output(folder: Path) -> None:
    """Whatever comes in; and it ends when the agent hangs up."""
    hello = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, *WORDS, "--folder", str(folder)],
        input=f"no message\n{json.dumps(hello)}\n",
        env=variables(folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert {one["jsonrpc"] for one in messages} == {"2.0"}
    (greeting,) = [one for one in messages if one.get("id") == 1]
    assert greeting["result"]["serverInfo"]["name"] == "docglean"
    assert "do not guess" in greeting["result"]["instructions"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--engine", "anthropic:claude-haiku-5-5"], "--allow-remote"),
        (["--folder", "gone"], "gone is no folder"),
        ([], "No folder is named"),
    ],
)
def test_what_would_leave_this_machine_or_has_no_bounds_is_refused(
    words: list[str],
    said: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(folder.parent / "ledger.sqlite"))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "...")
    inside = [] if "folder" in said else ["--folder", str(folder)]
    assert run_command(["mcp", *inside, *words]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert not told.out
