"""Models behind one port: `connect` gives a client for an engine. See README.md beside this."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docglean.extractors.models.capabilities import Capability
    from docglean.extractors.models.client import Client
    from docglean.extractors.models.engines import Engine
    from docglean.extractors.settings import Settings


def connect(engine: Engine, settings: Settings, capability: Capability | None = None) -> Client:
    """A client for the engine's model. Nothing is sent yet.

    Args:
        engine: from `engine_resolution.resolve`.
        settings: private mode, deadline and retry limits.
        capability: from `capabilities.probe`; by default what the tables say.

    Raises:
        ConfigError: ``not_private``, ``no_key``, ``no_model``, ``no_vision``, ``bad_effort``.
    """
    from docglean.extractors.models import capabilities, engines
    from docglean.extractors.models.provider import WIRES
    from docglean.extractors.models.providers import PROVIDERS
    from docglean.schemas.errors import ConfigError
    from docglean.schemas.plugins import loaded

    engines.check_private(engine, settings)
    if not engine.is_model:
        raise ConfigError("no_model", f"{engine.spec} has no model to connect to.")
    if not engine.model:
        raise ConfigError(
            "no_model", f"{engine.spec} names no model.", "Write provider:model, or `resolve` it."
        )
    known = capability or capabilities.capability(engine)
    capabilities.check(engine, known)
    key, names = engines.api_key(engine)
    cloud = PROVIDERS[engine.provider].cloud
    vouched = cloud is not None and cloud.chain and engines.vouches_itself(engine)
    if key is None and names and not vouched:
        raise ConfigError(
            "no_key",
            f"{engine.spec} needs a key.",
            f"Set {' or '.join(names)} in the environment, or take another engine "
            "(`docglean engines`).",
        )
    client: Client = loaded(WIRES[engines.wire_of(engine)].client)(engine, settings, known)
    return client
