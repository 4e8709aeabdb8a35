"""What calls cost, against the vendors' published prices; unknown is never zero."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from docglean.extractors.extraction import Usage
from docglean.extractors.models import price_gaps, prices
from docglean.extractors.models.capabilities import known_engines
from docglean.extractors.models.engines import parse_engine

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def cost(spec: str, *, batch: bool = False, **tokens: int) -> Decimal | None:
    return prices.price(parse_engine(spec), Usage(**tokens), NOW, batch)


# US dollars for a million tokens, as the vendors' own pages had them in November 2026.
@pytest.mark.parametrize(
    ("spec", "per_input", "per_output"),
    [
        ("anthropic:claude-opus-5-5", "4", "20"),
        ("anthropic:claude-sonnet-5-5", "2", "10"),
        ("anthropic:claude-haiku-5-5", "0.10", "0.50"),
        ("anthropic:claude-haiku-4-5", "1", "5"),
        ("openai:gpt-6-astra", "10", "50"),
        ("openai:gpt-6-sol", "2", "10"),
        ("openai:gpt-6.1-terra", "1", "5"),
        ("openai:gpt-6-luna", "0.10", "0.50"),
        ("openai:gpt-5.4-mini", "0.75", "4.50"),
        ("gemini:gemini-3.5-flash", "1.50", "9"),
        ("mistral:mistral-medium-latest", "1.50", "7.50"),
    ],
)
def test_published_prices(spec: str, per_input: str, per_output: str) -> None:
    assert cost(spec, input_tokens=10_000) == Decimal(per_input) / 100
    assert cost(spec, output_tokens=10_000) == Decimal(per_output) / 100
    assert prices.per_million(parse_engine(spec)) == (Decimal(per_input), Decimal(per_output))


def test_what_comes_from_the_cache_is_cheaper_and_not_counted_twice() -> None:
    # Of 10,000 tokens in, 6,000 were read at a twentieth and 2,000 written at five quarters.
    told = cost(
        "anthropic:claude-sonnet-5-5",
        input_tokens=10_000,
        cache_read_tokens=6_000,
        cache_write_tokens=2_000,
    )
    assert told == Decimal("0.0096")


def test_long_prompts_cost_more_where_the_vendor_says_so() -> None:
    assert cost("anthropic:claude-haiku-5-5", input_tokens=100_000) == Decimal("0.01")
    assert cost("anthropic:claude-haiku-5-5", input_tokens=200_000) == Decimal("0.1")


@pytest.mark.parametrize(
    "spec",
    [
        "anthropic:claude-haiku-5-5",
        "anthropic:claude-opus-5-5",
        "openai:gpt-6-luna",
        "openai:gpt-6-sol",
        "openai:gpt-5.4-mini",
        "mistral:mistral-medium-latest",
        "gemini:gemini-3.5-flash-lite",
        # Of these the tables lack something, see `price_gaps`.
        "gemini:gemini-3.5-flash",
        "gemini:gemini-3.7-flash",
        "mistral:mistral-large-latest",
        "anthropic:claude-mythos-5",
        "anthropic:claude-mythos-5-1",
    ],
)
def test_a_batch_costs_half(spec: str) -> None:
    full = cost(spec, input_tokens=10_000, output_tokens=1_000)
    assert full is not None
    assert cost(spec, batch=True, input_tokens=10_000, output_tokens=1_000) == full / 2


def test_a_batch_price_that_the_tables_lack_is_unknown_not_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prices, "HALF_IN_BATCHES", frozenset())
    assert cost("gemini:gemini-3.5-flash", input_tokens=10_000) is not None
    assert cost("gemini:gemini-3.5-flash", batch=True, input_tokens=10_000) is None


def test_what_stands_in_for_the_tables_is_what_they_still_lack(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Fails when a newer table has a price: then the line in `price_gaps` is to go."""
    gaps = dict(price_gaps.PER_MILLION), price_gaps.HALF_IN_BATCHES
    monkeypatch.setattr(prices, "PER_MILLION", {})
    monkeypatch.setattr(prices, "HALF_IN_BATCHES", frozenset())
    prices._warn_once.cache_clear()
    for provider, model in gaps[0]:
        with pytest.warns(prices.UnknownPrice):
            assert cost(f"{provider}:{model}", input_tokens=10_000) is None
    for provider, model in gaps[1]:
        assert cost(f"{provider}:{model}", batch=True, input_tokens=10_000) is None


@pytest.mark.filterwarnings("ignore::docglean.extractors.models.prices.UnknownPrice")
def test_no_batch_of_any_known_engine_is_priced_above_its_calls() -> None:
    tokens = {"input_tokens": 10_000, "output_tokens": 1_000}
    compared = 0
    for known in known_engines():
        full = cost(known.engine.spec, **tokens)
        half = cost(known.engine.spec, batch=True, **tokens)
        if full and half is not None:
            assert half < full
            compared += 1
    assert compared > 20


@pytest.mark.parametrize(
    "spec", ["openai:gpt-nobody-2", "openai:m@https://llm.nowhere.example.org/v1"]
)
def test_an_unknown_model_costs_nobody_knows_what_and_says_so_once(spec: str) -> None:
    prices._warn_once.cache_clear()
    with pytest.warns(prices.UnknownPrice, match="reported as unknown"):
        assert cost(spec, input_tokens=10) is None
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cost(spec, input_tokens=10) is None
    assert prices.per_million(parse_engine(spec)) == (None, None)


def test_a_strangers_server_is_priced_by_its_address() -> None:
    assert cost("openai:deepseek-chat@https://api.deepseek.com", input_tokens=1_000) is not None


@pytest.mark.parametrize(
    "spec",
    ["local", "ollama:qwen2.5vl:7b", "vllm:m@http://gpu:8000/v1", "openai:m@http://[::1]:1/v1"],
)
def test_ones_own_servers_cost_no_api_money(spec: str) -> None:
    assert cost(spec, input_tokens=1_000_000, output_tokens=1_000_000) == 0
    assert cost(spec, batch=True, input_tokens=1_000_000) == 0
    assert prices.per_million(parse_engine(spec)) == (0, 0)


def test_ollamas_cloud_is_not_ones_own() -> None:
    prices._warn_once.cache_clear()
    with pytest.warns(prices.UnknownPrice):
        assert cost("ollama:gpt-oss:120b-cloud", input_tokens=10) is None


def test_no_tokens_cost_nothing_and_no_crash() -> None:
    assert cost("anthropic:claude-haiku-5-5") == 0
    # More from the cache than came in: no price covers that.
    prices._warn_once.cache_clear()
    with pytest.warns(prices.UnknownPrice):
        assert cost("anthropic:claude-haiku-5-5", input_tokens=1, cache_read_tokens=9) is None


def test_the_tables_tell_the_context() -> None:
    assert prices.context_window(parse_engine("anthropic:claude-haiku-5-5")) == 1_000_000
    assert prices.context_window(parse_engine("openai:gpt-nobody")) is None
    assert prices.context_window(parse_engine("local")) is None
    assert prices.table_version().startswith("genai-prices 0.2")
