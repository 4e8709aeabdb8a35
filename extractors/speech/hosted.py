"""Transcription by a server that speaks OpenAI's ``/v1/audio/transcriptions``."""

from __future__ import annotations

import locale
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import Usage
from docglean.extractors.models import errors
from docglean.extractors.models.base import AudioPart, Call, Reply
from docglean.extractors.models.capabilities import capability
from docglean.extractors.models.client import Client, RawAnswer
from docglean.extractors.models.engines import Engine, api_key, is_self_hosted, own_site
from docglean.extractors.models.providers import PROVIDERS
from docglean.extractors.models.transport import client_for, patience
from docglean.extractors.models.usage import UnknownUsage, part, tokens
from docglean.extractors.speech.local import Heard, Said
from docglean.extractors.speech.specs import SpeechSpec
from docglean.schemas.errors import ConfigError
from pydantic import TypeAdapter

if TYPE_CHECKING:
    import httpx2
    from docglean.extractors.settings import Settings

TIMED_SECONDS = 300.0
"""Longest stretch for a model that gives times: 10 MB at the most; OpenAI takes 25."""
UNTIMED_SECONDS = 30.0
"""Longest stretch for one that gives none: then the stretch itself is the segment."""
UNKNOWN_SECONDS = 60.0
"""Longest stretch for a server that may or may not give times."""
ROUNDED_UP = 60.0
"""Seconds that a server may bill beyond those that it was sent: whole minutes at the most."""
UPLOADS = 4
"""Stretches of one recording under way at once; they are held in memory."""

TIMED_MODELS = ("whisper-1",)
"""Of OpenAI's models, those that give times. (openai SDK, types/audio)"""


class Hosted(Client):
    """A connection to one transcription model. What it hears is the text of its replies: `heard`.

    Attributes:
        timed: whether the model gives times for what is said. Other servers than OpenAI's are
            asked for them until one says that it can't.
    """

    operation = "transcription"

    def __init__(
        self,
        spec: SpeechSpec,
        settings: Settings,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """Connect.

        Raises:
            ConfigError: ``no_key``.
        """
        import openai

        assert spec.server is not None
        engine = spec.server
        super().__init__(engine, capability(engine))
        self._spec = spec
        key, variables = api_key(engine)
        if key is None and own_site(engine) and variables:
            raise ConfigError(
                "no_key",
                f"{engine.spec} needs a key, and {' or '.join(variables)} is not set.",
                f"export {variables[0]}=..., or take a speech engine on this machine.",
            )
        self.timed = engine.model in TIMED_MODELS or not own_site(engine)
        http = client_for(engine, settings, transport, openai.DefaultAsyncHttpxClient)
        self._sdk = openai.AsyncOpenAI(
            api_key=key or "none", base_url=engine.url, http_client=http, max_retries=0
        )

    def body(self, call: Call) -> dict[str, Any]:
        told: dict[str, Any] = {"model": self.engine.model}
        if call.language is not None:
            told["language"] = call.language
        told["response_format"] = "verbose_json" if self.timed else "json"
        if self.timed:
            told["timestamp_granularities"] = ["segment"]
        sound = _sound(call)
        return told | {"file": (f"stretch.{sound.format}", sound.data, f"audio/{sound.format}")}

    async def post(self, body: Mapping[str, Any], timeout: float) -> RawAnswer:
        import httpx2

        response = await self._sdk.post(
            "/audio/transcriptions",
            body={name: told for name, told in body.items() if name != "file"},
            files=[("file", body["file"])],
            cast_to=httpx2.Response,
            options={
                "timeout": patience(timeout),
                "headers": {"Content-Type": "multipart/form-data"},
            },
        )
        return RawAnswer(response.content, response.headers.get("x-request-id"), response.headers)

    def read(self, answer: Mapping[str, Any], call: Call) -> Reply:
        if answer.get("error"):
            return errors.settle_fault(errors.fault_of(200, answer), self.engine)
        if not isinstance(answer.get("text"), str):
            raise errors.BadAnswer("bad_body", "the answer is JSON, but no transcription")
        seconds = _sound(call).seconds
        usage, cost = self._billed(answer.get("usage"), seconds)
        return Reply(
            outcome="ok",
            text=_form().dump_json(_heard(answer, seconds, call.language)).decode(),
            usage=usage,
            cost=cost,
        )

    def _billed(self, told: Any, seconds: float) -> tuple[Usage, Decimal | None]:
        """Tokens and US dollars; unknown where the reported usage cannot be true."""
        try:
            usage = part(told)
            counted = _tokens(usage) if usage.get("type") == "tokens" else Usage()
            billed = usage.get("seconds") or seconds
            if not isinstance(billed, int | float) or not 0 <= billed <= seconds + ROUNDED_UP:
                raise UnknownUsage("seconds")
        except UnknownUsage:
            return Usage(), None
        return counted, price(self._spec, counted, float(billed))

    async def close(self) -> None:
        await self._sdk.close()

    async def _exchange(self, call: Call) -> Reply:
        """As text without times where the server has no ``verbose_json``."""
        timed = self.timed
        reply = await super()._exchange(call)
        if not timed or not errors.rejects_schema(reply):
            return reply
        self.timed = False
        return reply.model_copy(update={"again_in": 0.0})

    def _priced(self, reply: Reply, *, batch: bool = False) -> Reply:
        """As `read` has it: sound has prices of its own."""
        return reply


def _tokens(usage: Mapping[str, Any]) -> Usage:
    return Usage(
        input_tokens=tokens(usage, "input_tokens"),
        output_tokens=tokens(usage, "output_tokens"),
        audio_tokens=tokens(part(usage, "input_token_details"), "audio_tokens"),
    )


def heard(reply: Reply) -> Heard:
    """What an ``ok`` reply says was said."""
    return _form().validate_json(reply.text)


def _sound(call: Call) -> AudioPart:
    """The stretch in a call, which is all of it."""
    (part,) = call.parts
    assert isinstance(part, AudioPart)
    return part


@cache
def _form() -> TypeAdapter[Heard]:
    return TypeAdapter(Heard)


def longest(engine: Engine) -> float:
    """Seconds of the longest stretch to send to a model."""
    if not own_site(engine):
        return UNKNOWN_SECONDS
    return TIMED_SECONDS if engine.model in TIMED_MODELS else UNTIMED_SECONDS


def price(spec: SpeechSpec, counted: Usage, seconds: float) -> Decimal | None:
    """US dollars for one transcription; None where nobody knows the price.

    Args:
        counted: tokens; none where the server bills by `seconds`.
    """
    from genai_prices import Usage as Priced
    from genai_prices import calc_price

    engine = spec.server
    assert engine is not None
    if spec.price is not None:
        return round(spec.price * Decimal(seconds) / 60, 9)
    if is_self_hosted(engine):
        return Decimal(0)
    if not own_site(engine):
        return None
    if counted.total:
        priced = Priced(
            input_tokens=counted.input_tokens,
            input_audio_tokens=counted.audio_tokens,
            output_tokens=counted.output_tokens,
        )
    else:
        priced = Priced(audio_seconds=seconds)
    provider = PROVIDERS[engine.provider].prices
    try:
        found = calc_price(priced, engine.model, provider_id=provider or None)
    except (LookupError, ValueError):
        return None
    # Priced by the other measure: what was counted costs nothing by this table.
    return found.total_price or None


def _heard(answer: Mapping[str, Any], seconds: float, told: str | None) -> Heard:
    text = answer["text"].strip()
    said = tuple(
        Said(float(one["start"]), float(one["end"]), words)
        for one in answer.get("segments") or ()
        if (words := one["text"].strip())
    )
    if not said and text:
        said = (Said(0.0, seconds, text),)
    return Heard(said, told or _language(answer), 1.0 if told else 0.0)


def _language(answer: Mapping[str, Any]) -> str | None:
    """ISO 639-1 code; whisper-1 gives the English name of the language instead."""
    several = answer.get("languages") or ()
    named = several[0] if several else answer.get("language")
    code = named.get("code") if isinstance(named, Mapping) else named
    if not isinstance(code, str) or not code or code == "unknown":
        return None
    code = code.strip().lower()
    known = locale.locale_alias.get(code) if len(code) > 3 else None
    return known[:2] if known else code
