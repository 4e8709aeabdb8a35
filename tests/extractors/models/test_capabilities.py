"""What models accept: image sizes against the vendors' documented examples, limits, ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest
from docglean.extractors.documents.render import fit
from docglean.extractors.models.capabilities import (
    Capability,
    capability,
    check,
    known_engine,
    known_engines,
    warnings,
)
from docglean.extractors.models.discovery import probe, served_engines
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.models.families import FAMILIES, family
from docglean.extractors.models.provider import Provider
from docglean.extractors.models.providers import PROVIDERS, TABLE_DATE
from docglean.extractors.models.retirements import retirements, sdk_models
from docglean.extractors.render_policy import image_tokens
from docglean.schemas.errors import ConfigError
from model_calls import serving

A4_150 = (1240, 1754)
A4_200 = (1654, 2339)
A4_300 = (2480, 3508)


def of(spec: str) -> Capability:
    return capability(parse_engine(spec))


@pytest.mark.parametrize(
    ("spec", "given", "seen"),
    [
        # The examples of Anthropic's vision page, for both tiers.
        ("anthropic:claude-haiku-4-5", (1075, 1520), (924, 1307)),
        ("anthropic:claude-opus-5-5", (3840, 2160), (2576, 1449)),
        ("anthropic:claude-haiku-4-5", (3840, 2160), (1456, 819)),
        # What fits is left alone.
        ("anthropic:claude-opus-5-5", A4_150, A4_150),
        ("anthropic:claude-haiku-4-5", (200, 200), (200, 200)),
        # OpenAI's tiles: within 2048 x 2048, then the short side at 768.
        ("openai:gpt-4o", (2048, 4096), (768, 1536)),
        ("openai:gpt-4o", (1024, 1024), (768, 768)),
        # Patches, at most 1,536: the documented example keeps 1024 x 1024 as it is.
        ("openai:gpt-4.1-mini", (1024, 1024), (1024, 1024)),
        # Since GPT-5.6 nothing is made smaller there: our own choice.
        ("openai:gpt-6-luna", A4_300, (1448, 2048)),
    ],
)
def test_pages_are_drawn_at_the_size_that_the_model_sees(
    spec: str, given: tuple[int, int], seen: tuple[int, int]
) -> None:
    assert fit(*given, of(spec).render) == seen


@pytest.mark.parametrize(
    ("spec", "size", "tokens"),
    [
        ("anthropic:claude-opus-5-5", A4_150, 2835),
        ("anthropic:claude-haiku-4-5", (924, 1307), 1551),
        ("anthropic:claude-haiku-4-5", (200, 200), 64),
        # OpenAI's examples: 2048 x 4096 costs 1,105 with tiles of 170 and a base of 85.
        ("openai:gpt-4o", (768, 1536), 1105),
        ("openai:gpt-4o", (768, 768), 765),
        # 1024 x 1024 is 1,024 patches, times the model's rate.
        ("openai:gpt-4.1-mini", (1024, 1024), 1659),
        ("openai:gpt-5.4-mini", (1024, 1024), 1229),
        ("openai:gpt-6-luna", A4_150, 2574),
        ("openai:gpt-6-luna", (1654, 2339), 4618),
        ("openai:gpt-6-luna", A4_300, 10296),
        ("gemini:gemini-3.5-flash", A4_150, 1120),
        # Google's crop rule: squares of two thirds of the short side.
        ("gemini:gemini-2.5-flash", (960, 540), 1548),
        ("gemini:gemini-2.5-flash", (768, 768), 1032),
        ("gemini:gemini-2.5-flash", (384, 384), 258),
        # OpenAI's example of 1800 x 2400, as it is made smaller there.
        ("openai:gpt-4.1-mini", (1056, 1408), 2353),
        # A token ends each of 55 rows of 55 patches.
        ("mistral:mistral-medium-latest", (1540, 1540), 3080),
    ],
)
def test_image_tokens_are_those_that_vendors_bill(
    spec: str, size: tuple[int, int], tokens: int
) -> None:
    assert image_tokens(*size, of(spec).render) == tokens


@pytest.mark.parametrize("kin", FAMILIES, ids=lambda kin: kin.pattern[:24] or "any")
def test_no_family_draws_what_it_would_then_make_smaller(kin: Any) -> None:
    for size in (A4_300, A4_300[::-1], (3508, 900), (900, 9000)):
        drawn = fit(*size, kin.render)
        assert fit(*drawn, kin.render) == drawn
        assert max(drawn) <= kin.render.max_edge <= kin.largest


def test_edge_changes_the_bill_but_not_beyond_what_the_model_uses() -> None:
    assert of("openai:gpt-6-luna?edge=3000").render.max_edge == 3000
    assert of("openai:gpt-6-luna?edge=1024").render.max_edge == 1024
    assert of("anthropic:claude-opus-5-5?edge=8000").render.max_edge == 2576
    names = {of(f"openai:gpt-6-luna?edge={edge}").render.name for edge in (1024, 2048, 3000)}
    assert len(names) == 3


def test_claude_takes_more_images_when_they_are_smaller() -> None:
    assert of("anthropic").images_per_request == 20
    many = of("anthropic?window=40")
    assert many.render.max_edge == 2000
    assert many.images_per_request == 100


@pytest.mark.parametrize(
    ("spec", "mode", "dialect", "field"),
    [
        ("anthropic", "json_schema", "anthropic", "max_tokens"),
        ("openai", "json_schema", "openai", "max_completion_tokens"),
        ("gemini", "json_schema", "gemini", "max_tokens"),
        ("ollama:m", "json_schema", "ollama", "max_tokens"),
        ("ollama:m:120b-cloud", "none", "plain", "max_tokens"),
        ("openai:deepseek-chat@https://api.deepseek.com", "json_object", "plain", "max_tokens"),
        ("openai:m@https://llm.example.org/v1", "json_schema", "openai", "max_tokens"),
        ("openai:m@https://llm.example.org/v1?schema=none", "none", "plain", "max_tokens"),
    ],
)
def test_how_answers_are_held_to_a_schema(spec: str, mode: str, dialect: str, field: str) -> None:
    known = of(spec)
    assert (known.schema_mode, known.dialect, known.token_field) == (mode, dialect, field)


@pytest.mark.parametrize(
    "model",
    [
        "deepseek-r1:8b",
        "phi4",
        "phi3:mini",
        "llama3.1:8b",
        "llama3.2:3b",
        "meta-llama/Llama-3.3-70B-Instruct",
        "qwen2.5:7b",
        "Qwen/Qwen3-8B",
        "qwq",
        "mistral:7b",
        "mixtral:8x7b",
        "gemma2:9b",
        "gemma3:1b",
        "gpt-oss:20b",
        "smollm2:135m",
        "codestral",
    ],
)
def test_text_models_are_refused_images_and_told_the_way_out(model: str) -> None:
    engine = parse_engine(f"ollama:{model}")
    with pytest.raises(ConfigError) as caught:
        check(engine, capability(engine))
    assert caught.value.code == "no_vision"
    assert f"ocr+ollama:{model}" in caught.value.way_out
    for fine in (f"ocr+ollama:{model}", f"ollama:{model}?vision=yes"):
        check(parse_engine(fine), of(fine))


@pytest.mark.parametrize(
    "spec", ["openai:o1-mini", "openai:o3-mini", "openai:gpt-3.5-turbo", "openai:gpt-4"]
)
def test_old_text_models_of_openai_are_refused_images(spec: str) -> None:
    with pytest.raises(ConfigError, match="reads text only"):
        check(parse_engine(spec), of(spec))


@pytest.mark.parametrize(
    "model",
    [
        "qwen2.5vl:7b",
        "Qwen/Qwen2.5-VL-7B-Instruct",
        "qwen3-vl:8b",
        "llama3.2-vision:11b",
        "llama4:scout",
        "gemma3:4b",
        "llava:13b",
        "minicpm-v:8b",
        "phi-4-multimodal-instruct",
        "microsoft/Phi-3.5-vision-instruct",
        "mistral-small3.2:24b",
        "OpenGVLab/InternVL3-8B",
        "allenai/olmOCR-7B",
        "granite3.2-vision:2b",
        "deepseek-ocr",
    ],
)
def test_vision_models_are_known_as_such(model: str) -> None:
    assert family(model).vision is True


def test_a_model_nobody_knows_is_tried_with_a_note() -> None:
    engine = parse_engine("vllm:acme/reader-9b")
    known = capability(engine)
    assert known.vision is None
    assert any("acme/reader-9b" in note for note in warnings(known))
    check(engine, known)


@pytest.mark.parametrize(
    ("spec", "effort"),
    [
        ("anthropic:claude-haiku-5-5", "none"),
        ("anthropic:claude-sonnet-5-5", "low"),
        ("openai:gpt-6-luna", "none"),
        ("openai:gpt-6-astra", "low"),
        ("gemini:gemini-3.5-flash-lite", "minimal"),
        ("openrouter:google/gemini-3.5-flash-lite", "minimal"),
        ("openai:gpt-4o", None),
        ("vllm:acme/reader-9b", None),
    ],
)
def test_the_least_effort_is_asked_for_where_none_is_told(spec: str, effort: str | None) -> None:
    assert of(spec).default_effort == effort


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ("openai:gpt-6-luna@https://gateway.example.org/v1", "max_completion_tokens"),
        ("openrouter:openai/gpt-6-sol", "max_completion_tokens"),
        ("openai:gpt-4o@https://gateway.example.org/v1", "max_tokens"),
    ],
)
def test_the_field_of_the_limit_is_the_models_whoever_serves_it(spec: str, field: str) -> None:
    assert of(spec).token_field == field


def test_effort_is_checked_against_the_model() -> None:
    for spec in (
        "openai:gpt-6-luna?effort=none",
        "openai:gpt-5-mini?effort=minimal",
        "gemini:gemini-3.5-flash?effort=minimal",
        "anthropic:claude-haiku-5-5?effort=none",
        "anthropic:claude-opus-5-5?effort=max",
    ):
        check(parse_engine(spec), of(spec))
    for spec in (
        "anthropic:claude-opus-5-5?effort=minimal",
        "anthropic:claude-opus-5-5?effort=none",
        "openai:gpt-6-luna?effort=minimal",
        "openai:gpt-6-astra?effort=none",
        "gemini:gemini-2.5-pro?effort=none",
        "openai:gpt-4o?effort=low",
    ):
        with pytest.raises(ConfigError, match="effort"):
            check(parse_engine(spec), of(spec))


def test_ends_are_read_from_the_sdks() -> None:
    from anthropic._data import DEPRECATED_MODELS

    claude = retirements("anthropic")
    assert claude.keys() == DEPRECATED_MODELS.keys()
    for model, day in claude.items():
        assert DEPRECATED_MODELS[model].startswith(f"{day:%B} {day.day}")
        assert str(day.year) in DEPRECATED_MODELS[model]
    gpt = retirements("openai")
    # As announced, whatever the installed version says of others.
    assert gpt["gpt-5"] == gpt["gpt-5-mini"] == date(2026, 12, 11)
    assert gpt["gpt-4o"] == date(2027, 1, 14)
    assert gpt["whisper-1"] == date(2027, 2, 26)
    assert "gpt-transcribe" not in gpt
    assert gpt["gpt-4o"] > TABLE_DATE
    assert retirements("gemini")["gemini-2.5-flash"] == date(2026, 12, 1)
    assert retirements("vllm") == {}


def test_models_are_read_from_the_sdks() -> None:
    from typing import get_args

    from openai.types.shared.chat_model import ChatModel

    named = get_args(ChatModel)
    assert sdk_models("openai") == tuple(name for name in named if name != "gpt-5.1-mini")
    assert "claude-haiku-5-5" in sdk_models("anthropic")


def test_an_end_warns_before_and_after_but_not_too_early() -> None:
    known = of("openai:gpt-5")
    assert warnings(known, date(2026, 1, 1)) == ()
    assert "in 10 days" in warnings(known, date(2026, 12, 1))[0]
    assert "calls may fail" in warnings(known, date(2026, 12, 11))[0]


@pytest.mark.parametrize(
    "name", [name for name, provider in PROVIDERS.items() if provider.default_model]
)
def test_default_models_live_see_and_have_a_price(name: str) -> None:
    known = known_engine(parse_engine(name))
    assert known.capability.vision is True
    assert known.capability.retires is None
    assert known.input_price is not None
    assert known.input_price <= 1
    check(known.engine, known.capability)


def test_the_list_of_engines_holds_what_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "x")
    listed = {known.engine.spec: known for known in known_engines(date(2026, 12, 20))}
    assert listed["local"].usable
    assert listed["anthropic:claude-haiku-5-5"].usable
    assert listed["openai:gpt-6-luna"].usable is False
    assert listed["openai:gpt-6-luna"].why_not == "OPENAI_API_KEY is not set"
    assert listed["ollama"].usable is None
    assert "openai:gpt-5" not in listed, "ended before that day"
    assert "openai:gpt-4o" in listed
    assert not any("2025-" in spec or "audio" in spec for spec in listed)


# probe: real sockets, stand-ins that answer as each server's own documentation shows.


@asynccontextmanager
async def answering(answers: dict[str, Any]) -> AsyncIterator[str]:
    def answer(path: str, _: dict[str, Any]) -> Any:
        return answers.get(path)

    async with serving(answer) as (url, _):
        yield url


async def test_llamacpp_tells_its_context_and_whether_it_sees() -> None:
    props = {"default_generation_settings": {"n_ctx": 8192}, "modalities": {"vision": True}}
    async with answering({"/props": props}) as url:
        engine = parse_engine(f"llamacpp:m@{url}/v1")
        told = await probe(engine)
        assert (told.context_tokens, told.vision, told.notes) == (8192, True, ())
        kept = await probe(parse_engine(f"llamacpp:m@{url}/v1?context=2048&vision=no"))
    assert (kept.context_tokens, kept.vision) == (2048, False)


async def test_ollama_tells_the_context_really_given() -> None:
    shown = {
        "capabilities": ["completion", "vision"],
        "parameters": "temperature 0.1\nnum_ctx                        16384",
        "model_info": {"qwen25vl.context_length": 128000},
    }
    running = {"models": [{"name": "qwen2.5vl:7b", "context_length": 32768}]}
    answers = {"/api/show": shown, "/api/ps": {"models": []}, "/api/generate": {}}
    async with answering(answers) as url:
        engine = parse_engine(f"ollama:qwen2.5vl:7b@{url}")
        assert capability(engine).context_tokens == 4096
        assert (await probe(engine, load=False)).context_tokens == 16384
        answers["/api/ps"] = running
        told = await probe(engine)
    assert (told.context_tokens, told.vision, told.default_effort) == (32768, True, None)


async def test_a_model_of_ollamas_that_thinks_is_told_not_to() -> None:
    shown = {"capabilities": ["completion", "vision", "thinking"]}
    answers = {"/api/show": shown, "/api/ps": {"models": []}, "/api/generate": {}}
    async with answering(answers) as url:
        told = await probe(parse_engine(f"ollama:qwen3.5@{url}"), load=False)
    assert (told.default_effort, told.own_effort) == ("none", "medium")
    assert told.efforts == ("none", "low", "medium", "high")


async def test_vllm_tells_its_context() -> None:
    models = {"data": [{"id": "other"}, {"id": "m", "max_model_len": 20480}]}
    async with answering({"/v1/models": models}) as url:
        assert (await probe(parse_engine(f"vllm:m@{url}/v1"))).context_tokens == 20480


async def test_a_silent_server_leaves_what_the_tables_say() -> None:
    engine = parse_engine("llamacpp:m@http://127.0.0.1:9/v1")
    assert await probe(engine) == capability(engine)
    for strange in (["no object"], {"modalities": 7}, {"default_generation_settings": "x"}):
        async with answering({"/props": strange, "/v1/models": {"data": ["m"]}}) as url:
            for provider in ("llamacpp", "vllm", "ollama"):
                engine = parse_engine(f"{provider}:m@{url}/v1")
                assert await probe(engine) == capability(engine)


async def test_anthropic_tells_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx2
    from docglean.extractors.models import discovery

    no, yes = {"supported": False}, {"supported": True}
    info = {
        "type": "model",
        "id": "claude-haiku-5-5",
        "display_name": "x",
        "created_at": "2026-10-07T00:00:00Z",
        "lifecycle": "deprecated",
        "retires_at": "2027-03-01T00:00:00Z",
        "max_input_tokens": 500_000,
        "max_tokens": 32_000,
        "capabilities": {
            "batch": yes,
            "citations": no,
            "code_execution": no,
            "context_management": no,
            "effort": {"supported": True, "low": yes, "medium": yes, "high": yes, "max": no},
            "image_input": no,
            "pdf_input": no,
            "server_tools": no,
            "structured_outputs": yes,
            "thinking": no,
        },
    }

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.url.path == "/v1/models/claude-haiku-5-5"
        return httpx2.Response(200, json=info)

    def client(engine: Any, timeout: float) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.MockTransport(answer))

    monkeypatch.setenv("ANTHROPIC_API_KEY", "x")
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    monkeypatch.setattr(discovery, "http_client", client)
    told = await probe(parse_engine("anthropic:claude-haiku-5-5"))
    assert (told.context_tokens, told.max_output_tokens) == (500_000, 32_000)
    assert (told.vision, told.schema_mode, told.batch) == (False, "json_schema", True)
    assert told.efforts == ("low", "medium", "high")
    assert told.retires == date(2027, 3, 1)


async def test_servers_on_this_machine_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering({"/v1/models": {"data": [{"id": "qwen2.5vl:7b"}]}}) as url:
        monkeypatch.setenv("OLLAMA_HOST", url)
        assert [engine.spec for engine in await served_engines()] == ["ollama:qwen2.5vl:7b"]


@pytest.mark.parametrize(
    ("provider", "dialect"),
    [
        (Provider("mistral", "", "openai", ""), "mistral"),
        (Provider("acme", "", "gemini", ""), "gemini"),
        (Provider("acme", "", "a-wire-of-its-own", ""), "openai"),
        (Provider("acme", "", "openai", "", rules="anthropic"), "anthropic"),
    ],
)
def test_a_provider_without_a_dialect_takes_that_of_its_wire(
    provider: Provider, dialect: str
) -> None:
    assert provider.dialect == dialect
