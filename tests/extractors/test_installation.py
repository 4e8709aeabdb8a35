"""What a user is told to type, by where docglean came from."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest
from docglean.extractors import installation

METADATA = """\
Metadata-Version: 2.4
Name: docglean
Version: 9
Provides-Extra: speech
Provides-Extra: whisper
Requires-Dist: anthropic>=2
Requires-Dist: av<20,>=16; extra == "speech"
Requires-Dist: docglean[speech]; extra == "whisper"
Requires-Dist: torch[opt-einsum]>=2; extra == "whisper"
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The metadata of an installed docglean, before all others."""
    folder = tmp_path / "site" / "docglean-9.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(METADATA)
    monkeypatch.syspath_prepend(str(folder.parent))
    return folder


def origin(site: Path, **what: object) -> None:
    (site / "direct_url.json").write_text(json.dumps(what))


def test_a_checkout_in_place(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout = tmp_path / "my checkout"
    checkout.mkdir()
    origin(site, url=checkout.as_uri(), dir_info={"editable": True})
    assert installation.install_extra("speech").endswith(f" install -e '{checkout}[speech]'")
    monkeypatch.chdir(checkout)
    assert installation.install_extra("speech").endswith(" install -e '.[speech]'")


def test_a_checkout_that_was_copied(site: Path, tmp_path: Path) -> None:
    origin(site, url=tmp_path.as_uri(), dir_info={})
    assert installation.install_extra("dask").endswith(f" install '{tmp_path}[dask]'")


def test_a_repository_at_its_commit(site: Path) -> None:
    origin(site, url="https://host/docglean", vcs_info={"vcs": "git", "commit_id": "abc123"})
    told = installation.install_extra("speech")
    assert told.endswith(" install 'docglean[speech] @ git+https://host/docglean@abc123'")


def test_a_wheel_and_the_packages_of_one_that_is_gone(site: Path, tmp_path: Path) -> None:
    wheel = tmp_path / "docglean-9-py3-none-any.whl"
    wheel.touch()
    origin(site, url=wheel.as_uri(), archive_info={})
    assert installation.install_extra("x").endswith(f" install 'docglean[x] @ {wheel.as_uri()}'")
    wheel.unlink()
    told = installation.install_extra("whisper")
    assert told.endswith(" install 'torch[opt-einsum]>=2' 'av<20,>=16'")


def test_commands_are_called_by_their_place_unless_the_path_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("docglean", "python"):
        (programs / name).touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(programs / "python"))
    monkeypatch.setenv("PATH", "/nowhere")
    assert installation.command() == str(programs / "docglean")
    monkeypatch.chdir(tmp_path)
    assert installation.command() == ".venv/bin/docglean"
    monkeypatch.setenv("PATH", str(programs))
    assert installation.command() == "docglean"


def as_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str) -> None:
    """The environment that runs is one of a program that installs tools."""
    prefix = tmp_path / "tools" / "docglean"
    prefix.mkdir(parents=True)
    (prefix / name).write_text(content)
    monkeypatch.setattr(sys, "prefix", str(prefix))


UV_RECEIPT = """
[tool]
requirements = [
    { name = "docglean", extras = ["evaluate"], path = "/wheels/docglean-9-py3-none-any.whl" },
    { name = "six", specifier = ">=1.16" },
    { name = "mine", directory = "/my plug-ins/mine" },
]
python = "3.12"
entrypoints = [{ name = "docglean", install-path = "/bin/docglean", from = "docglean" }]
"""


def test_a_tool_of_uv_is_installed_anew_with_all_that_it_had(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_tool(tmp_path, monkeypatch, "uv-receipt.toml", UV_RECEIPT)
    origin(site, url="https://host/docglean-9.whl", archive_info={})
    assert installation.install_extra("speech") == (
        "uv tool install 'docglean[evaluate,speech] @ https://host/docglean-9.whl' "
        "--with 'six>=1.16' --with 'mine @ file:///my%20plug-ins/mine' --python 3.12"
    )
    origin(site, url="file:///gone/docglean-9.whl", archive_info={})
    told = installation.install_extra("speech")
    assert told.startswith("uv pip install --python ")
    assert told.endswith("'av<20,>=16'")


def test_a_checkout_as_a_tool_of_uv_stays_editable(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_tool(tmp_path, monkeypatch, "uv-receipt.toml", "[tool]\nrequirements = []\n")
    origin(site, url=tmp_path.as_uri(), dir_info={"editable": True})
    assert installation.install_extra("speech") == f"uv tool install -e '{tmp_path}[speech]'"


@pytest.mark.parametrize(
    ("package", "extras"),
    [("git+https://host/docglean", "speech"), ("docglean[s3, dask] @ x.whl", "s3,dask,speech")],
)
def test_an_environment_of_pipx_is_installed_anew(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, extras: str
) -> None:
    told = {"package_or_url": package, "pip_args": ["--constraint", "my file.txt"]}
    content = json.dumps({"main_package": told, "environment": "docglean"})
    as_tool(tmp_path, monkeypatch, "pipx_metadata.json", content)
    origin(site, url="https://host/docglean", vcs_info={"vcs": "git", "commit_id": "abc"})
    command = installation.install_extra("speech")
    assert shlex.split(command) == [
        *("pipx", "install", "--force", "--pip-args=--constraint 'my file.txt'"),
        f"docglean[{extras}] @ git+https://host/docglean@abc",
    ]
    origin(site, url="file:///gone/docglean-9.whl", archive_info={})
    assert installation.install_extra("speech") == "pipx inject docglean 'av<20,>=16'"


def test_an_environment_without_pip_gets_it_where_there_is_no_uv(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin(site, url="https://host/docglean-9.whl", archive_info={})
    monkeypatch.setattr(installation, "find_spec", lambda _: None)
    monkeypatch.setattr(installation.shutil, "which", lambda _: None)
    told = installation.install_extra("speech")
    assert " -m ensurepip && " in told
    assert told.endswith(" -m pip install 'docglean[speech] @ https://host/docglean-9.whl'")
