"""Which engines can read now: keys, never shown, and servers on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from docglean.doctor.check import Case, Finding
from docglean.schemas.errors import DocgleanError

if TYPE_CHECKING:
    from docglean.extractors.models.engines import Engine
    from docglean.extractors.settings import Settings


def engine_in_use(case: Case) -> Iterator[Finding]:
    """Whether the engine of the settings can be used."""
    from docglean.extractors.models.engine_resolution import resolve
    from docglean.extractors.models.engines import check_private

    spec = case.settings.engine
    try:
        engine, _ = asyncio.run(resolve(spec, case.settings))
        check_private(engine, case.settings)
    except DocgleanError as error:
        yield Finding(f"engine {spec}", "fail", error.message, error.way_out)
        return
    where = f"pages go to {engine.host}" if engine.host else "nothing leaves this machine"
    yield Finding("engine in use", "ok", f"{engine.spec}: {where}")


def keys(case: Case) -> Iterator[Finding]:
    """The keys of vendors that are set, and whether private mode lets pages go there."""
    from docglean.commands.engines import way_in
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
