"""Completion by the shell: the script is sourced without a word, and completes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from docglean.cli.app import run_command

BASH = shutil.which("bash")


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run_command(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.mark.skipif(BASH is None, reason="no bash here")
@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        (["docglean", "extr"], {"extract"}),
        (["docglean", "extract", "--sche"], {"--schema"}),
        (["docglean", "labels", "ch"], {"check"}),
        (["docglean", "completion", "z"], {"zsh"}),
    ],
)
def test_bash_sources_the_script_and_completes(
    typed: list[str], completed: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docglean.bash").write_text(script("bash", capsys))
    ask = f"""
        source {tmp_path / "docglean.bash"}
        COMP_WORDS=({" ".join(typed)})
        COMP_CWORD={len(typed) - 1}
        "$(complete -p docglean | grep -o ' -F [^ ]*' | cut -c 5-)"
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run([BASH, "-c", ask], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert {word.strip() for word in done.stdout.split()} == completed


@pytest.mark.parametrize(("shell", "sign"), [("zsh", "#compdef docglean"), ("fish", "complete -c")])
def test_other_shells_have_a_script_that_knows_the_commands(
    shell: str, sign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = script(shell, capsys)
    assert sign in text
    assert "extract" in text


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_read_it_where_they_are_installed(
    shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"no {shell} here")
    path = tmp_path / "docglean"
    path.write_text(script(shell, capsys))
    done = subprocess.run([program, "-n", str(path)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_is_installed_where_the_shell_looks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert run_command(["completion", "fish", "--install"]) == 0
    [written] = tmp_path.rglob("docglean.fish")
    assert str(written) in capsys.readouterr().out.replace("\n", "")
