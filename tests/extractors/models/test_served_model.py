"""Who answered: the model is told, and another one than asked for is a problem."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Usage
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.models.prices import price
from docglean.extractors.models.served_model import is_another, priced_as
from servers.billing import slips
from strict import read, served


@pytest.mark.parametrize(
    ("asked", "answered", "another"),
    [
        ("anthropic:claude-haiku-5-5", "claude-haiku-5-5-20261007", False),
        ("anthropic:claude-haiku-5-5", "claude-sonnet-5-5", True),
        ("gemini:gemini-2.5-flash", "gemini-3.5-flash-lite", True),
        ("gemini:gemini-2.5-flash", "models/gemini-2.5-flash-001", False),
        ("gemini:gemini-3.1-pro-preview", "gemini-3.1-pro", False),
        ("mistral:mistral-small-latest", "mistral-small-2603", False),
        ("mistral:mistral-small-latest", "mistral-medium-3-5", True),
        ("openai:gpt-5.4-mini", "gpt-5.4-mini-2026-03-17", False),
        ("openai:gpt-5.4", "gpt-5.4-mini", True),
        ("openrouter:anthropic/claude-haiku-5.5", "anthropic/claude-haiku-5-5", False),
        # A deployment's name and a file's say nothing of the model.
        ("openai:my-deployment@https://x.example.org/openai/v1", "gpt-6-luna", False),
        ("llamacpp:qwen2.5-vl", "other.gguf", False),
    ],
)
def test_a_dated_state_is_the_same_model(asked: str, answered: str, another: bool) -> None:
    assert is_another(parse_engine(asked), answered) == another


def test_the_price_is_that_of_the_model_that_answered() -> None:
    engine = parse_engine("anthropic:claude-haiku-5-5")
    usage = Usage(input_tokens=1_000_000)
    assert price(priced_as(engine, "claude-haiku-5-5-20261007"), usage) == price(engine, usage)
    dearer = price(priced_as(engine, "claude-sonnet-5-5"), usage)
    assert dearer == price(parse_engine("anthropic:claude-sonnet-5-5"), usage)
    assert dearer not in (None, Decimal(0), price(engine, usage))


async def test_another_model_is_a_problem_of_each_document_also_from_the_ledger(
    tmp_path: Path, workers: Workers
) -> None:
    folder = slips(tmp_path / "in", 2)
    reroute = {"claude-haiku-5-5": "claude-sonnet-5-5"}
    with served("anthropic", reroute=reroute) as (server, spec):
        for calls in (2, 2):
            found = await read(spec, folder, workers)
            assert len(server.calls) == calls
            assert [one.status for one in found] == ["review", "review"]
            assert {one.served for one in found} == {("claude-sonnet-5-5",)}
            (problem,) = found[0].problems
            assert problem.code == "served_by_another"
            assert "claude-sonnet-5-5" in problem.message


async def test_the_model_that_was_asked_for_stands_in_the_result(
    tmp_path: Path, workers: Workers
) -> None:
    with served("openai") as (_, spec):
        (found,) = await read(spec, slips(tmp_path / "in", 1), workers)
    assert (found.status, found.served) == ("ok", ("gpt-6-luna",))
