"""The servers that docglean knows: where they are, which wire they speak, where their key is.

To add one, add a record here or to a package of your own (entry point ``docglean.providers``) and,
if its models see images, a family in `families`.
"""

from __future__ import annotations

from datetime import date

from docglean.extractors.models.cloud_providers import CLOUDS
from docglean.extractors.models.provider import CLAUDE_IMAGES, PassedOn, Provider
from docglean.schemas.plugins import Registry

TABLE_DATE = date(2026, 11, 28)
"""When the dates in `Provider.retires` were read off the vendors' pages."""

# Default models are the cheapest of each vendor's current vision models that constrain their
# output; tests hold that none is retired and each has a price.
VENDORS = (
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
        path="",
        client_path="/v1",
        # 32 MB a request.
        images_per_request=CLAUDE_IMAGES.above,
        bytes_per_request=30_000_000,
        small_images=CLAUDE_IMAGES,
        strict_images=True,
        vendor_sdk=True,
        sdk="anthropic",
        model_starts=("claude",),
        model_api="anthropic",
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
        flex=True,
        prices="openai",
        pdf=True,
        images_per_request=500,  # more than anyone wants in one
        detail=True,
        hearing="listed",
        # To those that reason it is an unsupported parameter.
        token_probabilities="plain",
        speech_model="gpt-transcribe",  # that OpenAI has not announced an end of
        vendor_sdk=True,
        sdk="openai",
        model_starts=("gpt", "o3", "o4"),
    ),
    Provider(
        "gemini",
        "Google Gemini",
        "gemini",
        "https://generativelanguage.googleapis.com",
        url_variable="GOOGLE_GEMINI_BASE_URL",
        key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        default_model="gemini-3.5-flash-lite",
        batch=True,
        flex=True,
        prices="google",
        path="",
        pdf=True,
        client_path="/v1beta",
        # 20 MB a request with what is in it.
        images_per_request=500,
        bytes_per_request=19_000_000,
        vendor_sdk=True,
        # ai.google.dev/gemini-api/docs/deprecations. Calls are then answered by a successor, at its
        # price.
        retires={
            "gemini-2.5-flash": date(2026, 12, 1),
            "gemini-2.5-pro": date(2026, 12, 1),
            "gemini-3.1-flash-lite": date(2027, 5, 7),
        },
        # The Google table also holds other vendors' models and old ones that nobody marked.
        listed=r"gemini-(?:2\.[5-9]|[3-9])[\w.]*-(?:pro|flash|flash-lite|argon)(?:-preview)?",
        model_starts=("gemini",),
        telemetry_name="gcp.gemini",
    ),
    Provider(
        "mistral",
        "Mistral",
        "openai",
        "https://api.mistral.ai/v1",
        key_variables=("MISTRAL_API_KEY",),
        default_model="mistral-small-latest",
        batch=True,
        prices="mistral",
        batch_port="docglean.extractors.models.mistral_batches:MistralBatches",
        images_per_request=8,
        bytes_per_request=30_000_000,
        hearing="none",  # it takes sound in a form of its own
        # docs.mistral.ai/getting-started/models
        retires={
            "mistral-large-2512": date(2027, 4, 30),
            "mistral-medium-3-5": date(2027, 4, 30),
        },
        listed=r"(?:mistral-(?:small|medium|large)|ministral-\d+b)-(?:latest|\d{4}|\d(?:-\d)?)",
        model_starts=("mistral", "pixtral"),
        telemetry_name="mistral_ai",
    ),
    Provider(
        "openrouter",
        "OpenRouter",
        "openai",
        "https://openrouter.ai/api/v1",
        key_variables=("OPENROUTER_API_KEY",),
        default_model="google/gemini-3.5-flash-lite",
        prices="openrouter",
        images_per_request=20,
        bytes_per_request=19_000_000,
        nested_effort=True,
        # Else it may pick a host that ignores the schema without a word.
        with_schema={"provider": {"require_parameters": True}},
    ),
    Provider(
        "ollama",
        "Ollama",
        "openai",
        "http://127.0.0.1:11434/v1",
        url_variable="OLLAMA_HOST",
        self_hosted=True,
        port=11434,
        # What it gives a model below 24 GiB of video memory.
        default_context=4096,
        cuts_prompts=True,
        passes_on=PassedOn("cloud", "ollama.com"),
        token_probabilities="any",  # since 0.12.11; earlier ones ignore it
        model_starts=("qwen", "llama", "gemma"),
        model_api="ollama",
    ),
    Provider(
        "vllm",
        "vLLM",
        "openai",
        "http://127.0.0.1:8000/v1",
        self_hosted=True,
        token_probabilities="any",
        model_api="models",
    ),
    Provider(
        "llamacpp",
        "llama.cpp",
        "openai",
        "http://127.0.0.1:8080/v1",
        self_hosted=True,
        token_probabilities="any",
        model_api="llamacpp",
    ),
    Provider(
        "lmstudio",
        "LM Studio",
        "openai",
        "http://127.0.0.1:1234/v1",
        self_hosted=True,
        model_api="lmstudio",
    ),
)

PROVIDERS = Registry(
    "docglean.providers",
    Provider,
    "provider",
    {provider.name: provider for provider in (*VENDORS, *CLOUDS)},
)

AUTO_KEYS = ("anthropic", "openai", "gemini")
"""Hosted providers that `auto` looks for a key of, in this order."""
AUTO_SERVER = "ollama"
"""The server of one's own that `auto` looks for next."""
