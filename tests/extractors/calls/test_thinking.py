"""Thinking inside the answer's limit, against stand-ins that think as the vendors document."""

from __future__ import annotations

from pathlib import Path

import pytest
from docglean.extractors import estimation
from docglean.extractors.calls.escalation import starved, thinking_share
from docglean.extractors.calls.estimate import Estimate
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Usage
from docglean.extractors.models.base import Effort, Reply
from docglean.extractors.models.families import THINKING_TOKENS
from servers.billing import slips
from servers.vendor import THINKING
from strict import opened, read, served

DOCUMENTS = 12


@pytest.mark.slow
@pytest.mark.parametrize("vendor", ["anthropic", "openai", "gemini", "mistral"])
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_a_model_thinks_a_request_takes_three_calls_at_most(
    vendor: str, seed: int, tmp_path: Path, workers: Workers
) -> None:
    folder = slips(tmp_path / "in", DOCUMENTS)
    with served(vendor, seed=seed) as (server, spec):
        found = await read(f"{spec}&effort=high", folder, workers)
    assert [one.values["number"] for one in found if one.values] == list(range(DOCUMENTS))
    assert {one.status for one in found} == {"ok"}
    calls = [one.spending.calls for one in found]
    assert max(calls) <= 3
    assert sum(calls) / DOCUMENTS <= 2
    assert sum(calls) == len(server.calls)
    assert sum(one.spending.usage.output_tokens for one in found) == server.output_tokens
    assert any(turn.cut for turn in server.turns)


@pytest.mark.parametrize("vendor", ["anthropic", "openai", "mistral"])
async def test_by_default_a_model_is_asked_for_the_least_thinking(
    vendor: str, tmp_path: Path, workers: Workers
) -> None:
    with served(vendor) as (server, spec):
        found = await read(spec, slips(tmp_path / "in", 3), workers)
    assert not [one.problems for one in found if one.status != "ok"]
    assert [turn.thinking for turn in server.turns] == [0, 0, 0]
    assert [one.spending.calls for one in found] == [1, 1, 1]


@pytest.mark.parametrize("vendor", ["anthropic", "openai", "mistral"])
async def test_what_always_thinks_beyond_all_limits_ends_with_what_helps(
    vendor: str, tmp_path: Path, workers: Workers
) -> None:
    with served(vendor, thinking=(500_000,)) as (server, spec):
        (found,) = await read(f"{spec}&effort=high", slips(tmp_path / "in", 1), workers)
    # Raised once, then lowered to no thinking at all, which answers.
    assert (found.status, len(server.calls)) == ("ok", 3)


async def test_a_model_that_cannot_be_told_not_to_think_ends_after_two_calls(
    tmp_path: Path, workers: Workers
) -> None:
    with served("anthropic", thinking=(500_000,)) as (server, spec):
        spec = spec.replace("haiku", "sonnet")
        (found,) = await read(spec, slips(tmp_path / "in", 1), workers)
    assert len(server.calls) == 2
    assert [call["max_tokens"] for call in server.calls] == [16_000, 128_000]
    assert (found.status, [p.code for p in found.problems]) == ("failed", ["thinking_used_up"])
    assert "thinks less" in found.problems[0].way_out


async def test_a_mistral_that_takes_no_effort_is_told_none(
    tmp_path: Path, workers: Workers
) -> None:
    with served("mistral") as (server, spec):
        spec = spec.replace("mistral-small", "mistral-large")
        (found,) = await read(spec, slips(tmp_path / "in", 1), workers)
    assert (found.status, server.refusals) == ("ok", {})
    assert "reasoning_effort" not in server.calls[0]


def test_the_distribution_is_that_of_the_facts() -> None:
    assert (min(THINKING), max(THINKING)) == (0, 40_000)


@pytest.mark.parametrize(
    ("text", "usage", "share"),
    [
        ("", Usage(output_tokens=16_000), 1.0),
        ("{" + "x" * 300, Usage(output_tokens=16_000, reasoning_tokens=15_900), 15_900 / 16_000),
        # No word of thinking in the usage: told by the length of the text.
        ("x" * 48_000, Usage(output_tokens=16_000), 0.0),
        ("x" * 3_000, Usage(output_tokens=16_000), 1 - 1_000 / 16_000),
        ("x" * 300, Usage(), 0.0),
    ],
)
def test_the_share_of_thinking_is_told_or_found(text: str, usage: Usage, share: float) -> None:
    reply = Reply(outcome="truncated", text=text, usage=usage)
    assert thinking_share(reply) == pytest.approx(share)
    assert starved(reply) == (share >= 0.5)


async def priced(spec: str, folder: Path, workers: Workers) -> Estimate:
    """What reading a folder of slips is estimated to cost."""
    async with await opened(spec, folder, workers, sending=False) as run:
        estimates = [await estimation.estimate(run, path) for path in sorted(folder.glob("*.pdf"))]
    total = estimates[0]
    for one in estimates[1:]:
        total += one
    return total


@pytest.mark.parametrize(
    ("vendor", "effort", "thinking"),
    [
        ("anthropic", "high", 9_000), ("openai", "high", 9_000), ("gemini", "high", 9_000),
        ("mistral", "high", 9_000),
        ("anthropic", "high", 40_000), ("openai", "medium", 1_500), ("gemini", "low", 1_000),
    ],
)  # fmt: skip
async def test_an_estimate_counts_thinking_and_says_where_from(
    vendor: str, effort: Effort, thinking: int, tmp_path: Path, workers: Workers
) -> None:
    """Within a factor of 2 after three calls, where each thinks as much.

    Not where they think far less than the guess, which counts as much as those three: such calls
    say little of the next one that thinks 40,000. `bench.hosted` prints what that comes to.
    """
    with served(vendor, thinking=(thinking,)) as (server, spec):
        spec = f"{spec}&effort={effort}&price=1/2"
        before = await priced(spec, slips(tmp_path / "in", 4), workers)
        assert before.usage.reasoning_tokens == 4 * THINKING_TOKENS[effort]
        assert "a guess" in before.thinking()
        await read(spec, slips(tmp_path / "first", 3, start=10), workers)
        after = await priced(spec, tmp_path / "in", workers)
        assert "from 3 answers" in after.thinking()
        already = server.output_tokens
        found = await read(spec, tmp_path / "in", workers)
    paid = sum(one.spending.usage.output_tokens for one in found)
    assert paid == server.output_tokens - already
    assert 0.5 <= after.usage.output_tokens / paid <= 2
    assert after.cost is not None
    assert 0.5 <= after.cost / sum(one.spending.cost or 0 for one in found) <= 2


async def test_what_is_thought_in_vain_is_part_of_the_estimate(
    tmp_path: Path, workers: Workers
) -> None:
    with served("openai", thinking=(20_000,)) as (_, spec):
        spec = f"{spec}&effort=high"
        await read(spec, slips(tmp_path / "first", 3, start=10), workers)
        told = await priced(spec, slips(tmp_path / "in", 1), workers)
    # Each answer took two calls: one that was cut at 16,000, and one of 20,000. The guess counts
    # as much as those three.
    assert told.usage.reasoning_tokens == (36_000 + THINKING_TOKENS["high"]) / 2


async def test_an_engine_that_is_told_not_to_think_is_estimated_without(
    tmp_path: Path, workers: Workers
) -> None:
    with served("anthropic") as (_, spec):
        told = await priced(spec, slips(tmp_path / "in", 1), workers)
    assert (told.usage.reasoning_tokens, told.thinking()) == (0, "")
