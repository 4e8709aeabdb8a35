"""What Mistral's chat completions take: `ChatCompletionRequest` of `mistralai` 3.7.0, closed.

Fields are those of the package, ranges those of the API's own OpenAPI document
(docs.mistral.ai/api). Since the API became strict about its parameters (docs.mistral.ai, changelog)
an unknown field at any depth is ``extra_forbidden``. Tools are not described: docglean has none.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TextChunk(_Closed):
    type: Literal["text"]
    text: str


class ImageURL(_Closed):
    url: str
    detail: Literal["low", "auto", "high"] | None = None


class ImageURLChunk(_Closed):
    type: Literal["image_url"]
    image_url: ImageURL | str


class DocumentURLChunk(_Closed):
    type: Literal["document_url"]
    document_url: str
    document_name: str | None = None


class AudioChunk(_Closed):
    """Sound; unlike OpenAI's, a bare string."""

    type: Literal["input_audio"]
    input_audio: str


class ThinkChunk(_Closed):
    type: Literal["thinking"]
    thinking: list[TextChunk]
    signature: str | None = None
    closed: bool = True


UserChunk = Annotated[
    TextChunk | ImageURLChunk | DocumentURLChunk | AudioChunk | ThinkChunk,
    Field(discriminator="type"),
]
SystemChunk = Annotated[TextChunk | ThinkChunk, Field(discriminator="type")]


class SystemMessage(_Closed):
    role: Literal["system"]
    content: str | list[SystemChunk]


class UserMessage(_Closed):
    role: Literal["user"]
    content: str | list[UserChunk] | None


class AssistantMessage(_Closed):
    role: Literal["assistant"]
    content: str | list[UserChunk] | None = None
    prefix: bool = False


class JSONSchema(_Closed):
    name: str
    schema_definition: dict[str, Any] = Field(alias="schema")
    description: str | None = None
    strict: bool = False


class ResponseFormat(_Closed):
    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: JSONSchema | None = None


class ChatCompletionRequest(_Closed):
    """The body of a request."""

    model: str
    messages: list[
        Annotated[SystemMessage | UserMessage | AssistantMessage, Field(discriminator="role")]
    ] = Field(min_length=1)
    temperature: float | None = Field(None, ge=0, le=1.5)
    top_p: float | None = Field(None, ge=0, le=1)
    max_tokens: int | None = Field(None, ge=0)
    stream: bool = False
    stop: str | list[str] | None = None
    random_seed: int | None = Field(None, ge=0)
    metadata: dict[str, Any] | None = None
    response_format: ResponseFormat | None = None
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    n: int | None = Field(None, ge=1)
    parallel_tool_calls: bool | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = (
        None
    )
    prompt_mode: Literal["reasoning"] | None = None
    prompt_cache_key: str | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    safe_prompt: bool | None = None
