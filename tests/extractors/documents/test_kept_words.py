"""Words that the ledger keeps are not read again, whoever asks for them."""

from __future__ import annotations

from pathlib import Path

import pymupdf
from docglean.extractors import pipeline
from docglean.extractors.documents.workers import Workers
from docglean.schemas.builtin.receipt import Receipt
from stand_ins import Bench


def till_slip(path: Path) -> Path:
    pdf = pymupdf.open()
    page = pdf.new_page(width=300, height=300)
    rows = ["Corner Shop Ltd", "2024-03-05", "Pears   2   1.00   2.00", "Plums   1   3.50   3.50",
            "Total 5.50"]  # fmt: skip
    for number, text in enumerate(rows):
        page.insert_text((20, 30 + 20 * number), text)
    pdf.save(path)
    return path


async def test_tables_are_looked_for_with_the_words_that_the_ledger_keeps(
    tmp_path: Path, workers: Workers
) -> None:
    bench, path = Bench(tmp_path, workers), till_slip(tmp_path / "slip.pdf")
    found = []
    for _ in range(2):
        context, _model = await bench.open(None, Receipt, engine="local")
        async with context:
            found.append(await pipeline.extract(context, path))
    assert "words" in found[0].seconds
    assert "words" not in found[1].seconds
    assert "tables" in found[1].seconds
    assert found[1].values == found[0].values
