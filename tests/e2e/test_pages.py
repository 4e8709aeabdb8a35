"""Every command and every Python block of README and of docs/ runs as it stands, page by page."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from checkouts import REPOSITORY, copied, environment, run
from docglean.flows.run_folder import RunFolder
from docglean.schemas.pointers import leaves
from page_servers import asked_by, batch_vendors, vendors
from pages import NOT_RUN, TYPED_ELSEWHERE, WEIGHTS, blocks, commands, not_run, pages
from reviewed_runs import Reviewer
from servers.billing import PayingServer
from servers.vendor import Vendor
from warm_commands import COMMANDS, WarmServer, warm_server

from docglean.cli.exits import WAITING

pytestmark = pytest.mark.e2e

PAGES = pages()
README = PAGES["README"]
SAMPLES = ("invoice-three-pages.pdf", "invoice-scan.pdf", "form.pdf", "note.wav")
"""Of samples/: those that pages name, and one of another kind. `make demo` reads all of them."""

ENDS = {
    "--no-wait": {WAITING}, "docglean extract": {0, 1}, "docglean label": {0, 1},
    "docglean collect": {0, 1, WAITING},
}  # fmt: skip
"""Exit codes that pages allow them: 1 where documents failed, are partial or to be looked at."""

INSTALLED = {"make demo": "python -m samples.demo --out demo"}
"""What is left of a command after its install, which the environment of the tests stands for."""

AS_INSTALLED = ("README", "install")
"""Pages that run what pip has put there; a page that installs docglean does so from there on."""

BATCHED = re.compile(r"(--engine )((?:anthropic|openai):[\w.-]+)")
"""An engine; that its batches are at another host than its vendor's has to be said."""


def fewer_samples(folder: Path) -> None:
    """Leave `SAMPLES` and their labels: dozens of commands read all that is there."""
    for path in (folder / "documents").iterdir():
        if path.name not in SAMPLES:
            path.unlink()
    labels = (folder / "labels.jsonl").read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in labels if Path(json.loads(line)["file"]).name in SAMPLES]
    (folder / "labels.jsonl").write_text("".join(kept), "utf-8")


@dataclass(frozen=True)
class Reader:
    """A person in a checkout with docglean in .venv, who types what a page says.

    Attributes:
        warm: starts the commands of docglean.
    """

    folder: Path
    warm: WarmServer
    variables: dict[str, str]
    servers: dict[str, tuple[Vendor, dict[str, str]]]
    batches: tuple[PayingServer, dict[str, str]]

    def types(self, command: str, *, active: bool, batch: bool) -> str:
        """Run a command as it stands, and see what came of it; what it printed."""
        told, servers = dict(self.variables), {name: one for name, (one, _) in self.servers.items()}
        if batch:
            servers = {f"{name}:": server for name, server in self.batches[0].strict.items()}
            told |= self.batches[1]
        # Else `auto` would look for models there; an estimate sends nothing to anybody.
        elif not command.startswith("docglean estimate"):
            for name, (_, names) in self.servers.items():
                told |= names if name in command else {}
        asked = asked_by(command, servers)
        before = {name: len(servers[name].calls) for name in asked}
        line = BATCHED.sub(r"\1'\2?batch=yes'", command) if batch else command
        done = self.shell(f"source .venv/bin/activate\n{line}" if active else line, told)
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
        return done.stdout

    def shell(self, script: str, told: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=dict(told), capture_output=True, text=True,
            check=False, input="y\n",
        )  # fmt: skip

    def writes(self, kind: str, text: str) -> None:
        """A file of a page, where it begins with its name; Python is run."""
        if named := re.match(r"# (\w+\.\w+)\n", text):
            (self.folder / named[1]).write_text(text)
        if kind == "python":
            python = str(self.folder / ".venv/bin/python")
            run([python, "-c", text], self.folder, **self.variables)

    def looks_at(self, out: Path) -> None:
        """What he does in the browser: say of a value that it is right, and sign off."""
        for read in RunFolder(out).extractions():
            pointer = next((pointer for pointer, _ in leaves(read.values or {})), None)
            if pointer is not None:
                Reviewer(out).did(read.document.name, ("confirm", pointer), ("done", ""))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository as `make demo` leaves it: with docglean in .venv."""
    folder = copied(tmp_path_factory.mktemp("pages"))
    fewer_samples(folder / "samples")
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost"]
    for words in (["init", "-q"], ["add", "--all"], ["commit", "-q", "-m", "all"]):
        run([*git, *words], folder)
    environment(folder / ".venv", "--editable", str(folder))
    return folder


@pytest.fixture(scope="module")
def variables(checkout: Path) -> dict[str, str]:
    """The environment: a home of its own, with the ledger of all pages, and no way to an index."""
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


@pytest.fixture(scope="module")
def readers(checkout: Path, variables: dict[str, str]) -> Iterator[Reader]:
    python = str(checkout / ".venv/bin/python")
    warm = warm_server(COMMANDS, children=True, python=python, env=variables)
    with vendors() as servers, batch_vendors() as batches:
        yield Reader(checkout, warm, variables, servers, batches)


@pytest.fixture
def reader(readers: Reader) -> Reader:
    """With nothing left in the checkout of what another page made: each page stands alone.

    But for bytecode, which tells of no page, and takes seconds to make anew.
    """
    kept = [word for name in (".venv", "home", "__pycache__") for word in ("--exclude", name)]
    run(["git", "clean", "-qfdx", *kept], readers.folder)
    return readers


RUN = [name for name, page in PAGES.items() if blocks(page) and name not in TYPED_ELSEWHERE]


@pytest.mark.parametrize("name", RUN)
def test_all_that_a_page_says_to_type_runs(name: str, reader: Reader) -> None:
    if name not in AS_INSTALLED:
        reader.warm.takes_over(reader.folder / ".venv/bin/docglean")
    for kind, text in blocks(PAGES[name]):
        if kind != "sh":
            reader.writes(kind, text)
            continue
        if "labels from out" in text:
            reader.looks_at(reader.folder / "out")
        batch = re.search(r"docglean extract .* --batch", text) is not None
        if batch:
            # What waits for a batch cannot be forgotten: not in the ledger of the other pages.
            told = reader.variables | {"HOME": f"{reader.variables['HOME']}/batches"}
            reader = replace(reader, variables=told)
        for command in commands(text):
            bare = command.partition("  #")[0].strip()
            if bare in INSTALLED:
                reader.types(INSTALLED[bare], active=True, batch=False)
            elif not not_run(command):
                active = "\n.venv/bin/" not in text
                reader.types(command, active=active, batch=batch)
        if batch:
            handed = {one for one, desk in reader.batches[0].desks.items() if desk.batches}
            assert handed == {"anthropic", "openai"}
            assert reader.batches[0].strict["openai"].calls


def within(part: Any, whole: Any) -> bool:
    """Whether all that a piece of JSON says stands in another, too."""
    if isinstance(part, dict):
        return all(key in whole and within(value, whole[key]) for key, value in part.items())
    return bool(part == whole)


def test_what_readme_shows_is_printed_by_its_command(reader: Reader) -> None:
    command = commands(blocks(README)[0][1])[1]
    (shown,) = re.findall(r"^```json\n(.*?)^```", README.read_text("utf-8"), re.M | re.S)
    assert within(json.loads(shown), json.loads(reader.types(command, active=False, batch=False)))


def test_readme_is_read_in_minutes() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 150


def test_what_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)", README.read_text("utf-8")):
        assert (REPOSITORY / target).is_file(), f"README leads to {target}, which is not there"


@pytest.mark.parametrize("start", NOT_RUN)
def test_no_exception_is_left_over(start: str) -> None:
    shell = [text for page in PAGES.values() for kind, text in blocks(page) if kind == "sh"]
    assert any(command.startswith(start) for text in shell for command in commands(text))
    for test in re.findall(r"(?:tests|samples)/[a-z0-9_/]+\.py", NOT_RUN[start]):
        assert (REPOSITORY / test).is_file(), f"{test}, which {start!r} leaves it to, is not there"


@pytest.mark.parametrize("name", PAGES)
def test_tests_that_a_page_names_are_there(name: str) -> None:
    named = re.findall(
        r"`(tests/[a-z0-9_/]+\.py)(?:::(\w+))?`", PAGES[name].read_text(encoding="utf-8")
    )
    for path, function in named:
        text = (REPOSITORY / path).read_text("utf-8")
        assert not function or f"def {function}(" in text, f"{path} has no {function}"
