"""Clouds: the SDKs' own clients for them, and the credentials that each asks of its callers.

The clients write paths, bodies and streams as each cloud has them. They are given no credentials
and take none from the environment: what vouches for a request is put on it when it leaves
(`transport`), after everything that is not this host's business has been taken off.

Sources: anthropic/lib/{bedrock,foundry,vertex}, openai/lib/azure.py, openai/providers/bedrock.py.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from docglean.extractors.installation import install_extra, is_there
from docglean.extractors.models.engines import Engine, api_key, vouches_itself
from docglean.extractors.models.places import place
from docglean.extractors.models.providers import PROVIDERS
from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    import httpx2
    from anthropic import AsyncAnthropic

Authorise = Callable[["httpx2.Request"], Awaitable[None]]
"""Puts on a request what its host asks for."""

NOBODY = "none"
"""What stands where an SDK insists on a key; it never leaves."""

NEEDS = {"aws": "botocore.auth", "azure": "azure.identity", "google": "google.auth"}
"""Module of each cloud's own library."""

_GOOGLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


def messages_client(engine: Engine, http: httpx2.AsyncClient) -> AsyncAnthropic:
    """The SDK's client for Claude on the engine's cloud. No resends; no spans of its own."""
    cloud = PROVIDERS[engine.provider].cloud
    options = {"http_client": http, "max_retries": 0, "open_telemetry": False}
    client: AsyncAnthropic = CLIENTS[cloud.client if cloud else ""](engine, options)
    return client


def _first_party(engine: Engine, options: dict[str, Any]) -> Any:
    import anthropic

    key, _ = api_key(engine)
    return anthropic.AsyncAnthropic(api_key=key or NOBODY, base_url=engine.url, **options)


def _foundry(engine: Engine, options: dict[str, Any]) -> Any:
    import anthropic

    return anthropic.AsyncAnthropicFoundry(api_key=NOBODY, base_url=engine.url or "", **options)


def _bedrock(engine: Engine, options: dict[str, Any]) -> Any:
    import anthropic

    region = place(engine, "region")
    return anthropic.AsyncAnthropicBedrock(
        api_key=NOBODY, aws_region=region, base_url=engine.url, **options
    )


def _vertex(engine: Engine, options: dict[str, Any]) -> Any:
    import anthropic

    return anthropic.AsyncAnthropicVertex(
        access_token=NOBODY,
        region=place(engine, "region"),
        project_id=place(engine, "project"),
        base_url=engine.url,
        **options,
    )


CLIENTS: dict[str, Callable[[Engine, dict[str, Any]], Any]] = {
    "": _first_party,
    "foundry": _foundry,
    "bedrock": _bedrock,
    "vertex": _vertex,
}


def check_library(engine: Engine) -> None:
    """Refuse an engine of a cloud whose own library is needed and not installed.

    Raises:
        ConfigError: ``no_extra``.
    """
    cloud = PROVIDERS[engine.provider].cloud
    if cloud is None or not cloud.chain:
        return
    wanted = cloud.needs_library or (api_key(engine)[0] is None and vouches_itself(engine))
    if wanted and not is_there(NEEDS[cloud.chain]):
        raise ConfigError(
            "no_extra",
            f"{engine.spec} needs the library of its cloud ({NEEDS[cloud.chain]}).",
            install_extra(cloud.extra),
        )


def authorisation(engine: Engine) -> Authorise | None:
    """What puts the credentials of the engine's cloud on a request; None where it is no cloud.

    A key or token of a variable goes before the cloud's own chain (profiles, workload and machine
    identities), which only the cloud's own hosts, and the one that its variable names, see.
    """
    cloud = PROVIDERS[engine.provider].cloud
    if cloud is None:
        return None
    check_library(engine)
    key, names = api_key(engine)
    if key is None and cloud.chain and vouches_itself(engine):
        return CHAINS[cloud.chain](engine)
    token = next(filter(os.environ.get, names), "") in cloud.token_variables
    header = "authorization" if token or not cloud.key_header else cloud.key_header
    value = f"Bearer {key or NOBODY}" if header == "authorization" else key or NOBODY

    async def with_key(request: httpx2.Request) -> None:
        request.headers[header] = value

    return with_key


def _signature(engine: Engine) -> Authorise:
    """AWS Signature Version 4, made by botocore from its chain of credentials."""
    import botocore.session
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    session = botocore.session.get_session()
    region, chain = place(engine, "region"), _Chain(engine)

    def sign(method: str, url: str, kind: str, body: bytes) -> dict[str, str]:
        credentials = session.get_credentials()
        if credentials is None:
            raise _nobody(engine, "an AWS profile, role or key (AWS_ACCESS_KEY_ID, ...)")
        request = AWSRequest(method=method, url=url, data=body, headers={"content-type": kind})
        SigV4Auth(credentials.get_frozen_credentials(), "bedrock", region).add_auth(request)
        return dict(request.headers.items())

    async def with_signature(request: httpx2.Request) -> None:
        kind = request.headers.get("content-type", "application/json")
        body = await request.aread()
        signed = await chain.ask(sign, request.method, str(request.url), kind, body)
        request.headers.update(signed)

    return with_signature


def _google_token(engine: Engine) -> Authorise:
    """A bearer token of Google's Application Default Credentials."""
    found: list[Any] = []
    chain = _Chain(engine)

    def token() -> str:
        import google.auth
        from google.auth.transport.requests import Request

        if not found:
            found.append(google.auth.default(scopes=[_GOOGLE_SCOPE])[0])
        if not found[0].valid:
            found[0].refresh(Request())
        return str(found[0].token)

    async def with_token(request: httpx2.Request) -> None:
        request.headers["authorization"] = f"Bearer {await chain.ask(token)}"

    return with_token


def _entra_token(engine: Engine) -> Authorise:
    """A bearer token of Microsoft Entra, of azure-identity's default chain."""
    from azure.identity import DefaultAzureCredential, get_bearer_token_provider

    cloud = PROVIDERS[engine.provider].cloud
    token = get_bearer_token_provider(DefaultAzureCredential(), cloud.scope if cloud else "")
    chain = _Chain(engine)

    async def with_token(request: httpx2.Request) -> None:
        request.headers["authorization"] = f"Bearer {await chain.ask(token)}"

    return with_token


CHAINS: dict[str, Callable[[Engine], Authorise]] = {
    "aws": _signature,
    "azure": _entra_token,
    "google": _google_token,
}


class _Chain:
    """A cloud's library, asked beside the loop, one question at a time: it may ask a server."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn = asyncio.Lock()
        self._answered = False

    async def ask(self, work: Callable[..., Any], *told: Any) -> Any:
        """What the library says.

        Raises:
            ConfigError: ``no_key``: it finds no credentials, or none that are taken.
            httpx2.ConnectError: it found some before; so what is wrong may pass.
        """
        import httpx2

        try:
            async with self._turn:
                said = await asyncio.to_thread(work, *told)
        except ConfigError:
            raise
        except Exception as error:
            if self._answered:
                raise httpx2.ConnectError(f"no credentials for now: {error}") from error
            raise _nobody(self._engine, "credentials", error) from error
        self._answered = True
        return said


def _nobody(engine: Engine, what: str, cause: Exception | None = None) -> ConfigError:
    provider = PROVIDERS[engine.provider]
    names = " or ".join(provider.key_variables)
    why = f": {str(cause).splitlines()[0]}" if cause and str(cause) else ""
    return ConfigError(
        "no_key",
        f"{engine.spec} finds no {what.removeprefix('an ')}{why}.",
        f"Sign in with the cloud's own tool{f', or set {names}' if names else ''}.",
    )
