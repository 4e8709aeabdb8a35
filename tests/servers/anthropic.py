"""A strict stand-in for Anthropic's Messages API, version 2026-10-21.

Documented behaviour that is imitated here (platform.claude.com/docs, and the types of the
`anthropic` package, which every body is held to):

* ``x-api-key`` or a bearer token, and ``anthropic-version``; without either 401 and 400.
* ``max_tokens`` above the model's own limit is refused with 400.
* Haiku 5.5 thinks unless ``thinking: {"type": "disabled"}`` is sent, which it takes up to effort
  ``high``; Sonnet 5.5, Opus 5.5 and Fable always think and refuse to be told otherwise.
* Temperature and forced tools are refused.
* An answer that thinking used up has stop_reason ``max_tokens`` and no text block.
* ``stream: true`` is answered in server-sent events. An error may come among them, of an answer
  whose status was 200: an event ``error`` (platform.claude.com, streaming).
* A refusal has stop_reason ``refusal`` and `RefusalStopDetails`; its content ends where the model
  stopped, and may be empty (platform.claude.com, handle-streaming-refusals).
* 429 tells in ``retry-after`` when to ask again (platform.claude.com, rate-limits).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from contracts import check_anthropic_answer, check_anthropic_request

from servers.exchange import open_to
from servers.vendor import Model, Part, Refused, Response, Turn, Vendor, tokens

LEVELS = ("low", "medium", "high", "xhigh", "max")

MODELS = {
    model.name: model
    for model in (
        Model("claude-haiku-5-5", 128_000, ("none", *LEVELS), "medium"),
        Model("claude-sonnet-5-5", 128_000, LEVELS, "high"),
        Model("claude-opus-5-5", 128_000, LEVELS, "high"),
        Model("claude-fable-5-2", 128_000, LEVELS, "high"),
        Model("claude-haiku-4-5", 64_000, (), "none", context=200_000),
    )
}
IMAGE_TOKENS = 1_600
KINDS = {
    400: "invalid_request_error", 401: "authentication_error", 402: "billing_error",
    403: "permission_error", 404: "not_found_error", 413: "request_too_large",
    429: "rate_limit_error", 504: "timeout_error", 529: "overloaded_error",
}  # fmt: skip
"""platform.claude.com/docs/en/api/errors"""


@dataclass
class Anthropic(Vendor):
    """The stand-in; `answer` is one exchange without HTTP.

    Attributes:
        breaks_off: told a message that is streamed, whether an error ends its stream.
    """

    key: str = "sk-ant-standin"
    breaks_off: Callable[[dict[str, Any]], bool] = lambda message: False

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """A message.

        Raises:
            Refused: as the vendor would.
        """
        self.note(body)
        asked = {name: value for name, value in body.items() if name != "stream"}
        try:
            check_anthropic_request(asked)
        except Exception as error:
            raise _bad(f"{error}") from error
        model = known(body["model"])
        effort = effort_of(body, model)
        limit = body["max_tokens"]
        if limit > model.most_output:
            raise _bad(
                f"max_tokens: {limit} > {model.most_output}, which is the maximum allowed number "
                f"of output tokens for {model.name}"
            )
        parts = list(parts_of(body))
        system = body.get("system", "")
        schema = (body.get("output_config") or {}).get("format", {}).get("schema", {})
        text = self.reader(schema, parts, system if isinstance(system, str) else json.dumps(system))
        turn = self.turn(text, limit, thinks=effort != "none")
        served = self.reroute.get(model.name, model.name)
        question = self.metered(_input(parts, system))
        message = _message(f"msg_{self.new_id()}", served, turn, question)
        check_anthropic_answer(message)
        return message

    def admit(self, headers: Mapping[str, str]) -> None:
        """Look at key and version."""
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        if self.key not in (bearer, headers.get("x-api-key")):
            raise Refused(401, "authentication_error", "invalid x-api-key")
        if not headers.get("anthropic-version"):
            raise _bad("anthropic-version: header is required")

    def posted(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to what is posted to a path."""
        if path != "/v1/messages":
            raise Refused(404, "not_found_error", "Not found")
        return self.answer(body)

    def encoded(self, body: dict[str, Any], answer: dict[str, Any]) -> Response:
        """A message, or the events of its stream."""
        told = {"request-id": answer["id"].replace("msg", "req")}
        if not body.get("stream"):
            return Response(answer, told)
        streamed = events(answer, broken=self.breaks_off(answer))
        lines = (f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in streamed)
        return Response("".join(lines).encode(), told | {"content-type": "text/event-stream"})

    def error(self, error: Refused) -> dict[str, Any]:
        """An error in the vendor's form."""
        told = {"type": error.kind or KINDS.get(error.status, "api_error")}
        told["message"] = error.message
        return {"type": "error", "error": told, "request_id": "req_1"}


def known(name: str) -> Model:
    """The model of that name.

    Raises:
        Refused: 404, there is none.
    """
    if name not in MODELS:
        raise Refused(404, "not_found_error", f"model: {name}")
    return MODELS[name]


def effort_of(body: dict[str, Any], model: Model) -> str:
    """How hard the model is told to think.

    Raises:
        Refused: 400, it does not take that.
    """
    told = (body.get("output_config") or {}).get("effort")
    if told is not None and told not in model.efforts:
        raise _bad(f"output_config.effort: {model.name} does not support the effort parameter")
    thinking = (body.get("thinking") or {}).get("type")
    if thinking == "disabled":
        if "none" not in model.efforts and model.default_effort != "none":
            raise _bad(f'thinking.type: "disabled" is not supported for {model.name}')
        if told in ("xhigh", "max"):
            raise _bad(f'thinking.type: "disabled" is not supported with effort {told}')
        return "none"
    return told or model.default_effort


def parts_of(body: dict[str, Any]) -> Iterator[Part]:
    """What the question consists of."""
    content = body["messages"][0]["content"]
    if isinstance(content, str):
        yield "text", content
        return
    for block in content:
        if block["type"] == "text":
            yield "text", block["text"]
        else:
            kind = {"image": "image", "document": "pdf"}[block["type"]]
            yield kind, base64.b64decode(block["source"]["data"], validate=True)


def _bad(message: str) -> Refused:
    return Refused(400, "invalid_request_error", message)


def _input(parts: list[Part], system: Any) -> int:
    return tokens(str(system)) + sum(
        tokens(content) if kind == "text" else IMAGE_TOKENS for kind, content in parts
    )


def _message(name: str, model: str, turn: Turn, input_tokens: int) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    if turn.thinking:
        content.append({"type": "thinking", "thinking": "", "signature": "c2lnbmF0dXJl"})
    if turn.text:
        content.append({"type": "text", "text": turn.text})
    reason = "refusal" if turn.refused else "max_tokens" if turn.cut else "end_turn"
    details = {"type": "refusal", "category": "general_harms", "explanation": None}
    return {
        "id": name,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "stop_details": details if turn.refused else None,
        "usage": {
            "input_tokens": input_tokens,
            "output_tokens": turn.output,
            "output_tokens_details": {"thinking_tokens": turn.thinking},
        },
    }


def events(message: dict[str, Any], *, broken: bool = False) -> Iterator[dict[str, Any]]:
    """A message as the events of a stream, which an error may end."""
    usage = message["usage"]
    begun = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield {"type": "message_start", "message": begun}
    for index, block in enumerate(message["content"]):
        if block["type"] == "thinking":
            empty: dict[str, Any] = {"type": "thinking", "thinking": "", "signature": ""}
            delta = {"type": "signature_delta", "signature": block["signature"]}
        else:
            empty = {"type": "text", "text": ""}
            delta = {"type": "text_delta", "text": block["text"]}
        yield {"type": "content_block_start", "index": index, "content_block": empty}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        if broken:
            yield {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
            return
        yield {"type": "content_block_stop", "index": index}
    told = {name: message[name] for name in ("stop_reason", "stop_sequence", "stop_details")}
    yield {"type": "message_delta", "delta": told, "usage": usage}
    yield {"type": "message_stop"}


@contextmanager
def anthropic(vendor: Anthropic, key: str = "") -> Iterator[Anthropic]:
    """The stand-in on a port of loopback, for as long as the block lasts."""
    vendor.key = key or vendor.key
    with open_to(vendor) as vendor.url:
        yield vendor
