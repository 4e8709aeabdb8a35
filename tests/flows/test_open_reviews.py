"""Which documents of run folders wait for a person."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from docglean.flows.open_reviews import OpenRun, open_run, run_folders
from docglean.flows.run_folder import RunFolder
from docglean.schemas.errors import ConfigError
from reviewed_runs import BELOW, DOUBTED, GOOD, Reviewer, local_run

TOLD = ("--review-below", str(BELOW), "--calibration", "off")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One document that is ok, and one with a value that is less sure than was asked for."""
    return local_run(tmp_path_factory.mktemp("run"), [GOOD, DOUBTED], *TOLD)


@pytest.fixture
def run(first: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(first, tmp_path / "out"))


def left(run: Path) -> OpenRun:
    return open_run(RunFolder(run))


def test_a_document_waits_until_somebody_signs_it_off(run: Path) -> None:
    ann = Reviewer(run)
    doubted = ann.read(DOUBTED)
    found = left(run)
    assert [one.uri for one in found.documents] == [doubted.document.uri]
    unsure = [pointer for one in doubted.problems for pointer in one.paths]
    assert unsure
    assert found.values == len(unsure)
    assert found.oldest == RunFolder(run).record().runs[0].started
    assert found.begun_by == ()
    assert found.told == (
        f"1 document with {len(unsure)} value{'s' * (len(unsure) > 1)} to review: "
        f"docglean review {run}"
    )

    ann.did(DOUBTED, *(("confirm", pointer) for pointer in unsure))
    found = left(run)
    assert (len(found.documents), found.values, found.begun_by) == (1, 0, ("ann",))
    ann.did(DOUBTED, ("done", ""))
    assert left(run).documents == ()
    ann.did(DOUBTED, ("reopen", ""))
    assert len(left(run).documents) == 1


def test_a_document_that_was_ok_waits_where_a_correction_makes_it_doubtful(run: Path) -> None:
    ann, bea = Reviewer(run), Reviewer(run, "bea")
    ann.did(GOOD, ("confirm", "/invoice_number"))
    assert len(left(run).documents) == 1, "to look at a good one holds nothing up"
    bea.did(GOOD, ("set", "/grand_total", "1.00"))
    found = left(run)
    assert {one.begun_by for one in found.documents} == {(), ("ann", "bea")}
    assert found.begun_by == ("ann", "bea")


def test_one_that_is_read_otherwise_since_waits_again(run: Path) -> None:
    ann = Reviewer(run)
    ann.did(DOUBTED, ("set", "/grand_total", "1.00"), ("done", ""))
    assert left(run).documents == ()
    again = ann.read(DOUBTED)
    assert again.values is not None
    again.values["grand_total"] = "2.00"
    RunFolder(run).add(again)
    [one] = left(run).documents
    assert one.values


def test_what_waits_of_one_run_and_where_a_server_stands(run: Path) -> None:
    folder = RunFolder(run)
    made = folder.record().runs[0].id
    assert len(open_run(folder, run=made).documents) == 1
    assert open_run(folder, run="another").documents == ()
    told = open_run(folder, url="https://review.example.com").told
    assert "to review: https://review.example.com or docglean review " in told


def test_run_folders_are_found_at_any_depth(run: Path, tmp_path: Path) -> None:
    top = tmp_path / "runs"
    for name in ("b", "a/2026-11"):
        shutil.copytree(run, top / name)
    (top / "empty" / "documents").mkdir(parents=True)
    assert list(run_folders(top)) == [top / "a/2026-11", top / "b"]
    assert list(run_folders(run)) == [run]
    assert list(run_folders(tmp_path / "nothing")) == []


def test_what_is_no_run_folder_is_told(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no folder documents/"):
        left(tmp_path)
    (run / "run.json").write_text("{")
    with pytest.raises(ConfigError, match=r"run\.json is damaged"):
        left(run)


def test_a_result_that_is_damaged_hides_no_other(run: Path) -> None:
    (run / "documents" / "another.json").write_text("{")
    assert len(left(run).documents) == 1
