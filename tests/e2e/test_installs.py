"""docglean runs whichever way it is installed, and wherever the user stands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from checkouts import copied, environment, run, wheel_of
from servers.prefect import running

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout: building writes into it."""
    return copied(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment with the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    return environment(folder / "venv", str(wheel_of(checkout, folder)))


@pytest.fixture(scope="module")
def editable(checkout: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python of an environment with the checkout installed in place."""
    return environment(tmp_path_factory.mktemp("editable") / "venv", "--editable", str(checkout))


ROOMS = ("extractors.pipeline", "evaluation.compare", "flows.extract", "schemas", "api")
FILES = """
import importlib, sys
for room in sys.argv[1:]:
    print(importlib.import_module(f"docglean.{room}").__file__)
"""


@pytest.mark.parametrize("installed", ["wheel", "editable"])
@pytest.mark.parametrize("inside", [False, True], ids=["elsewhere", "in the checkout"])
def test_every_way_in_works(
    request: pytest.FixtureRequest, checkout: Path, tmp_path: Path, installed: str, inside: bool
) -> None:
    python: Path = request.getfixturevalue(installed)
    folder = checkout if inside else tmp_path
    home = checkout if inside or installed == "editable" else python.parents[1]
    files = run([str(python), "-c", FILES, *ROOMS], folder).splitlines()
    for room, file in zip(ROOMS, files, strict=True):
        assert Path(file).is_relative_to(home), f"{room} of another tree"
    told = {"DOCGLEAN_LEDGER": str(tmp_path / "ledger.sqlite"), "DOCGLEAN_LIMITS__WORKERS": "1"}
    form = str(checkout / "samples" / "documents" / "form.pdf")
    words = ["extract", form, "--engine", "local", "--schema", "form"]
    read = run([str(python), "-m", "docglean", *words], folder, **told)
    assert json.loads(read)["schema"]["name"] == "form"
    assert "statement" in run([str(python.with_name("docglean")), "schemas"], folder, **told)


@pytest.mark.parametrize("installed", ["wheel", "editable"])
def test_the_command_that_adds_an_extra_runs_as_it_stands(
    request: pytest.FixtureRequest, tmp_path: Path, installed: str
) -> None:
    python: Path = request.getfixturevalue(installed)
    asked = "from docglean.extractors.installation import install_extra as f; print(f('speech'))"
    told = run([str(python), "-c", asked], tmp_path).strip()
    # All that it needs is here; what it would do is shown.
    shown = run(["sh", "-c", f"{told} --dry-run --no-index --no-build-isolation"], tmp_path)
    assert "speech" in told
    assert "docglean" in shown or "already satisfied" in shown


@pytest.fixture(scope="module")
def pool(
    wheel: Path, tmp_path_factory: pytest.TempPathFactory, fresh_database: Path
) -> Iterator[dict[str, str]]:
    """The environment that reaches a Prefect server with a work pool."""
    home = tmp_path_factory.mktemp("prefect")
    with running(home, fresh_database) as variables:
        created = ["work-pool", "create", "docglean", "--type", "process"]
        run([str(wheel), "-m", "prefect", *created], home, **variables)
        yield variables


@pytest.mark.parametrize("place", ["a checkout", "prefect.yaml alone"])
def test_a_worker_runs_flows_of_a_wheel(
    place: str, checkout: Path, wheel: Path, pool: dict[str, str], tmp_path: Path
) -> None:
    folder = checkout
    if place != "a checkout":
        folder = tmp_path / "folder"
        folder.mkdir()
        shutil.copy(checkout / "prefect.yaml", folder)
    prefect = [str(wheel), "-m", "prefect"]
    out = tmp_path / "out"
    run([*prefect, "deploy", "--all", "--no-prompt"], folder, **pool)
    asked = ["deployment", "run", "extract/on-upload", "-p", f"out={out}"]
    asked += ["-p", f"source={checkout / 'samples/documents/form.pdf'}"]
    run([*prefect, *asked], folder, **pool)
    # Ends after the one run that waits.
    run([*prefect, "worker", "start", "--pool", "docglean", "--run-once"], folder, **pool)
    (line,) = (out / "results.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["status"] != "failed"


def test_a_folder_of_ones_own_is_deployed_without_a_checkout(
    checkout: Path, wheel: Path, pool: dict[str, str], tmp_path: Path
) -> None:
    """All that `docglean prefect init` writes, beside flows/ and schemas/ of somebody's own."""
    folder = tmp_path / "own"
    for name in ("flows", "schemas"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise SystemExit('taken for ours')\n")
    (folder / "schemas" / "slip.py").write_text(SLIP)
    pool = pool | {"PWD": str(folder)}  # as a shell sets it: prefect.yaml asks for it
    begun = run([str(wheel), "-m", "docglean", "prefect", "init", "--cron", "0 3 * * *"], folder)
    assert "deployment run extract/nightly --watch" in begun
    shutil.copy(checkout / "samples/documents/form.pdf", folder / "inbox")
    prefect = [str(wheel), "-m", "prefect"]
    run([*prefect, "deploy", "--all", "--no-prompt"], folder, **pool)
    asked = ["deployment", "run", "extract/on-upload", "-p", "source=inbox"]
    asked += ["-p", 'schemas=["schemas/slip.py:Slip"]']
    told = {**os.environ, **pool}
    worker = subprocess.Popen(
        [*prefect, "worker", "start", "--pool", "docglean"], cwd=folder, env=told
    )
    try:
        run([*prefect, *asked, "--watch"], folder, **pool)
    finally:
        worker.terminate()
        worker.wait(timeout=60)
    (line,) = (folder / "out" / "results.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["schema"]["name"] == "slip"


SLIP = """
from pydantic import BaseModel


class Slip(BaseModel):
    full_name: str | None = None
"""


def test_the_wheel_that_an_image_takes_is_the_installed_one(wheel: Path, tmp_path: Path) -> None:
    told = [str(wheel), "-m", "docglean", "prefect", "init", "--quiet"]
    run(told, tmp_path)
    run(told, tmp_path)  # the same again: nothing differs
    (packed,) = (tmp_path / "container").glob("docglean-*.whl")
    with ZipFile(packed) as files:
        tops = {name.split("/")[0] for name in files.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"docglean"}
    python = environment(tmp_path / "venv", str(packed))
    (file,) = run([str(python), "-c", FILES, "extractors.pipeline"], tmp_path).splitlines()
    assert Path(file).is_relative_to(tmp_path / "venv")
    listed = run([str(python.with_name("docglean")), "schemas"], tmp_path)
    assert "statement" in listed
