"""Words that the ledger keeps are not read again, whoever asks for them."""

from __future__ import annotations

from pathlib import Path

from docglean.extractors import pipeline
from docglean.extractors.documents.workers import Workers
from docglean.schemas.builtin.receipt import Receipt
from stand_ins import Bench
from word_pages import till_slip


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
