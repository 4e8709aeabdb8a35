"""What people have said of a run reaches whatever it is exported to."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from docglean.flows.export.copy import export
from docglean.schemas import Invoice
from docglean.schemas.errors import ConfigError
from reviewed_runs import LONG, SCAN, Reviewer, copy_of

import docglean
from docglean.cli.app import run_command


@pytest.fixture(scope="module")
def run(invoice_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two invoices; one is signed off, with a total that was corrected."""
    out = copy_of(invoice_run, tmp_path_factory.mktemp("run") / "out")
    Reviewer(out).did(
        LONG,
        ("confirm", "/invoice_number"),
        ("set", "/grand_total", "1.00"),
        ("absent", "/due_date"),
        ("done", ""),
    )
    return out


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def exported(run: Path, to: Path, *words: str) -> dict[str, list[dict[str, str]]]:
    assert run_command(["export", str(run), str(to), "--to", "csv", *words]) == 0
    return {path.stem: rows(path) for path in to.glob("*.csv")}


def test_values_are_the_reviewed_ones_and_tell_what_the_engine_had(
    run: Path, tmp_path: Path
) -> None:
    found = exported(run, tmp_path)
    by_name = {row["name"]: row for row in found["documents"]}
    assert (by_name[LONG]["status"], by_name[LONG]["reviewed_by"]) == ("reviewed", "ann")
    assert by_name[SCAN]["reviewed_by"] == ""
    uri = by_name[LONG]["uri"]
    assert {row["grand_total"] for row in found["invoice"] if row["document"] == uri} == {"1.00"}
    values = {row["pointer"]: row for row in found["values"] if row["document"] == uri}
    read = Reviewer(run).read(LONG)
    total = values["/grand_total"]
    assert (total["value"], total["first"]) == ("1.00", read.values["grand_total"])
    assert (total["look"], total["reviewer"], total["revision"]) == ("corrected", "ann", "3")
    assert datetime.fromisoformat(total["reviewed_at"]).year >= 2026
    assert (total["found"], total["box"]) == ("not_found", ""), "nobody said where it stands"
    number = values["/invoice_number"]
    place = read.evidence["/invoice_number"]
    assert (number["look"], number["page"], number["found"]) == (
        "confirmed", str(place.page), place.how,
    )  # fmt: skip
    assert number["box"].split() == [f"{side:.1f}" for side in place.box]
    assert float(number["confidence"]) == read.confidence["/invoice_number"].probability
    assert (values["/due_date"]["value"], values["/due_date"]["look"]) == ("", "absent")
    unseen = values["/line_items/0/description"]
    assert (unseen["look"], unseen["reviewer"]) == ("", "")
    assert unseen["field"] == "/line_items/*/description"


def test_the_tables_of_the_run_stay_the_engines(run: Path) -> None:
    read = Reviewer(run).read(LONG)
    told = {row["invoice_number"]: row for row in rows(run / "tables" / "invoice.csv")}
    assert told[read.values["invoice_number"]]["grand_total"] == read.values["grand_total"]


@pytest.mark.parametrize(("word", "names"), [("--reviewed-only", [LONG]), ("--unreviewed", [SCAN])])
def test_signed_off_documents_go_apart(
    run: Path, tmp_path: Path, word: str, names: Sequence[str]
) -> None:
    found = exported(run, tmp_path, word)
    assert [row["name"] for row in found["documents"]] == names
    uris = {row["uri"] for row in found["documents"]}
    assert {row["document"] for row in found["values"]} == uris


def test_no_document_is_both(run: Path, tmp_path: Path, capsys: Any) -> None:
    words = ["export", str(run), str(tmp_path / "x"), "--to", "csv"]
    assert run_command([*words, "--reviewed-only", "--unreviewed"]) == 2
    assert "Say one of them." in capsys.readouterr().err
    with pytest.raises(ConfigError, match="all its documents"):
        export(run, str(tmp_path / "copy"), "folder", signed_off=True)


def test_a_list_that_was_looked_at_has_a_row(invoice_run: Path, tmp_path: Path) -> None:
    run = copy_of(invoice_run, tmp_path / "out")
    read = Reviewer(run).read(LONG).values["line_items"]
    ann = Reviewer(run)
    ann.did(LONG, ("confirm", "/line_items"))
    found = exported(run, tmp_path / "csv")
    row = next(row for row in found["values"] if row["pointer"] == "/line_items")
    assert (row["value"], row["look"]) == (str(len(read)), "confirmed")


def test_a_database_is_brought_up_to_what_was_said(invoice_run: Path, tmp_path: Path) -> None:
    run = copy_of(invoice_run, tmp_path / "out")
    url = f"sqlite:///{tmp_path / 'out.sqlite'}"
    before = export(run, url).rows
    Reviewer(run).did(SCAN, ("set", "/grand_total", "1.00"), ("done", ""))
    assert export(run, url).rows == before
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        told = connection.execute(
            sa.text(
                "SELECT value, look FROM docglean_values JOIN docglean_documents ON uri = document "
                "WHERE pointer = '/grand_total' AND status = 'reviewed'"
            )
        ).all()
        assert told == [("1.00", "corrected")]
    engine.dispose()


def test_python_reads_the_reviewed_values_and_the_engines(run: Path) -> None:
    reviewed = {one.document.name: one for one in docglean.results(run, Invoice)}
    engines = {one.document.name: one for one in docglean.results(run, reviewed=False)}
    assert str(reviewed[LONG].data.grand_total) == "1.00"
    assert reviewed[LONG].reviews["/grand_total"].first == engines[LONG].values["grand_total"]
    with pytest.raises(ConfigError, match="no run folder"):
        list(docglean.results(run / "nowhere"))
