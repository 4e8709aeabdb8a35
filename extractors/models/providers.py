"""The servers that docglean knows: where they are, which wire they speak, where their key is.

To add one, add a record here and, if its models see images, a family in `capabilities`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SchemaMode = Literal["json_schema", "json_object", "none"]
"""How an answer is held to a schema: constrained decoding, any JSON object, or not at all."""
TokenField = Literal["max_tokens", "max_completion_tokens"]
"""Name of the field that limits an answer on the wire of chat completions."""

EMBEDDED = "local"
"""The provider name of the embedded engine, which is no model."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One server, or one program that serves models.

    Attributes:
        name: as written in an engine spec; also the name of its JSON Schema dialect.
        title: as people call it.
        wire: the protocol it speaks: ``anthropic`` (Messages) or ``openai`` (chat completions).
        base_url: where it is when nothing else is told.
        url_variable: environment variable that may say otherwise, as the vendor's own tools do.
        key_variables: environment variables that hold the key, first found wins; empty where
            none is needed.
        self_hosted: runs on the user's own machines: calls cost no API money.
        default_model: taken when a spec names none; empty means: ask the server.
        schema_mode: what it offers for holding an answer to a schema.
        token_field: name of the field that limits the answer.
        batch: whether docglean can use its batch API.
        prices: its id in genai-prices; empty where there are no prices.
        pdf: requests may hold PDF files (``pdf+``).
    """

    name: str
    title: str
    wire: Literal["anthropic", "openai"]
    base_url: str
    url_variable: str = ""
    key_variables: tuple[str, ...] = ()
    self_hosted: bool = False
    default_model: str = ""
    schema_mode: SchemaMode = "json_schema"
    token_field: TokenField = "max_tokens"
    batch: bool = False
    prices: str = ""
    pdf: bool = False


# Default models are the cheapest of each vendor's current vision models that constrain their
# output; tests hold that none is retired and each has a price.
PROVIDERS: dict[str, Provider] = {
    provider.name: provider
    for provider in (
        Provider(
            "anthropic",
            "Anthropic",
            "anthropic",
            "https://api.anthropic.com",
            url_variable="ANTHROPIC_BASE_URL",
            key_variables=("ANTHROPIC_API_KEY",),
            default_model="claude-haiku-5-5",
            batch=True,
            prices="anthropic",
            pdf=True,
        ),
        Provider(
            "openai",
            "OpenAI",
            "openai",
            "https://api.openai.com/v1",
            url_variable="OPENAI_BASE_URL",
            key_variables=("OPENAI_API_KEY",),
            default_model="gpt-6-luna",
            token_field="max_completion_tokens",
            batch=True,
            prices="openai",
            pdf=True,
        ),
        Provider(
            "gemini",
            "Google Gemini",
            "openai",
            "https://generativelanguage.googleapis.com/v1beta/openai",
            key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
            default_model="gemini-3.5-flash-lite",
            prices="google",
        ),
        Provider(
            "mistral",
            "Mistral",
            "openai",
            "https://api.mistral.ai/v1",
            key_variables=("MISTRAL_API_KEY",),
            default_model="mistral-small-latest",
            prices="mistral",
        ),
        Provider(
            "openrouter",
            "OpenRouter",
            "openai",
            "https://openrouter.ai/api/v1",
            key_variables=("OPENROUTER_API_KEY",),
            default_model="google/gemini-3.5-flash-lite",
            prices="openrouter",
        ),
        Provider(
            "ollama",
            "Ollama",
            "openai",
            "http://127.0.0.1:11434/v1",
            url_variable="OLLAMA_HOST",
            self_hosted=True,
        ),
        Provider("vllm", "vLLM", "openai", "http://127.0.0.1:8000/v1", self_hosted=True),
        Provider("llamacpp", "llama.cpp", "openai", "http://127.0.0.1:8080/v1", self_hosted=True),
    )
}

AUTO_KEYS = ("anthropic", "openai", "gemini")
"""Hosted providers that `auto` looks for a key of, in this order."""
