"""What the vendors' SDKs take from the environment goes to that vendor, and to nobody else."""

from __future__ import annotations

import httpx2
import pytest
from docglean.extractors.models.base import AudioPart, Call
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.models.transport import http_client
from docglean.extractors.settings import Settings
from docglean.extractors.speech.hosted import Hosted
from docglean.extractors.speech.specs import parse_speech
from model_calls import call, client_of

pytestmark = pytest.mark.filterwarnings("ignore::docglean.extractors.models.prices.UnknownPrice")

SECRETS = {
    "OPENAI_API_KEY": "secret-openai-key",
    "OPENAI_ORG_ID": "secret-org",
    "OPENAI_PROJECT_ID": "secret-project",
    "OPENAI_ADMIN_KEY": "secret-admin",
    "OPENAI_CUSTOM_HEADERS": "X-Gateway: secret-gateway\nCookie: a=secret-cookie\n"
    "Authorization: Bearer secret-bearer\nOpenAI-Beta: secret-beta",
    "ANTHROPIC_API_KEY": "secret-anthropic-key",
    "ANTHROPIC_AUTH_TOKEN": "secret-token",
    "ANTHROPIC_CUSTOM_HEADERS": "X-Gateway: secret-gateway\nAuthorization: Bearer secret-bearer\n"
    "x-api-key: secret-override",
    "GEMINI_API_KEY": "gemini-key",
    "MISTRAL_API_KEY": "mistral-key",
    "OPENROUTER_API_KEY": "openrouter-key",
    "MY_KEY": "my-own-key",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "OLLAMA_HOST"):
        monkeypatch.delenv(name, raising=False)


async def headers_to(spec: str) -> dict[str, str]:
    """What a server is told beside the request itself."""
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(400, json={"error": {"message": "not like this"}})

    if spec.startswith("speech "):
        asked = parse_speech(spec.removeprefix("speech "))
        client = Hosted(asked, Settings(), transport=httpx2.MockTransport(handler))
        sound = (AudioPart(b"", "flac", 1.0),)
        await client.send(Call("", sound, None, "", 0))
    else:
        await client_of(spec, handler).send(call())
    assert seen
    return dict(seen[0].headers)


@pytest.mark.parametrize(
    ("spec", "key"),
    [
        ("openai:m@https://llm.example.org/v1", "none"),
        ("openai:m@https://llm.example.org/v1?key=MY_KEY", "my-own-key"),
        ("anthropic:m@https://llm.example.org", "none"),
        ("anthropic:m@https://llm.example.org?key=MY_KEY", "my-own-key"),
        ("gemini:gemini-3.5-flash-lite", "gemini-key"),
        ("mistral:mistral-small-latest", "mistral-key"),
        ("openrouter:google/gemini-3.5-flash-lite", "openrouter-key"),
        ("ollama:qwen2.5vl:7b", "none"),
        ("vllm:m@http://gpu.internal:8000/v1", "none"),
        ("speech openai:whisper-1@https://llm.example.org/v1", "none"),
        ("speech openai:whisper-1@https://llm.example.org/v1?key=MY_KEY", "my-own-key"),
    ],
)
async def test_others_are_told_nothing_of_the_vendors(spec: str, key: str) -> None:
    told = await headers_to(spec)
    assert "secret" not in str(told)
    assert {"user-agent", "content-type", "host"} <= told.keys()
    assert not any(name.startswith("x-stainless") for name in told)
    ours = {told.get(name) for name in ("authorization", "x-api-key", "x-goog-api-key")} - {None}
    assert ours <= {f"Bearer {key}", key}
    assert ours


@pytest.mark.parametrize("named", [False, True], ids=["own site", "named by its URL variable"])
@pytest.mark.parametrize(
    ("spec", "variable", "url"),
    [
        ("openai:gpt-6-luna", "OPENAI_BASE_URL", "https://gateway.example.org/v1"),
        ("anthropic:claude-haiku-5-5", "ANTHROPIC_BASE_URL", "https://gateway.example.org"),
        ("speech openai:whisper-1", "OPENAI_BASE_URL", "https://gateway.example.org/v1"),
    ],
)
async def test_the_vendor_and_the_host_named_for_it_are_told(
    spec: str, variable: str, url: str, named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if named:
        monkeypatch.setenv(variable, url)
    told = await headers_to(spec)
    assert told["x-gateway"] == "secret-gateway"
    assert ("gateway.example.org" in told["host"]) == named
    if "openai" in spec:
        assert (told["openai-organization"], told["openai-project"]) == (
            "secret-org",
            "secret-project",
        )


async def test_a_probe_tells_no_more_than_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={})

    engine = parse_engine("vllm:m@http://gpu.internal:8000/v1?key=MY_KEY")
    async with http_client(engine, 5.0, transport=httpx2.MockTransport(handler)) as client:
        await client.get(
            "http://gpu.internal:8000/v1/models",
            headers={"Authorization": "Bearer my-own-key", "X-Gateway": "secret-gateway"},
        )
    assert seen[0].headers["authorization"] == "Bearer my-own-key"
    assert "secret" not in str(seen[0].headers)
