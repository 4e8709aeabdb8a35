"""Transcription by a server that speaks OpenAI's ``/v1/audio/transcriptions``."""

from __future__ import annotations

import locale
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from docglean.extractors.engines import Engine, api_key, is_self_hosted, own_site
from docglean.extractors.extraction import Spending, Usage
from docglean.extractors.models.providers import PROVIDERS
from docglean.extractors.models.transport import http_client
from docglean.extractors.speech.local import Heard, Said
from docglean.schemas.errors import ConfigError, ModelError

if TYPE_CHECKING:
    import httpx2
    from docglean.extractors.settings import Settings
    from openai import AsyncOpenAI

MAX_UPLOAD = 25 * 1024 * 1024
"""Bytes of a file that OpenAI takes."""
TIMED_SECONDS = 300.0
"""Longest stretch for a model that gives times: 10 MB at the most."""
UNTIMED_SECONDS = 30.0
"""Longest stretch for one that gives none: then the stretch itself is the segment."""
UNKNOWN_SECONDS = 60.0
"""Longest stretch for a server that may or may not give times."""
UPLOADS = 4
"""Stretches of one recording under way at once; they are held in memory."""
TIMEOUT = 600.0
RETRIES = 4
"""Of the SDK, after half a second, one, two and four, or when the server says."""

TIMED_MODELS = ("whisper-1",)
"""Of OpenAI's models, those that give times. (openai SDK, types/audio)"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one stretch, and what it cost."""

    heard: Heard
    spending: Spending


class Hosted:
    """A connection to one transcription model; `close` it.

    Attributes:
        timed: whether the model gives times for what is said. Other servers than OpenAI's are
            asked for them until one says that it can't.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """Connect.

        Raises:
            ConfigError: ``no_key``.
        """
        from openai import AsyncOpenAI

        key, variables = api_key(engine)
        if key is None and own_site(engine) and variables:
            raise ConfigError(
                "no_key",
                f"{engine.spec} needs a key, and {' or '.join(variables)} is not set.",
                f"export {variables[0]}=..., or take a speech engine on this machine.",
            )
        self._engine = engine
        self.timed = engine.model in TIMED_MODELS or not own_site(engine)
        self._client: AsyncOpenAI = AsyncOpenAI(
            api_key=key or "none",
            base_url=engine.url,
            max_retries=RETRIES,
            http_client=http_client(engine, TIMEOUT, private=settings.private, transport=transport),
        )

    async def close(self) -> None:
        """Close connections."""
        await self._client.close()

    async def hear(self, sound: bytes, seconds: float, language: str | None, name: str) -> Answer:
        """What is said in this FLAC file of `seconds`.

        Args:
            name: of the recording, for messages.

        Raises:
            ConfigError: the key or the model is refused.
            ModelError: the server fails; `retryable` says whether later may help.
        """
        import openai

        if len(sound) > MAX_UPLOAD:
            raise ModelError(
                "too_large",
                f"{name}: {len(sound):,} bytes are more than the {MAX_UPLOAD:,} of an upload.",
            )
        try:
            answer = await self._ask(sound, language)
        except openai.BadRequestError as error:
            if not self.timed or "format" not in str(error).lower():
                raise _told(self._engine, name, error) from error
            self.timed = False  # the server has no verbose_json
            try:
                answer = await self._ask(sound, language)
            except openai.OpenAIError as again:
                raise _told(self._engine, name, again) from again
        except openai.OpenAIError as error:
            raise _told(self._engine, name, error) from error
        return Answer(_heard(answer, seconds, language), self._spent(answer, seconds))

    async def _ask(self, sound: bytes, language: str | None) -> Any:
        import openai

        told = openai.omit if language is None else language
        file = ("stretch.flac", sound, "audio/flac")
        transcriptions = self._client.audio.transcriptions
        if self.timed:
            return await transcriptions.create(
                file=file,
                model=self._engine.model,
                language=told,
                response_format="verbose_json",
                timestamp_granularities=["segment"],
            )
        return await transcriptions.create(
            file=file, model=self._engine.model, language=told, response_format="json"
        )

    def _spent(self, answer: Any, seconds: float) -> Spending:
        usage = getattr(answer, "usage", None)
        tokens = usage if getattr(usage, "type", "") == "tokens" else None
        counted = Usage(
            input_tokens=getattr(tokens, "input_tokens", 0),
            output_tokens=getattr(tokens, "output_tokens", 0),
        )
        cost = price(self._engine, tokens, getattr(usage, "seconds", None) or seconds)
        return Spending(usage=counted, cost=cost, calls=1)


def longest(engine: Engine) -> float:
    """Seconds of the longest stretch to send to a model."""
    if not own_site(engine):
        return UNKNOWN_SECONDS
    return TIMED_SECONDS if engine.model in TIMED_MODELS else UNTIMED_SECONDS


def price(engine: Engine, tokens: Any, seconds: float) -> Decimal | None:
    """US dollars for one transcription; None where the tables have no price for it."""
    from genai_prices import Usage as Priced
    from genai_prices import calc_price

    if is_self_hosted(engine):
        return Decimal(0)
    if not own_site(engine):
        return None
    if tokens is None:
        priced = Priced(audio_seconds=seconds)
    else:
        details = getattr(tokens, "input_token_details", None)
        priced = Priced(
            input_tokens=tokens.input_tokens,
            input_audio_tokens=getattr(details, "audio_tokens", None) or 0,
            output_tokens=tokens.output_tokens,
        )
    provider = PROVIDERS[engine.provider].prices
    try:
        found = calc_price(priced, engine.model, provider_id=provider or None)
    except (LookupError, ValueError):
        return None
    # Priced by the other measure: what was counted costs nothing by this table.
    return found.total_price or None


def _heard(answer: Any, seconds: float, told: str | None) -> Heard:
    text = (getattr(answer, "text", "") or "").strip()
    segments = getattr(answer, "segments", None) or ()
    said = tuple(
        Said(float(one.start), float(one.end), words)
        for one in segments
        if (words := one.text.strip())
    )
    if not said and text:
        said = (Said(0.0, seconds, text),)
    return Heard(said, told or _language(answer), 1.0 if told else 0.0)


def _language(answer: Any) -> str | None:
    """ISO 639-1 code; whisper-1 gives the English name of the language instead."""
    several = getattr(answer, "languages", None) or ()
    named = several[0] if several else getattr(answer, "language", None)
    code = getattr(named, "code", named)
    if not isinstance(code, str) or not code or code == "unknown":
        return None
    code = code.strip().lower()
    known = locale.locale_alias.get(code) if len(code) > 3 else None
    return known[:2] if known else code


def _told(engine: Engine, name: str, error: Exception) -> ConfigError | ModelError:
    """The SDK's error as ours."""
    import openai

    cause = " ".join(str(getattr(error, "message", error)).split())[:300]
    where = engine.host or engine.provider
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return ConfigError(
            "bad_key", f"{where} refuses the key for {engine.spec}: {cause}", "Check the key."
        )
    if isinstance(error, openai.NotFoundError):
        return ConfigError(
            "no_model",
            f"{where} has no transcription by {engine.model}: {cause}",
            "Name another model, or another server after an @.",
        )
    if isinstance(error, openai.APITimeoutError):
        return ModelError("timeout", f"{name}: {where} did not answer in time.", retryable=True)
    if isinstance(error, openai.APIConnectionError):
        return ModelError(
            "no_connection",
            f"{name}: {where} cannot be reached ({cause}).",
            "Check that the server runs and the network is there.",
            retryable=True,
        )
    if isinstance(error, openai.RateLimitError):
        return ModelError(
            "rate_limited", f"{name}: {where} takes no more now: {cause}", retryable=True
        )
    if isinstance(error, openai.APIStatusError):
        retryable = error.status_code >= 500 or error.status_code in (408, 409)
        return ModelError(
            "transcription_failed",
            f"{name}: {where} answers {error.status_code}: {cause}",
            retryable=retryable,
        )
    return ModelError("transcription_failed", f"{name}: {cause}", retryable=False)
