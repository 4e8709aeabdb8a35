"""Copies of this checkout, and environments in which docglean is installed from them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
SHIPPED = (
    "bench", "docglean", "evaluation", "extractors", "flows", "requirements", "samples", "schemas",
    ".gitignore", "LICENSE", "Makefile", "README.md", "prefect.yaml", "pyproject.toml",
)  # fmt: skip


def copied(folder: Path) -> Path:
    """A checkout in `folder`: building and running write into it."""
    folder.mkdir(exist_ok=True)
    for name in SHIPPED:
        source = REPOSITORY / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder)
    return folder


def environment(folder: Path, *what: str) -> Path:
    """Python of a new environment with `what` installed, if anything, and the packages of this one.

    Of this one's editable installs nothing is seen: paths in it are not followed further.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    (site,) = (folder / "lib").glob("python*/site-packages")
    packages = [path for path in sys.path if Path(path).name == "site-packages"]
    (site / "packages_of_the_tests.pth").write_text("\n".join(packages))
    for program in ("pip", "prefect"):
        script = folder / "bin" / program
        script.write_text(f'#!/bin/sh\nexec "{python}" -m {program} "$@"\n')
        script.chmod(0o755)
    if what:
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
        run([*pip, "--no-index", "--no-deps", "--no-build-isolation", *what], folder)
    return python


def wheel_of(checkout: Path, folder: Path) -> Path:
    """The wheel of a checkout, in `folder`."""
    building = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps"]
    run([*building, "--no-build-isolation", "--wheel-dir", str(folder), str(checkout)], folder)
    shutil.rmtree(checkout / "build", ignore_errors=True)
    (built,) = folder.glob("docglean-*.whl")
    return built


def run(command: list[str], folder: Path, **variables: str) -> str:
    """What a command prints, which has to succeed."""
    told = {**os.environ, "PWD": str(folder), **variables}
    done = subprocess.run(
        command, cwd=folder, env=told, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
