"""A strict stand-in for OpenAI's chat completions, also as Azure and gateways serve them.

Documented behaviour that is imitated here (developers.openai.com/api/docs; bodies are held to the
published OpenAPI document and to the types of the `openai` package):

* Reasoning models refuse ``max_tokens`` with ``unsupported_parameter`` and want
  ``max_completion_tokens``, whoever stands before them (Azure, a gateway).
* ``reasoning_effort``: GPT-6 Luna and Sol take ``none`` and ``low`` to ``max``, Astra no ``none``;
  ``minimal`` is refused with ``unsupported_value``.
* An answer that reasoning used up has finish_reason ``length``, empty content and
  ``completion_tokens_details.reasoning_tokens``.
* ``service_tier: flex`` is served as flex, which the answer tells, or refused with 429
  ``resource_unavailable`` where there is no room, for models that reason only
  (developers.openai.com/api/docs/guides/flex-processing). A model or project that has none is
  refused with 400 and the field as ``param``, without a code (guides/error-codes).
* ``input_audio`` is for models that hear alone, which take no images and no schema for their
  answer (developers.openai.com/api/docs/models/gpt-audio).
* ``logprobs`` tells of each token its bytes and the logarithm of its probability; a token may be
  a part of a character, its text is then no UTF-8 (api-reference/chat, ``bytes``). ``top_logprobs``
  without it is refused; models that reason refuse both with ``unsupported_parameter``.
* A refusal stands in ``message.refusal``, with no content.
* 429 tells in ``retry-after`` when to ask again (cookbook, how_to_handle_rate_limits).
* Azure (v1 path ``/openai/v1``): header ``api-key`` or a bearer token of Entra.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from contracts import check_openai_answer, check_openai_request

from servers.exchange import open_to
from servers.vendor import Model, Part, Refused, Response, Turn, Vendor, tokens

LEVELS = ("low", "medium", "high", "xhigh", "max")

MODELS = {
    model.name: model
    for model in (
        Model("gpt-6-luna", 128_000, ("none", *LEVELS), "medium"),
        Model("gpt-6-sol", 128_000, ("none", *LEVELS), "medium"),
        Model("gpt-6-astra", 128_000, LEVELS, "medium"),
        Model("gpt-4.1-mini", 32_768),
        Model("gpt-audio", 16_384, context=128_000, hears=True),
    )
}
IMAGE_TOKENS = 2_500
KINDS = {
    400: "invalid_request_error", 401: "invalid_request_error", 404: "invalid_request_error",
    429: "requests",
}  # fmt: skip
"""developers.openai.com/api/docs/guides/error-codes"""


@dataclass
class OpenAI(Vendor):
    """The stand-in; `answer` is one exchange without HTTP.

    Attributes:
        has_room: told the number of a flex call, whether there is room for it.
        flex: the project may use the flex tier.
        path: below which it answers: ``/openai/v1`` is Azure's.
        header: that the key comes in, beside a bearer token: ``api-key`` is Azure's.
        doubts: probability of the tokens that a piece of the answer's text is written with; it is
            sure of the others.
    """

    key: str = "sk-standin"
    has_room: Callable[[int], bool] = lambda number: True
    flex: bool = True
    path: str = "/v1"
    header: str = "authorization"
    doubts: Mapping[str, float] = field(default_factory=dict)

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """A chat completion.

        Raises:
            Refused: as the vendor would.
        """
        number = self.note(body)
        try:
            check_openai_request(body)
        except Exception as error:
            raise _bad(f"{error}") from error
        model = self.known(body["model"])
        effort, limit = self.effort_and_limit(body, model)
        check_probabilities(body, model)
        tier = body.get("service_tier", "default")
        if tier == "flex" and not (model.efforts and self.flex):
            raise _bad("Invalid service_tier argument", param="service_tier")
        if tier == "flex" and not self.has_room(number):
            raise Refused(
                429, "resource_unavailable", "Resource unavailable", code="resource_unavailable"
            )
        parts = list(parts_of(body))
        check_senses(model, {kind for kind, _ in parts}, body)
        system = "\n".join(m["content"] for m in body["messages"] if m["role"] == "system")
        form = body.get("response_format") or {}
        schema = (form.get("json_schema") or {}).get("schema", {})
        text = self.reader(schema, parts, system)
        turn = self.turn(text, limit, thinks=effort != "none")
        served = self.reroute.get(model.name, model.name)
        question = self.metered(_input(parts, system))
        answer = _completion(self.new_id(), served, turn, question)
        answer["service_tier"] = tier
        if body.get("logprobs"):
            answer["choices"][0]["logprobs"] = told_probabilities(turn.text, self.doubts)
        check_openai_answer(answer)
        return answer

    def admit(self, headers: Mapping[str, str]) -> None:
        """Look at the key."""
        given = headers.get(self.header, ""), headers.get("authorization", "")
        if self.key not in {one.removeprefix("Bearer ") for one in given}:
            raise Refused(
                401, "invalid_request_error", "Incorrect API key provided.", code="invalid_api_key"
            )

    def posted(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to what is posted to a path."""
        if path != f"{self.path}/chat/completions":
            raise Refused(404, "invalid_request_error", "Unknown request URL")
        return self.answer(body)

    def encoded(self, body: dict[str, Any], answer: dict[str, Any]) -> Response:
        """A completion."""
        return Response(answer, {"x-request-id": answer["id"].replace("chatcmpl-", "req_")})

    def error(self, error: Refused) -> dict[str, Any]:
        """An error in the vendor's form."""
        told = {
            "message": error.message, "type": error.kind or KINDS.get(error.status, "server_error"),
            "param": error.param, "code": error.code,
        }  # fmt: skip
        return {"error": told}

    def known(self, name: str) -> Model:
        """The model of that name.

        Raises:
            Refused: 404, there is none.
        """
        if name not in MODELS:
            message = f"The model `{name}` does not exist or you do not have access to it."
            raise Refused(404, "invalid_request_error", message, code="model_not_found")
        return MODELS[name]

    def effort_and_limit(self, body: dict[str, Any], model: Model) -> tuple[str, int]:
        """How hard the model is told to think, and the limit of its answer.

        Raises:
            Refused: 400, it does not take that.
        """
        thinks = model.default_effort != "none"
        if thinks and "max_tokens" in body:
            raise _bad(
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                "'max_completion_tokens' instead.",
                code="unsupported_parameter",
                param="max_tokens",
            )
        effort = body.get("reasoning_effort")
        if effort is not None and effort not in model.efforts:
            known = ", ".join(f"'{one}'" for one in model.efforts)
            raise _bad(
                f"Unsupported value: 'reasoning_effort' does not support '{effort}' with this "
                f"model. Supported values are: {known}.",
                code="unsupported_value",
                param="reasoning_effort",
            )
        limit = body.get("max_completion_tokens") or body.get("max_tokens") or model.most_output
        if limit > model.most_output:
            raise _bad(
                f"max_tokens is too large: {limit}. This model supports at most "
                f"{model.most_output} completion tokens.",
                code="invalid_value",
                param="max_completion_tokens",
            )
        return effort or model.default_effort, limit


def parts_of(body: dict[str, Any]) -> Iterator[Part]:
    """What the question consists of."""
    content = body["messages"][-1]["content"]
    if isinstance(content, str):
        yield "text", content
        return
    for part in content:
        if part["type"] == "text":
            yield "text", part["text"]
        elif part["type"] == "image_url":
            yield "image", data_of(part["image_url"]["url"])
        elif part["type"] == "file":
            yield "pdf", data_of(part["file"]["file_data"])
        elif part["type"] == "input_audio":
            yield "audio", base64.b64decode(part["input_audio"]["data"], validate=True)


def check_senses(model: Model, kinds: set[str], body: dict[str, Any]) -> None:
    """Raise `Refused` where a model is shown what it does not take, or held to what it cannot."""
    if "audio" in kinds and not model.hears:
        raise _bad("Audio input is not supported by this model.", param="messages")
    if model.hears and kinds & {"image", "pdf"}:
        raise _bad("Image input is not supported by this model.", param="messages")
    if model.hears and "response_format" in body:
        raise _bad(
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with "
            "this model.",
            param="response_format",
        )


def check_probabilities(body: dict[str, Any], model: Model) -> None:
    """Raise `Refused` where probabilities of tokens are asked for that there are none of."""
    asked = next((name for name in ("logprobs", "top_logprobs") if body.get(name)), None)
    if asked and model.default_effort != "none":
        raise _bad(
            f"Unsupported parameter: '{asked}' is not supported with this model.",
            code="unsupported_parameter",
            param=asked,
        )
    if asked == "top_logprobs":
        raise _bad(
            "Invalid value for 'top_logprobs': 'logprobs' must be true to use it.", param=asked
        )


TOKEN_BYTES = 3
"""Of a token here: too few for some characters."""


def told_probabilities(text: str, doubts: Mapping[str, float]) -> dict[str, Any]:
    """The ``logprobs`` of an answer."""
    data = text.encode()
    likely = [0.999] * len(data)
    for piece, probability in doubts.items():
        at = data.find(piece.encode())
        if at >= 0:
            likely[at : at + len(piece.encode())] = [probability] * len(piece.encode())
    tokens = []
    for start in range(0, len(data), TOKEN_BYTES):
        token = data[start : start + TOKEN_BYTES]
        told = {
            "token": token.decode("utf-8", "replace"),
            "logprob": math.log(min(likely[start : start + TOKEN_BYTES])),
            "bytes": list(token),
        }
        tokens.append({**told, "top_logprobs": [told]})
    return {"content": tokens, "refusal": None}


def data_of(url: str) -> bytes:
    """What a data URL holds."""
    head, _, data = url.partition(",")
    if not head.startswith("data:") or not head.endswith(";base64"):
        raise _bad("Invalid image data URL.", code="invalid_image_url")
    return base64.b64decode(data, validate=True)


def _bad(message: str, *, code: str | None = None, param: str | None = None) -> Refused:
    return Refused(400, "invalid_request_error", message, code=code, param=param)


def _input(parts: list[Part], system: str) -> int:
    return tokens(system) + sum(
        tokens(content) if kind == "text" else IMAGE_TOKENS for kind, content in parts
    )


def _completion(name: str, model: str, turn: Turn, prompt_tokens: int) -> dict[str, Any]:
    said = {"content": turn.text, "refusal": None}
    if turn.refused:
        said = {"content": None, "refusal": "I'm sorry, I can't assist with that request."}
    return {
        "id": f"chatcmpl-{name}",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", **said},
                "finish_reason": "length" if turn.cut else "stop",
                "logprobs": None,
            }
        ],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": turn.output,
            "total_tokens": prompt_tokens + turn.output,
            "completion_tokens_details": {"reasoning_tokens": turn.thinking},
        },
    }


@contextmanager
def openai(
    vendor: OpenAI, key: str = "", *, path: str = "/v1", header: str = "authorization"
) -> Iterator[OpenAI]:
    """The stand-in on a port of loopback, for as long as the block lasts; see `OpenAI`."""
    vendor.key, vendor.path, vendor.header = key or vendor.key, path, header
    with open_to(vendor) as url:
        vendor.url = url + path
        yield vendor
