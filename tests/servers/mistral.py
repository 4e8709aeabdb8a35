"""A strict stand-in for Mistral's chat completions.

Documented behaviour that is imitated here (docs.mistral.ai/api and /capabilities/reasoning, the
types of `mistralai` 3.7.0 in `mistral_types`, and errors as public issues quote them):

* A bearer token; without it 401.
* What the types do not take is refused with 422, in the form of FastAPI and pydantic inside the
  API's own: ``{"object": "error", "message": {"detail": [{"type", "loc", "msg"}]}}``
  (github.com/nomtek/mistralai_client_dart/issues/44). There is no ``max_completion_tokens``.
* What passes the types and the model does not take is 400 ``invalid_request_invalid_args``, code
  ``3051``, without a parameter's name: `mistral-small-latest` and `mistral-medium-latest` take the
  efforts ``none`` and ``high`` only, others none at all
  (github.com/architects-toolkit/SmartHopper/issues/647); likewise a question that is too long.
* An unknown model is 400 ``invalid_model``, code ``1500``; not 404.
* Where no effort is told a model does not think. Where it thinks, ``content`` is a list of a chunk
  ``thinking``, which has a list of its own, and a chunk ``text``; else it is a string.
* Thinking counts toward ``max_tokens``: finish_reason ``length``, and no chunk ``text`` where
  thinking used it up. `UsageInfo` tells no tokens of thinking.
* Question and ``max_tokens`` together keep within the model's context; eight images a question
  (docs.mistral.ai/capabilities/vision).

About keywords of JSON Schema nothing is documented: those of the documented examples are taken, and
a strict schema is closed as `rec_strict_json_schema` of the package makes it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from servers.exchange import open_to
from servers.mistral_types import ChatCompletionRequest
from servers.vendor import CHARACTERS_A_TOKEN, Model, Part, Refused, Turn, Vendor, tokens

EFFORTS = ("none", "high")
CONTEXT = 256_000
MODELS = {
    model.name: model
    for model in (
        Model("mistral-small-latest", CONTEXT, EFFORTS, context=CONTEXT),
        Model("mistral-medium-latest", CONTEXT, EFFORTS, context=CONTEXT),
        Model("mistral-large-latest", CONTEXT, context=CONTEXT),
        Model("ministral-8b-latest", CONTEXT, context=CONTEXT),
    )
}
IMAGE_TOKENS = 3_080
KINDS = {400: "invalid_request_error", 422: "invalid_request_error", 429: "rate_limited"}
MOST_IMAGES = 8
_SCHEMA = {
    "$defs", "$ref", "type", "title", "description", "properties", "required", "items", "enum",
    "const", "anyOf", "additionalProperties", "default",
}  # fmt: skip


class Unprocessable(Refused):
    """422: `detail` is pydantic's list of what is wrong."""

    def __init__(self, detail: list[dict[str, Any]]) -> None:
        first = detail[0]
        super().__init__(422, "invalid_request_error", f"{first['msg']}: {first['loc']}")
        self.detail = detail


@dataclass
class Mistral(Vendor):
    """The stand-in; `answer` is one exchange without HTTP."""

    key: str = "mistral-standin"

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """A chat completion.

        Raises:
            Refused: as the vendor would.
        """
        self.note(body)
        asked = checked(body)
        model = known(asked.model)
        thinks = effort_of(asked, model) != "none"
        parts = list(parts_of(body))
        if sum(kind == "image" for kind, _ in parts) > MOST_IMAGES:
            raise _bad(f"Too many images in request. Maximum is {MOST_IMAGES}.")
        system = "\n".join(m["content"] for m in body["messages"] if m["role"] == "system")
        question = _input(parts, system)
        limit = model.context - question if asked.max_tokens is None else asked.max_tokens
        if question + limit > model.context or limit < 0:
            raise _bad(
                f"Prompt contains {question} tokens and 0 draft tokens, too large for model with "
                f"{model.context} maximum context length"
            )
        form = asked.response_format
        held = form.json_schema if form else None
        schema = held.schema_definition if held else {}
        check_schema(schema, strict=bool(held and held.strict))
        turn = self.turn(self.reader(schema, parts, system), limit, thinks=thinks)
        served = self.reroute.get(model.name, model.name)
        return _completion(self.new_id(), served, turn, self.metered(question))

    def admit(self, headers: Mapping[str, str]) -> None:
        """Look at the key.

        Raises:
            Refused: 401.
        """
        if headers.get("authorization") != f"Bearer {self.key}":
            raise Refused(401, "", "Unauthorized")

    def posted(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to what is posted to a path."""
        if path != "/v1/chat/completions":
            raise Refused(404, "", "Not Found")
        return self.answer(body)

    def error(self, error: Refused) -> dict[str, Any]:
        """An error in the vendor's form."""
        if error.status in (401, 404):
            return {"detail": error.message}
        detail = getattr(error, "detail", None)
        kind = error.kind or KINDS.get(error.status, "internal_server_error")
        return {
            "object": "error", "message": {"detail": detail} if detail else error.message,
            "type": kind, "param": None, "code": error.code, "raw_status_code": error.status,
        }  # fmt: skip


def checked(body: Mapping[str, Any]) -> ChatCompletionRequest:
    """The body by the vendor's types.

    Raises:
        Unprocessable: it is not of them.
    """
    try:
        return ChatCompletionRequest.model_validate(body)
    except ValidationError as error:
        told = json.loads(error.json(include_url=False))
        raise Unprocessable([one | {"loc": ["body", *one["loc"]]} for one in told]) from None


def known(name: str) -> Model:
    """The model of that name.

    Raises:
        Refused: 400, there is none.
    """
    if name not in MODELS:
        raise Refused(400, "invalid_model", f"Invalid model: {name}", code="1500")
    return MODELS[name]


def effort_of(asked: ChatCompletionRequest, model: Model) -> str:
    """How hard the model is told to think.

    Raises:
        Refused: 400, it does not take that.
    """
    if asked.prompt_mode is not None:
        raise _bad("Reasoning prompt mode is not enabled for this model")
    told = asked.reasoning_effort
    if told is None:
        return model.default_effort
    if not model.efforts:
        raise _bad("reasoning_effort is not enabled for this model")
    if told not in model.efforts:
        levels = ", ".join(f"<ReasoningEffort.{one}: '{one}'>" for one in model.efforts)
        raise _bad(
            f"reasoning_effort='{told}' is not supported for this model. Must be one of ({levels})"
        )
    return told


def check_schema(schema: Mapping[str, Any], *, strict: bool) -> None:
    """Raise `Refused` where a schema has a keyword that no documented example has, or is open."""
    for name in schema:
        if name not in _SCHEMA:
            raise _bad(f"Invalid schema for response_format: unknown keyword '{name}'")
    if (
        strict
        and schema.get("type") == "object"
        and schema.get("additionalProperties") is not False
    ):
        raise _bad("Invalid schema for response_format: additionalProperties must be false")
    inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    inner += [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])]
    for one in inner:
        check_schema(one, strict=strict)


def parts_of(body: Mapping[str, Any]) -> Iterator[Part]:
    """What the question consists of."""
    content = body["messages"][-1]["content"]
    for chunk in [{"type": "text", "text": content}] if isinstance(content, str) else content:
        if chunk["type"] == "text":
            yield "text", chunk["text"]
        elif chunk["type"] == "image_url":
            url = chunk["image_url"]
            yield "image", _data(url if isinstance(url, str) else url["url"])
        else:
            raise _bad(f"{chunk['type']} is not enabled for this model")


def _data(url: str) -> bytes:
    head, _, data = url.partition(",")
    if not re.fullmatch(r"data:image/(png|jpeg|webp|gif);base64", head):
        raise Refused(400, "invalid_request_file", "Image could not be loaded", code="1901")
    return base64.b64decode(data, validate=True)


def _bad(message: str) -> Refused:
    return Refused(400, "invalid_request_invalid_args", message, code="3051")


def _input(parts: list[Part], system: str) -> int:
    return tokens(system) + sum(
        tokens(content) if kind == "text" else IMAGE_TOKENS for kind, content in parts
    )


def _completion(name: str, model: str, turn: Turn, prompt_tokens: int) -> dict[str, Any]:
    content: Any = turn.text
    if turn.thinking:
        thought = "Let me see. " * round(turn.thinking * CHARACTERS_A_TOKEN / 12)
        closed = bool(turn.text)
        content = [{"type": "thinking", "thinking": [{"type": "text", "text": thought}],
                    "closed": closed}]  # fmt: skip
        content += [{"type": "text", "text": turn.text}] if turn.text else []
    message = {"role": "assistant", "tool_calls": None, "content": content}
    reason = "length" if turn.cut else "stop"
    return {
        "id": name,
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [{"index": 0, "finish_reason": reason, "message": message}],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": turn.output,
            "total_tokens": prompt_tokens + turn.output,
        },
    }


@contextmanager
def mistral(vendor: Mistral) -> Iterator[Mistral]:
    """The stand-in on a port of loopback, for as long as the block lasts."""
    with open_to(vendor) as url:
        vendor.url = f"{url}/v1"
        yield vendor
