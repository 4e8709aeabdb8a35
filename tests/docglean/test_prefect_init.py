"""`docglean prefect init`: files for a deployment in a folder of somebody's own."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from docglean.extractors.settings import load_settings
from docglean.schemas.errors import ConfigError
from pages import blocks, commands, pages

from docglean.cli.app import run_command
from docglean.deployment.folder import Deployment
from docglean.deployment.plan import DeploymentPlan
from docglean.deployment.rendering import rendered

REPOSITORY = Path(__file__).resolve().parents[2]
ADDRESSED = "openai:qwen@http://gpu.internal:8000/v1?key=MINE"


@pytest.mark.parametrize("name", ["prefect.yaml", "compose.yaml", "Dockerfile"])
def test_the_repositorys_own_files_are_the_templates(name: str) -> None:
    told = rendered(name, plan=DeploymentPlan(own=False), folders=(), wheel="")
    assert (REPOSITORY / name).read_text("utf-8") == told


def deployments(folder: Path) -> dict[str, Any]:
    told = yaml.safe_load((folder / "prefect.yaml").read_text("utf-8"))
    return {one["name"]: one for one in told["deployments"]}


def test_what_is_told_stands_in_the_deployments(tmp_path: Path) -> None:
    words = ["--source", "in/bills here", "--out", "read out", "--cron", "30 3 * * 1-5"]
    words += ["--timezone", "Europe/Berlin", "--pool", "on", "--quiet"]
    assert run_command(["prefect", "init", str(tmp_path / "new"), *words]) == 0
    found = deployments(tmp_path / "new")
    assert found["nightly"]["parameters"] == {
        "source": "in/bills here", "out": "read out", "only": "new",
    }  # fmt: skip
    assert found["nightly"]["schedules"] == [
        {"cron": "30 3 * * 1-5", "timezone": "Europe/Berlin", "active": True}
    ]
    assert {one["work_pool"]["name"] for one in found.values()} == {"on"}
    assert found["queue"]["parameters"]["runs"] == "read out"
    assert all(one["entrypoint"].startswith("docglean.flows.") for one in found.values())


@pytest.mark.parametrize("page", ["tutorial", "how-to/nightly"])
def test_pages_tell_the_commands_of_the_folder(page: str, tmp_path: Path) -> None:
    Deployment(tmp_path, DeploymentPlan(engine="local")).write()
    told = commands(blocks(tmp_path / "DEPLOY.md")[0][1])
    assert "prefect deployment run extract/nightly --watch" in told
    shown = [one for kind, text in blocks(pages()[page]) if kind == "sh" for one in commands(text)]
    assert [one for one in shown if one in told] == told


def test_without_a_time_the_night_is_switched_off(tmp_path: Path) -> None:
    Deployment(tmp_path, DeploymentPlan()).write()
    (schedule,) = deployments(tmp_path)["nightly"]["schedules"]
    assert schedule == {"cron": "0 2 * * *", "timezone": "UTC", "active": False}
    assert (tmp_path / "inbox").is_dir()


def test_a_source_elsewhere_is_named_and_not_made(tmp_path: Path) -> None:
    there = tmp_path / "elsewhere" / "bills"
    Deployment(tmp_path / "own", DeploymentPlan(source=str(there))).write()
    assert not there.exists()
    assert deployments(tmp_path / "own")["nightly"]["parameters"]["source"] == str(there)
    compose = yaml.safe_load((tmp_path / "own" / "compose.yaml").read_text())
    assert f"{there}:{there}:ro" in compose["services"]["worker"]["volumes"]
    Deployment(tmp_path / "url", DeploymentPlan(source="s3://bucket/in")).write()
    watch = yaml.safe_load((tmp_path / "url" / "compose.yaml").read_text())["services"]["watch"]
    assert watch["entrypoint"] == ["docglean", "watch", "s3://bucket/in"]
    assert not any("s3" in one for one in watch["volumes"])


def test_its_settings_are_read_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = DeploymentPlan(engine="anthropic:claude-haiku-5-5", daily_budget=Decimal("2.50"))
    Deployment(tmp_path, plan).write()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DOCGLEAN_ENGINE", raising=False)
    settings = load_settings()
    assert (settings.engine, settings.daily_budget) == (plan.engine, Decimal("2.50"))


def test_an_address_does_not_stand_where_a_folder_may_not_say_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Deployment(tmp_path, DeploymentPlan(engine=ADDRESSED)).write()
    monkeypatch.chdir(tmp_path)
    load_settings()  # nothing is refused
    assert "engine" not in tomllib.loads((tmp_path / "docglean.toml").read_text("utf-8"))
    assert f"DOCGLEAN_ENGINE='{ADDRESSED}'" in (tmp_path / ".env.example").read_text("utf-8")


def test_every_suggestion_in_the_settings_is_one_that_a_folder_may_make(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Deployment(tmp_path, DeploymentPlan()).write()
    monkeypatch.chdir(tmp_path)
    lines = (tmp_path / "docglean.toml").read_text("utf-8").splitlines()
    said = [
        line[2:] for line in lines if line.startswith(("# [", "#")) and ("=" in line or "[" in line)
    ]
    said = [line for line in said if line.split()[0].isidentifier() or line.startswith("[")]
    assert len(said) == 7
    (tmp_path / "docglean.toml").write_text("\n".join(said), "utf-8")
    assert load_settings().rates["anthropic"].requests == 50


def test_nothing_is_overwritten_unless_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["prefect", "init", str(tmp_path)]
    assert run_command(words) == 0
    told = capsys.readouterr().out
    assert "prefect deploy --all --no-prompt" in told
    assert run_command(words) == 0
    assert not any(line.startswith("written") for line in capsys.readouterr().out.splitlines())
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    (tmp_path / "docglean.toml").unlink()
    assert run_command(words) == 2
    said = capsys.readouterr().err
    assert "compose.yaml" in said
    assert "prefect.yaml" not in said
    assert not (tmp_path / "docglean.toml").exists()
    assert run_command([*words, "--force"]) == 0
    assert "worker" in (tmp_path / "compose.yaml").read_text()


def test_folders_of_the_users_stay_and_containers_see_schemas(tmp_path: Path) -> None:
    for name in ("flows", "schemas"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.py").write_text("own = True\n")
    Deployment(tmp_path, DeploymentPlan()).write()
    assert (tmp_path / "flows" / "mine.py").read_text() == "own = True\n"
    compose = yaml.safe_load((tmp_path / "compose.yaml").read_text())
    assert "./schemas:/app/schemas:ro" in compose["services"]["worker"]["volumes"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--cron", "at night"], "--cron 'at night' is no time: it takes minute"),
        (["--timezone", "Europe/Berlln"], "is no time zone. Did you mean Europe/Berlin?"),
        (["--cron", "99 2 * *", "--timezone", "Europe/Berlln"], "Berlin? --cron '99 2 * *' is no"),
        (["--source", "inbox/*.pdf"], "'*'"),
        (["--out", "s3://bucket/out"], "--out"),
        (["--pool", ""], "is empty"),
        (["--engine", "antropic"], "anthropic"),
        (["--daily-budget", "much"], "no amount"),
    ],
)
def test_what_no_worker_could_run_is_refused(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["prefect", "init", str(tmp_path / "new"), *words]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_a_folder_that_would_shadow_the_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "docglean").mkdir()
    with pytest.raises(ConfigError, match="taken for docglean itself"):
        Deployment(tmp_path, DeploymentPlan()).write()
