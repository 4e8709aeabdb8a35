"""Providers whose models nobody lists: gateways and clouds, which serve what the user names."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    from docglean.extractors.models.capabilities import KnownEngine
    from docglean.extractors.models.engines import Engine
    from docglean.extractors.models.provider import Provider

MODEL = "MODEL"
"""Stands in a spec for the name of a model, which the user has to know."""


def any_model(listed: Collection[str]) -> Iterator[KnownEngine]:
    """One engine for each provider of which none is listed: its spec says what is to be named.

    Args:
        listed: names of providers that have engines with names.
    """
    from docglean.extractors.models.capabilities import KnownEngine, capability
    from docglean.extractors.models.providers import PROVIDERS

    for provider in PROVIDERS.records():
        if provider.name not in listed:
            engine, lacking = _named(provider)
            usable, why_not = _state(provider, engine, lacking)
            yield KnownEngine(engine, capability(engine), None, None, usable, why_not)


def is_placeholder(known: KnownEngine) -> bool:
    """Whether the engine stands for all of its provider."""
    return known.engine.model.rpartition("/")[2] == MODEL


def untold_places(provider: Provider) -> list[str]:
    """What of a cloud's region, project or resource neither a variable nor its own configuration
    tells."""
    from docglean.extractors.models.engines import parse_engine
    from docglean.extractors.models.places import place

    plain = parse_engine(provider.name)
    lacking = []
    if provider.cloud and not _has_host(plain):
        for name in provider.cloud.places:
            try:
                place(plain, name)
            except ConfigError:
                lacking.append(name)
    return lacking


def way_in(provider: Provider) -> str:
    """What makes a provider usable that is not: its server, or a key or sign-in; a cloud's place;
    the extra."""
    from docglean.extractors.installation import is_there
    from docglean.extractors.models.clouds import NEEDS
    from docglean.extractors.models.engines import api_key, parse_engine

    if provider.self_hosted:
        return "start its server on this machine"
    key, names = api_key(parse_engine(provider.name))
    ways = [f"set {name}" for name in names]
    cloud = provider.cloud
    if cloud is None or not cloud.chain:
        return " or ".join(ways)
    wants_extra = not is_there(NEEDS[cloud.chain])
    extra = f" (extra {cloud.extra})" if wants_extra else ""
    said = [" or ".join([*ways, f"be signed in to {cloud.chain}"]) + extra] * (key is None)
    if key and wants_extra and cloud.needs_library:
        said.append(f"install the extra {cloud.extra}")
    for name in untold_places(provider):
        variables = cloud.places[name] or tuple(filter(None, (provider.url_variable,)))
        said.append(" or ".join([f"add ?{name}=", *(f"set {one}" for one in variables)]))
    return "; ".join(said)


def _named(provider: Provider) -> tuple[Engine, list[str]]:
    """The engine with words that stand for what is not told, and which places are not."""
    from docglean.extractors.models.engines import parse_engine

    lacking = untold_places(provider)
    places = "&".join(f"{name}=my-{name}" for name in lacking)
    return parse_engine(f"{provider.name}:{MODEL}{'?' if places else ''}{places}"), lacking


def _has_host(engine: Engine) -> bool:
    try:
        return engine.host is not None
    except ConfigError:
        return False


def _state(provider: Provider, engine: Engine, lacking: list[str]) -> tuple[bool | None, str]:
    """Whether it can be used now, None where its cloud would have to be asked, and what is
    missing."""
    from docglean.extractors.models.clouds import check_library
    from docglean.extractors.models.engines import api_key

    if lacking:
        return False, f"no {' and no '.join(lacking)} is told"
    try:
        check_library(engine)
    except ConfigError as error:
        return False, error.message
    key, names = api_key(engine)
    if key:
        return True, ""
    if provider.cloud is not None and provider.cloud.chain:
        return None, f"asks for a sign-in to {provider.cloud.chain} when used"
    return False, f"{' or '.join(names)} is not set"
