"""Dockerfile and compose.yaml, held to what can be known without a container engine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import docglean.cli.all_commands  # noqa: F401 (they register themselves)
from docglean.cli.parameters import app
from docglean.deployment.folder import Deployment
from docglean.deployment.plan import DeploymentPlan

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", params=["the repository", "a folder of one's own"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with compose.yaml: of this repository, and as `docglean prefect init` makes it."""
    if request.param == "the repository":
        return REPOSITORY
    folder = tmp_path_factory.mktemp("own")
    (folder / "schemas").mkdir()
    Deployment(folder, DeploymentPlan(pool="other", engine="local")).write()
    return folder


@pytest.fixture(scope="module")
def services(place: Path) -> dict[str, Any]:
    told = yaml.safe_load((place / "compose.yaml").read_text())
    return dict(told["services"])


def test_what_is_built_from_and_mounted_is_there(place: Path, services: dict[str, Any]) -> None:
    for service in services.values():
        if "build" in service:
            assert (place / service["build"] / "Dockerfile").is_file()
        for volume in service["volumes"]:
            outside, inside, *_ = volume.split(":")
            assert inside.startswith("/")
            # Compose makes the folder that documents come into.
            assert (
                not outside.startswith("./") or outside == "./inbox" or (place / outside).exists()
            )


def lines(name: str, folder: Path = REPOSITORY) -> list[str]:
    text = (folder / name).read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_the_image_runs_as_nobody_special(place: Path, services: dict[str, Any]) -> None:
    told = lines("Dockerfile", place / services["worker"]["build"])
    assert [line for line in told if line.startswith("USER")] == ["USER 10001"]
    assert told.index("USER 10001") > max(
        index for index, line in enumerate(told) if line.startswith("RUN")
    )


def test_what_the_image_needs_is_let_in_and_nothing_else() -> None:
    let_in = {line.removeprefix("!") for line in lines(".dockerignore") if line.startswith("!")}
    assert lines(".dockerignore")[0] == "*"
    assert {name for name in let_in if not (REPOSITORY / name).exists()} == set()
    for line in lines("Dockerfile"):
        if line.startswith("COPY") and "--from" not in line and line != "COPY . .":
            assert line.split()[1] in let_in
    import tomllib

    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    rooms = project["tool"]["setuptools"]["package-dir"].values()
    assert {room.split("/")[0] for room in rooms} <= {name.split("/")[0] for name in let_in}
    wanted = re.search(r'"\.\[(.*)\]"', "\n".join(lines("Dockerfile")))
    assert wanted is not None
    assert set(wanted[1].split(",")) <= set(project["project"]["optional-dependencies"])


def test_services_are_locked_down(place: Path, services: dict[str, Any]) -> None:
    for name, service in services.items():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), name
        if name == "postgres":
            continue
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert not service.get("privileged")
    text = (place / "compose.yaml").read_text()
    assert not re.search(r"PASSWORD:? *[=:] *[\"']?\w", text)  # no secret stands in it


ASK = """
import json, sys
from prefect.cli import app

for sys.argv in json.loads(sys.argv[1]):
    try:
        app()
    except SystemExit as end:
        assert not end.code
    print(chr(12), end="")
"""
"""Prints what `prefect` says to each command line, with a form feed behind each."""


@cache
def helps(*commands: str) -> list[str]:
    """What `prefect` says about its commands: asked in one process, which is dear to start."""
    lines = [["prefect", *names.split(), "--help"] for names in commands]
    said = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps(lines)],
        capture_output=True, text=True, check=True, env={"COLUMNS": "300", "PATH": "/"},
    )  # fmt: skip
    return said.stdout.split("\f")[:-1]


@pytest.mark.slow
def test_the_commands_are_ones_that_exist(services: dict[str, Any]) -> None:
    command, bound, *_ = app.parse_args(services["watch"]["entrypoint"][1:], exit_on_error=False)
    assert command.__name__ == "watch"
    assert bound.args == ("/app/inbox",)
    spoken = [services["prefect"]["entrypoint"], services["worker"]["entrypoint"]]
    spoken += [part.split() for part in services["deploy"]["command"][0].split("&&")]
    commands = []
    for words in spoken:
        assert words[0] == "prefect"
        names = [word for word in words[1:4] if not word.startswith("-")]
        commands.append(" ".join(names[: 1 if names[0] == "deploy" else 2]))
    for words, command, said in zip(spoken, commands, helps(*commands), strict=True):
        assert f"prefect {command}" in said
        for word in words:
            if word.startswith("--"):
                assert word in said, word
