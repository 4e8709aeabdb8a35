"""Which engines can read now: keys, never shown, and servers on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from docglean.doctor.check import Case, Finding
from docglean.extractors.models.discovery import QUICK
from docglean.schemas.errors import ConfigError, DocgleanError

if TYPE_CHECKING:
    from docglean.extractors.models.engines import Engine
    from docglean.extractors.settings import Settings


def engines_in_use(case: Case) -> Iterator[Finding]:
    """Whether the engine of the settings, and those that are asked after it, can be used."""
    for number, spec in enumerate((case.settings.engine, *case.settings.then)):
        what = "then" if number else "engine in use"
        try:
            engine = asyncio.run(_connected(spec, case.settings))
        except DocgleanError as error:
            yield Finding(what, "fail", error.message, error.way_out)
            continue
        where = f"pages go to {engine.host}" if engine.host else "nothing leaves this machine"
        yield Finding(what, "ok", f"{engine.spec}: {where}")


async def _connected(spec: str, settings: Settings) -> Engine:
    """The engine, with its key there; a server of one's own has to listen. A vendor is asked only
    where the spec names no model and it has no first one: which models there are.

    Raises:
        ConfigError: it can't be used.
    """
    from docglean.extractors.models import connect
    from docglean.extractors.models.engine_resolution import resolve
    from docglean.extractors.models.engines import is_self_hosted

    engine, _ = await resolve(spec, settings)
    if engine.is_model:
        await connect(engine, settings).close()
        if is_self_hosted(engine):
            await _listens(engine)
    return engine


async def _listens(engine: Engine) -> None:
    url = urlsplit(engine.url or "")
    port = url.port or {"https": 443}.get(url.scheme, 80)
    try:
        async with asyncio.timeout(QUICK):
            _, writer = await asyncio.open_connection(url.hostname, port)
    except (OSError, TimeoutError) as error:
        raise ConfigError(
            "no_server", f"{engine.spec}: no server listens at {engine.url}.", "Start it."
        ) from error
    writer.close()


def keys(case: Case) -> Iterator[Finding]:
    """The keys of vendors that are set, and whether private mode lets pages go there."""
    from docglean.commands.any_model import way_in
    from docglean.extractors.models.engines import api_key, parse_engine
    from docglean.extractors.models.providers import PROVIDERS

    for provider in PROVIDERS.records():
        if provider.self_hosted:
            continue
        key, _ = api_key(engine := parse_engine(provider.name))
        if not key:
            yield Finding(provider.name, "off", "no key", way_in(provider))
        elif not case.settings.private or _allowed(engine, case.settings):
            yield Finding(provider.name, "ok", "a key is set")
        else:
            yield Finding(provider.name, "ok", "a key is set, and private mode refuses its use")


def _allowed(engine: Engine, settings: Settings) -> bool:
    from docglean.extractors.models.engines import is_allowed

    try:
        return is_allowed(engine, settings)
    except DocgleanError:  # a cloud whose place is told nowhere
        return False


def servers(case: Case) -> Iterator[Finding]:
    """Model servers on this machine that answer."""
    from docglean.extractors.models.discovery import served_engines
    from docglean.extractors.models.providers import PROVIDERS

    served: dict[str, list[str]] = {}
    for engine in asyncio.run(served_engines()):
        served.setdefault(engine.provider, []).append(engine.model)
    for provider in PROVIDERS.records():
        if provider.name in served:
            yield Finding(provider.name, "ok", f"answers, with {', '.join(served[provider.name])}")
        elif provider.self_hosted:
            yield Finding(provider.name, "off", "no server answers", "Start it on this machine.")
