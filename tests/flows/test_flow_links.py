"""What a row of Prefect's table leads to, and what the table makes of names from documents."""

from __future__ import annotations

from pathlib import Path

import pytest
from docglean.extractors.extraction import Extraction, SourceRecord
from docglean.flows import reports
from docglean.flows.flow_runs import FlowRunRecord, this_flow_run
from docglean.flows.links import anchor, document_address, linked_id
from docglean.flows.run import row_of
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.schemas.errors import Problem
from reviewed_runs import copy_of, local_run

from docglean.review.faults import NotThere
from docglean.review.run_docket import RunDocket, RunsDocket

DOCUMENTS = ["form.pdf", "invoice-three-pages.pdf"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return local_run(tmp_path_factory.mktemp("runs"), DOCUMENTS)


def test_a_row_has_the_first_problem_and_the_way_to_its_document(run: Path) -> None:
    folder = RunFolder(run)
    for found in folder.extractions():
        row = row_of(found, folder)
        assert row["page"] == f"{run.as_uri()}/show.html#{anchor(found.document.uri)}"
        assert Path(row["file"]).is_file()
        served = row_of(found, folder, "https://review.example.com/")
        assert served["page"].startswith("https://review.example.com/#doc=")
        errors = [one.message for one in found.problems if one.severity != "warning"]
        assert (row["problem"] in errors) is bool(errors)


def test_the_review_of_one_run_and_of_all_knows_a_link(run: Path, tmp_path: Path) -> None:
    folder = copy_of(run, tmp_path / "deep" / "monday")
    copy_of(run, tmp_path / "tuesday")
    for path in RunFolder(folder).files():
        linked = linked_id(folder, path)
        for docket in (RunDocket(folder), RunsDocket(tmp_path)):
            read = docket.read(linked)
            assert read.result == Extraction.model_validate_json(path.read_bytes())
            assert docket.read(read.id).id == read.id


def test_a_link_that_could_mean_two_documents_opens_none(run: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        copy_of(run, tmp_path / name / "out")
    path = RunFolder(tmp_path / "a" / "out").files()[0]
    with pytest.raises(NotThere):
        RunsDocket(tmp_path).read(linked_id(tmp_path / "a" / "out", path))


def test_an_address_does_not_change_with_what_else_is_there() -> None:
    folder, file = Path("/data/out"), Path("/data/out/documents/a.pdf.json")
    assert document_address(folder, file, "file:///in/a.pdf") == (
        f"file:///data/out/show.html#{anchor('file:///in/a.pdf')}"
    )
    assert anchor("file:///in/a.pdf") != anchor("file:///in/b.pdf")


def test_nothing_from_a_document_is_markdown_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, list[dict[str, str]]] = {}
    monkeypatch.setattr(
        reports, "create_table_artifact", lambda key, table, description: made.update({key: table})
    )
    monkeypatch.setattr(reports, "create_markdown_artifact", lambda **told: None)
    hostile = Extraction(
        document=SourceRecord(name="![x](http://evil.example/x.png)", uri="file:///x"),
        engine="local",
        status="failed",
        problems=[Problem(code="damaged", message="<img src=x> [go](http://evil.example)")],
    )
    record = RunRecord.model_validate({"id": "1", "started": "2026-11-29T00:00:00Z", "engine": "x"})
    row = row_of(hostile, RunFolder(tmp_path), "https://review.example.com")
    reports.artifacts(record, RunFolder(tmp_path), [row])
    (cells,) = made["documents"]
    assert cells["document"] == r"\!\[x\](http://evil.example/x.png)"
    assert cells["problem"].startswith(r"\<img src=x\>")
    assert cells["page"].startswith("[open](https://review.example.com/#doc=")


def test_outside_of_a_flow_there_is_no_flow_run() -> None:
    assert this_flow_run() is None


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", ""])
def test_a_page_leads_to_no_address_that_a_stranger_made_up(url: str) -> None:
    assert FlowRunRecord(id="1", url=url).link == ""
