"""What vendors accept, in their own words: strict validators from the SDKs and OpenAI's spec.

The SDKs' TypedDicts are open and lazy; here every unknown key is refused, at any depth. Nothing
below was written by us: a request that passes is one that the vendor's own types describe.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from typing_extensions import is_typeddict

_ONE = threading.Lock()
"""Lazy validators of pydantic's panic where threads walk through several at a time."""

SPEC = Path(__file__).with_name("openai_chat_schema.json")


def check_anthropic_request(body: Any) -> None:
    """Raise where `body` is not what `anthropic` says one may post to /v1/messages."""
    with _ONE:
        _exhaust(_anthropic_request().validate_python(body, strict=False))


def check_openai_request(body: Any) -> None:
    """Raise where `body` is not what `openai` and its published spec accept for a chat."""
    with _ONE:
        _exhaust(_openai_request().validate_python(body, strict=False))
    _spec("CreateChatCompletionRequest").validate(_as_spec_knows(body))


def check_openai_answer(answer: Any) -> None:
    """Raise where `answer`, made up by a test, is not what OpenAI would send."""
    _spec("CreateChatCompletionResponse").validate(answer)


def check_anthropic_answer(answer: Any) -> None:
    """Raise where `answer`, made up by a test, is not a Message of the `anthropic` package."""
    from anthropic.types import Message

    Message.model_validate(answer)


# --- batches ------------------------------------------------------------------------------------


def check_anthropic_batch(body: Any) -> None:
    """Raise where `body` is not what one may post to /v1/messages/batches; the ``params`` in it
    are looked at when the batch is worked off (platform.claude.com, batch processing)."""
    any_params = {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "?"}]}
    requests = [one | {"params": any_params} for one in body["requests"] if "params" in one]
    assert len(requests) == len(body["requests"])
    _exhaust(_batch_of_anthropic().validate_python(body | {"requests": requests}, strict=False))
    for request in body["requests"]:
        # https://platform.claude.com/docs/en/api/messages-batch-creation: of 1 to 64 characters.
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", request["custom_id"]), request["custom_id"]


def check_anthropic_batch_answer(answer: Any) -> None:
    """Raise where `answer`, made up by a test, is not a batch of the `anthropic` package."""
    from anthropic.types.messages import MessageBatch

    MessageBatch.model_validate(answer)


def check_anthropic_batch_result(answer: Any) -> None:
    """Raise where `answer`, made up by a test, is not a line of a batch's results."""
    from anthropic.types.messages import MessageBatchIndividualResponse

    MessageBatchIndividualResponse.model_validate(answer)


def check_openai_batch(body: Any) -> None:
    """Raise where `body` is not what one may post to /v1/batches."""
    _exhaust(_batch_of_openai().validate_python(body, strict=False))
    for name, value in (body.get("metadata") or {}).items():
        assert len(name) <= 64
        assert len(value) <= 512


def check_openai_batch_line(line: Any) -> None:
    """Raise where `line` is not one of a batch's input file; bodies are looked at in their turn.

    The spec describes it in words only: BatchRequestInput of the OpenAPI document 2.3.0.
    """
    assert set(line) == {"custom_id", "method", "url", "body"}, sorted(line)
    assert line["method"] == "POST"
    assert line["url"] == "/v1/chat/completions"


def check_openai_batch_answer(answer: Any) -> None:
    """Raise where `answer`, made up by a test, is not a batch of the `openai` package."""
    from openai.types import Batch

    Batch.model_validate(answer)


def check_openai_file(answer: Any) -> None:
    """Raise where `answer`, made up by a test, is not a file of the `openai` package."""
    from openai.types import FileObject

    FileObject.model_validate(answer)


@cache
def _batch_of_anthropic() -> TypeAdapter[Any]:
    import anthropic.types.messages  # noqa: F401
    from anthropic.types.messages.batch_create_params import BatchCreateParams

    _forbid_extras("anthropic.types")
    return TypeAdapter(BatchCreateParams)


@cache
def _batch_of_openai() -> TypeAdapter[Any]:
    import openai.types  # noqa: F401
    from openai.types.batch_create_params import BatchCreateParams

    _forbid_extras("openai.types")
    return TypeAdapter(BatchCreateParams)


@cache
def _anthropic_request() -> TypeAdapter[Any]:
    import anthropic.types  # noqa: F401
    from anthropic.types.message_create_params import MessageCreateParamsNonStreaming

    _forbid_extras("anthropic.types")
    return TypeAdapter(MessageCreateParamsNonStreaming)


@cache
def _openai_request() -> TypeAdapter[Any]:
    import openai.types.chat  # noqa: F401
    from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming

    _forbid_extras("openai.types")
    return TypeAdapter(CompletionCreateParamsNonStreaming)


def load() -> None:
    """Read all of the vendors' types: the first look takes seconds, which a test of who is first
    must not lose."""
    for types in (_anthropic_request, _openai_request, _batch_of_anthropic, _batch_of_openai):
        types()


@cache
def _spec(name: str) -> Any:
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    document = json.loads(SPEC.read_text(encoding="utf-8"))
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    registry: Any = Registry().with_resource("urn:openai", resource)
    return Draft202012Validator(
        {"$ref": f"urn:openai#/components/schemas/{name}"}, registry=registry
    )


def _as_spec_knows(body: Any) -> Any:
    """`body` as plain JSON: what travels, not what Python holds."""
    return json.loads(json.dumps(body))


def _forbid_extras(package: str) -> None:
    """Close every TypedDict of `package` that doesn't say itself that it is open."""
    for name, module in list(sys.modules.items()):
        if name != package and not name.startswith(f"{package}."):
            continue
        for value in list(vars(module).values()):
            if is_typeddict(value):
                config = dict(getattr(value, "__pydantic_config__", {}))
                if config.get("extra") != "allow":
                    value.__pydantic_config__ = config | {"extra": "forbid"}


def _exhaust(value: Any) -> None:
    """Walk through all of a validated value: `Iterable` fields are checked only when read."""
    if isinstance(value, dict):
        for inner in value.values():
            _exhaust(inner)
    elif isinstance(value, list | tuple | Iterator) or _is_lazy(value):
        for inner in value:
            _exhaust(inner)


def _is_lazy(value: Any) -> bool:
    """Whether `value` is pydantic's validator of an `Iterable` field."""
    return type(value).__name__ == "ValidatorIterator"
