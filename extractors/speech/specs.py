"""Speech engines named by one string: ``ENGINE:MODEL[@base_url][?name=value&...]``.

``faster-whisper:small`` or ``faster-whisper:FOLDER`` (CTranslate2, light), ``whisper:base`` or
``whisper:FILE.pt`` (openai-whisper, the reference), ``openai:gpt-transcribe``,
``openai:NAME@http://any.server/v1`` (any server with ``/v1/audio/transcriptions``), ``auto``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal, NoReturn
from urllib.parse import parse_qsl, urlencode

from docglean.extractors.models.engines import Engine, parse_engine
from docglean.extractors.models.provider import WIRES
from docglean.extractors.models.providers import PROVIDERS
from docglean.schemas.errors import ConfigError

Kind = Literal["faster-whisper", "whisper", "hosted"]

LOCAL: dict[str, Kind] = {"faster-whisper": "faster-whisper", "whisper": "whisper"}
"""Engines on this machine, by the name that stands before the colon."""

PARAMETERS = {
    "vad": "on or off: leave out what is not speech, found by voice activity detection",
    "beam": "1 to 10: hypotheses followed, on this machine",
    "key": "name of the environment variable that holds the key, for a hosted engine",
    "price": "US dollars for a minute at a hosted engine, as 0.006, where no table tells",
}
"""What may stand after the question mark."""


@dataclass(frozen=True, slots=True)
class SpeechSpec:
    """A speech engine as its spec names it.

    Attributes:
        spec: normalised; stands on transcripts. Of a path only the last part.
        kind: how it is reached.
        model: a model's name, or a path to weights.
        server: where recordings are sent to; None for an engine on this machine.
        voice_activity: leave out what is not speech.
        beam: hypotheses followed by an engine on this machine.
        price: US dollars for a minute, where it was told.
    """

    spec: str
    kind: Kind
    model: str
    server: Engine | None = None
    voice_activity: bool = True
    beam: int = 5
    price: Decimal | None = None

    @property
    def path(self) -> Path | None:
        """The weights, where the spec names a path and not a model."""
        if self.kind == "hosted" or not is_path(self.model):
            return None
        return Path(self.model).expanduser()


def parse_speech(spec: str) -> SpeechSpec:
    """The speech engine that `spec` names. ``auto`` is not one, see `weights.choose`.

    Raises:
        ConfigError: ``bad_speech_engine``, or ``bad_engine`` for a server.
    """
    text, _, query = spec.strip().partition("?")
    name, _, model = text.partition(":")
    name, model = name.strip().lower(), model.strip()
    voice_activity, beam, key, price = _parameters(query, spec)
    kind = LOCAL.get(name)
    if kind is None:
        return _hosted(text, spec, voice_activity, key, price)
    if key or price or re.search(r"@https?://", model):
        _refuse(spec, f"{name} runs on this machine and calls no server")
    if not model:
        _refuse(spec, f"name a model or a path after the colon, for instance {name}:small")
    shown = Path(model).name if is_path(model) else model
    options = {} if voice_activity else {"vad": "off"}
    options |= {} if beam == 5 else {"beam": str(beam)}
    tail = f"?{urlencode(options)}" if options else ""
    return SpeechSpec(f"{name}:{shown}{tail}", kind, model, None, voice_activity, beam)


def is_path(model: str) -> bool:
    """Whether a model is named by a path: it has a separator, or such a file is there.

    ``owner/name`` is a path where it exists, else a model of the Hugging Face Hub.
    """
    if re.fullmatch(r"[\w.-]+/[\w.-]+", model) and not model.startswith("."):
        return Path(model).exists()
    return "/" in model or "\\" in model or model.startswith("~") or Path(model).is_file()


def _hosted(text: str, spec: str, voice_activity: bool, key: str, price: str) -> SpeechSpec:
    name = text.partition(":")[0].partition("@")[0].strip().lower()
    if name not in PROVIDERS:
        known = ", ".join((*LOCAL, *PROVIDERS))
        _refuse(spec, f"there is no speech engine {name!r}; there are {known} and auto")
    provider = PROVIDERS[name]
    if not WIRES[provider.wire].transcribes:
        _refuse(spec, f"{provider.title} transcribes no recordings")
    if provider.speech_model and text.strip().lower() == name:
        text = f"{name}:{provider.speech_model}"
    if not re.search(r":[^@/]", text.partition("@http")[0]):
        _refuse(spec, f"name the model after the colon, for instance {name}:whisper-1")
    engine = parse_engine(text + (f"?key={key}" if key else ""))
    if engine.inputs != "image":
        _refuse(spec, "a speech engine has no inputs before a plus")
    options = {} if voice_activity else {"vad": "off"}
    options |= {"price": price} if price else {}
    tail = ("&" if "?" in engine.spec else "?") + urlencode(options) if options else ""
    return SpeechSpec(
        f"{engine.spec}{tail}",
        "hosted",
        engine.model,
        engine,
        voice_activity,
        price=Decimal(price) if price else None,
    )


def _parameters(query: str, spec: str) -> tuple[bool, int, str, str]:
    found = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(set(found) - set(PARAMETERS))
    if unknown:
        _refuse(spec, f"there is no parameter {unknown[0]!r}; there are {', '.join(PARAMETERS)}")
    vad, beam = found.get("vad", "on"), found.get("beam", "5")
    if vad not in ("on", "off"):
        _refuse(spec, f"vad is on or off, not {vad!r}")
    if not (beam.isascii() and beam.isdigit() and 1 <= int(beam) <= 10):
        _refuse(spec, f"beam is a whole number from 1 to 10, not {beam!r}")
    price = found.get("price", "")
    if price and not re.fullmatch(r"\d+(\.\d+)?", price, re.ASCII):
        _refuse(spec, f"price is US dollars for a minute, as 0.006, not {price!r}")
    return vad == "on", int(beam), found.get("key", ""), price


def _refuse(spec: str, cause: str) -> NoReturn:
    raise ConfigError(
        "bad_speech_engine",
        f"The speech engine {spec!r} is not understood: {cause}.",
        "Examples: faster-whisper:small, whisper:base, openai:gpt-transcribe, "
        "openai:whisper-1@http://127.0.0.1:8000/v1, auto.",
    )
