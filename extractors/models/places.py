"""Where on its cloud an engine is: region, project, resource; and so the host that pages go to."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol
from urllib.parse import urlsplit

from docglean.extractors.models.engine_spec import PLACE
from docglean.extractors.models.providers import PROVIDERS
from docglean.schemas.errors import ConfigError


class Placed(Protocol):
    """An engine, as far as it matters where it is."""

    @property
    def spec(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, str | int]: ...


def place(engine: Placed, name: str) -> str:
    """Where on its cloud an engine is: its ``region``, ``project`` or ``resource``.

    As the spec tells, else the cloud's environment variables, else its own configuration.

    Raises:
        ConfigError: ``no_place``: nothing tells, or it cannot stand in a URL.
    """
    provider = PROVIDERS[engine.provider]
    names = provider.cloud.places.get(name, ()) if provider.cloud else ()
    told = engine.parameters.get(name) or next(filter(None, map(os.environ.get, names)), None)
    if told is None and provider.cloud and provider.cloud.chain == "aws" and name == "region":
        told = _configured_aws_region(
            os.environ.get("AWS_PROFILE"), os.environ.get("AWS_CONFIG_FILE")
        )
    if not told:
        ways = " or ".join((*names, *filter(None, (provider.url_variable,))))
        raise ConfigError(
            "no_place",
            f"{engine.spec} names no {name}, and so no host to send pages to.",
            f"Add ?{name}= to the engine{f', or set {ways}' if ways else ''}.",
        )
    if not re.fullmatch(PLACE, str(told)):
        raise ConfigError("no_place", f"{told!r} is no {name} of {provider.title}.")
    return str(told)


@lru_cache(maxsize=8)
def _configured_aws_region(profile: str | None, file: str | None) -> str | None:
    """The region of an AWS profile, where Amazon's library is there to read it."""
    try:
        import botocore.session
    except ImportError:
        return None
    session = botocore.session.Session(profile=profile)
    if file is not None:
        session.set_config_variable("config_file", file)
    try:
        found = session.get_config_variable("region")
    except Exception as error:
        raise ConfigError(
            "no_place", f"The AWS profile cannot be read: {error}", "Set AWS_REGION."
        ) from error
    return str(found) if found else None


def whole_address(engine: Placed) -> str:
    """The provider's own URL, with the places that it names.

    Raises:
        ConfigError: ``no_place``.
    """
    provider = PROVIDERS[engine.provider]
    if provider.cloud is None:
        return provider.base_url
    names = [name for name in provider.cloud.places if f"{{{name}}}" in provider.base_url]
    places = {name: place(engine, name) for name in names}
    url = urlsplit(provider.base_url.format(**places))
    host = provider.cloud.region_hosts.get(places.get("region", ""), url.netloc)
    return url._replace(netloc=host).geturl()


def place_said(engine: Placed) -> str:
    """Where on its cloud an engine is, as said after its host; nothing where it is no cloud.

    Raises:
        ConfigError: ``no_place``.
    """
    cloud = PROVIDERS[engine.provider].cloud
    if cloud is None:
        return ""
    places = {name: place(engine, name) for name in cloud.places if f"{{{name}}}" in cloud.where}
    said = cloud.where.format(**places)
    for name, regions in cloud.wider.items():
        if engine.model.startswith(f"{name}.") or places.get("region") == name:
            said += f": {regions} may answer"
    return said
