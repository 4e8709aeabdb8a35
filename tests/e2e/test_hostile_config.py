"""A current folder that somebody hostile filled: nothing in it is run or believed for its name."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "documents"
ROOMS = ("docglean", "schemas", "extractors", "flows", "evaluation", "samples")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A document beside modules that are called as everything a run might import."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    code = f"open({str(tmp_path / 'taken')!r}, 'a').write(__name__ + ' ')\nraise SystemExit(9)\n"
    names = {*sys.stdlib_module_names, *importlib.metadata.packages_distributions()}
    names |= {"sitecustomize", "usercustomize", "order"}
    for name in {name for name in names if name.isidentifier()} - set(ROOMS):
        (folder / f"{name}.py").write_text(code)
    for name in ROOMS:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(code)
    shutil.copy(SAMPLES / "receipt-photo.jpg", folder)
    shutil.copy(SAMPLES / "form.pdf", folder)
    return folder


ALL = """
import json, sys
from docglean.cli.app import run_command
sys.exit(max(map(run_command, json.loads(sys.argv[1]))))
"""
"""Commands one after the other: what any of them imports is imported by the first that does."""


def test_modules_in_the_current_folder_are_not_imported(inbox: Path, tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("docglean")
    if not command.is_file():
        pytest.skip("docglean is not installed as a command here")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    told = kept | {"HOME": str(tmp_path), "DOCGLEAN_LEDGER": str(tmp_path / "ledger.sqlite"),
                   "DOCGLEAN_LIMITS__WORKERS": "1"}  # fmt: skip
    out = str(tmp_path / "out")
    # As the command is, a program in a folder that is not the current one.
    program = tmp_path / "all.py"
    program.write_text(ALL)
    others = (
        ["doctor"],
        ["schemas"],
        ["show", out],
        ["export", out, str(tmp_path / "out.xlsx")],
        ["estimate", "form.pdf", "--engine", "anthropic:claude-haiku-5-5"],
    )
    for words in (
        [command, "--help"],
        [command, "extract", "receipt-photo.jpg", "form.pdf", "--engine", "local", "--out", out],
        [sys.executable, program, json.dumps(others)],
    ):
        done = subprocess.run(words, cwd=inbox, env=told, capture_output=True, text=True)
        assert done.returncode in (0, 1), done.stderr
        assert not (tmp_path / "taken").exists(), (words, (tmp_path / "taken").read_text())
