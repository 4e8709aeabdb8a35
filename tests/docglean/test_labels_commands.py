"""``docglean labels``: what two reviewers differ on, and labels of what was reviewed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reviewed_runs import SCAN, Reviewer, copy_of

from docglean.cli.app import run_command


@pytest.fixture(scope="module")
def twice(invoice_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that ann has reviewed, and bob after her without seeing what she had said."""
    run = copy_of(invoice_run, tmp_path_factory.mktemp("twice") / "out")
    ann, bob = Reviewer(run), Reviewer(run, "bob", blind=True)
    ann.did(SCAN, ("confirm", "/invoice_number"), ("set", "/grand_total", "1.00"), ("done", ""))
    bob.did(SCAN, ("confirm", "/invoice_number"), ("absent", "/grand_total"), ("done", ""))
    return run


def test_check_tells_on_what_two_reviewers_differ(
    twice: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["labels", "check", str(twice), "--json"]) == 0
    told = capsys.readouterr()
    (found,) = json.loads(told.out)
    assert (found["code"], found["pointer"]) == ("reviewers_differ", "/grand_total")
    assert (found["document"], found["severity"]) == (SCAN, "warning")
    assert found["message"] == 'ann says "1.00", bob says there is none'
    assert "ann, bob agree on 50.0 %" in told.err
    assert "of 2 values in 1 document" in told.err


def test_check_says_where_no_second_opinion_is_known(
    invoice_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = copy_of(invoice_run, tmp_path / "out")
    Reviewer(run).did(SCAN, ("confirm", "/invoice_number"))
    assert run_command(["labels", "check", str(run)]) == 0
    told = capsys.readouterr()
    assert (told.out, "--blind" in told.err) == ("", True)
