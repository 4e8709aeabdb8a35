"""Hidden text gives no value, no evidence and nothing to a model, unless it is asked for; and it is
said.

A `StandInModel` answers; documents, child processes and the ledger are real.
"""

from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest
from docglean.extractors import pipeline
from docglean.extractors.documents.workers import Workers
from docglean.extractors.models.base import Call, TextPart
from docglean.extractors.models.engines import parse_engine
from docglean.schemas import Invoice
from docglean.schemas.errors import ConfigError
from stand_ins import Bench, ok

LINES = ["INVOICE", "Invoice number: INV-1001", "Date: 2026-03-03", "Total: 150.60"]
BILL = {"number": "INV-1001", "total": "9999.00", "lines": []}
"""What a model says that read the hidden text, or guessed it."""


@pytest.fixture
def bench(tmp_path: Path, workers: Workers) -> Bench:
    return Bench(tmp_path, workers)


@pytest.fixture
def invoice(tmp_path: Path) -> Path:
    document = pymupdf.open()
    page = document.new_page()
    for number, line in enumerate(LINES):
        page.insert_text((60, 80 + 24 * number), line, fontsize=12)
    page.insert_text((60, 400), "Amount due: 9999.00", color=(1, 1, 1))
    page.insert_text((60, 600), "IBAN: DE89 3704 0044 0532 0130 00", render_mode=3)
    path = tmp_path / "invoice.pdf"
    document.save(path)
    return path


def sent(call: Call) -> str:
    return "\n".join(part.text for part in call.parts if isinstance(part, TextPart))


async def test_rules_take_no_value_from_it(bench: Bench, invoice: Path) -> None:
    context, _ = await bench.open(None, Invoice, engine="local")
    async with context:
        found = await pipeline.extract(context, invoice)
        again = await pipeline.extract(context, invoice)
    assert found.values is not None
    told = str(found.values)
    assert found.values["invoice_number"] == "INV-1001"
    assert "150.60" in told
    assert "9999" not in told
    assert "DE89" not in told
    assert found.status != "ok"
    problems = [problem for problem in found.problems if problem.code == "hidden_text"]
    assert [problem.severity for problem in problems] == ["review", "review"]
    assert ["9999.00" in problem.message for problem in problems] == [True, False]
    assert all(problem.page == 1 and problem.box is not None for problem in problems)
    assert [p for p in again.problems if p.code == "hidden_text"] == problems


@pytest.mark.parametrize("inputs", ["ocr+", "image+ocr+"])
async def test_a_model_is_not_given_it(bench: Bench, invoice: Path, inputs: str) -> None:
    found, model = await bench.extract(
        invoice, lambda call: ok(BILL), engine=f"{inputs}openai:gpt-6-luna"
    )
    [call] = model.calls
    assert "150.60" in sent(call)
    assert "9999" not in sent(call)
    assert "DE89" not in sent(call)
    assert found.evidence["/number"].how == "exact"
    assert found.evidence["/total"].how == "not_found"
    assert found.status == "review"


async def test_it_is_said_of_pages_that_are_only_shown(bench: Bench, invoice: Path) -> None:
    found, _ = await bench.extract(invoice, lambda call: ok(BILL))
    assert found.evidence["/total"].how == "not_found"
    assert "hidden_text" in [problem.code for problem in found.problems]


async def test_it_is_read_where_it_is_asked_for(bench: Bench, invoice: Path) -> None:
    found, model = await bench.extract(
        invoice, lambda call: ok(BILL), engine="ocr+openai:gpt-6-luna?hidden=keep"
    )
    assert "Amount due: 9999.00" in sent(model.calls[0])
    assert found.evidence["/total"].how == "exact"
    assert "hidden_text" in [problem.code for problem in found.problems]
    context, _ = await bench.open(None, Invoice, engine="local?hidden=keep")
    async with context:
        assert "DE89 3704" in str((await pipeline.extract(context, invoice)).values)


def test_the_parameter_is_part_of_the_engine() -> None:
    assert not parse_engine("local").keeps_hidden
    engine = parse_engine("local?hidden=keep")
    assert (engine.spec, engine.keeps_hidden, engine.is_model) == ("local?hidden=keep", True, False)
    for wrong in ("local?hidden=no", "local?window=3", "local?hidden"):
        with pytest.raises(ConfigError):
            parse_engine(wrong)
