"""`docglean doctor`: each check meets what it is there for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from docglean.extractors.settings import Settings
from docglean.extractors.speech.weights import weights_at
from loopback import Handler, listening
from prefect.settings import PREFECT_API_URL, temporary_settings

from docglean.cli.app import run_command
from docglean.deployment.folder import Deployment
from docglean.deployment.plan import DeploymentPlan
from docglean.doctor import (
    clocks,
    configuration,
    engines,
    folders,
    ledger,
    machine,
    money,
    packages,
    server,
    weights,
)
from docglean.doctor.check import Case, Check, Finding, Found, examine, worst
from docglean.doctor.registry import CHECKS
from docglean.doctor.report import as_text

Look = Callable[[Case], Iterator[Finding]]


def case(folder: Path, *, deep: bool = False, **settings: Any) -> Case:
    told = {"ledger": str(folder / "ledger.sqlite")} | settings
    return Case(folder, Settings(**told), deep)


def states(look: Look, of: Case) -> dict[str, str]:
    return {one.what: one.state for one in look(of)}


def only(look: Look, of: Case) -> Finding:
    (one,) = look(of)
    return one


# --- the whole of it --------------------------------------------------------------------------


def test_the_report_fits_on_a_narrow_screen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-of-a-test-4711")
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    assert run_command(["doctor"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("engines\n  ok   engine in use")
    long = [line for line in told.splitlines() if len(line) > 80]
    # A path is not broken, whatever its length.
    assert all(len(max(line.split(), key=len)) > 45 for line in long), long
    assert "4711" not in told
    assert run_command(["doctor", "--all"]) == 0
    assert "-> set OPENAI_API_KEY" in capsys.readouterr().out


def test_what_fails_ends_with_one_and_stands_in_the_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ledger.sqlite").write_text("no database at all")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    assert run_command(["doctor", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["state"] == "fail"
    (bad,) = [one for one in told["findings"] if one["state"] == "fail"]
    assert (bad["part"], bad["what"]) == ("ledger", "ledger")
    assert "it is not a database" in bad["told"]
    assert bad["way_out"]


def test_settings_that_are_refused_do_not_hide_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "docglean.toml").write_text('ledger = "/elsewhere.sqlite"\n')
    assert run_command(["doctor", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["findings"]
    assert "sets ledger" in found[0]["told"]
    assert {"weights", "packages"} <= {one["part"] for one in found}
    assert "ledger" not in {one["part"] for one in found}


def test_a_check_that_breaks_is_a_failure_of_its_own(tmp_path: Path) -> None:
    def broken(_: Case) -> Iterator[Finding]:
        yield Finding("before", "ok", "")
        raise RuntimeError("came apart")

    found = examine((Check("part", broken), *CHECKS[3:4]), case(tmp_path))
    assert (found[0].finding.what, found[0].finding.state) == ("broken", "fail")
    assert "came apart" in found[0].finding.told
    assert len(found) > 1


def test_what_is_not_well_has_a_way_out_and_the_worst_counts() -> None:
    fine, bad = Finding("x", "ok", "fine", "no"), Finding("y", "warn", "", "do")
    found = [Found("a", fine), Found("a", bad)]
    assert worst(found) == "warn"
    told = as_text(found, every=False)
    assert "-> do" in told
    assert "-> no" not in told


# --- engines and money ------------------------------------------------------------------------


def test_an_engine_without_its_key_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    told = case(tmp_path, engine="local", then=("anthropic:claude-haiku-5-5",))
    assert states(engines.engines_in_use, told) == {"engine in use": "ok", "then": "fail"}
    monkeypatch.setenv("ANTHROPIC_API_KEY", "...")
    assert states(engines.engines_in_use, told) == {"engine in use": "ok", "then": "ok"}
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    found = {one.what: one for one in engines.keys(case(tmp_path))}
    assert (found["anthropic"].state, found["anthropic"].way_out) == (
        "off",
        "set ANTHROPIC_API_KEY",
    )


def test_a_server_of_ones_own_has_to_listen(tmp_path: Path) -> None:
    with listening(Handler) as url:
        told = case(tmp_path, engine=f"openai:m@{url}/v1")
        assert only(engines.engines_in_use, told).state == "ok"
    gone = only(engines.engines_in_use, told)
    assert (gone.state, gone.way_out) == ("fail", "Start it.")


def test_private_mode_refuses_an_engine_and_the_use_of_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret-4711")
    private = case(tmp_path, engine="openai:gpt-5", private=True)
    assert only(engines.engines_in_use, private).state == "fail"
    told = {one.what: one.told for one in engines.keys(private)}["openai"]
    assert "private mode refuses" in told
    assert "4711" not in told


def test_an_engine_that_costs_money_wants_a_budget(tmp_path: Path) -> None:
    spec = "openai:gpt-5"
    assert states(money.budgets, case(tmp_path, engine=spec)) == {"budget": "warn"}
    assert states(money.budgets, case(tmp_path)) == {"budget": "off"}
    told = case(tmp_path, engine=spec, budget=Decimal(9), daily_budget=Decimal(5))
    assert states(money.budgets, told) == {"budget": "ok", "budgets": "warn"}


def test_a_budget_without_a_price_cannot_be_kept(tmp_path: Path) -> None:
    told = case(tmp_path, engine="openai:nobody-knows-this", budget=Decimal(1))
    assert states(money.budgets, told)["price"] == "fail"


def test_rates_are_held_to_the_providers_that_there_are(tmp_path: Path) -> None:
    rates = {"antropic": {"requests": 5}, "openai": {"tokens": 100}, "gemini": {"tokens": 90_000}}
    found = {one.what: one for one in money.rates(case(tmp_path, rates=rates))}
    assert found["rate of antropic"].way_out == "Write anthropic."
    assert [one.state for one in found.values()] == ["fail", "warn", "ok"]


# --- the ledger -------------------------------------------------------------------------------


def test_a_ledger_that_others_can_read_is_told_before_it_is_closed(tmp_path: Path) -> None:
    of = case(tmp_path)
    assert states(ledger.ledger_opens, of) == {"ledger": "ok"}
    assert states(ledger.ledger_permissions, of) == {"readable by": "ok"}
    (tmp_path / "ledger.sqlite").chmod(0o644)
    assert states(ledger.ledger_permissions, of) == {"readable by": "warn"}


def test_a_ledger_where_nothing_can_be_written_fails(tmp_path: Path) -> None:
    assert states(ledger.ledger_opens, case(tmp_path, ledger="/proc/l.sqlite")) == {
        "ledger": "fail"
    }


def test_a_ledger_of_a_later_version_fails(tmp_path: Path) -> None:
    of = case(tmp_path)
    list(ledger.ledger_opens(of))
    engine = sa.create_engine(f"sqlite:///{of.settings.ledger}")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE ledger SET version = 999"))
    engine.dispose()
    assert only(ledger.ledger_opens, of).state == "fail"


def test_a_disk_of_another_machine_breaks_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    mounted = [("/", "ext4"), ("/srv", "nfs4"), ("/srv/fast", "xfs")]
    assert ledger.file_system(Path("/srv/out/l.sqlite"), mounted) == "nfs4"
    assert ledger.file_system(Path("/srv/fast/l.sqlite"), mounted) == "xfs"
    assert ledger.file_system(Path("/srvs/l.sqlite"), mounted) == "ext4"
    monkeypatch.setattr(ledger, "mounts", lambda: mounted)
    of = case(Path("/srv"), ledger="/srv/l.sqlite")
    assert states(ledger.ledger_disk, of)["file system"] == "fail"


def test_a_small_disk_fails(tmp_path: Path) -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux may make a small file system")
    place = tmp_path / "small"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(place)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        assert states(ledger.ledger_disk, case(place)) == {"file system": "ok", "disk": "fail"}
        assert ledger.room(place / "not" / "there", "disk").state == "fail"
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


def test_a_database_has_its_own_clock(postgres: str, tmp_path: Path) -> None:
    found = states(ledger.ledger_opens, case(tmp_path, ledger=postgres))
    assert found == {"ledger": "ok", "clock, the database's": "ok"}


# --- weights ----------------------------------------------------------------------------------


def test_weights_of_a_package_are_held_to_what_its_installer_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {one.what: one for one in weights.weights_in_packages(case(tmp_path))}
    assert found["weights of rapidocr"].state == "ok"
    # Beside a speech engine that has no weights yet, it must not look as if it had them.
    assert "weights of faster-whisper" not in found
    assert found["pause detector"].told == (
        "1 file, whole: comes with faster-whisper, it transcribes nothing"
    )
    (file, *_) = [one for one in distribution("rapidocr").files or () if one.suffix == ".onnx"]
    copied = tmp_path / file.name
    shutil.copy(Path(str(file.locate())), copied)
    monkeypatch.setattr(type(file), "locate", lambda self: copied)
    assert weights.is_whole(file)
    with copied.open("r+b") as changed:
        changed.seek(1000)
        changed.write(b"x")
    assert not weights.is_whole(file)
    os.truncate(copied, 5000)
    assert not weights.is_whole(file)


def test_speech_weights_that_are_cut_off_or_changed_are_told(tmp_path: Path) -> None:
    blobs, folder = tmp_path / "blobs", tmp_path / "tiny"
    for made in (blobs, folder):
        made.mkdir()
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_text("{}")
    noted = "9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0"  # of "aaa"
    (blobs / noted).write_text("aaa")
    (folder / "model.bin").symlink_to(blobs / noted)
    found = weights_at("faster-whisper", folder, "tiny", "cache")
    assert found is not None
    assert weights.broken(found, deep=True) == ""
    (blobs / noted).write_text("aab")
    assert weights.broken(found, deep=False) == ""
    assert "not what was downloaded" in weights.broken(found, deep=True)
    (blobs / noted).write_text("")
    assert weights.broken(found, deep=False) == "model.bin empty"
    of = case(tmp_path, speech_weights=folder)
    assert states(weights.speech_weights, of)["faster-whisper:tiny"] == "fail"


# --- the deployment's folder ------------------------------------------------------------------


def deployed(folder: Path, plan: DeploymentPlan) -> Case:
    Deployment(folder, plan, containers=False).write()
    return case(folder)


def test_folders_that_cannot_be_used_fail(tmp_path: Path) -> None:
    of = deployed(tmp_path, DeploymentPlan(out="/proc/out"))
    assert states(folders.run_folders, of)["run folder /proc/out"] == "fail"
    assert states(folders.sources, of) == {"source inbox": "ok"}
    (tmp_path / "inbox").rmdir()
    assert states(folders.sources, of) == {"source inbox": "warn"}
    (tmp_path / "inbox").touch()
    assert states(folders.sources, of) == {"source inbox": "fail"}
    (tmp_path / "report").touch()
    assert states(folders.run_folders, of)["run folder report"] == "fail"


def test_a_time_zone_that_nobody_knows_fails(tmp_path: Path) -> None:
    of = deployed(tmp_path, DeploymentPlan(timezone="Europe/Berlin"))
    assert only(clocks.time_zones, of).state == "ok"
    path = tmp_path / "prefect.yaml"
    path.write_text(path.read_text().replace("Europe/Berlin", "Europe/Berlln"))
    assert only(clocks.time_zones, case(tmp_path)).state == "fail"


def test_a_file_that_is_no_prefect_yaml_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "prefect.yaml").write_text("deployments: [")
    found = examine((Check("", configuration.deployment_file),), case(tmp_path))
    assert found[0].finding.state == "fail"


def test_the_review_server_is_asked(tmp_path: Path) -> None:
    with listening(Handler) as url:
        assert only(configuration.review_server, case(tmp_path, review_url=url)).state == "ok"
    gone = only(configuration.review_server, case(tmp_path, review_url=url))
    assert (gone.state, gone.way_out != "") == ("fail", True)


# --- clocks and the Prefect server ------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "state"), [(5, "ok"), (-29, "ok"), (45, "warn"), (-290, "warn"), (400, "fail")]
)
def test_a_clock_that_differs_is_told(seconds: int, state: str) -> None:
    now = datetime.now(UTC)
    one = clocks.difference("the server", now + timedelta(seconds=seconds), now)
    assert one.state == state
    assert ("behind" in one.told) is (seconds >= 30)


class OldServer(Handler):
    """A Prefect server of the last major version, whose clock is an hour slow."""

    def do_GET(self) -> None:
        if self.path.endswith("/version"):
            self.say("2.20.9")
        else:
            self.say({"detail": "not found"}, 404)

    def do_POST(self) -> None:
        self.body()
        self.say([])

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)


def test_an_old_server_with_a_slow_clock_fails_in_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = deployed(tmp_path, DeploymentPlan())
    monkeypatch.chdir(tmp_path)
    with listening(OldServer) as url:
        monkeypatch.setenv("PREFECT_API_URL", f"{url}/api")
        with temporary_settings({PREFECT_API_URL: f"{url}/api"}):
            found = states(server.prefect_server, of)
    assert found["server"] == "ok"
    assert found["version"] == "fail"
    assert found["clock, the Prefect server's"] == "fail"
    assert found["deployments"] == "fail"
    assert found["pool docglean"] == "fail"


def test_a_server_that_does_not_answer_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(OldServer) as url:
        pass
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_API_URL", f"{url}/api")
    with temporary_settings({PREFECT_API_URL: f"{url}/api"}):
        one = only(server.prefect_server, case(tmp_path))
    assert (one.what, one.state) == ("server", "fail")
    assert "does not answer" in one.told


def test_a_server_that_a_strange_folder_names_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    (tmp_path / ".env").write_text("PREFECT_API_URL=http://127.0.0.1:9/api\n")
    one = only(server.prefect_server, case(tmp_path))
    assert one.state == "fail"
    assert "may have come with the documents" in one.told


# --- the machine and what is installed --------------------------------------------------------


def test_more_workers_than_the_machine_holds_are_told(tmp_path: Path) -> None:
    limits = {"workers": 10_000}
    assert only(machine.processors, case(tmp_path, limits=limits)).state == "warn"
    one = only(machine.memory, case(tmp_path, limits=limits))
    assert one.state == "warn"
    assert "DOCGLEAN_LIMITS__WORKERS=" in one.way_out
    fits = case(tmp_path, limits={"workers": 1, "memory_bytes": 100_000_000})
    assert only(machine.memory, fits).state == "ok"


def test_a_containers_limits_count(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("500000000\n")
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert machine.memory_bytes(tmp_path) == 500_000_000
    assert machine.processor_count(tmp_path) == 0.5
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert machine.memory_bytes(tmp_path) > 500_000_000
    assert machine.processor_count(tmp_path) >= 1


def test_a_temporary_folder_that_cannot_be_written_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert only(machine.temporary_folder, case(tmp_path)).state in ("ok", "warn")
    monkeypatch.setattr(tempfile, "tempdir", "/proc")
    assert only(machine.temporary_folder, case(tmp_path)).state == "fail"


def test_an_office_program_that_is_not_there_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCGLEAN_OFFICE", str(tmp_path / "soffice"))
    [found] = machine.office(case(tmp_path))
    assert (found.state, "soffice" in found.told) == ("fail", True)
    monkeypatch.setenv("DOCGLEAN_OFFICE", "off")
    [found] = machine.office(case(tmp_path))
    assert found.state == "off"


def test_a_package_of_another_version_than_was_tested_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = packages.version
    monkeypatch.setattr(packages, "version", lambda name: "0.1" if name == "pillow" else true(name))
    assert packages.other_versions()["pillow"][0] == "0.1"
    one = only(packages.tested_versions, case(tmp_path))
    assert one.state == "warn"
    assert "pillow 0.1" in one.told


def test_the_languages_that_ocr_reads_are_told(tmp_path: Path) -> None:
    found = {one.what: one.told for one in weights.ocr_languages(case(tmp_path))}
    assert "German" in found["languages of OCR"]
    assert "Greek" in found["read by OCR but for accents"]
    assert "Arabic" in found["not read by OCR"]
