"""The flex tier: a batch's price within minutes, the standard tier where there is no room."""

from __future__ import annotations

import logging
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors import estimation, pipeline
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction
from docglean.extractors.models.capabilities import capability
from docglean.extractors.models.engines import parse_engine
from docglean.flows.totals import Totals
from docglean.schemas.errors import ConfigError
from servers.billing import slips
from strict import opened, served

FIELDS = {"openai": "service_tier", "gemini": "serviceTier"}


ASKED = "&flex=yes&price=1/2"


async def run(spec: str, folder: Path, workers: Workers) -> list[Extraction[Any]]:
    async with await opened(f"{spec}{ASKED}", folder, workers, tier="flex") as line:
        return [await pipeline.extract(line, path) for path in sorted(folder.glob("*.pdf"))]


def full_price(found: Extraction[Any]) -> Decimal:
    used = found.spending.usage
    return Decimal(used.input_tokens + 2 * used.output_tokens) / 1_000_000


@pytest.mark.parametrize("vendor", FIELDS)
async def test_what_is_answered_in_flex_costs_half(
    vendor: str, tmp_path: Path, workers: Workers
) -> None:
    with served(vendor, thinking=(0,)) as (server, spec):
        found = await run(spec, slips(tmp_path / "in", 2), workers)
    assert [call[FIELDS[vendor]] for call in server.calls] == ["flex", "flex"]
    assert [one.status for one in found] == ["ok", "ok"]
    assert [one.spending.cost for one in found] == [full_price(one) / 2 for one in found]


@pytest.mark.slow
@pytest.mark.parametrize("vendor", FIELDS)
async def test_what_flex_has_no_room_for_is_asked_once_more_at_the_standard_price_and_said(
    vendor: str, tmp_path: Path, workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    behaviour = {"thinking": (0,), "has_room": lambda number: False}
    with caplog.at_level(logging.WARNING), served(vendor, **behaviour) as (server, spec):
        found = await run(spec, slips(tmp_path / "in", 2), workers)
    assert [call.get(FIELDS[vendor]) for call in server.calls] == ["flex", None, "flex", None]
    assert [one.status for one in found] == ["ok", "ok"]
    assert [one.spending.cost for one in found] == [full_price(one) for one in found]
    assert caplog.text.count("has no room in its flex tier") == 1
    for one in found:
        said = [problem for problem in one.problems if problem.code == "tier_refused"]
        assert [(problem.severity, "1 of 1" in problem.message) for problem in said] == [
            ("warning", True)
        ]


@pytest.mark.slow
@pytest.mark.parametrize("vendor", FIELDS)
async def test_a_tier_that_is_refused_is_left_out_from_then_on_and_said(
    vendor: str, tmp_path: Path, workers: Workers
) -> None:
    folder = slips(tmp_path / "in", 4)
    *first, last = sorted(folder.glob("*.pdf"))
    with served(vendor, thinking=(0,), flex=False) as (server, spec):
        async with await opened(f"{spec}{ASKED}", folder, workers, tier="flex") as line:
            assert not line.warnings
            found = [await pipeline.extract(line, path) for path in first]
        assert [call.get(FIELDS[vendor]) for call in server.calls] == ["flex", None, None, None]
        # A later run knows it, and its estimate has the price that is then paid.
        costs = []
        for tier in ("standard", "flex"):
            async with await opened(
                f"{spec}{ASKED}", folder, workers, sending=False, tier=tier
            ) as line:
                assert any("refused its flex tier" in one for one in line.warnings) == (
                    tier == "flex"
                )
                costs.append((await estimation.estimate(line, last)).cost)
        async with await opened(f"{spec}{ASKED}", folder, workers, tier="flex") as line:
            costs.append((await estimation.estimate(line, last)).cost)
            found.append(await pipeline.extract(line, last))
        assert "flex" not in [call.get(FIELDS[vendor]) for call in server.calls[4:]]
    assert costs[0] == costs[1] == costs[2] != 0
    totals = Totals()
    for one in found:
        assert one.status == "ok"
        assert one.spending.cost == full_price(one)
        said = [problem.message for problem in one.problems if problem.code == "tier_refused"]
        assert len(said) == 1
        assert "was refused for 1 of 1" in said[0]
        totals.add(one)
    assert "4 documents outside the flex tier" in totals.sentence()


@pytest.mark.parametrize("sending", [True, False], ids=["extract", "estimate"])
@pytest.mark.parametrize(
    ("spec", "options", "code", "names"),
    [
        ("anthropic:claude-haiku-5-5", {"tier": "flex"}, "no_flex", "OpenAI, Google Gemini"),
        ("openai:gpt-4.1-mini", {"tier": "flex"}, "no_flex", "models that reason"),
        ("openai:gpt-6-luna", {"tier": "flex", "batch": True}, "two_terms", "--tier flex"),
        ("local", {"batch": True}, "no_batch", "sends nothing"),
        ("local", {"tier": "flex"}, "no_flex", "sends nothing"),
        ("openrouter:a/b", {"batch": True}, "no_batch", "Anthropic, OpenAI, Google Gemini"),
    ],
)
async def test_estimates_refuse_what_cannot_be_had_as_runs_do(
    spec: str, options: dict[str, Any], code: str, names: str, sending: bool,
    tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name in ("ANTHROPIC", "OPENAI", "OPENROUTER"):
        monkeypatch.setenv(f"{name}_API_KEY", "sk-0123456789")
    folder = slips(tmp_path / "in", 1)
    with pytest.raises(ConfigError) as error:
        await opened(f"ocr+{spec}", folder, workers, sending=sending, **options)
    assert error.value.code == code
    assert names in str(error.value)


async def test_an_estimate_for_flex_is_half_of_the_standard_one(
    tmp_path: Path, workers: Workers
) -> None:
    folder = slips(tmp_path / "in", 1)
    costs = []
    for tier in ("standard", "flex"):
        async with await opened(
            "ocr+openai:gpt-6-luna?price=1/2", folder, workers, sending=False, tier=tier
        ) as line:
            costs.append((await estimation.estimate(line, folder / "0000.pdf")).cost)
    assert costs[0]
    assert costs[1] == costs[0] / 2


def test_whoever_has_batches_has_a_half_price_and_flex_is_the_vendors_own() -> None:
    assert capability(parse_engine("gemini")).flex
    assert not capability(parse_engine("openai:gpt-6-luna@https://gateway.example.org/v1")).flex
