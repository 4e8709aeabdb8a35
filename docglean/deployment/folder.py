"""The files of a deployment in a folder, written together or not at all."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from docglean.deployment.plan import DeploymentPlan
from docglean.deployment.rendering import rendered
from docglean.deployment.wheel import checkout, packed, wheel_name
from docglean.extractors.installation import command
from docglean.schemas.errors import ConfigError

OWN_FOLDERS = ("schemas", "labels")
"""Folders of the user's that containers see, where they are there."""
SERVER = "http://127.0.0.1:4200/api"


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment in a folder.

    Attributes:
        containers: with what Compose needs.
    """

    folder: Path
    plan: DeploymentPlan
    containers: bool = True

    def files(self) -> dict[str, bytes]:
        """What belongs into the folder, by path below it."""
        wheel = packed() if self.containers else None
        told = {
            "prefect.yaml": rendered("prefect.yaml", plan=self.plan),
            "docglean.toml": rendered("docglean.toml", plan=self.plan),
            ".env.example": rendered("env.example", plan=self.plan),
            "DEPLOY.md": rendered(
                "DEPLOY.md",
                plan=self.plan,
                containers=self.containers,
                steps=self._start(),
                packed=wheel is not None,
                pack=pack_command(),
            ),
        }
        if self.containers:
            told |= self._of_containers()
        found = {name: text.encode() for name, text in told.items()}
        return found if wheel is None else found | {f"container/{wheel_name()}": wheel}

    def _of_containers(self) -> dict[str, str]:
        there = [name for name in OWN_FOLDERS if (self.folder / name).is_dir()]
        return {
            "compose.yaml": rendered("compose.yaml", plan=self.plan, folders=there),
            "container/Dockerfile": rendered("Dockerfile", plan=self.plan, wheel=wheel_name()),
            "container/constraints.txt": tested_versions(),
        }

    def steps(self) -> list[str]:
        """The commands that follow in this environment, from the current folder."""
        begun = bool(os.environ.get("PREFECT_API_URL"))
        moved = [f"cd {shlex.quote(str(self.folder))}"] if self.folder != Path.cwd() else []
        return moved + self._start(program, server=not begun)

    def _start(self, of: Callable[[str], str] = str, *, server: bool = True) -> list[str]:
        """The commands that start it in its folder; `of` tells how a program is called."""
        prefect, pool = of("prefect"), shlex.quote(self.plan.pool)
        lines = []
        if self.plan.engine not in ("", "local"):
            lines += ["cp .env.example .env      # fill in the key of your provider"]
            lines += ["set -a; . ./.env; set +a"]
        if server:
            lines += [f"{prefect} server start --background", f"export PREFECT_API_URL={SERVER}"]
        return [
            *lines,
            f"{prefect} work-pool create {pool} --type process",
            f"{prefect} deploy --all --no-prompt",
            f"{prefect} worker start --pool {pool} &",
            f"{prefect} deployment run extract/nightly --watch",
            f"{of('docglean')} doctor",
        ]

    def write(self, *, force: bool = False) -> dict[str, str]:
        """Write all files; what became of each: ``written``, ``replaced``, ``unchanged``.

        Raises:
            ConfigError: ``files_differ``: files are there with another content, and nothing was
                written; ``bad_option``; ``bad_out``.
        """
        self.plan.check()
        self._check_names()
        wanted = self.files()
        states = {name: self._state(name, content) for name, content in wanted.items()}
        differ = [name for name, state in states.items() if state == "replaced"]
        if differ and not force:
            raise ConfigError(
                "files_differ",
                f"{self.folder} has other content in {', '.join(differ)}; nothing was written.",
                "Move them away, name another folder, or say --force, which replaces them.",
            )
        try:
            self._put({name: wanted[name] for name in wanted if states[name] != "unchanged"})
            # One that lies elsewhere is somebody's already.
            if not self.plan.is_url and not self.plan.source.startswith("/"):
                (self.folder / self.plan.source).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                "bad_out",
                f"{self.folder} cannot be written: {error.strerror}.",
                "Name another folder.",
            ) from error
        return states

    def _check_names(self) -> None:
        """Flows start in the folder: what is called as the package would be taken for it."""
        for name in ("docglean", "docglean.py"):
            if (self.folder / name).exists():
                raise ConfigError(
                    "bad_option",
                    f"{self.folder / name} would be taken for docglean itself by flows that start "
                    "in this folder.",
                    "Name a folder without it, or rename it.",
                )

    def _state(self, name: str, content: bytes) -> str:
        path = self.folder / name
        if not os.path.lexists(path):
            return "written"
        same = path.is_file() and path.read_bytes() == content
        return "unchanged" if same else "replaced"

    def _put(self, contents: Mapping[str, bytes]) -> None:
        for name, content in contents.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.part")
            part.write_bytes(content)
            part.replace(path)


def program(name: str) -> str:
    """What starts a program of this environment from any folder."""
    told = command(name)
    return name if told == name else shlex.quote(str(Path(sys.executable).with_name(name)))


def tested_versions() -> str:
    """The versions that were tested together, as a constraints file of pip."""
    return files("docglean.requirements").joinpath("constraints.txt").read_text("utf-8")


def pack_command() -> str:
    """What builds the wheel, where docglean is installed in place from a checkout."""
    return f"{program('python')} -m pip wheel --no-deps --wheel-dir container {checkout()}"
