"""What pyproject.toml declares, and the constraints that everything here is installed from."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
LINES = [
    line
    for line in (REPOSITORY / "requirements/constraints.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
UNCONSTRAINED = {"openai-whisper", "torch"}
"""Of the extra `whisper`: which build of torch is wanted only the user knows."""

DECLARED = [
    Requirement(text)
    for text in itertools.chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
]


@pytest.mark.parametrize("requirement", DECLARED, ids=str)
def test_every_range_has_two_ends(requirement: Requirement) -> None:
    if requirement.name == "docglean":
        return
    operators = {one.operator for one in requirement.specifier}
    assert operators >= {">=", "<"}, f"{requirement}: which version will break it is not known"


@pytest.mark.parametrize("version", ["3.11.7", "3.12.1", "3.13.0"])
@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_the_constraints_hold_for_every_python_and_platform(version: str, platform: str) -> None:
    here = {
        "python_version": version.rpartition(".")[0],
        "python_full_version": version,
        "sys_platform": platform,
        "platform_machine": "x86_64" if platform == "linux" else "arm64",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    pinned: dict[str, str] = {}
    for line in LINES:
        one = Requirement(line)
        if one.marker is None or one.marker.evaluate(here):
            name = canonicalize_name(one.name)
            assert name not in pinned, f"{name} stands twice for Python {version} on {platform}"
            pinned[name] = str(one.specifier).removeprefix("==")
    for requirement in DECLARED:
        name = canonicalize_name(requirement.name)
        if name in UNCONSTRAINED | {"docglean"}:
            continue
        assert requirement.specifier.contains(pinned[name]), f"{requirement}: {pinned[name]}"


def test_the_constraints_name_packages_and_nothing_else() -> None:
    for line in LINES:
        assert re.fullmatch(r"[a-z0-9._-]+==[A-Za-z0-9.!+]+( ; [^@/:]+)?", line), line


def test_a_checkout_brings_all_its_rooms_without_being_installed() -> None:
    # Without `site` no editable install helps; packages are found as a wheel's would be.
    packages = os.pathsep.join(path for path in sys.path if Path(path).name == "site-packages")
    asked = "import docglean, docglean.schemas.errors as errors; print(errors.__file__)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", asked],
        cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": packages},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == str(REPOSITORY / "schemas" / "errors.py"), done.stderr
