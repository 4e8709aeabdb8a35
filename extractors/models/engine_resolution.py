"""Which engine a spec means here, with what its server is asked for that."""

from __future__ import annotations

import os

from docglean.extractors.models import discovery
from docglean.extractors.models.engines import (
    Engine,
    api_key,
    check_private,
    is_allowed,
    is_loopback,
    parse_engine,
    passed_on_to,
    with_model,
)
from docglean.extractors.models.places import place_said
from docglean.extractors.models.providers import AUTO_KEYS, AUTO_SERVER, PROVIDERS
from docglean.extractors.reader_kinds import LOCAL
from docglean.extractors.settings import Settings


async def resolve(spec: str, settings: Settings) -> tuple[Engine, str]:
    """The engine to use, and one sentence for the user: which it is and where pages go.

    ``auto`` takes the first of: the engine of the settings, an ANTHROPIC_API_KEY, an
    OPENAI_API_KEY, a GEMINI_API_KEY, a running Ollama with a vision model, ``local``. In private
    mode what is neither on this machine nor allowed is passed over. Where the spec names no
    model, the server is asked for the one that it serves.

    Raises:
        ConfigError: ``bad_engine``, ``not_private``, ``no_server``, ``no_model``.
    """
    why = ""
    if spec.strip().lower() == "auto" and settings.engine.strip().lower() != "auto":
        spec, why = settings.engine, "the settings name it"
    if spec.strip().lower() == "auto":
        engine, why = await _auto(settings)
    else:
        engine = parse_engine(spec)
        check_private(engine, settings)
    if engine.is_model:
        if not engine.model:
            engine = with_model(engine, await discovery.served_model(engine))
            check_private(engine, settings)
        if settings.private and PROVIDERS[engine.provider].passes_on is not None:
            await discovery.check_runs_here(engine, settings)
    return engine, _sentence(engine, why)


async def _auto(settings: Settings) -> tuple[Engine, str]:
    for name in AUTO_KEYS:
        engine = parse_engine(name)
        key, variables = api_key(engine)
        if key and is_allowed(engine, settings):
            found = next(variable for variable in variables if os.environ.get(variable))
            return engine, f"{found} is set"
    engine = parse_engine(AUTO_SERVER)
    if is_allowed(engine, settings):
        model = await discovery.ollama_vision_model(engine, private=settings.private)
        if model:
            return with_model(engine, model), "Ollama runs here and has this vision model"
    away = " that private mode allows" if settings.private else ""
    return parse_engine(LOCAL), f"no key and no running Ollama with a vision model{away}"


def _sentence(engine: Engine, why: str) -> str:
    because = f" ({why})" if why else ""
    if engine.host is None:
        return f"Engine {engine.spec}{because}: nothing leaves this machine."
    if not engine.is_model:
        return f"Engine {engine.spec}{because}: documents go to {engine.host}."
    what = {
        "image": "page images",
        "ocr": "the words of the pages",
        "image+ocr": "page images and words",
        "audio": "recordings, and page images,",
        "pdf": "pages as PDF, scans and photos as images,",
    }[engine.inputs]
    if away := passed_on_to(engine):
        where = f"{away} through the {PROVIDERS[engine.provider].title} server"
    else:
        where = f"{engine.host}, this machine" if is_loopback(engine.host) else f"{engine.host}"
        where += place_said(engine)
    return f"Engine {engine.spec}{because}: {what} go to {where}."
