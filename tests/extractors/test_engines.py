"""Specs, private mode, keys, and what `auto` takes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors.documents.cache import reading_version, version_for
from docglean.extractors.models.capabilities import capability
from docglean.extractors.models.engine_resolution import resolve
from docglean.extractors.models.engines import (
    Engine,
    api_key,
    check_private,
    is_loopback,
    is_self_hosted,
    parse_engine,
)
from docglean.extractors.settings import Settings
from docglean.flows.sources import find_sources
from docglean.schemas.errors import ConfigError
from hypothesis import given
from hypothesis import strategies as some
from model_calls import serving

VARIABLES = (
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "ANTHROPIC_BASE_URL",
    "OPENAI_BASE_URL",
    "OLLAMA_HOST",
)
SAMPLES = Path(__file__).parents[2] / "samples" / "documents"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No keys, and no Ollama where one might run."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OLLAMA_HOST", NOBODY)


@pytest.mark.parametrize(
    ("written", "spec", "inputs", "provider", "model", "base_url"),
    [
        ("local", "local", "ocr", "local", "", None),
        (
            "anthropic:claude-haiku-5-5",
            "anthropic:claude-haiku-5-5",
            "image",
            "anthropic",
            "claude-haiku-5-5",
            None,
        ),
        (
            " OCR + openai:gpt-6-luna",
            "ocr+openai:gpt-6-luna",
            "ocr",
            "openai",
            "gpt-6-luna",
            None,
        ),
        ("image+openai:gpt-6-luna", "openai:gpt-6-luna", "image", "openai", "gpt-6-luna", None),
        ("ocr+image+openai:m", "image+ocr+openai:m", "image+ocr", "openai", "m", None),
        ("ollama:qwen2.5vl:7b", "ollama:qwen2.5vl:7b", "image", "ollama", "qwen2.5vl:7b", None),
        (
            "vllm:Qwen/Qwen2.5-VL-7B-Instruct@http://gpu:8000/v1",
            "vllm:Qwen/Qwen2.5-VL-7B-Instruct@http://gpu:8000/v1",
            "image",
            "vllm",
            "Qwen/Qwen2.5-VL-7B-Instruct",
            "http://gpu:8000/v1",
        ),
        (
            "llamacpp@http://127.0.0.1:8080/v1/",
            "llamacpp@http://127.0.0.1:8080/v1",
            "image",
            "llamacpp",
            "",
            "http://127.0.0.1:8080/v1",
        ),
        (
            "openai:any/name:tag@v2@https://llm.example.org",
            "openai:any/name:tag@v2@https://llm.example.org/v1",
            "image",
            "openai",
            "any/name:tag@v2",
            "https://llm.example.org/v1",
        ),
        (
            "audio+openai:command-r+x",
            "audio+openai:command-r+x",
            "audio",
            "openai",
            "command-r+x",
            None,
        ),
        (
            "ollama:m@http://gpu",
            "ollama:m@http://gpu:11434/v1",
            "image",
            "ollama",
            "m",
            "http://gpu:11434/v1",
        ),
        (
            "anthropic:m@https://proxy.example.org/claude/v1",
            "anthropic:m@https://proxy.example.org/claude",
            "image",
            "anthropic",
            "m",
            "https://proxy.example.org/claude",
        ),
    ],
)
def test_grammar(
    written: str, spec: str, inputs: str, provider: str, model: str, base_url: str | None
) -> None:
    engine = parse_engine(written)
    assert (engine.spec, engine.inputs, engine.provider) == (spec, inputs, provider)
    assert (engine.model, engine.base_url) == (model, base_url)
    assert parse_engine(engine.spec) == engine
    assert hash(parse_engine(engine.spec)) == hash(engine)


def test_parameters_are_typed_and_sorted() -> None:
    engine = parse_engine("openai:m?window=4&effort=low&edge=1200&max_tokens=9000&context=32000")
    assert engine.spec == ("openai:m?context=32000&edge=1200&effort=low&max_tokens=9000&window=4")
    assert engine.effort == "low"
    assert engine.number("edge") == 1200
    assert engine.number("effort") is None


def test_a_vendor_without_model_takes_its_default_but_a_strangers_server_is_asked() -> None:
    assert parse_engine("openai").model == "gpt-6-luna"
    assert parse_engine("openai@https://llm.example.org/v1").model == ""
    assert parse_engine("ollama").model == ""


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("antropic:claude-haiku-5-5", "anthropic"),
        ("claude-haiku-5-5", "anthropic:claude-haiku-5-5"),
        ("gpt-6-luna", "openai:gpt-6-luna"),
        ("qwen2.5vl:7b", "ollama:qwen2.5vl:7b"),
        ("olama:x", "ollama"),
        ("openai:m?efort=low", "?effort=low"),
        ("openai:m?effort=hihg", "?effort=high"),
        ("openai:m?edge=12cm", "from 256 to 8000"),
        ("openai:m?edge=9000000", "from 256 to 8000"),
        ("openai:m?edge=1000&edge=1200", "told twice"),
        ("local:m", "Did you mean local"),
        ("image+local", "Did you mean local"),
        ("ollama:m@gpu:11434", "@http://gpu:11434"),
        ("ollama:m@127.0.0.1", "@http://127.0.0.1"),
        ("openai:m@http://user:secret@host/v1", "key in an environment variable"),
        ("openai:m?key=sk-abc", "?key=MY_SERVER_KEY"),
        ("audio+ocr+openai:m", "audio"),
        ("", "there are local"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_near(written: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_engine(written)
    assert caught.value.code == "bad_engine"
    assert hint in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "sk-abc" not in str(caught.value)


@given(
    provider=some.sampled_from(["openai", "ollama", "vllm", "mistral", "openrouter"]),
    model=some.text("abcdefXYZ0123456789./:-_+", min_size=1, max_size=30),
    inputs=some.sampled_from(["", "ocr+", "image+ocr+"]),
    url=some.sampled_from(["", "@http://gpu:8000/v1", "@https://a.example.org/x"]),
    edge=some.none() | some.integers(256, 8000),
)
def test_every_spec_reads_back_as_itself(
    provider: str, model: str, inputs: str, url: str, edge: int | None
) -> None:
    written = f"{inputs}{provider}:{model}{url}" + (f"?edge={edge}" if edge else "")
    engine = parse_engine(written)
    assert engine.model == model
    assert engine.spec == written
    assert parse_engine(engine.spec) == engine


def test_where_pages_go_follows_the_vendors_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_engine("openai").host == "api.openai.com"
    monkeypatch.setenv("OPENAI_BASE_URL", "https://proxy.example.org/v1")
    assert parse_engine("openai").host == "proxy.example.org"
    assert parse_engine("openai:m@http://localhost:1/v1").host == "localhost"
    monkeypatch.setenv("OLLAMA_HOST", "0.0.0.0")
    assert parse_engine("ollama:m").url == "http://127.0.0.1:11434/v1"
    assert parse_engine("local").host is None


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
        ("2130706433", False),
        ("127.1", False),
        ("gpu", False),
    ],
)
def test_loopback(host: str, here: bool) -> None:
    assert is_loopback(host) is here


@pytest.mark.parametrize(
    "spec",
    [
        "local",
        "llamacpp:m@http://127.0.0.1:8080/v1",
        "ollama:m@http://localhost:11434",
        "vllm:m@http://[::1]:8000/v1",
        "vllm:m@http://GPU.internal:8000/v1",
    ],
)
def test_private_mode_lets_this_machine_and_listed_hosts_through(spec: str) -> None:
    check_private(parse_engine(spec), Settings(private=True, allowed_hosts=("gpu.internal",)))


@pytest.mark.parametrize(
    "spec",
    [
        "anthropic",
        "ocr+openai:gpt-6-luna",
        "openai:m@http://10.0.0.5/v1",
        "openai:m@http://localhost.example.org/v1",
        "ollama:qwen3-vl:235b-cloud",
        "ollama:qwen3-vl:cloud",
    ],
)
def test_private_mode_refuses_the_rest(spec: str) -> None:
    engine = parse_engine(spec)
    check_private(engine, Settings())
    with pytest.raises(ConfigError) as caught:
        check_private(engine, Settings(private=True, allowed_hosts=("gpu.internal",)))
    assert caught.value.code == "not_private"


def test_private_mode_sees_through_a_base_url_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://elsewhere.example.org:11434")
    with pytest.raises(ConfigError, match="elsewhere"):
        check_private(parse_engine("ollama:m"), Settings(private=True))


def test_a_key_goes_to_its_vendor_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "vendor")
    monkeypatch.setenv("MINE", "mine")
    assert api_key(parse_engine("openai:m"))[0] == "vendor"
    assert api_key(parse_engine("openai:m@https://eu.api.openai.com/v1"))[0] == "vendor"
    assert api_key(parse_engine("openai:m@https://api.openai.com.evil.org/v1"))[0] is None
    assert api_key(parse_engine("openai:m@https://llm.example.org/v1"))[0] is None
    assert api_key(parse_engine("openai:m@https://llm.example.org/v1?key=MINE"))[0] == "mine"
    assert api_key(parse_engine("ollama:m"))[0] is None


def test_who_pays() -> None:
    assert is_self_hosted(parse_engine("vllm:m@http://gpu:8000/v1"))
    assert is_self_hosted(parse_engine("openai:m@http://127.0.0.1:1234/v1"))
    assert not is_self_hosted(parse_engine("openai:m@https://llm.example.org/v1"))
    assert not is_self_hosted(parse_engine("ollama:gpt-oss:120b-cloud"))


# resolve: real sockets, a stand-in for Ollama's own API.

OLLAMA_MODELS: dict[str, dict[str, Any]] = {
    "deepseek-r1:8b": {"capabilities": ["completion", "thinking"]},
    "borrowed:latest": {
        "capabilities": ["completion", "vision"],
        "remote_host": "https://ollama.com:443",
    },
    "qwen2.5vl:7b": {"capabilities": ["completion", "vision"]},
}


def ollama(path: str, body: dict[str, Any]) -> Any:
    """Stand-in for Ollama's /api/tags and /api/show, as its API page describes them."""
    if path == "/api/tags":
        return {"models": [{"name": name} for name in OLLAMA_MODELS]}
    if path == "/api/show":
        return OLLAMA_MODELS.get(body["model"])
    if path == "/api/version":
        return {"version": "0.13.0"}
    return None


async def test_auto_takes_the_setting_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "x")
    engine, said = await resolve("auto", Settings(engine="openai:gpt-6-sol"))
    assert engine.spec == "openai:gpt-6-sol"
    assert "api.openai.com" in said


async def test_auto_takes_keys_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    for name in ("GEMINI_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "x")
        engine, said = await resolve("auto", Settings())
        taken.append(engine.provider)
        assert name in said
        assert f"page images go to {engine.host}" in said
    assert taken == ["gemini", "openai", "anthropic"]


async def test_auto_takes_a_running_ollama_with_a_vision_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(ollama) as (url, _):
        monkeypatch.setenv("OLLAMA_HOST", url)
        engine, said = await resolve("auto", Settings())
        private, _ = await resolve("auto", Settings(private=True))
    assert engine.spec == private.spec == "ollama:qwen2.5vl:7b"
    assert "this machine" in said


async def test_auto_ends_with_the_embedded_reader() -> None:
    engine, said = await resolve("auto", Settings())
    assert not engine.is_model
    assert "nothing leaves this machine" in said


async def test_auto_passes_over_keys_in_private_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "x")
    engine, said = await resolve("auto", Settings(private=True))
    assert not engine.is_model
    assert "private mode" in said
    allowed = Settings(private=True, allowed_hosts=("api.anthropic.com",))
    assert (await resolve("auto", allowed))[0].provider == "anthropic"


async def test_private_mode_refuses_a_spec_before_anything_is_asked() -> None:
    async with serving(ollama) as (url, asked):
        with pytest.raises(ConfigError, match="Private mode"):
            await resolve("anthropic", Settings(private=True))
        with pytest.raises(ConfigError, match=r"Private mode.*ollama\.com"):
            await resolve(f"ollama:borrowed:latest@{url}", Settings(private=True))
        assert asked == ["/api/show"]
        engine, _ = await resolve(f"ollama:borrowed:latest@{url}", Settings())
        assert engine.model == "borrowed:latest"


async def test_a_server_of_ones_own_names_its_model() -> None:
    def models(path: str, _: dict[str, Any]) -> Any:
        return {"data": [{"id": "Qwen/Qwen2.5-VL-7B"}]} if path == "/v1/models" else None

    async with serving(models) as (url, _):
        engine, said = await resolve(f"vllm@{url}", Settings())
        assert engine.spec == f"vllm:Qwen/Qwen2.5-VL-7B@{url}/v1"
        assert "this machine" in said
        anybody, _ = await resolve(f"ocr+openai@{url}/v1", Settings())
        assert anybody.model == "Qwen/Qwen2.5-VL-7B"
    async with serving(ollama) as (url, _):
        reader, _ = await resolve(f"ollama@{url}", Settings())
        text, _ = await resolve(f"ocr+ollama@{url}", Settings())
    assert (reader.model, text.model) == ("qwen2.5vl:7b", "deepseek-r1:8b")


@pytest.mark.parametrize("spec", ["llamacpp", "vllm", "ollama", "openai"])
async def test_no_server_is_said_at_once(spec: str) -> None:
    with pytest.raises(ConfigError) as caught:
        await resolve(f"{spec}@{NOBODY}/v1", Settings())
    assert caught.value.code == "no_server"


async def test_a_server_without_models_is_told_apart() -> None:
    async with serving(lambda path, _: {"data": []} if path == "/v1/models" else None) as (url, _):
        with pytest.raises(ConfigError) as caught:
            await resolve(f"vllm@{url}", Settings())
    assert caught.value.code == "no_model"


def test_engines_travel_between_processes() -> None:
    import pickle

    engine = parse_engine("openai:m?edge=1200")
    copied = pickle.loads(pickle.dumps(engine))
    assert isinstance(copied, Engine)
    assert copied == engine


def test_what_is_built_in_looks_for_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking takes 50 ms, of every command."""
    monkeypatch.setattr("docglean.schemas.plugins.entry_points", None)
    monkeypatch.setattr("sys.path", [*sys.path, "nowhere"])  # nothing is known from before
    for spec in ("local", "openai:gpt-6-luna", "ocr+anthropic:claude-haiku-5-5"):
        engine = parse_engine(spec)
        assert engine.is_model is (spec != "local")
        assert (engine.url is None) is (spec == "local")
        assert capability(engine).provider == engine.provider
    sources = find_sources([str(SAMPLES)]).sources
    assert sources
    assert {version_for("application/pdf"), version_for("image/png")} == {reading_version()}
