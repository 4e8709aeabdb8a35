"""Models behind the doors of clouds and gateways, against stand-ins as strict as those."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2
import loopback
import pytest
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction
from docglean.extractors.models import connect
from docglean.extractors.models.capabilities import capability
from docglean.extractors.models.discovery import probe
from docglean.extractors.models.engine_resolution import resolve
from docglean.extractors.models.engines import api_key, own_site, parse_engine
from docglean.extractors.models.prices import UnknownPrice, price
from docglean.extractors.models.served_model import is_another
from docglean.extractors.settings import Settings
from docglean.schemas.errors import ConfigError
from loopback import listening
from model_calls import call, client_of
from servers.anthropic import Anthropic
from servers.billing import slips
from servers.clouds import (
    Door,
    Gateway,
    azure,
    bedrock,
    bedrock_openai,
    foundry,
    opened,
    vertex,
    vertex_gemini,
)
from servers.lmstudio import LOADED, LMStudio, lmstudio
from servers.lmstudio import MODELS as LM_MODELS
from servers.openai import OpenAI, openai
from servers.vendor import Vendor
from servers.vertex_gemini import VertexGemini
from strict import read, reader

REGION = "eu-central-1"
CLAUDE, LUNA = "claude-haiku-5-5", "gpt-6-luna"


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials but those of the test; the vendors' own, which must not leave, are there."""
    import os

    for name in list(os.environ):
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_", "CLOUD_ML", "ANTHROPIC_", "IDENTITY_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for vendor in ("ANTHROPIC", "OPENAI"):
        monkeypatch.setenv(f"{vendor}_API_KEY", "secret-key")
        monkeypatch.setenv(f"{vendor}_CUSTOM_HEADERS", "X-Gateway: secret\nAuthorization: secret")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets environment variables."""

    def tell(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return tell


async def all_read(spec: str, tmp_path: Path, workers: Workers) -> list[Extraction[Any]]:
    """Two slips, read by an engine."""
    return await read(f"ocr+{spec}", slips(tmp_path / "in", 2), workers)


def whole(found: list[Extraction[Any]]) -> bool:
    """Whether everything that the slips say was read, and its price is known."""
    values = [(one.status, (one.values or {}).get("number")) for one in found]
    return values == [("ok", 0), ("ok", 1)] and all(one.spending.cost for one in found)


def unheard(vendor: Vendor) -> bool:
    """Whether the server refused nothing."""
    return not vendor.refusals


@contextmanager
def listening_for_headers(vendor: Vendor, door: Door) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A cloud, and the headers of what it was asked."""
    seen: list[dict[str, str]] = []

    def admit(handler: Any, body: bytes) -> None:
        seen.append({name.lower(): value for name, value in handler.headers.items()})
        door.admit(handler, body)

    with opened(vendor, Door(door.path, door.asked, admit, door.error, door.stream)) as url:
        yield url, seen


# --- Azure and Foundry --------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"])
async def test_azure_takes_a_key_in_its_own_header_or_a_token_of_entra(
    variable: str, told: Callable[..., None], tmp_path: Path, workers: Workers
) -> None:
    server = OpenAI(reader, reroute={LUNA: "gpt-6-luna-2026-10-01"})
    door = azure({"prod": LUNA}, key="azure-key", token="azure-token")
    with listening_for_headers(server, door) as (url, seen):
        value = "azure-key" if "KEY" in variable else "azure-token"
        told(AZURE_OPENAI_ENDPOINT=f"{url}/", **{variable: value})
        found = await all_read(f"azure:prod?model={LUNA}&price=0.1/0.5", tmp_path, workers)
    assert whole(found)
    assert unheard(server)
    assert "secret" not in str(seen)
    assert {call["max_completion_tokens"] for call in server.calls} == {16_000}
    assert {call["reasoning_effort"] for call in server.calls} == {"none"}


def test_a_deployment_says_what_it_serves_or_that_is_asked_for(told: Callable[..., None]) -> None:
    told(AZURE_OPENAI_ENDPOINT="https://res.openai.azure.com/")
    of = capability(parse_engine(f"azure:prod?model={LUNA}"))
    by_name = capability(parse_engine(f"azure:{LUNA}"))
    assert (of.render, of.efforts, of.vision) == (by_name.render, by_name.efforts, True)
    assert not of.notes
    assert any("?model=" in note for note in capability(parse_engine("azure:prod")).notes)


async def test_the_answer_tells_what_a_deployment_serves_and_so_its_price(
    told: Callable[..., None],
) -> None:
    told(AZURE_OPENAI_ENDPOINT="https://res.openai.azure.com/", AZURE_OPENAI_API_KEY="k")
    server = OpenAI(lambda schema, parts, system: '{"total": "1"}', thinking=(0,))
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(
            200, json=server.answer({**json.loads(request.content), "model": LUNA})
        )

    reply = await client_of("azure:prod", handler).send(call())
    assert seen[0].url == "https://res.openai.azure.com/openai/v1/chat/completions"
    assert (seen[0].headers["api-key"], "authorization" in seen[0].headers) == ("k", False)
    usage = reply.usage
    assert reply.cost
    assert reply.cost == price(parse_engine(f"azure:{LUNA}"), usage)
    with pytest.warns(UnknownPrice):
        assert price(parse_engine("azure:prod"), usage) is None
    assert not is_another(parse_engine("azure:prod"), reply.model)
    assert is_another(parse_engine("azure:prod?model=gpt-6-sol"), reply.model)


@pytest.mark.parametrize("deployment", ["gone"])
async def test_a_deployment_that_is_not_there_is_said(
    deployment: str, told: Callable[..., None], tmp_path: Path, workers: Workers
) -> None:
    with opened(OpenAI(reader), azure({}, key="k")) as url:
        told(AZURE_OPENAI_ENDPOINT=url, AZURE_OPENAI_API_KEY="k")
        with pytest.raises(ConfigError) as error:
            await all_read(f"azure:{deployment}?price=1/1", tmp_path, workers)
    assert error.value.code == "unknown_model"


async def test_foundry_takes_a_key(
    told: Callable[..., None], tmp_path: Path, workers: Workers
) -> None:
    server = Anthropic(reader)
    with listening_for_headers(server, foundry(key="foundry-key")) as (url, seen):
        told(ANTHROPIC_FOUNDRY_BASE_URL=url, ANTHROPIC_FOUNDRY_API_KEY="foundry-key")
        found = await all_read(f"foundry:{CLAUDE}?price=0.1/0.5", tmp_path, workers)
    assert whole(found)
    assert unheard(server)
    assert "secret" not in str(seen)


async def test_azures_own_chain_of_credentials_is_asked_where_no_key_is_told(
    told: Callable[..., None], tmp_path: Path, workers: Workers
) -> None:
    """A managed identity, as an App Service has it: learn.microsoft.com/azure/app-service,
    overview-managed-identity, REST endpoint."""
    pytest.importorskip("azure.identity")
    asked: list[str] = []

    class Identity(loopback.Handler):
        def do_GET(self) -> None:
            if self.headers.get("x-identity-header") != "header-of-the-service":
                self.say({"message": "no"}, 401)
                return
            asked.append(parse_qs(self.path.partition("?")[2])["resource"][0])
            until = str(int(time.time()) + 3600)
            self.say({"access_token": "token-of-a-service", "expires_on": until,
                      "resource": asked[-1], "token_type": "Bearer"})  # fmt: skip

    server = Anthropic(reader)
    with (
        listening(Identity) as identity,
        opened(server, foundry(key="k", token="token-of-a-service")) as url,
    ):
        told(
            ANTHROPIC_FOUNDRY_BASE_URL=url,
            IDENTITY_ENDPOINT=f"{identity}/token",
            IDENTITY_HEADER="header-of-the-service",
            AZURE_TOKEN_CREDENTIALS="ManagedIdentityCredential",
        )
        found = await all_read(f"foundry:{CLAUDE}?price=0.1/0.5", tmp_path, workers)
    assert whole(found)
    assert unheard(server)
    assert asked == ["https://ai.azure.com"]


# --- Bedrock ------------------------------------------------------------------------------------

AWS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG"}


@pytest.mark.parametrize("session", ["", "session-token"])
@pytest.mark.parametrize("model", [f"global.anthropic.{CLAUDE}", "eu.anthropic.claude-haiku-4-5"])
async def test_requests_to_bedrock_are_signed_as_amazons_signer_signs_them(
    model: str, session: str, told: Callable[..., None], tmp_path: Path, workers: Workers
) -> None:
    server = Anthropic(reader)
    door = bedrock(
        access_key=AWS["AWS_ACCESS_KEY_ID"], secret=AWS["AWS_SECRET_ACCESS_KEY"],
        session=session, region=REGION,
    )  # fmt: skip
    with listening_for_headers(server, door) as (url, seen):
        told(ANTHROPIC_BEDROCK_BASE_URL=url, AWS_REGION=REGION, **AWS)
        if session:
            told(AWS_SESSION_TOKEN=session)
        found = await all_read(f"bedrock:{model}?price=0.1/0.5", tmp_path, workers)
    assert whole(found)
    assert unheard(server)
    assert "secret" not in str(seen)


@pytest.mark.parametrize("model", [f"openai.{LUNA}", f"global.openai.{LUNA}"])
async def test_gpt_on_bedrock_is_signed_for_too(
    model: str, told: Callable[..., None], tmp_path: Path, workers: Workers
) -> None:
    server = OpenAI(reader)
    door = bedrock_openai(
        access_key=AWS["AWS_ACCESS_KEY_ID"], secret=AWS["AWS_SECRET_ACCESS_KEY"], region=REGION
    )
    with listening_for_headers(server, door) as (url, seen):
        told(AWS_BEDROCK_BASE_URL=f"{url}/openai/v1", AWS_REGION=REGION, **AWS)
        found = await all_read(f"bedrock:{model}?price=0.1/0.5", tmp_path, workers)
    assert whole(found)
    assert unheard(server)
    assert "secret-" not in str(seen)


async def test_a_wrong_secret_is_refused(
    told: Callable[..., None], tmp_path: Path, workers: Workers
) -> None:
    door = bedrock(access_key="AKIDEXAMPLE", secret="another", region=REGION)
    with opened(Anthropic(reader), door) as url:
        told(ANTHROPIC_BEDROCK_BASE_URL=url, AWS_REGION=REGION, **AWS)
        with pytest.raises(ConfigError) as error:
            await all_read(f"bedrock:global.anthropic.{CLAUDE}?price=1/1", tmp_path, workers)
    assert error.value.code == "bad_key"


async def test_long_answers_of_bedrock_come_in_amazons_event_stream(
    told: Callable[..., None], tmp_path: Path, workers: Workers
) -> None:
    server = Anthropic(reader, thinking=(17_000,))
    with opened(server, bedrock(bearer="bedrock-token", region=REGION)) as url:
        told(ANTHROPIC_BEDROCK_BASE_URL=url, AWS_REGION=REGION)
        told(AWS_BEARER_TOKEN_BEDROCK="bedrock-token", **AWS)
        spec = f"bedrock:global.anthropic.{CLAUDE}?price=0.1/0.5&max_tokens=40000&effort=high"
        found = await all_read(spec, tmp_path, workers)
    assert whole(found)
    assert unheard(server)
    assert all(call["stream"] for call in server.calls)
    assert sum(one.spending.usage.output_tokens for one in found) == server.output_tokens


async def test_without_credentials_nothing_is_sent(
    told: Callable[..., None], tmp_path: Path, workers: Workers
) -> None:
    server = Anthropic(reader)
    with opened(server, bedrock(bearer="bedrock-token", region=REGION)) as url:
        told(ANTHROPIC_BEDROCK_BASE_URL=url, AWS_REGION=REGION)
        with pytest.raises(ConfigError) as error:
            await all_read(f"bedrock:global.anthropic.{CLAUDE}?price=1/1", tmp_path, workers)
    assert error.value.code == "no_key"
    assert "AWS_BEARER_TOKEN_BEDROCK" in error.value.way_out
    assert not server.calls
    assert not server.refusals


def test_the_region_of_a_profile_counts(told: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[profile work]\nregion = ap-southeast-2\n")
    told(AWS_CONFIG_FILE=str(tmp_path / "config"), AWS_PROFILE="work")
    engine = parse_engine(f"bedrock:anthropic.{CLAUDE}")
    assert engine.host == "bedrock-runtime.ap-southeast-2.amazonaws.com"
    told(AWS_REGION=REGION)
    assert engine.host == f"bedrock-runtime.{REGION}.amazonaws.com"


# --- Vertex -------------------------------------------------------------------------------------

AUDIENCE = "https://oauth2.googleapis.com/token"
"""Of every assertion, whichever server takes it: google.oauth2.service_account."""


@contextmanager
def google_account(folder: Path, token: str) -> Iterator[str]:
    """The file of a service account whose tokens a server on loopback gives, after it has checked
    the signed assertion with Google's own library; RFC 7523."""
    jwt = pytest.importorskip("google.auth.jwt")
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    class Tokens(loopback.Handler):
        def do_POST(self) -> None:
            form = parse_qs(self.body().decode())
            claims = jwt.decode(form["assertion"][0], certs=public.decode(), audience=AUDIENCE)
            assert claims["scope"] == "https://www.googleapis.com/auth/cloud-platform"
            self.say({"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

    with listening(Tokens) as url:
        account = {
            "type": "service_account", "client_email": "reader@project.iam.gserviceaccount.com",
            "private_key": private, "private_key_id": "1", "token_uri": f"{url}/token",
        }  # fmt: skip
        file = folder / "account.json"
        file.write_text(json.dumps(account))
        yield str(file)


@pytest.mark.parametrize("limit", [16_000, 40_000])
async def test_claude_on_vertex(
    limit: int, told: Callable[..., None], tmp_path: Path, workers: Workers
) -> None:
    server = Anthropic(reader)
    door = vertex(project="my-project", region="europe-west4", token="google-token")
    with (
        google_account(tmp_path, "google-token") as account,
        listening_for_headers(server, door) as (url, seen),
    ):
        told(
            ANTHROPIC_VERTEX_BASE_URL=f"{url}/v1",
            GOOGLE_APPLICATION_CREDENTIALS=account,
            GOOGLE_CLOUD_PROJECT="my-project",
            CLOUD_ML_REGION="europe-west4",
        )
        spec = f"vertex:{CLAUDE}?price=0.1/0.5&max_tokens={limit}"
        found = await all_read(spec, tmp_path, workers)
    assert whole(found)
    assert unheard(server)
    assert "secret" not in str(seen)


async def test_gemini_on_vertex(
    told: Callable[..., None], tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Google names no variable for the address of this door, so the address is that of the spec,
    and the token that of a variable which the spec names."""
    server = VertexGemini(reader)
    door = vertex_gemini(project="my-project", region="global", token="google-token")
    told(CLOUD_ML_REGION="global", GOOGLE_CLOUD_PROJECT="my-project", MY_TOKEN="google-token")
    engine = parse_engine("vertex:gemini-3.5-flash-lite")
    assert engine.url == (
        "https://aiplatform.googleapis.com/v1/projects/my-project/locations/global/endpoints/openapi"
    )
    with opened(server, door) as url:
        at = str(engine.url).replace("https://aiplatform.googleapis.com", url)
        spec = f"vertex:gemini-3.5-flash-lite@{at}?key=MY_TOKEN&price=0.3/2.5"
        found = await all_read(spec, tmp_path, workers)
    assert whole(found)
    assert unheard(server)


async def test_gemini_on_vertex_gets_a_token_of_the_account(
    told: Callable[..., None], tmp_path: Path
) -> None:
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(401, json={"error": {"message": "no"}})

    with google_account(tmp_path, "google-token") as account:
        told(CLOUD_ML_REGION="europe-west4", GOOGLE_CLOUD_PROJECT="my-project")
        told(GOOGLE_APPLICATION_CREDENTIALS=account)
        with pytest.raises(ConfigError):
            await client_of("vertex:gemini-3.5-flash-lite", handler).send(call())
    assert seen[0].headers["authorization"] == "Bearer google-token"
    path = "/v1/projects/my-project/locations/europe-west4/endpoints/openapi/chat/completions"
    assert seen[0].url.path == path
    assert json.loads(seen[0].content)["model"] == "google/gemini-3.5-flash-lite"


# --- where pages go -----------------------------------------------------------------------------

PLACES = {
    "AWS_REGION": REGION, "GOOGLE_CLOUD_PROJECT": "proj", "CLOUD_ML_REGION": "europe-west4",
    "AZURE_OPENAI_ENDPOINT": "https://res.openai.azure.com/", "ANTHROPIC_FOUNDRY_RESOURCE": "res",
}  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "host", "said"),
    [
        (f"bedrock:eu.anthropic.{CLAUDE}", f"bedrock-runtime.{REGION}.amazonaws.com", "of the EU"),
        (f"bedrock:anthropic.{CLAUDE}", f"bedrock-runtime.{REGION}.amazonaws.com", REGION),
        (f"bedrock:openai.{LUNA}", f"bedrock-runtime.{REGION}.amazonaws.com", REGION),
        (f"vertex:{CLAUDE}", "europe-west4-aiplatform.googleapis.com", "project proj"),
        (f"vertex:{CLAUDE}?region=global", "aiplatform.googleapis.com", "any region"),
        ("vertex:gemini-3.5-flash-lite?region=eu", "aiplatform.eu.rep.googleapis.com", "the EU"),
        ("azure:prod", "res.openai.azure.com", "deployment"),
        ("azure:prod?resource=other", "other.openai.azure.com", "deployment"),
        (f"foundry:{CLAUDE}", "res.services.ai.azure.com", "deployment"),
    ],
)
async def test_the_place_is_said_and_private_mode_lets_none_pass_that_is_not_listed(
    spec: str, host: str, said: str, told: Callable[..., None]
) -> None:
    told(**PLACES)
    engine, sentence = await resolve(spec, Settings())
    assert (engine.host, own_site(engine)) == (host, True)
    assert host in sentence
    assert said in sentence
    with pytest.raises(ConfigError) as error:
        await resolve(spec, Settings(private=True))
    assert error.value.code == "not_private"
    await resolve(spec, Settings(private=True, allowed_hosts=(host,)))


@pytest.mark.parametrize(
    ("spec", "way_out"),
    [
        ("bedrock:m", "AWS_REGION"),
        ("vertex:m", "CLOUD_ML_REGION"),
        ("vertex:gemini-3.5-flash?region=eu", "GOOGLE_CLOUD_PROJECT"),
        ("azure:m", "AZURE_OPENAI_ENDPOINT"),
        ("foundry:m", "ANTHROPIC_FOUNDRY_RESOURCE"),
    ],
)
async def test_without_a_place_the_variable_is_named(spec: str, way_out: str) -> None:
    with pytest.raises(ConfigError) as error:
        await resolve(spec, Settings())
    assert error.value.code == "no_place"
    assert way_out in error.value.way_out


@pytest.mark.parametrize("place", ["evil.example.org/", "a.b", "x#", "-a", "", "a@b"])
def test_a_place_cannot_make_another_host(place: str, told: Callable[..., None]) -> None:
    with pytest.raises(ConfigError):
        parse_engine(f"bedrock:m?region={place.replace('#', '%23')}")
    if place:
        told(AWS_REGION=place)
        with pytest.raises(ConfigError) as error:
            _ = parse_engine("bedrock:m").url
        assert error.value.code == "no_place"


@pytest.mark.parametrize(
    "url",
    [
        "https://bucket.s3.amazonaws.com",
        "https://ec2-1-2-3-4.compute-1.amazonaws.com",
        "https://bedrock-runtime.eu-central-1.amazonaws.com.evil.org",
    ],
)
def test_hosts_that_anybody_rents_of_a_cloud_get_no_credentials(
    url: str, told: Callable[..., None]
) -> None:
    told(AWS_REGION=REGION, AWS_BEARER_TOKEN_BEDROCK="bedrock-token", **AWS)
    engine = parse_engine(f"bedrock:anthropic.{CLAUDE}@{url}")
    assert not own_site(engine)
    assert api_key(engine) == (None, ())


async def test_without_the_clouds_library_its_extra_is_named(
    told: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    told(**PLACES)
    monkeypatch.setattr("docglean.extractors.models.clouds.is_there", lambda name: False)
    for spec, extra in ((f"bedrock:anthropic.{CLAUDE}", "bedrock"), (f"vertex:{CLAUDE}", "vertex"),
                        ("azure:prod", "azure"), (f"foundry:{CLAUDE}", "azure")):  # fmt: skip
        with pytest.raises(ConfigError) as error:
            connect(parse_engine(spec), Settings())
        assert error.value.code == "no_extra"
        assert f"[{extra}]" in error.value.way_out


# --- LM Studio ----------------------------------------------------------------------------------


async def test_lm_studio_tells_its_context_and_whether_a_model_sees(
    tmp_path: Path, workers: Workers
) -> None:
    with lmstudio(LMStudio(reader)) as server:
        at = f"@{server.url}/v1"
        seeing, blind = [await probe(parse_engine(f"lmstudio:{m}{at}")) for m in LM_MODELS]
        engine, _ = await resolve(f"lmstudio{at}", Settings(private=True))
        found = await all_read(f"lmstudio:qwen2.5-7b-instruct{at}?price=1/1", tmp_path, workers)
        plain = await all_read(
            f"lmstudio:qwen2.5-7b-instruct{at}?price=1/1&schema=json_object", tmp_path, workers
        )
    assert (seeing.vision, blind.vision) == (True, False)
    assert seeing.context_tokens == blind.context_tokens == LOADED
    assert engine.model == "qwen/qwen2.5-vl-7b"
    assert whole(found)
    assert {one.status for one in plain} == {"failed"}


# --- what a server refuses ----------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "names", "refuses"),
    [
        ("house-model", {"house-model": LUNA}, ()),
        ("house-model", {"house-model": LUNA}, ("reasoning_effort",)),
        (LUNA, {LUNA: "gpt-4.1-mini"}, ("max_completion_tokens",)),
        (LUNA, {LUNA: "gpt-4.1-mini"}, ("max_completion_tokens", "reasoning_effort")),
    ],
)
async def test_what_a_gateway_refuses_is_asked_in_the_other_way_once_and_remembered(
    model: str,
    names: dict[str, str],
    refuses: tuple[str, ...],
    told: Callable[..., None],
    tmp_path: Path,
    workers: Workers,
) -> None:
    server = Gateway(reader, thinking=(0,), reroute={own: name for name, own in names.items()})
    server.names, server.refuses = names, frozenset(refuses)
    told(GATEWAY_KEY="k")
    with openai(server, "k") as server:
        spec = f"openai:{model}@{server.url}?key=GATEWAY_KEY&price=0.1/0.5"
        first = await all_read(spec, tmp_path, workers)
        asked = len(server.calls)
        assert whole(first), [(one.status, one.problems, one.spending) for one in first]
        assert 0 < sum(server.refusals.values()) <= 2 * max(1, len(refuses))
        assert sum(one.spending.calls for one in first) == asked
        server.refusals.clear()
        again = slips(tmp_path / "in", 2, start=5)
        second = await read(f"ocr+{spec}", again, workers)
        assert len(second) == 4
        assert {one.status for one in second} == {"ok"}
        assert not server.refusals
        assert len(server.calls) == asked + 2
    assert sum(one.spending.cost or Decimal(0) for one in second) > 0


async def test_an_effort_that_the_user_asked_for_is_not_left_out(
    told: Callable[..., None], tmp_path: Path, workers: Workers
) -> None:
    server = Gateway(reader, thinking=(0,))
    server.names = {"house-model": "gpt-6-astra"}
    told(GATEWAY_KEY="k")
    with openai(server, "k") as server:
        spec = f"openai:house-model@{server.url}?key=GATEWAY_KEY&price=1/1&effort=none"
        found = await all_read(spec, tmp_path, workers)
    assert {one.status for one in found} == {"failed"}
    assert "does not support 'none'" in str(found[0].problems)
