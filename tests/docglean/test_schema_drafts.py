"""`docglean schema from-examples` and schemas on one line, as a user has them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from docglean.schemas.schema import load_schema
from pages import blocks, pages
from servers.billing import paying, slips

from docglean import extract
from docglean.cli.app import run_command
from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED, WRONG

SAMPLES = Path(__file__).parents[2] / "samples" / "documents"
INVOICES = [str(SAMPLES / f"invoice-{name}.pdf") for name in ("scan", "three-pages")]
pytestmark = [pytest.mark.slow, pytest.mark.e2e]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.chdir(tmp_path)


def test_a_schema_on_one_line_from_python_and_in_a_run_folder(tmp_path: Path) -> None:
    line = "invoice number, date, total: money, lines[description, quantity: int]"
    found = extract(INVOICES[1], line, engine="local")
    assert found.data.invoice_number == "NF-2026-00417"
    assert str(found.data.total) == "111950.33"
    assert found.data.lines[0].quantity == 42
    words = ["extract", INVOICES[1], "--engine", "local", "--schema", line, "--out", "out"]
    assert run_command([*words, "--quiet"]) == OK
    told = json.loads((tmp_path / "out" / "run.json").read_text())
    assert told["runs"][0]["options"]["schemas"] == [line]
    header = (tmp_path / "out" / "tables" / f"{load_schema(line).name}.csv").read_text()
    assert "invoice_number" in header.splitlines()[0]
    # It is found again: there is nothing new, and nothing stale.
    assert run_command([*words, "--only", "new"]) == OK
    assert run_command([*words, "--only", "stale"]) == OK
    assert len(json.loads((tmp_path / "out" / "run.json").read_text())["runs"]) == 1


def test_a_number_of_nothing_else_is_that_of_the_document() -> None:
    found = extract(INVOICES[0], "number, date, total: money", engine="local")
    assert (found.data.number, str(found.data.date)) == ("2026-1183", "2026-02-17")
    assert str(found.data.total) == "1206.54"


def test_a_line_that_makes_no_sense_is_shown_with_a_caret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["schemas", "number, total: monney"]) == WRONG
    said = capsys.readouterr().err.splitlines()
    assert said[1:3] == ["  number, total: monney", "                 ^"]
    assert said[3].startswith("Did you mean money? Kinds are text")


def test_what_was_understood_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["schema", "number, total: money"]) == OK
    assert "Understood as: number: code, total: money" in capsys.readouterr().out


def test_a_draft_from_invoices_loads_and_reads_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["schema", "from-examples", *INVOICES, "--out", "order.py"]) == OK
    assert "anthropic" in capsys.readouterr().out
    schema = load_schema("order.py:Order")
    leaves = {leaf.path: leaf for leaf in schema.root.leaves()}
    assert {"/invoice_number", "/issue_date", "/grand_total", "/iban"} <= leaves.keys()
    columns = [path.rpartition("/")[2] for path in leaves if path.startswith("/line_items/")]
    assert columns == ["description", "quantity", "unit_price", "line_total"]
    # Neither a line of an address nor what is a built-in field's caption is one of its own.
    assert not {"/am_rheinufer", "/cardiff", "/invoice"} & leaves.keys()
    assert leaves["/line_items/*/line_total"].labels == ("Gesamt", "Amount")
    assert {"Rechnungsnummer", "Invoice No"} <= set(leaves["/invoice_number"].labels)
    found = extract(INVOICES[1], "order.py:Order", engine="local")
    assert found.data.invoice_number == "NF-2026-00417"
    assert run_command(["schema", "from-examples", *INVOICES, "--out", "order.py"]) == WRONG


def test_all_fields_of_the_pages_yaml_example_are_found_in_its_document() -> None:
    [text] = [text for kind, text in blocks(pages()["how-to/schemas"]) if kind == "yaml"]
    Path("bill.yaml").write_text(text, "utf-8")
    found = extract(INVOICES[0], "bill.yaml", engine="local").data.model_dump()
    lines = found.pop("lines")
    assert lines
    assert all(value is not None for one in (found, *lines) for value in one.values())


def test_the_address_of_the_same_buyer_in_two_documents_is_no_field(tmp_path: Path) -> None:
    again = str(shutil.copy(INVOICES[0], tmp_path / "again.pdf"))
    assert run_command(["schema", "from-examples", INVOICES[0], again, "--out", "order.py"]) == OK
    leaves = [leaf.path for leaf in load_schema("order.py:Order").root.leaves()]
    assert "/buyer_address" in leaves
    assert "/am_rheinufer" not in leaves


def test_a_draft_from_a_form_has_its_captions_and_boxes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run_command(["schema", "from-examples", str(SAMPLES / "form.pdf")]) == OK
    (tmp_path / "form.py").write_text(capsys.readouterr().out)
    leaves = {leaf.path: leaf for leaf in load_schema("form.py:Draft").root.leaves()}
    assert {"/full_name", "/date_of_birth", "/town", "/email", "/student"} <= leaves.keys()
    assert type(leaves["/student"].kind).__name__ == "Check"


def test_a_document_that_cannot_be_read_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    words = ["schema", "from-examples", str(SAMPLES / "form.pdf"), "broken.pdf"]
    assert run_command(words) == SOME_FAILED
    said = capsys.readouterr()
    assert "broken.pdf" in said.err
    assert "from 1 document," in said.out


def test_a_model_is_asked_once_for_each_document_and_within_the_budget(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path, 3)
    fields = [{"name": "number", "kind": "code", "caption": "number", "column_of": None,
               "meaning": "Which slip of paper it is."}]  # fmt: skip

    def answers(text: str, schema: dict[str, Any]) -> str:
        assert "fields" in schema["properties"]
        return json.dumps({"fields": fields})

    with paying(answers=answers) as server:
        words = ["schema", "from-examples", str(folder), "--engine", server.engine()]
        assert run_command([*words, "--private"]) == OK  # the stand-in is on this machine
        assert 'number: Annotated[str | None, Code(), Printed("number")' in " ".join(
            capsys.readouterr().out.split()
        ).replace("[ ", "[").replace(", ]", "]")
        assert sum(server.asked.values()) == 3
        assert run_command(words) == OK
        assert sum(server.asked.values()) == 3  # the ledger has the answers
        assert run_command([*words, "--budget", "0.000001", "--fresh"]) == OVER_BUDGET
        assert sum(server.asked.values()) == 3
