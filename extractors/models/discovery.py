"""Ask servers what they serve: a running Ollama, llama.cpp, vLLM, or the vendor's model list."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from docglean.extractors.models.base import file_name
from docglean.extractors.models.capabilities import Capability, capability
from docglean.extractors.models.engines import (
    Engine,
    api_key,
    own_site,
    parse_engine,
    passed_on_to,
    with_model,
)
from docglean.extractors.models.families import LOW_TO_HIGH
from docglean.extractors.models.providers import PROVIDERS
from docglean.extractors.models.transport import http_client
from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    import httpx2
    from docglean.extractors.settings import Settings

QUICK = 2.0
"""Seconds to wait for a server on this machine."""


async def probe(
    engine: Engine, *, timeout: float = 5.0, load: bool = True, known: Capability | None = None
) -> Capability:
    """What the engine's model accepts, with what the server itself tells where it does.

    llama.cpp tells its context and whether it sees (``/props``), Ollama the same (``/api/show``,
    ``/api/ps``), LM Studio, too (``/api/v0/models``), vLLM the context (``/v1/models``), Anthropic
    all of it (``/v1/models/NAME``).
    What was told in the engine's parameters stays. A server that does not answer leaves what
    the tables say: sending will tell.

    Args:
        engine: with a model.
        timeout: seconds for each question.
        load: let Ollama load the model first, as the first call would: only then it tells the
            context really given, which is often far below what the model could take.
        known: what was known before; by default `capability`.
    """
    found = known or capability(engine)
    if not engine.is_model:
        return found
    provider = PROVIDERS[engine.provider]
    ask = MODEL_APIS.get(provider.model_api)
    if ask is None or not (provider.self_hosted or own_site(engine)):
        return found
    try:
        async with http_client(engine, timeout) as client:
            if ask is _ollama and load:
                await _load(client, engine)
            told = await ask(client, engine)
    except _trouble():
        return found
    if "context_tokens" in told and "context" in engine.parameters:
        del told["context_tokens"]
    for able in ("vision", "hearing"):
        if able in told and able in engine.parameters:
            del told[able]
    if "vision" in told:
        told["notes"] = tuple(note for note in found.notes if "sees images" not in note)
    if "hearing" in told:
        notes = told.get("notes", found.notes)
        told["notes"] = tuple(note for note in notes if "hears sound" not in note)
    return replace(found, **told)


async def served_model(engine: Engine) -> str:
    """Name of the model that a server of one's own serves, for a spec without one.

    For Ollama, which has many, the first that sees images (or, for text, the first).

    Raises:
        ConfigError: ``no_server``, ``no_model``.
    """
    if PROVIDERS[engine.provider].model_api == OLLAMA:
        model = await ollama_vision_model(engine, any_model="image" not in engine.inputs)
        names = [model] if model else []
        if not names:
            await _need_server(engine)
    else:
        names = [] if PROVIDERS[engine.provider].cloud else await _served_names(engine)
    if not names:
        raise ConfigError(
            "no_model",
            f"The server at {engine.url} has no model that fits.",
            "Name one: provider:model, and make sure that the server has it.",
        )
    return file_name(names[0])


async def ollama_vision_model(
    engine: Engine, *, private: bool = False, any_model: bool = False
) -> str | None:
    """Name of the newest model of a running Ollama that sees images; None when there is none.

    Models that Ollama only passes on to its cloud are left out in private mode.
    """
    try:
        async with http_client(engine, QUICK) as client:
            tags = await _get(client, f"{_root(engine)}/api/tags")
            # Ollama lists the model changed last first.
            names = [str(model["name"]) for model in tags.get("models", [])]
            for name in names:
                shown = await _show(client, engine, name)
                away = shown.get("remote_host") or passed_on_to(with_model(engine, name))
                if away and (private or not any_model):
                    continue
                able = shown.get("capabilities", [])
                if "vision" in able or (any_model and "completion" in able):
                    return name
    except _trouble():
        return None
    return None


async def check_runs_here(engine: Engine, settings: Settings) -> None:
    """Refuse, in private mode, a model that Ollama passes on to another host under a local name.

    Raises:
        ConfigError: ``not_private``.
    """
    try:
        async with http_client(engine, QUICK) as client:
            shown = await _show(client, engine, engine.model)
    except _trouble():
        return
    remote = str(shown.get("remote_host") or "")
    host = remote.partition("://")[2].partition("/")[0].partition(":")[0] or remote
    if remote and host.lower() not in {name.lower() for name in settings.allowed_hosts}:
        raise ConfigError(
            "not_private",
            f"Private mode: Ollama passes {engine.model} on to {host}.",
            "Pull a model that runs on this machine, or list the host in DOCGLEAN_ALLOWED_HOSTS.",
        )


async def served_engines() -> list[Engine]:
    """Engines of the servers that answer on this machine now, for `docglean engines`."""

    async def of(name: str) -> list[Engine]:
        engine = parse_engine(name)
        try:
            names = await _served_names(engine)
        except ConfigError:
            return []
        return [with_model(engine, model) for model in names]

    servers = [provider.name for provider in PROVIDERS.records() if provider.self_hosted]
    found = await asyncio.gather(*(of(name) for name in servers))
    return [engine for engines in found for engine in engines]


async def _llamacpp(client: httpx2.AsyncClient, engine: Engine) -> dict[str, Any]:
    props = await _get(client, f"{_root(engine)}/props", engine)
    told: dict[str, Any] = {}
    context = (props.get("default_generation_settings") or {}).get("n_ctx")
    if isinstance(context, int) and context > 0:
        told["context_tokens"] = context
    modalities = props.get("modalities") or {}
    for able, modality in (("vision", "vision"), ("hearing", "audio")):
        if isinstance(modalities.get(modality), bool):
            told[able] = modalities[modality]
    return told


async def _ollama(client: httpx2.AsyncClient, engine: Engine) -> dict[str, Any]:
    shown = await _show(client, engine, engine.model)
    told: dict[str, Any] = {}
    if isinstance(shown.get("capabilities"), list):
        told["vision"] = "vision" in shown["capabilities"]
        if "audio" in shown["capabilities"]:
            told["hearing"] = True
        if "thinking" in shown["capabilities"]:
            # `reasoning_effort` none is Ollama's `think: false` on the wire of chat completions.
            told |= {"efforts": ("none", *LOW_TO_HIGH), "default_effort": "none"}
            told["own_effort"] = "medium"
    running = await _get(client, f"{_root(engine)}/api/ps")
    for model in running.get("models", []):
        if engine.model in (model.get("name"), model.get("model")) and model.get("context_length"):
            return told | {"context_tokens": int(model["context_length"])}
    for line in str(shown.get("parameters") or "").splitlines():
        name, _, value = line.strip().partition(" ")
        if name == "num_ctx" and value.strip().isdigit():
            told["context_tokens"] = int(value)
    return told


async def _lmstudio(client: httpx2.AsyncClient, engine: Engine) -> dict[str, Any]:
    """LM Studio's own list (lmstudio.ai/docs, REST API v0): what kind of model, and its context."""
    listed = await _get(client, f"{_root(engine)}/api/v0/models", engine)
    told: dict[str, Any] = {}
    for model in listed.get("data", []):
        if model.get("id") != engine.model:
            continue
        if model.get("type") in ("vlm", "llm"):
            told["vision"] = model["type"] == "vlm"
        if isinstance(model.get("loaded_context_length"), int):
            told["context_tokens"] = model["loaded_context_length"]
    return told


async def _models_list(client: httpx2.AsyncClient, engine: Engine) -> dict[str, Any]:
    listed = await _get(client, f"{engine.url}/models", engine)
    for model in listed.get("data", []):
        if model.get("id") == engine.model and model.get("max_model_len"):
            return {"context_tokens": int(model["max_model_len"])}
    return {}


async def _anthropic(client: httpx2.AsyncClient, engine: Engine) -> dict[str, Any]:
    import anthropic

    key, _ = api_key(engine)
    if key is None:
        return {}
    vendor = anthropic.AsyncAnthropic(
        api_key=key, base_url=engine.url, http_client=client, max_retries=0
    )
    try:
        info = await vendor.models.retrieve(engine.model)
    except anthropic.AnthropicError:
        return {}
    told: dict[str, Any] = {}
    if info.max_input_tokens:
        told["context_tokens"] = info.max_input_tokens
    if info.max_tokens:
        told["max_output_tokens"] = info.max_tokens
    if isinstance(info.retires_at, datetime):
        told["retires"] = info.retires_at.date()
    if info.lifecycle == "retired":
        told["retires"] = told.get("retires") or date.today()
    able = info.capabilities
    if able is not None:
        told["vision"] = able.image_input.supported
        told["batch"] = able.batch.supported
        told["schema_mode"] = "json_schema" if able.structured_outputs.supported else "none"
        if told["schema_mode"] == "none":
            told["dialect"] = "plain"
        levels = ("low", "medium", "high", "xhigh", "max")
        supported = [getattr(able.effort, level, None) for level in levels]
        told["efforts"] = tuple(
            level
            for level, support in zip(levels, supported, strict=True)
            if able.effort.supported and support is not None and support.supported
        )
    return told


OLLAMA = "ollama"
MODEL_APIS = {
    "anthropic": _anthropic,
    "llamacpp": _llamacpp,
    "lmstudio": _lmstudio,
    "models": _models_list,
    OLLAMA: _ollama,
}
"""What asks a server about a model, by `Provider.model_api`."""


async def _load(client: httpx2.AsyncClient, engine: Engine) -> None:
    """A request without a prompt makes Ollama load the model and do nothing more."""
    await client.post(f"{_root(engine)}/api/generate", json={"model": engine.model}, timeout=180.0)


async def _served_names(engine: Engine) -> list[str]:
    try:
        async with http_client(engine, QUICK) as client:
            listed = await _get(client, f"{engine.url}/models", engine)
            return [str(model["id"]) for model in listed.get("data") or [] if model.get("id")]
    except _trouble() as error:
        raise _no_server(engine) from error


async def _need_server(engine: Engine) -> None:
    try:
        async with http_client(engine, QUICK) as client:
            await _get(client, f"{_root(engine)}/api/version")
    except _trouble() as error:
        raise _no_server(engine) from error


def _no_server(engine: Engine) -> ConfigError:
    return ConfigError(
        "no_server",
        f"No server that lists its models answers at {engine.url}.",
        "Start it, write its URL as @http://host:port/v1, or name the model: provider:model.",
    )


async def _show(client: httpx2.AsyncClient, engine: Engine, model: str) -> dict[str, Any]:
    response = await client.post(f"{_root(engine)}/api/show", json={"model": model})
    response.raise_for_status()
    return _object(response.json())


async def _get(
    client: httpx2.AsyncClient, url: str, engine: Engine | None = None
) -> dict[str, Any]:
    key = api_key(engine)[0] if engine is not None else None
    response = await client.get(url, headers={"Authorization": f"Bearer {key}"} if key else None)
    response.raise_for_status()
    return _object(response.json())


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise ValueError("the server's answer is no JSON object")
    return answer


def _root(engine: Engine) -> str:
    """The server's own root, above the OpenAI-compatible ``/v1``."""
    return (engine.url or "").removesuffix("/v1")


def _trouble() -> tuple[type[Exception], ...]:
    """What a server that is absent, slow or strange makes of asking it and of its answer."""
    import httpx2

    return (httpx2.HTTPError, OSError, ValueError, LookupError, TypeError, AttributeError)
