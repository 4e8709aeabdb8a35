"""Labels of what people have reviewed: what was not looked at is not labelled, ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from reviewed_runs import LONG, SCAN, Reviewer, copy_of, local_run
from servers.billing import slips

from docglean.cli.app import run_command

ROWS = "/line_items"


@pytest.fixture
def run(invoice_run: Path, tmp_path: Path) -> Path:
    return copy_of(invoice_run, tmp_path / "out")


def made(run: Path, *words: str, code: int = 0) -> dict[str, dict[str, Any]]:
    to = run.parent / "labels"
    assert run_command(["labels", "from", str(run), "--to", str(to), *words]) == code
    lines = (to / "labels.jsonl").read_text("utf-8").splitlines()
    return {one["id"]: one for one in map(json.loads, lines)}


def test_only_what_was_looked_at_is_labelled(run: Path) -> None:
    ann, read = Reviewer(run), Reviewer(run).read(LONG)
    ann.did(
        LONG,
        ("confirm", "/invoice_number"),
        ("set", "/grand_total", "1.00"),
        ("absent", "/due_date"),
        ("confirm", f"{ROWS}/0/description"),
    )
    (label,) = made(run).values()
    assert label["expected"] == {
        "invoice_number": read.values["invoice_number"], "grand_total": "1.00", "due_date": None,
    }, "a list of which one entry was looked at is none"  # fmt: skip
    assert (label["schema"], label["corrected_from"]) == ("invoice", "local")
    assert label["checked_by"] == ["ann"]
    assert (run.parent / "labels" / label["file"]).resolve() == Path(
        read.document.uri.removeprefix("file://")
    )
    (place,) = label["boxes"]["/invoice_number"]
    box = read.evidence["/invoice_number"].box
    assert place.get("page", 1) == read.evidence["/invoice_number"].page
    assert place["box"] == pytest.approx(
        [box[0] / 595, box[1] / 842, box[2] / 595, box[3] / 842], abs=0.002
    ), "shares of an A4 page"


def test_a_list_is_labelled_once_somebody_says_it_is_complete(run: Path) -> None:
    ann = Reviewer(run)
    ann.did(LONG, ("confirm", f"{ROWS}/0/description"), ("confirm", ROWS))
    entries = ann.read(LONG).values["line_items"]
    (label,) = made(run).values()
    assert len(label["expected"]["line_items"]) == len(entries)
    assert label["expected"]["line_items"][:2] == [
        {"description": entries[0]["description"]}, {},
    ]  # fmt: skip


def test_who_adds_an_entry_has_not_said_that_these_are_all(run: Path) -> None:
    ann = Reviewer(run)
    ann.did(LONG, ("confirm", "/invoice_number"), ("add", ROWS, {"description": "freight"}))
    (label,) = made(run).values()
    assert "line_items" not in label["expected"]
    ann.did(LONG, ("confirm", ROWS))
    (label,) = made(run).values()
    assert label["expected"]["line_items"][-1]["description"] == "freight"


def test_documents_of_which_nothing_can_be_labelled_are_told(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Reviewer(run).did(LONG, ("confirm", f"{ROWS}/0/description"))
    Reviewer(run).did(SCAN, ("confirm", "/invoice_number"))
    assert list(made(run, code=1)) == ["invoice-scan"]
    assert f"{LONG} is left out: Only entries of lists" in capsys.readouterr().err


def test_nothing_reviewed_is_an_error(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["labels", "from", str(run), "--to", str(run.parent / "labels")]
    assert run_command(["labels", "from", *words[3:]]) == 2
    assert "No run folder is named" in capsys.readouterr().err
    assert run_command(words) == 2
    assert "docglean review" in capsys.readouterr().err
    assert not (run.parent / "labels" / "labels.jsonl").exists()


def test_a_rerun_brings_labels_up_and_leaves_what_people_wrote(run: Path) -> None:
    ann = Reviewer(run)
    ann.did(LONG, ("confirm", "/invoice_number"))
    ann.did(SCAN, ("confirm", "/invoice_number"))
    first = made(run)
    scan, long = first["invoice-scan"], first["invoice-three-pages"]
    by_hand = {key: scan[key] for key in ("id", "file", "schema")} | {"expected": {"a": "b"}}
    tagged = long | {"tags": {"source": "text"}}
    other = {"id": "other", "file": "x.pdf", "schema": "invoice", "expected": {}}
    path = run.parent / "labels" / "labels.jsonl"
    path.write_text("\n".join(map(json.dumps, [by_hand, tagged, other])), "utf-8")
    ann.did(LONG, ("unlook", "/invoice_number"), ("set", "/grand_total", "1.00"))
    again = made(run)
    assert again["invoice-scan"]["expected"] == {"a": "b"}
    assert again["invoice-three-pages"]["expected"] == {"grand_total": "1.00"}
    assert again["invoice-three-pages"]["tags"] == {"source": "text"}
    assert again["other"]["file"] == "x.pdf"


def test_two_opinions_are_told_apart(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Reviewer(run).did(LONG, ("confirm", "/invoice_number"), ("set", "/grand_total", "1.00"))
    bob = Reviewer(run, "bob", blind=True)
    bob.did(LONG, ("absent", "/grand_total"), ("absent", "/due_date"))
    (label,) = made(run).values()
    assert label["disputed"] == {"/grand_total": {"ann": "1.00", "bob": None}}
    assert (label["expected"]["grand_total"], label["checked_by"]) == ("1.00", ["ann"])
    assert "1 have values on which reviewers differ" in capsys.readouterr().err
    (label,) = made(run, "--by", "bob").values()
    assert label["expected"] == {"grand_total": None, "due_date": None}
    assert label["checked_by"] == ["bob"]
    assert run_command(["labels", "check", str(run.parent / "labels")]) == 0
    assert "reviewers_differ" in capsys.readouterr().out


def test_what_is_asked_anew_is_not_labelled(run: Path) -> None:
    Reviewer(run).did(LONG, ("set", "/grand_total", "1.00"), ("confirm", "/invoice_number"))
    path = run / "results.jsonl"
    total = Reviewer(run).read(LONG).values["grand_total"]
    path.write_text(path.read_text("utf-8").replace(f'"{total}"', '"9.99"'), "utf-8")
    (label,) = made(run).values()
    assert set(label["expected"]) == {"invoice_number"}


def test_parts_of_a_file_have_no_label(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = local_run(tmp_path, [LONG], "--split", "2", "--schema", "invoice")
    lines = (run / "results.jsonl").read_text("utf-8").splitlines()
    names = [json.loads(line)["document"]["name"] for line in lines]
    assert len(names) == 2
    Reviewer(run).did(names[0], ("confirm", "/invoice_number"))
    words = ["labels", "from", str(run), "--to", str(tmp_path / "labels")]
    assert run_command(words) == 1
    assert "a label is of a whole file" in capsys.readouterr().err


def test_a_file_that_has_changed_is_not_labelled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = local_run(tmp_path, [SCAN], "--schema", "invoice")
    Reviewer(run).did(SCAN, ("confirm", "/invoice_number"))
    (tmp_path / "documents" / SCAN).write_bytes((tmp_path / "documents" / SCAN).read_bytes()[:-9])
    assert run_command(["labels", "from", str(run), "--to", str(tmp_path / "labels")]) == 1
    assert f"{SCAN} is left out" in capsys.readouterr().err


def test_schemas_of_ones_own_are_named_and_no_code_of_a_run_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, given = slips(tmp_path / "in", 1), tmp_path / "slip.json"
    given.write_text(json.dumps({"type": "object", "properties": {"number": {"type": "integer"}}}))
    labels = {}
    for name, spec in (("code", f"{tmp_path / 'slip.py'}:Slip"), ("data", str(given))):
        run = tmp_path / name / "out"
        words = ["extract", str(folder), "--engine", "local", "--schema", spec, "--out", str(run)]
        run_command([*words, "--quiet"])
        Reviewer(run).did("0000.pdf", ("set", "/number", 7))
        if name == "code":
            bare = ["labels", "from", str(run), "--to", str(run.parent / "labels")]
            assert run_command(bare) == 1
            assert "Name it with --schema." in capsys.readouterr().err
            assert not (run.parent / "labels").exists()
        more = ["--schema", spec] if name == "code" else []
        labels[name] = made(run, *more)["0000"]
    assert {name: one["expected"] for name, one in labels.items()} == {
        "code": {"number": 7}, "data": {"number": 7},
    }  # fmt: skip
    assert labels["code"]["schema"] == f"{tmp_path / 'slip.py'}:Slip"
    assert labels["data"]["schema"] == json.loads(given.read_text())


def test_private_mode_fetches_nothing(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCGLEAN_PRIVATE", "yes")
    words = ["labels", "from", str(run), "--to", str(run.parent / "labels"), "--fetch"]
    assert run_command(words) == 2
    assert "nothing is fetched" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["results.jsonl", "run.json"])
def test_a_damaged_run_is_named(run: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    Reviewer(run).did(LONG, ("confirm", "/invoice_number"))
    (run / name).write_text("{}\n[")
    for words in (["labels", "from", str(run), "--to", str(run / "x")], ["audit", str(run)]):
        assert run_command(words) == 2
        assert "something else than results" in capsys.readouterr().err
    assert not (run / "audit.json").exists()
