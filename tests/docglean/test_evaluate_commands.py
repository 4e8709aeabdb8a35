"""Measuring and labelling from the command line, against a stand-in that bills."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from docglean.evaluation.labels import Label, read_labels
from docglean.evaluation.report.contents import make_report
from docglean.evaluation.report.report import HTML, MARKDOWN
from docglean.evaluation.results import Results
from made_results import whole
from servers.billing import PayingServer, paying, slips

from docglean.cli.app import run_command
from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED, WRONG


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "2")
    monkeypatch.setattr("sys.stdin", io.StringIO())


def labelled(folder: Path, count: int) -> Path:
    """Slips with labels, of which the last word is wrong."""
    slips(folder / "docs", count)
    labels = [
        Label(
            id=f"{i:04}",
            file=f"docs/{i:04}.pdf",
            schema="slip.py:Slip",
            expected={"number": i, "word": f"w{i * i}" if i < count - 1 else "other"},
        )
        for i in range(count)
    ]
    (folder / "labels.jsonl").write_text("".join(label.to_json() + "\n" for label in labels))
    return folder


@pytest.mark.slow
def test_evaluate_measures_reports_and_keeps_gates(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, out = labelled(tmp_path / "labels", 4), tmp_path / "report"
    command = ["evaluate", str(labels), "--engine", server.engine(), "--out", str(out), "--yes"]
    assert run_command([*command, "--gate", "field_accuracy>=0.8"]) == OK
    said = capsys.readouterr()
    assert "87.5" in said.out
    assert "4/4" in said.err
    assert (out / "report.html").is_file()
    assert run_command([*command, "--gate", "document_exact>=0.9"]) == SOME_FAILED
    said = capsys.readouterr()
    assert "document_exact is 0.7500" in said.err
    assert server.twice == 0
    assert Results(out).manifest().command
    assert [one.drafts for one in Results(out).manifest().sets] == [0]

    (out / "report.html").unlink()
    assert run_command(["report", str(out)]) == OK
    assert (out / "report.html").is_file()


@pytest.mark.slow
def test_the_price_of_an_hour_weighs_engines_of_ones_own(tmp_path: Path) -> None:
    made = whole(tmp_path, documents=8)
    made.write()
    assert run_command(["report", str(made.folder), "--hourly-price", "0.50"]) == OK
    page, text = ((made.folder / name).read_text() for name in (HTML, MARKDOWN))
    assert "Your own machine or a provider" in page
    assert "A machine at $0.50 an hour, all month" in page
    assert "on a machine at $0.50 an hour is cheaper than" in text.replace("\\", "")
    assert run_command(["report", str(made.folder)]) == OK  # it is kept
    assert "A machine at $0.50 an hour, all month" in (made.folder / HTML).read_text()
    assert run_command(["report", str(made.folder), "--hourly-price", "cheap"]) == WRONG

    labels, out = labelled(tmp_path / "labels", 1), tmp_path / "local"
    told = ["evaluate", str(labels), "--engine", "local", "--out", str(out), "--hourly-price", "$1"]
    assert run_command(told) == OK
    # Embedded data, which evaluate leaves aside, is part of what was measured.
    assert Results(out).manifest().options == {"hourly_price": "1", "embedded": "ignore"}


@pytest.mark.slow
def test_nothing_is_sent_before_somebody_agrees(
    server: PayingServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labels = labelled(tmp_path / "labels", 2)
    command = ["evaluate", str(labels), "--engine", server.engine(), "--out", str(tmp_path / "r")]
    # A budget of the settings ends a run, and is nobody's consent to this one.
    for budget in ("", "500"):
        if budget:
            monkeypatch.setenv("DOCGLEAN_BUDGET", budget)
        assert run_command(command) == WRONG
        assert "nobody is here to be asked. Add --yes" in capsys.readouterr().err
        assert not server.asked
    assert run_command([*command, "--budget", "0.0000001"]) == OVER_BUDGET
    assert "It may cost more" in capsys.readouterr().err
    assert not server.asked


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--gate", "accuracy>1"], "is not a gate"),
        (["--layout", "nothing"], "There is no layout"),
        (["--repeat", "0"], "no number of repeats"),
        (["--engine", "nobody:x"], "nobody"),
    ],
)
def test_what_is_wrong_is_said_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    labels = labelled(tmp_path / "labels", 1)
    engine = [] if "--engine" in arguments else ["--engine", "local"]
    assert run_command(["evaluate", str(labels), *engine, *arguments]) == WRONG
    assert said in capsys.readouterr().err


@pytest.mark.slow
def test_labels_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = labelled(tmp_path / "labels", 3)
    assert run_command(["labels", "check", str(labels)]) == SOME_FAILED
    said = capsys.readouterr()
    assert '0002 /word\n         "other" stands nowhere' in said.out
    assert "3 labels: 1 error, 0 warnings." in said.err
    assert run_command(["labels", "check", str(labels), "--json"]) == SOME_FAILED
    [finding] = json.loads(capsys.readouterr().out)
    assert (finding["code"], finding["document"]) == ("not_on_page", "0002")
    text = (labels / "labels.jsonl").read_text().replace('"other"', '"w4"')
    (labels / "labels.jsonl").write_text(text)
    assert run_command(["labels", "check", str(labels)]) == OK


@pytest.mark.slow
def test_drafts_are_labels_that_can_be_measured_by(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    docs, out = slips(tmp_path / "in" / "docs", 2), tmp_path / "labels"
    schema = f"{docs.parent / 'slip.py'}:Slip"
    command = ["label", str(docs), "--schema", schema, "--engine", server.engine(),
               "--out", str(out)]  # fmt: skip
    assert run_command(command) == OK
    assert "2 drafts are in" in capsys.readouterr().err
    labels = list(read_labels(out / "labels.jsonl"))
    assert [label.expected for label in labels] == [
        {"number": 0, "word": "w0"},
        {"number": 1, "word": "w1"},
    ]
    assert all(label.drafted_by == server.engine() for label in labels)
    assert all((out / label.file).is_file() for label in labels)

    # checked by hand: drafted_by removed, a value corrected
    checked = labels[0].model_copy(update={"drafted_by": "", "expected": {"word": "w1"}})
    (out / "labels.jsonl").write_text(checked.to_json() + "\n" + labels[1].to_json() + "\n")
    assert run_command(command) == OK
    assert "1 label is left, which people have checked before" in capsys.readouterr().err
    assert next(read_labels(out / "labels.jsonl")).expected == {"word": "w1"}

    arguments = ["--engine", server.engine(), "--out", str(tmp_path / "report"), "--yes"]
    assert run_command(["evaluate", str(out), *arguments]) == OK
    assert "1 of 2 labels are drafts" in " ".join(capsys.readouterr().err.split())
    assert [one.drafts for one in Results(tmp_path / "report").manifest().sets] == [1]
    assert server.twice == 0


@pytest.mark.slow
def test_progress_names_the_document_its_answers_and_the_time_left(
    server: PayingServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("docglean.commands.evaluate.SILENCE", 0.0)
    labels = labelled(tmp_path / "labels", 3)
    command = ["evaluate", str(labels), "--engine", server.engine(), "--concurrency", "1", "--yes"]
    assert run_command([*command, "--out", str(tmp_path / "report")]) == OK
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.endswith("docs/0001.pdf: answer 1")]
    (second,) = [line for line in lines if ": 2/3, docs/" in line]
    assert re.search(r", about .+ left$", second)
    (last,) = [line for line in lines if ": 3/3, docs/" in line]
    assert "left" not in last


@pytest.mark.slow
def test_runs_take_the_calibration_that_evaluate_has_fitted_and_measuring_takes_none(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, out = labelled(tmp_path / "labels", 16), tmp_path / "report"
    measure = ["evaluate", str(labels), "--engine", server.engine(), "--out", str(out), "--yes"]
    document = str(labels / "docs" / "0000.pdf")
    schema = f"{labels / 'slip.py'}:Slip"
    read = ["extract", document, "--engine", server.engine(), "--schema", schema]

    assert run_command(read) == OK
    printed = capsys.readouterr()
    assert "shipped prior, not calibrated on your documents" in printed.err
    assert not json.loads(printed.out)["confidence"]["/number"]["calibrated"]

    assert run_command(measure) == OK
    assert "16 documents. Runs with this engine and schema take it" in capsys.readouterr().err
    [path] = out.glob("calibration-*.json")
    before = [answer.fingerprint for answer in Results(out).answers()]
    ran = [row.confidence for row in Results(out).rows()]

    assert run_command(read) == OK
    printed = capsys.readouterr()
    assert "Confidence: calibrated on 16 documents" in printed.err
    told = json.loads(printed.out)
    sure = told["confidence"]["/number"]
    assert sure["calibrated"]
    fitted = json.loads(path.read_text("utf-8"))
    odds = fitted["intercept"] + fitted["fields"][f"{told['schema']['name']}/number"]
    odds += sum(fitted["weights"].get(name, 0) * one for name, one in sure["signals"].items())
    assert sure["probability"] == pytest.approx(1 / (1 + 2.718281828**-odds), abs=1e-3)

    asked = server.requests
    assert run_command(measure) == OK  # what is known by now changes nothing here
    assert [answer.fingerprint for answer in Results(out).answers()] == before
    assert [row.confidence for row in Results(out).rows()] == ran
    assert run_command([*measure, "--calibration", str(path)]) == OK
    assert [answer.fingerprint for answer in Results(out).answers()] == before
    assert [row.confidence for row in Results(out).rows()] != ran
    assert server.requests == asked
    capsys.readouterr()

    assert run_command([*read, "--calibration", "off"]) == OK
    assert "shipped prior" in capsys.readouterr().err
    assert run_command([*read, "--calibration", str(labels / "labels.jsonl")]) == WRONG
    assert "is no calibration" in capsys.readouterr().err


@pytest.mark.slow
def test_one_document_has_no_interval_and_is_told_in_the_singular(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    samples = Path(__file__).resolve().parents[2] / "samples"
    (label,) = [
        json.loads(line)
        for line in (samples / "labels.jsonl").read_text().splitlines()
        if json.loads(line)["file"].endswith("form.pdf")
    ]
    label["file"] = str(samples / label["file"])
    (tmp_path / "labels.jsonl").write_text(json.dumps(label) + "\n")
    assert run_command(["evaluate", ".", "--engine", "local", "--out", "ev"]) == OK
    said = capsys.readouterr()
    assert "1 document, per cent" in said.out
    assert "One document: no interval." in said.out
    assert "1 document is too few to calibrate" in said.err
    assert "1 engine, 1 document " in (tmp_path / "ev" / "report.html").read_text("utf-8")


@pytest.mark.slow
def test_what_failed_is_named_with_its_way_out_and_what_is_not_labelled_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    samples = Path(__file__).resolve().parents[2] / "samples"
    (form,) = [
        json.loads(line)
        for line in (samples / "labels.jsonl").read_text().splitlines()
        if json.loads(line)["file"].endswith("form.pdf")
    ]
    form["file"] = str(samples / form["file"])
    broken = [
        {"id": f"broken-{number}", "file": f"broken-{number}.pdf", "schema": "form", "expected": {}}
        for number in range(7)
    ]
    for one in broken:
        (tmp_path / one["file"]).write_bytes(b"%PDF-1.7\nnothing " + one["id"].encode())
    rows = [json.dumps(one) for one in (form, *broken)]
    (tmp_path / "labels.jsonl").write_text("\n".join(rows) + "\n")
    assert run_command(["evaluate", ".", "--engine", "local", "--out", "ev", "--quiet"]) == OK
    said = capsys.readouterr()
    assert "7 of the 8 documents have no labelled values" in " ".join(said.out.split())
    failed = [line for line in said.err.splitlines() if line.startswith("Failed with local: ")]
    assert len(failed) == 6
    assert failed[0].startswith("Failed with local: broken-0.pdf: ")
    assert "broken-0.pdf: broken-0.pdf" not in failed[0]
    assert failed[-1].endswith("more documents, which the report's section Failures names.")
    report = make_report(tmp_path / "ev")
    assert report.failures[0].way_out in failed[0]
    page = (tmp_path / "ev" / "report.html").read_text("utf-8")
    assert "<details open><summary>Each of them, and the way out" in page
    assert "Errors are values that are wrong, left out, invented or surplus" in page
    assert "| broken" in (tmp_path / "ev" / "report.md").read_text("utf-8")
