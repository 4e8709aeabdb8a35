"""A strict stand-in for Google's Gemini API, `generateContent` of v1beta.

Documented behaviour that is imitated here (ai.google.dev/api/generate-content, and the converters
``_*_to_mldev`` of `google.genai` 3.6.1, which name every field that the API has):

* The key comes in ``x-goog-api-key``; a wrong one is 400 INVALID_ARGUMENT with the reason
  ``API_KEY_INVALID`` (google.rpc.ErrorInfo), a missing one 403 PERMISSION_DENIED.
* An unknown field anywhere is 400 INVALID_ARGUMENT: the API reads its bodies as protocol buffers.
* ``responseJsonSchema`` takes the keywords that `GenerateContentConfig` lists and no others, and
  wants ``responseMimeType: application/json`` beside it.
* Gemini 3 and later are told a ``thinkingLevel``, and cannot be told not to think; Gemini 2.5 is
  told a ``thinkingBudget``, of which Flash takes 0 and Pro 128 at the least. Both at once, or
  the other of them, is refused.
* Thoughts count toward ``maxOutputTokens``; an answer that they used up has finishReason
  ``MAX_TOKENS`` and no part of text. They are metered beside the answer: ``thoughtsTokenCount``.
* A blocked question has no candidates, but ``promptFeedback.blockReason``; an answer that is
  stopped has finishReason ``SAFETY`` and no part of text.
* 429 tells when to ask again in its body (google.rpc.RetryInfo), not in a header.
* ``modelVersion`` names the model that answered.
* ``serviceTier: flex`` is served as flex (``usageMetadata.serviceTier``, header
  ``x-gemini-service-tier``), or refused with 503 UNAVAILABLE where there is no room. A model
  that has none is refused with 400 INVALID_ARGUMENT, which names it in words only (as Vertex does).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from servers.exchange import open_to
from servers.vendor import Model, Part, Refused, Response, Turn, Vendor, tokens

LEVELS = ("minimal", "low", "medium", "high")

MODELS = {
    model.name: model
    for model in (
        Model("gemini-3.5-flash-lite", 65_536, LEVELS, "medium"),
        Model("gemini-3.5-flash", 65_536, LEVELS, "medium"),
        Model("gemini-3.1-pro-preview", 65_536, LEVELS[1:], "high"),
        Model("gemini-2.5-flash", 65_536, ("none", *LEVELS[1:]), "medium"),
        Model("gemini-2.5-pro", 65_536, LEVELS[1:], "medium"),
    )
}
LEAST_BUDGET = {"gemini-2.5-flash": 0, "gemini-2.5-pro": 128}
MOST_BYTES = 20_000_000
TOKENS_OF = {"image": 1_120, "pdf": 560, "audio": 32}
MIME = {
    "image/png": "image", "image/jpeg": "image", "image/webp": "image", "application/pdf": "pdf",
    "audio/wav": "audio", "audio/mp3": "audio", "audio/flac": "audio",
}  # fmt: skip

KINDS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}  # fmt: skip
"""google.rpc.Code, as ai.google.dev/gemini-api/docs/troubleshooting tells them."""

_CONFIG = {
    "maxOutputTokens", "responseMimeType", "responseJsonSchema", "responseSchema",
    "thinkingConfig", "temperature", "topP", "topK", "seed", "stopSequences", "candidateCount",
    "mediaResolution",
}  # fmt: skip
_BODY = {
    "contents", "systemInstruction", "generationConfig", "serviceTier", "safetySettings", "tools",
    "toolConfig", "cachedContent",
}  # fmt: skip
_SCHEMA = {
    "$id", "$defs", "$ref", "$anchor", "type", "format", "title", "description", "enum", "items",
    "prefixItems", "minItems", "maxItems", "minimum", "maximum", "anyOf", "oneOf", "properties",
    "additionalProperties", "required", "propertyOrdering",
}  # fmt: skip


@dataclass
class Gemini(Vendor):
    """The stand-in; `answer` is one exchange without HTTP.

    Attributes:
        ends: told the number of an answer, may name the reason with which it ends.
        blocks: told the number of an answer, may name why its question is blocked.
        has_room: told the number of a flex call, whether there is room for it.
        flex: its models have the flex tier.
    """

    key: str = "AIza-standin"
    ends: Callable[[int], str | None] = lambda number: None
    blocks: Callable[[int], str | None] = lambda number: None
    has_room: Callable[[int], bool] = lambda number: True
    flex: bool = True

    def answer(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """A GenerateContentResponse.

        Raises:
            Refused: as the vendor would.
        """
        number = self.note({**body, "model": name})
        check_request(body)
        model = known(name)
        tier = str(body.get("serviceTier") or "standard")
        if tier == "flex" and not self.flex:
            raise _bad(f"Flex API is not supported for model: {name}.")
        if tier == "flex" and not self.has_room(number):
            raise Refused(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")
        config = body.get("generationConfig") or {}
        thinks, limit = thinks_and_limit(config, model)
        parts = list(parts_of(body))
        system = "".join(
            one["text"] for one in (body.get("systemInstruction") or {}).get("parts", ())
        )
        served = self.reroute.get(name, name)
        blocked = self.blocks(number)
        if blocked:
            used = {"promptTokenCount": self.metered(_input(parts, system))}
            answer = _answer(self.new_id(), served, tier, used)
            return answer | {"promptFeedback": {"blockReason": blocked}}
        text = self.reader(config.get("responseJsonSchema") or {}, parts, system)
        turn = self.turn(text, limit, thinks=thinks)
        question = self.metered(_input(parts, system))
        candidate, used = _candidate(turn, question, self.ends(number))
        return {"candidates": [candidate], **_answer(self.new_id(), served, tier, used)}

    def admit(self, headers: Mapping[str, str]) -> None:
        """Look at the key."""
        given = headers.get("x-goog-api-key")
        if not given:
            raise Refused(
                403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers (callers "
                "without established identity)."
            )  # fmt: skip
        if given != self.key:
            raise Refused(
                400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
                code="API_KEY_INVALID",
            )  # fmt: skip

    def posted(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to what is posted to a path."""
        found = re.fullmatch(r"/v1beta/models/([\w.-]+):generateContent", path)
        if found is None:
            raise Refused(404, "NOT_FOUND", "Requested entity was not found.")
        return self.answer(found[1], body)

    def encoded(self, body: dict[str, Any], answer: dict[str, Any]) -> Response:
        """A response, whose header tells the tier."""
        return Response(answer, {"x-gemini-service-tier": answer["usageMetadata"]["serviceTier"]})

    def error(self, error: Refused) -> dict[str, Any]:
        """An error as google.rpc has it."""
        details = []
        if error.code:
            kind = "type.googleapis.com/google.rpc.ErrorInfo"
            details = [{"@type": kind, "reason": error.code, "domain": "googleapis.com"}]
        if error.retry_after is not None:
            kind = "type.googleapis.com/google.rpc.RetryInfo"
            details.append({"@type": kind, "retryDelay": f"{error.retry_after:g}s"})
        told = {
            "code": error.status, "message": error.message,
            "status": error.kind or KINDS.get(error.status, "INTERNAL"),
        }  # fmt: skip
        return {"error": told | ({"details": details} if details else {})}

    def error_headers(self, error: Refused) -> dict[str, str]:
        """None: when to ask again stands in the body."""
        return {}


def known(name: str) -> Model:
    """The model of that name.

    Raises:
        Refused: 404, there is none.
    """
    if name not in MODELS:
        raise Refused(
            404, "NOT_FOUND", f"models/{name} is not found for API version v1beta, or is not "
            "supported for generateContent."
        )  # fmt: skip
    return MODELS[name]


def check_request(body: Mapping[str, Any]) -> None:
    """Raise `Refused` where a body is not one of a GenerateContentRequest."""
    _only(body, _BODY, "")
    if not body.get("contents"):
        raise _bad("* GenerateContentRequest.contents: contents is not specified")
    for content in body["contents"]:
        _only(content, {"role", "parts"}, " at 'contents[0]'")
        if content.get("role") not in (None, "user", "model") or not content.get("parts"):
            raise _bad("Please use a valid role: user, model.")
    _only(body.get("systemInstruction") or {}, {"role", "parts"}, " at 'system_instruction'")
    if body.get("serviceTier") not in (None, "unspecified", "standard", "flex", "priority"):
        raise _bad("Invalid value at 'service_tier'")
    config = body.get("generationConfig") or {}
    _only(config, _CONFIG, " at 'generation_config'")
    schema = config.get("responseJsonSchema")
    if schema is not None:
        if config.get("responseMimeType") != "application/json":
            raise _bad("response_json_schema is set, but response_mime_type is not JSON")
        if "responseSchema" in config:
            raise _bad("only one of response_schema and response_json_schema may be set")
        check_schema(schema)
    if sum(len(json.dumps(one)) for one in body["contents"]) > MOST_BYTES:
        raise _bad("Request payload size exceeds the limit: 20971520 bytes.")


def check_schema(schema: Any) -> None:
    """Raise `Refused` where a schema has a keyword that is not taken."""
    if isinstance(schema, bool):
        return
    _only(schema, _SCHEMA, " at 'generation_config.response_json_schema'")
    inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
    inner += [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("prefixItems", ())]
    for one in ("items", "additionalProperties"):
        inner += [schema[one]] if isinstance(schema.get(one), dict) else []
    for one in inner:
        check_schema(one)


def thinks_and_limit(config: Mapping[str, Any], model: Model) -> tuple[bool, int]:
    """Whether the model thinks, and the limit of its answer.

    Raises:
        Refused: 400, it does not take that.
    """
    limit = config.get("maxOutputTokens", model.most_output)
    if not isinstance(limit, int) or not 1 <= limit <= model.most_output:
        raise _bad(
            f"Unable to submit request because it has a maxOutputTokens value of {limit} but the "
            f"supported range is from 1 (inclusive) to {model.most_output + 1} (exclusive)."
        )
    told = config.get("thinkingConfig")
    if told is None:
        return True, limit
    _only(told, {"includeThoughts", "thinkingBudget", "thinkingLevel"}, " at 'thinking_config'")
    level, budget = told.get("thinkingLevel"), told.get("thinkingBudget")
    if level is not None and budget is not None:
        raise _bad("You can only set only one of thinking budget and thinking level.")
    least = LEAST_BUDGET.get(model.name)
    if level is not None:
        if least is not None:
            raise _bad("Thinking level is not supported for this model.")
        if str(level).lower() not in model.efforts:
            raise _bad(f"Thinking level {level} is not supported for this model.")
        return True, limit
    if budget is not None:
        if least is None:
            raise _bad("Thinking budget is not supported for this model.")
        if budget != -1 and budget < least:
            raise _bad(f"The thinking budget {budget} is invalid for {model.name}.")
    return budget != 0, limit


def parts_of(body: Mapping[str, Any]) -> Iterator[Part]:
    """What the question consists of."""
    for part in body["contents"][-1]["parts"]:
        _only(part, {"text", "inlineData"}, " at 'contents[0].parts[0]'")
        if "text" in part:
            yield "text", part["text"]
            continue
        data = part["inlineData"]
        _only(data, {"mimeType", "data"}, " at 'contents[0].parts[0].inline_data'")
        if data["mimeType"] not in MIME:
            raise _bad(f"Unsupported MIME type: {data['mimeType']}")
        yield MIME[data["mimeType"]], base64.b64decode(data["data"], validate=True)


def _only(told: Mapping[str, Any], names: set[str], where: str) -> None:
    for name in told:
        if name not in names:
            raise _bad(
                f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.'
            )


def _bad(message: str) -> Refused:
    return Refused(400, "INVALID_ARGUMENT", message)


def _input(parts: list[Part], system: str) -> int:
    return tokens(system) + sum(
        tokens(content) if kind == "text" else TOKENS_OF[kind] for kind, content in parts
    )


def _answer(name: str, model: str, tier: str, used: dict[str, Any]) -> dict[str, Any]:
    total = sum(used.values())
    usage = {**used, "totalTokenCount": total, "serviceTier": tier}
    return {"usageMetadata": usage, "modelVersion": model, "responseId": name}


def _candidate(
    turn: Turn, prompt_tokens: int, ends: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A candidate, and what is metered for it."""
    reason = ends or ("SAFETY" if turn.refused else "MAX_TOKENS" if turn.cut else "STOP")
    content: dict[str, Any] = {"role": "model"}
    if turn.text and reason in ("STOP", "MAX_TOKENS"):
        content["parts"] = [{"text": turn.text}]
    used = {"promptTokenCount": prompt_tokens, "candidatesTokenCount": turn.output - turn.thinking}
    if turn.thinking:
        used["thoughtsTokenCount"] = turn.thinking
    return {"content": content, "finishReason": reason, "index": 0}, used


@contextmanager
def gemini(vendor: Gemini, key: str = "") -> Iterator[Gemini]:
    """The stand-in on a port of loopback, for as long as the block lasts."""
    vendor.key = key or vendor.key
    with open_to(vendor) as vendor.url:
        yield vendor
