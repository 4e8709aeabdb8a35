"""What vendors' error codes mean, and the few things that they say in words only. All of it data.

A code is the vendor's own; a message may quote the user's schema, document or prompt. So what
would meet every later call is told by status or code alone, and ends the run; where a vendor sends
no code of its own for it, by its status, its type and its whole sentence at the start of the
message (`SENTENCES`), where nothing of the user's can stand. Other words are looked at only where
no code is sent for the thing, only as a fixed phrase at the start of the message, and what they
tell fails one call at the most.

Sources: openai `error codes` (developers.openai.com/api/docs/guides/error-codes) and the `code`
of its API errors, Anthropic errors (platform.claude.com/docs/en/api/errors), google.rpc.Code and
ErrorInfo reasons (ai.google.dev/gemini-api/docs/troubleshooting), OpenRouter errors
(openrouter.ai/docs/api/reference/errors-and-debugging), llama.cpp ``format_error_response``
(tools/server/server-common.cpp), vLLM ``ErrorResponse``, Ollama ``openai.go``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

Meaning = Literal[
    "bad_key",
    "no_credit",
    "unknown_model",
    "no_vision",
    "too_large",
    "filtered",
    "schema",
    "no_capacity",
    "no_tier",
]

_OF_CODE: dict[Meaning, tuple[str, ...]] = {
    "bad_key": (
        "invalid_api_key", "authentication_error", "account_deactivated", "api_key_invalid",
        "api_key_expired", "api_key_service_blocked", "unauthenticated", "consumer_suspended",
    ),
    "no_credit": (
        "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "billing_error",
        "billing_disabled", "credit_balance_exhausted",
    ),
    "unknown_model": ("model_not_found", "deploymentnotfound", "invalid_model"),
    "too_large": (
        "context_length_exceeded", "string_above_max_length", "request_too_large",
        "image_dimensions_too_large", "exceed_context_size_error",
    ),
    "filtered": (
        "content_filter", "content_policy_violation", "moderation_blocked",
        "responsibleaipolicyviolation",
    ),
    # developers.openai.com/api/docs/guides/flex-processing: 429 Resource Unavailable.
    "no_capacity": ("resource_unavailable",),
    "schema": ("invalid_json_schema", "json_validate_failed"),
}  # fmt: skip

MEANING_OF: dict[str, Meaning] = {
    code: meaning for meaning, codes in _OF_CODE.items() for code in codes
}
"""By code in small letters."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a vendor says in a fixed sentence, with a status and a type that mean much else, too."""

    status: int
    type: str
    begins: str
    meaning: Meaning


SENTENCES = (
    # github.com/anthropics/anthropic-sdk-typescript/issues/618: 400, where 402 was to be expected.
    Sentence(
        400,
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API.",
        "no_credit",
    ),
    # Until Google answered 402 (discuss.ai.google.dev/t/183654), and where a gateway still does.
    Sentence(429, "resource_exhausted", "Your prepayment credits are depleted.", "no_credit"),
)


def sentence(status: int, codes: Collection[str], messages: Iterable[str]) -> Meaning | None:
    """What a vendor says in one of its `SENTENCES`.

    Args:
        codes: the error's own, in small letters; its type among them.
    """
    said = tuple(f"{message} " for message in messages)
    for one in SENTENCES:
        begins = any(message.startswith(f"{one.begins} ") for message in said)
        if begins and one.status == status and one.type in codes:
            return one.meaning
    return None


_WHERE = r"(?:messages\.\d+[\w.]*: )?"
_NAME = r"(?:The )?(?:model )?[\"'`]?[\w./:@-]+[\"'`]?"
_PHRASES: dict[Meaning, tuple[str, ...]] = {
    "bad_key": (r"API key not valid\. Please pass a valid API key",),
    "no_credit": (r"Your credit balance is too low to access", r"Your prepayment credits are"),
    "unknown_model": (r"Invalid model: ", rf"{_NAME} is not a valid model ID"),
    "no_vision": (
        r"image input is not supported",
        rf"{_NAME} is not a multimodal model",
        rf"{_NAME} does(?: not|n't) support (?:image|vision)",
        r"No endpoints found that support image input",
        r"Failed to process inputs?: this model is missing data required for image input",
    ),
    "too_large": (
        r"prompt is too long: \d+ tokens",
        r"input length and `max_tokens` exceed context limit",
        rf"{_WHERE}image exceeds \d",
        rf"{_WHERE}(?:At least one of the )?image dimensions exceed",
        rf"{_WHERE}too many images",
        r"This (?:model|endpoint)'s maximum context length is",
        r"The (?:decoder |encoder )?prompt \(length \d+\) is longer",
        r"At most \d+ images?",
        r"the request exceeds the available context size",
        r"(?:The )?input token count",
        r"Request payload size exceeds the limit",
        r"Prompt contains \d+ tokens",
        r"Input is too long for requested model",
        r"(?:the )?input length exceeds (?:the )?(?:maximum )?context length",
    ),
    "filtered": (r"Output blocked by content filtering policy",),
    # Google names the field or the model in words only: a model without the tier (Vertex), an
    # older API (google.rpc.BadRequest of its JSON reader).
    "no_tier": (
        r"Flex API is not supported for model",
        r"Invalid JSON payload received\. Unknown name \"service_?tier\": Cannot find field",
    ),
    "schema": (
        r"Invalid schema for response_format",
        r"Unable to generate parser for this template\. .{0,60}JSON schema",  # llama.cpp
        r"The specified schema produces a constraint that has too many states",
        r"A schema in GenerationConfig in the request exceeds",
        r"output_config\.format",
        # Servers of one's own each have other words; all name the field that they don't know.
        r".{0,40}\b(?:response_format|json_schema|guided_json|structured_outputs)\b",
    ),
}
_OF_PHRASE = {
    meaning: re.compile("|".join(phrases), re.IGNORECASE | re.DOTALL)
    for meaning, phrases in _PHRASES.items()
}


def said(message: str) -> Meaning | None:
    """What a message says that begins with a vendor's fixed phrase."""
    for meaning, phrase in _OF_PHRASE.items():
        if phrase.match(message):
            return meaning
    return None
