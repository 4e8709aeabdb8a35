"""What somebody is told who types a thing for the first time, and a little wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from docglean.cli.app import run_command
from docglean.cli.exits import OK, SOME_FAILED, WRONG

Said = pytest.CaptureFixture[str]
FORM = str(Path(__file__).resolve().parents[2] / "samples" / "documents" / "form.pdf")
LOCAL = ["--engine", "local", "--schema", "form"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["extarct", "x.pdf"], 'Did you mean "extract"?'),
        (["extract", FORM, "--shema", "form"], "Did you mean --schema?"),
        (["extract", FORM, "--schema", "invoce"], "Did you mean invoice?"),
        (["extract", FORM, "--engine", "antropic"], "Did you mean anthropic?"),
        (
            ["extract", FORM, *LOCAL, "--then", "ollama:x", "--when", "confidance<0.9"],
            "there is no confidance (did you mean confidence?)",
        ),
        (
            ["extract", FORM, *LOCAL, "--then", "ollama:x", "--when", "confidence<0,9"],
            "a number has a point, 0.9",
        ),
        (
            ["extract", FORM, *LOCAL, "--then", "ollama:x", "--when", "null and field=='/titel'"],
            "no schema of this run has the field '/titel' (did you mean /title?)",
        ),
        (
            ["extract", FORM, *LOCAL, "--then", "ollama:x", "--when", "null and schema=='from'"],
            "'from' is no schema of this run (did you mean form?)",
        ),
        (["extract", FORM, *LOCAL, "--when", "null"], "Add --then ENGINE."),
        (["extract", FORM, *LOCAL, "--calibration", "Off"], "Write off."),
        (["report", "mine"], "There is no folder mine."),
    ],
)
def test_what_is_nearly_right_is_told_what_was_meant(
    words: list[str], told: str, capsys: Said
) -> None:
    assert run_command(words) == WRONG
    said = capsys.readouterr().err
    assert told in said
    assert "[Errno" not in said


def test_a_field_of_the_schema_may_stand_in_a_condition(capsys: Said) -> None:
    command = ["extract", FORM, *LOCAL, "--private", "--then", "openai:gpt-6-luna"]
    assert run_command([*command, "--when", "field=='/fields/*/value'"]) == WRONG
    assert "Private mode" in capsys.readouterr().err  # the condition was taken


def test_a_folder_without_an_evaluation_is_told_what_lacks(capsys: Said) -> None:
    Path("mine").mkdir()
    assert run_command(["report", "mine"]) == WRONG
    assert "there is no manifest.json in it" in capsys.readouterr().err


def test_estimate_and_forget_say_the_same_of_a_file_that_is_not_there(capsys: Said) -> None:
    assert run_command(["estimate", "nofile.pdf", "--engine", "local"]) == SOME_FAILED
    said = capsys.readouterr()
    assert "nofile.pdf: there is no such file" in said.err
    assert said.out == ""
    assert run_command(["forget", "nofile.pdf"]) == SOME_FAILED
    said = capsys.readouterr()
    assert "nofile.pdf: there is no such file, and the ledger holds nothing" in said.err
    assert "Forgot" not in said.err


@pytest.mark.parametrize(
    ("pages", "told"),
    [
        ("1,99", "Page 99 was asked for; the last page is 1."),
        ("1,7,99", "Pages 7, 99 were"),
        ("1-9", ""),
    ],
)
def test_a_page_that_is_asked_for_and_is_not_there_is_told(
    pages: str, told: str, capsys: Said
) -> None:
    assert run_command(["extract", FORM, *LOCAL, "--pages", pages, "--format", "json"]) == OK
    problems = json.loads(capsys.readouterr().out)["problems"]
    absent = [one["message"] for one in problems if one["code"] == "pages_absent"]
    assert len(absent) == bool(told)
    assert all(one.startswith(told) for one in absent)


@pytest.mark.parametrize(
    ("code", "line"),
    [("import pydantic\n\nclass A(:\n    pass\n", 3), ("x = 1\ny = x + nothing\n", 2)],
)
def test_a_schema_that_does_not_run_is_told_with_its_line(
    code: str, line: int, capsys: Said
) -> None:
    Path("slip.py").write_text(code)
    assert run_command(["schemas", "slip.py:A"]) == WRONG
    assert f"slip.py, line {line}, could not be run: " in capsys.readouterr().err


def test_kinds_of_fields_are_listed_and_each_can_be_used(capsys: Said) -> None:
    assert run_command(["schemas", "--kinds", "--json"]) == OK
    kinds = json.loads(capsys.readouterr().out)
    assert {"text", "money", "date", "yes/no", "iban"} <= kinds.keys()
    assert all(one["what"].endswith(".") for one in kinds.values())
    fields = ", ".join(f"x{place}: {name}" for place, name in enumerate(kinds))
    assert run_command(["schemas", fields, "--json"]) == OK
    capsys.readouterr()
    assert run_command(["schemas", "--kinds"]) == OK
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("money ") and "amount" in line for line in lines)


def test_findings_of_labels_fit_on_80_columns_and_keep_what_is_typed_whole(capsys: Said) -> None:
    folder = Path("a-folder-of-labels-with-a-name-of-some-length")
    folder.mkdir()
    label = {"id": "1", "file": "gone-" + "x" * 40 + ".pdf", "schema": "form", "expected": {}}
    (folder / "labels.jsonl").write_text(json.dumps(label) + "\n")
    assert run_command(["labels", "check", str(folder)]) == SOME_FAILED
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("error    ") for line in lines)
    told = [line for line in lines if line.startswith(" ")]
    assert told
    assert all(len(line) <= 80 or " " not in line.strip() for line in told)
