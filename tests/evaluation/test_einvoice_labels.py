"""Labels made of the XML in e-invoices: what pages show of it, and where the labels are from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from docglean.evaluation.einvoice_labels import einvoice_label
from docglean.evaluation.label_notices import label_notices, record_of
from docglean.evaluation.labels import LABELS, Label, LabelSet, read_labels
from docglean.extractors.documents.workers import Workers
from docglean.extractors.run import RunContext
from docglean.extractors.settings import load_settings
from docglean.flows.request import RunRequest
from docglean.schemas.schema import load_schema
from einvoice_samples import ZUGFERD, cii, invoice_pdf, ubl

from docglean.cli.exits import OK, SOME_FAILED
from docglean.commands.einvoice_labels import einvoices_command

SCHEMA = load_schema("invoice")


@pytest.fixture
async def context(tmp_path: Path, workers: Workers) -> AsyncIterator[RunContext]:
    settings = load_settings(engine="local", ledger=str(tmp_path / "ledger.sqlite"))
    async with await RunContext.open(settings, [SCHEMA], workers=workers) as opened:
        yield opened


async def label_of(path: Path, context: RunContext) -> Label | None:
    folder = path.parent / "labels"
    return await einvoice_label(context, path, folder, path.name, SCHEMA, "invoice")


async def test_what_the_page_shows_is_labelled_and_what_it_does_not_is_not(
    tmp_path: Path, context: RunContext
) -> None:
    path = invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, cii()), gross="1.468,50", due="sofort")
    label = await label_of(path, context)
    assert label is not None
    assert (label.id, label.file, label.made_of) == ("a", "../a.pdf", "e-invoice")
    assert label.expected["net_total"] == "1150.00"
    assert not {"grand_total", "due_date", "paid_amount", "bic"} & label.expected.keys()
    first = label.expected["line_items"][0]
    assert first["unit_price"] == "250.00"
    assert not {"tax_rate", "unit"} & first.keys()


async def test_a_list_is_labelled_whole_or_not_at_all(tmp_path: Path, context: RunContext) -> None:
    data = cii().replace(b">150.00<", b">175.00<")
    label = await label_of(invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, data)), context)
    assert label is not None
    assert "line_items" not in label.expected


async def test_amounts_of_a_credit_note_are_right_with_either_sign(
    tmp_path: Path, context: RunContext
) -> None:
    path = invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, cii(kind="381")), gross="-1.368,50")
    label = await label_of(path, context)
    assert label is not None
    assert label.expected["grand_total"] == "1368.50"
    assert label.accept["/grand_total"] == ["-1368.50"]


async def test_what_carries_no_invoice_or_is_drawn_from_it_has_no_label(
    tmp_path: Path, context: RunContext
) -> None:
    (tmp_path / "b.xml").write_bytes(ubl())
    assert await label_of(invoice_pdf(tmp_path / "a.pdf"), context) is None
    assert await label_of(tmp_path / "b.xml", context) is None


def test_the_command_writes_them_and_the_report_says_where_they_are_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox, out = tmp_path / "inbox", tmp_path / "labels"
    inbox.mkdir()
    invoice_pdf(inbox / "a.pdf", (ZUGFERD, cii()))
    invoice_pdf(inbox / "b.pdf")
    order = RunRequest()
    assert einvoices_command([str(inbox)], order=order, out=out) == OK
    told = capsys.readouterr().err
    assert "1 label is in" in told
    assert "1 file without an e-invoice" in told
    labels = tuple(read_labels(out / LABELS))
    [notice] = label_notices([record_of(LabelSet("x", out, "docglean", labels))])
    assert "1 of 1 labels were made of the XML of e-invoices" in notice
    (inbox / "a.pdf").unlink()
    assert einvoices_command([str(inbox)], order=order, out=tmp_path / "more") == SOME_FAILED
