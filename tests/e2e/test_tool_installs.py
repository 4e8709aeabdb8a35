"""A tool of uv or pipx, or from a repository: the command that adds an extra is run for real."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import packaging
import pytest
from checkouts import REPOSITORY, copied, environment, run

pytestmark = pytest.mark.e2e

SMALL = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "docglean"
version = "9"
[project.optional-dependencies]
speech = []
evaluate = []
[project.scripts]
docglean = "docglean.extractors.installation:command"
[tool.setuptools]
packages = ["docglean", "docglean.extractors"]
"""
ASKED = "from docglean.extractors.installation import install_extra as f; print(f('speech'))"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel with the module that tells how it was installed, and no dependencies: programs that
    install tools take nothing from this environment, and reach no index here."""
    folder = tmp_path_factory.mktemp("small")
    package = folder / "docglean" / "extractors"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(SMALL)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    shutil.copy(REPOSITORY / "extractors" / "installation.py", package)
    building = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps"]
    run([*building, "--no-build-isolation", "--wheel-dir", str(folder), str(folder)], folder)
    return folder / "docglean-9-py3-none-any.whl"


@pytest.mark.parametrize(
    ("program", "first", "record", "had"),
    [
        ("uv", "uv tool install", "uv-receipt.toml", 'extras = ["evaluate", "speech"]'),
        ("pipx", "pipx install", "pipx_metadata.json", "docglean[evaluate,speech] @"),
    ],
)
def test_a_tool_gets_an_extra_by_the_command_that_it_tells(
    small: Path, tmp_path: Path, program: str, first: str, record: str, had: str
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"no {program} here")
    variables = {
        "UV_TOOL_DIR": str(tmp_path / "tools"),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "UV_OFFLINE": "1",
        "UV_NO_INDEX": "1",
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "PIPX_HOME": str(tmp_path / "tools"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
        "PIP_NO_INDEX": "1",
    }
    run(["sh", "-c", f"{first} 'docglean[evaluate] @ {small.as_uri()}'"], tmp_path, **variables)
    (noted,) = tmp_path.rglob(record)
    python = str(noted.parent / "bin" / "python")
    # packaging, which docglean depends on, after all that is installed there.
    after = f"import sys; sys.path.append({str(Path(packaging.__file__).parents[1])!r}); {ASKED}"
    told = run([python, "-c", after], tmp_path, **variables).strip()
    assert told.startswith(first)
    run(["sh", "-c", told], tmp_path, **variables)
    assert had in noted.read_text()


def test_a_wheel_of_a_repository_is_installed_at_its_commit(tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=n", "-c", "user.email=n@example.org"]
    repository = copied(tmp_path / "repository")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "All of it"]):
        run([*git, *words], repository)
    commit = run([*git, "rev-parse", "HEAD"], repository).strip()
    python = environment(tmp_path / "venv", f"docglean @ git+{repository.as_uri()}")
    told = run([str(python), "-c", ASKED], tmp_path).strip()
    assert told.endswith(f"'docglean[speech] @ git+{repository.as_uri()}@{commit}'")
    assert "invoice" in run([str(python.with_name("docglean")), "schemas"], tmp_path)
