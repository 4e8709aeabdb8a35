"""Probabilities of tokens from a server's answer to the value in the Extraction, and again from
the ledger."""

from __future__ import annotations

from pathlib import Path

from docglean.extractors.documents.workers import Workers
from servers.billing import slips
from servers.ollama import Ollama, ollama
from strict import read, reader


async def test_a_value_tells_how_sure_its_model_was(tmp_path: Path, workers: Workers) -> None:
    folder = slips(tmp_path / "in", 3)
    with ollama(Ollama(reader, doubts={'"w4"': 0.25})) as server:
        spec = f"ocr+ollama:qwen2.5:7b@{server.url}/v1"
        found = await read(spec, folder, workers)
        again = await read(spec, folder, workers)
    assert len(server.calls) == 3
    assert all(body["logprobs"] for body in server.calls)
    for extractions in (found, again):
        signals = [one.confidence["/word"].signals for one in extractions]
        assert [round(told.get("token_doubt_most", 0), 2) for told in signals] == [0, 0, 0.75]
        assert signals[2]["token_doubt"] > 0.1
        assert "token_doubt" not in extractions[2].confidence["/number"].signals  # none to tell of
        sure = [one.confidence["/word"].probability for one in extractions]
        assert sure[2] < sure[1]
