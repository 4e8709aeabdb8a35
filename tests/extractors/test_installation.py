"""What a user is told to type, by where docglean came from."""

from __future__ import annotations

import json
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
