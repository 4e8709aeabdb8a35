"""Engines named by one string: ``[inputs+]provider[:model][@base_url][?name=value&...]``.

The same string stands in the command line, flows, settings, the ledger and reports:
``local``, ``anthropic:claude-haiku-5-5``, ``ocr+openai:gpt-6-luna``, ``ollama:qwen2.5vl:7b``,
``vllm:Qwen/Qwen2.5-VL-7B-Instruct@http://gpu:8000/v1``, ``openai:NAME@https://any.server/v1``.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

from docglean.extractors.models.base import Effort
from docglean.extractors.models.engine_spec import (
    Inputs,
    read_parameters,
    refuse,
    split_inputs,
    unknown_provider,
    whole_url,
)
from docglean.extractors.models.places import whole_address
from docglean.extractors.models.provider import CHAT_COMPLETIONS, WIRES, Provider
from docglean.extractors.models.providers import PROVIDERS
from docglean.extractors.reader_kinds import LOCAL, READERS
from docglean.extractors.settings import Settings
from docglean.schemas.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Engine:
    """What reads the documents: a model with its inputs and parameters, or another reader.

    Attributes:
        spec: the string that names it, normalised; equal engines have equal specs.
        inputs: what a page becomes in a request; readers that are no model read ``ocr``.
        provider: a key of `PROVIDERS`, or of `READERS`.
        model: as the server calls it; empty until `resolve` has asked the server.
        base_url: as told in the spec, or None for the provider's own.
        parameters: what stood after the question mark, numbers as int.
    """

    spec: str
    inputs: Inputs
    provider: str
    model: str = ""
    base_url: str | None = None
    parameters: Mapping[str, str | int] = field(default_factory=dict, hash=False)

    @property
    def is_model(self) -> bool:
        """Whether a model is asked, at one of the servers of `PROVIDERS`; else a reader that needs
        none of them (`reader_kinds`)."""
        return self.provider != LOCAL and self.provider in PROVIDERS

    @property
    def deterministic(self) -> bool:
        """Whether it gives the same every time."""
        return not self.is_model and READERS[self.provider].deterministic

    @property
    def url(self) -> str | None:
        """Where requests go: the spec's URL, the vendor's environment variable, or the default.

        Raises:
            ConfigError: ``no_place``: a cloud's region, project or resource is told nowhere.
        """
        if not self.is_model:
            return None
        provider = PROVIDERS[self.provider]
        if self.base_url is not None:
            return self.base_url
        told = os.environ.get(provider.url_variable) if provider.url_variable else None
        if told and not any(f"{{{name}}}" in provider.base_url for name in self.parameters):
            return whole_url(told, provider, self.spec)
        return whole_address(self)

    @property
    def host(self) -> str | None:
        """Name of the machine that pages are sent to; None where nothing is sent."""
        if not self.is_model:
            return READERS[self.provider].host or None
        url = self.url
        return None if url is None else urlsplit(url).hostname

    @property
    def serves(self) -> str:
        """The model behind the name, as its vendor calls it: told where a deployment's name says
        nothing of it (``?model=``)."""
        return str(self.parameters.get("model") or self.model)

    @property
    def effort(self) -> Effort | None:
        """Reasoning effort asked for; None leaves the model's own default."""
        return cast("Effort | None", self.parameters.get("effort"))

    @property
    def keeps_hidden(self) -> bool:
        """Whether words that nobody can see on a page are read like all others."""
        return self.parameters.get("hidden") == "keep"

    def number(self, name: str) -> int | None:
        """The parameter `name` as a number, None where it was not told."""
        value = self.parameters.get(name)
        return value if isinstance(value, int) else None


def parse_engine(spec: str) -> Engine:
    """The engine that `spec` names. Asks no server; `auto` is not an engine, see `resolve`.

    Raises:
        ConfigError: ``bad_engine``, with what is near to what was written.
    """
    text = spec.strip()
    text, _, query = text.partition("?")
    inputs, rest = split_inputs(text)
    match = re.search(r"@(?=https?://)", rest)
    name, base_url = (rest[: match.start()], rest[match.end() :]) if match else (rest, None)
    provider_name, _, model = name.partition(":")
    provider_name = provider_name.strip()
    # No package is looked for where the embedded engine is asked for.
    embedded = provider_name.lower() == LOCAL
    provider = None if embedded else PROVIDERS.get(provider_name.lower())
    if provider is None:
        names = (provider_name.lower(), provider_name)
        reader = next((one for one in names if one in READERS), None)
        if reader is None:
            unknown_provider(spec, provider_name.lower())
        return _no_model(spec, reader, model.strip(), base_url, inputs, query)
    bare = re.search(r"@((?:localhost|[\w.-]+:\d+|\d+(?:\.\d+){3})\S*)$", name)
    if base_url is None and bare:
        refuse(spec, "a URL begins with http:// or https://", f"...@http://{bare[1]}")
    url = whole_url(base_url, provider, spec) if base_url is not None else None
    parameters = read_parameters(query, spec)
    provider, model = _record_for(provider, model.strip())
    engine = _engine(inputs or "image", provider, model, url, parameters)
    if not engine.model and provider.default_model and own_site(engine):
        return with_model(engine, provider.default_model)
    return engine


def _no_model(
    spec: str, name: str, model: str, base_url: str | None, inputs: Inputs | None, query: str
) -> Engine:
    """The engine of a reader that needs no model of ours.

    Raises:
        ConfigError: ``bad_engine``; ``bad_plugin``, its package is broken.
    """
    parameters = read_parameters(query, spec)
    has_model = READERS[name].models
    if (
        (model and not has_model)
        or base_url
        or parameters.keys() - {"hidden"}
        or inputs not in (None, "ocr")
    ):
        what = "the embedded engine" if name == LOCAL else f"the reader {name}"
        no = "URL or inputs" if has_model else "model, URL or inputs"
        refuse(spec, f"{what} has no {no}, and no parameter but hidden", name)
    told = f"{name}:{model}" if model else name
    told += f"?hidden={parameters['hidden']}" if parameters else ""
    return Engine(told, "ocr", name, model, parameters=parameters)


def with_model(engine: Engine, model: str) -> Engine:
    """The same engine with another model."""
    provider = PROVIDERS[engine.provider]
    return _engine(engine.inputs, provider, model, engine.base_url, engine.parameters)


def told_model(engine: Engine, served: str) -> Engine:
    """The same engine, told which model it serves."""
    parameters = {name: value for name, value in engine.parameters.items() if name != "model"}
    provider = PROVIDERS[engine.provider]
    return _engine(engine.inputs, provider, served, engine.base_url, parameters)


def is_loopback(host: str | None) -> bool:
    """Whether `host` is this machine. Names other than ``localhost`` are not looked up."""
    if host is None:
        return True
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def passed_on_to(engine: Engine) -> str:
    """Host where the model runs by its name, if that is not the server asked; else empty."""
    away = PROVIDERS[engine.provider].passes_on if engine.is_model else None
    tag = engine.model.rpartition(":")[2].lower()
    return away.host if away and (tag == away.tag or tag.endswith(f"-{away.tag}")) else ""


def own_site(engine: Engine) -> bool:
    """Whether requests go to the vendor itself, not to somebody's server of the same wire."""
    provider = PROVIDERS[engine.provider]
    if provider.cloud is not None:
        # Their sites have hosts of anybody's, too: storage, rented machines.
        return re.fullmatch(provider.cloud.hosts, (engine.host or "").lower()) is not None
    return _same_site(engine.host, urlsplit(provider.base_url).hostname)


def _record_for(provider: Provider, model: str) -> tuple[Provider, str]:
    """The provider's record for a model, some of whose vendors stand behind another door of it;
    and the model as it is called there."""
    for begins, name in provider.others.items():
        if model.startswith(begins):
            provider = PROVIDERS[name]
            break
    return provider, f"{provider.prefix}{model.removeprefix(provider.prefix)}" if model else ""


def wire_of(engine: Engine) -> str:
    """The protocol that the engine's server is spoken to in, a key of `WIRES`."""
    wire = PROVIDERS[engine.provider].wire
    chat = WIRES[wire].chat_path
    return CHAT_COMPLETIONS if chat and (engine.url or "").endswith(chat) else wire


def _is_vendors(engine: Engine) -> bool:
    """Whether requests go to the vendor itself, or where the vendor's own URL variable points."""
    return engine.base_url is None or own_site(engine)


def vouches_itself(engine: Engine) -> bool:
    """Whether the cloud's own chain of credentials may speak for the caller: the spec names no
    other key, and requests go to the cloud or where its variable points."""
    return "key" not in engine.parameters and _is_vendors(engine)


def takes_vendor_headers(engine: Engine) -> bool:
    """Whether what the vendor's SDK takes from the environment goes along: custom headers,
    organisation, project. They are the vendor's of the SDK, not of all who speak its wire."""
    provider = PROVIDERS[engine.provider]
    return provider.vendor_sdk and wire_of(engine) == provider.wire and _is_vendors(engine)


def is_self_hosted(engine: Engine) -> bool:
    """Whether calls cost no API money: a server of one's own, or one on this machine."""
    if not engine.is_model:
        return engine.host is None
    if passed_on_to(engine) or "price" in engine.parameters:
        return False
    return PROVIDERS[engine.provider].self_hosted or is_loopback(engine.host)


def is_allowed(engine: Engine, settings: Settings) -> bool:
    """Whether private mode, if it is on, lets pages go to this engine."""
    if not settings.private:
        return True
    if away := passed_on_to(engine):
        return away in _lower(settings.allowed_hosts)
    host = engine.host
    return is_loopback(host) or (host or "").lower() in _lower(settings.allowed_hosts)


def check_private(engine: Engine, settings: Settings) -> None:
    """Refuse, in private mode, an engine that would send pages to a host that isn't trusted.

    Raises:
        ConfigError: ``not_private``; nothing has been sent.
    """
    if is_allowed(engine, settings):
        return
    where = f"{engine.host}"
    if away := PROVIDERS[engine.provider].passes_on if passed_on_to(engine) else None:
        where = f"{away.host}, where models with the tag {away.tag} run"
    raise ConfigError(
        "not_private",
        f"Private mode: {engine.spec} would send pages to {where}.",
        "Use `local` or a server on this machine, or list the host in DOCGLEAN_ALLOWED_HOSTS.",
    )


def api_key(engine: Engine) -> tuple[str | None, tuple[str, ...]]:
    """The key for this engine, or None, and the environment variables looked at.

    A vendor's key goes to the vendor's own hosts, or where the vendor's own URL variable points.
    To a URL in the spec goes only what ``?key=VARIABLE`` names: a stranger's server gets no key.
    """
    if not engine.is_model:
        return None, ()
    provider = PROVIDERS[engine.provider]
    told = engine.parameters.get("key")
    if told is not None:
        names: tuple[str, ...] = (str(told),)
    elif _is_vendors(engine):
        tokens = provider.cloud.token_variables if provider.cloud else ()
        names = (*tokens, *provider.key_variables)
    else:
        names = ()
    return next((value for name in names if (value := os.environ.get(name))), None), names


def _engine(
    inputs: Inputs,
    provider: Provider,
    model: str,
    base_url: str | None,
    parameters: Mapping[str, str | int],
) -> Engine:
    spec = "" if inputs == "image" else f"{inputs}+"
    spec += f"{provider.name}:{model}" if model else provider.name
    spec += f"@{base_url}" if base_url else ""
    if parameters:
        spec += "?" + "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
    return Engine(spec, inputs, provider.name, model, base_url, dict(parameters))


def _lower(hosts: tuple[str, ...]) -> set[str]:
    return {host.strip().lower().strip("[]") for host in hosts}


def _same_site(host: str | None, home: str | None) -> bool:
    """Whether `host` is the vendor's: its own name or one of the same site (eu.api.openai.com)."""
    if host is None or home is None:
        return False
    site = ".".join(home.split(".")[-2:])
    return host == home or host.endswith(f".{site}")
