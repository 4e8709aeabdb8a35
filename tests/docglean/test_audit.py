"""``docglean audit``: what a reader finds years later in the one file."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from reviewed_runs import LONG, Reviewer, copy_of
from servers.billing import COST, KEYS, paying, slips

from docglean.cli.app import run_command


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    return tmp_path


def audited(run: Path, *words: str) -> dict[str, Any]:
    assert run_command(["audit", str(run), *words]) == 0
    return dict(json.loads((run / "audit.json").read_text("utf-8")))


def test_it_tells_what_was_read_and_what_people_said(here: Path, invoice_run: Path) -> None:
    run = copy_of(invoice_run, here / "out")
    ann, read = Reviewer(run), Reviewer(run).read(LONG)
    assert not any("events" in one for one in audited(run)["documents"]), "nobody has looked"
    ann.did(LONG, ("confirm", "/invoice_number"), ("set", "/grand_total", "1.00"), ("done", ""))
    told = audited(run)
    document = next(one for one in told["documents"] if one["name"] == LONG)
    assert document["sha256"] == read.document.sha256
    assert (document["engine"]["asked"], document["prompt"]) == ("local", None)
    assert document["calls"] is None, "there is no ledger here"
    values = {one["at"]: one for one in document["values"]}
    engines = {one["at"]: one for one in document["engine_values"]}
    assert values["/grand_total"]["value"] == "1.00"
    assert values["/grand_total"]["look"]["first"] == read.values["grand_total"]
    assert engines["/grand_total"]["value"] == read.values["grand_total"]
    assert engines["/grand_total"]["found"]["page"] == read.evidence["/grand_total"].page
    assert values["/invoice_number"]["look"]["look"] == "confirmed"
    assert values["/invoice_number"]["confidence"]["calibrated"] is False
    assert "look" not in values["/issue_date"]
    assert [one["action"] for one in document["events"]] == ["start", "confirm", "set", "done"]
    assert [one["by"] for one in document["signed_off"]] == ["ann"]
    assert (document["status"], document["data"]["grand_total"]) == ("reviewed", "1.00")
    schema = told["schemas"][document["schema"]["hash"]]
    assert schema["complete"]
    jsonschema.validate(document["engine_data"], schema["json_schema"])


def test_every_word_is_explained(here: Path, invoice_run: Path) -> None:
    run = copy_of(invoice_run, here / "out")
    Reviewer(run).did(LONG, ("confirm", "/invoice_number"), ("done", ""))
    told = audited(run)
    plain = {"about", "format"}
    assert set(told) - plain <= set(told["about"])
    document = next(one for one in told["documents"] if one["name"] == LONG)
    explained = {key.split("/")[1] for key in told["about"] if key.startswith("documents/")}
    facts = {"name", "uri", "media_type", "pages", "stamp", "engine_data", "schema"}
    assert set(document) - facts <= explained
    words = {key for one in document["values"] for key in one}
    assert words - {"value", "at"} <= {key.rpartition("/")[2] for key in told["about"]}


def test_calls_and_what_they_cost_come_from_the_ledger_and_no_key(here: Path) -> None:
    with paying() as server:
        folder = slips(here / "in", 2)
        words = ["--engine", server.engine(), "--schema", f"{here / 'slip.py'}:Slip", "--quiet"]
        run_command(["extract", str(folder), *words, "--out", str(here / "first")])
        run_command(["extract", str(folder), *words, "--out", str(here / "again")])
    for name, paid in (("first", COST), ("again", Decimal(0))):
        told = audited(here / name)
        for document in told["documents"]:
            (call,) = document["calls"]
            assert (call["outcome"], Decimal(call["usd"])) == ("ok", COST)
            assert Decimal(document["cost"]["usd"]) == paid
            assert document["engine"]["served"] == [call["model"]]
            assert (call["paid_by_run"] == document["run"]) == (name == "first")
        assert told["prompts"][told["documents"][0]["prompt"]]["words"]["system"]
        (schema,) = told["schemas"].values()
        assert (schema["complete"], schema["json_schema"]["properties"].keys()) == (
            False, {"number", "word"},
        )  # fmt: skip
        text = (here / name / "audit.json").read_text()
        assert not any(key in text for key in KEYS.values())
    whole = audited(here / "first", "--schema", f"{here / 'slip.py'}:Slip")
    assert all(one["complete"] for one in whole["schemas"].values())


def test_a_changed_file_is_told(
    here: Path, invoice_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = copy_of(invoice_run, here / "out")
    audited(run)
    path = run / "audit.json"
    assert run_command(["audit", "--check", str(path)]) == 0
    path.write_text(path.read_text("utf-8").replace("111950.33", "111950.34", 1), "utf-8")
    assert run_command(["audit", "--check", str(path)]) == 1
    assert "was changed" in capsys.readouterr().err
    assert run_command(["audit", "--check", str(run / "run.json")]) == 2
    assert run_command(["audit"]) == 2
    assert run_command(["audit", str(here)]) == 2
    assert "no run folder" in capsys.readouterr().err
