"""A strict stand-in for Gemini behind Vertex AI's chat completions.

Documented behaviour that is imitated here (docs.cloud.google.com/vertex-ai/generative-ai/docs/
migrate/openai/overview; an answer of it in full at docs.aimlapi.com, gemini-3.1-pro-preview):

* The models are Gemini's (`servers.gemini`), with ``google/`` before the name.
* What is not among the documented parameters would be ignored without a word; here it is refused,
  for whoever sends it believes in it. ``max_completion_tokens`` is another name of ``max_tokens``.
* Messages have parts ``text`` and ``image_url`` (base64 or Cloud Storage), without ``detail``.
* ``reasoning_effort`` is Gemini's thinking level or budget by another name, so the levels are the
  model's: 2.5 Flash alone takes ``none``. It and ``google.thinking_config`` exclude each other.
* Limits of the answer and keywords of a schema are Gemini's; recursion is not supported.
* Thoughts count toward the limit. They are metered beside the answer: ``completion_tokens`` are
  without them, ``total_tokens`` with them, ``completion_tokens_details`` tells them.
* An answer that thoughts used up has finish_reason ``length`` and a message without content. An
  answer has no ``refusal``; ``usage.extra_properties`` tells how it is billed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from contracts import check_openai_request

from servers import gemini
from servers.openai import data_of
from servers.vendor import Model, Part, Refused, Turn, Vendor, tokens

PREFIX = "google/"
PARAMETERS = {
    "model", "messages", "max_completion_tokens", "max_tokens", "n", "frequency_penalty",
    "presence_penalty", "reasoning_effort", "response_format", "seed", "stop", "stream",
    "temperature", "top_p", "tools", "tool_choice", "web_search_options", "function_call",
    "functions", "google",
}  # fmt: skip


class VertexGemini(Vendor):
    """The stand-in; `answer` is one exchange without HTTP."""

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """A chat completion.

        Raises:
            Refused: as the vendor would.
        """
        self.note(body)
        try:
            check_openai_request(body)
        except Exception as error:
            raise _bad(f"{error}") from error
        for name in sorted(body.keys() - PARAMETERS):
            raise _bad(f"Unsupported parameter: {name}")
        model = known(body["model"])
        thinks, limit = thinks_and_limit(body, model)
        schema = schema_of(body)
        parts = list(parts_of(body))
        system = "\n".join(m["content"] for m in body["messages"] if m["role"] == "system")
        turn = self.turn(self.reader(schema, parts, system), limit, thinks=thinks)
        served = PREFIX + self.reroute.get(model.name, model.name)
        question = tokens(system) + sum(
            tokens(content) if kind == "text" else gemini.TOKENS_OF[kind] for kind, content in parts
        )
        return _completion(self.new_id(), served, turn, self.metered(question))


def known(name: str) -> Model:
    """The model of that name.

    Raises:
        Refused: 400 or 404, there is none.
    """
    if not name.startswith(PREFIX):
        raise _bad(f"Malformed publisher model {name}")
    bare = name.removeprefix(PREFIX)
    if bare not in gemini.MODELS:
        raise Refused(
            404, "NOT_FOUND", f"Publisher Model `publishers/google/models/{bare}` was not found or "
            "your project does not have access to it."
        )  # fmt: skip
    return gemini.MODELS[bare]


def thinks_and_limit(body: Mapping[str, Any], model: Model) -> tuple[bool, int]:
    """Whether the model thinks, and the limit of its answer.

    Raises:
        Refused: 400, it does not take that.
    """
    limit = body.get("max_completion_tokens") or body.get("max_tokens") or model.most_output
    config = (body.get("google") or {}).get("thinking_config")
    effort = body.get("reasoning_effort")
    if effort is not None and config is not None:
        raise _bad("only one of reasoning_effort or thinking_config may be specified")
    if effort is not None and effort not in model.efforts:
        raise _bad(f"Reasoning effort {effort} is not supported by {model.name}.")
    asked = {"maxOutputTokens": limit} | ({"thinkingConfig": config} if config else {})
    thinks, limit = gemini.thinks_and_limit(asked, model)
    return thinks and effort != "none", limit


def schema_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The schema that the answer is held to.

    Raises:
        Refused: 400, it is not of the subset that Gemini takes.
    """
    form = body.get("response_format") or {}
    schema: dict[str, Any] = (form.get("json_schema") or {}).get("schema", {})
    gemini.check_schema(schema)
    definitions = schema.get("$defs", {})

    def visit(node: Any, above: frozenset[str]) -> None:
        if isinstance(node, list):
            for one in node:
                visit(one, above)
        elif isinstance(node, dict):
            name = str(node.get("$ref", "")).rpartition("/")[2]
            if name and name in above:
                raise _bad("Fully recursive schemas are not supported.")
            if name:
                visit(definitions.get(name), above | {name})
            for key, one in node.items():
                if key != "$defs":
                    visit(one, above)

    visit(schema, frozenset())
    return schema


def parts_of(body: Mapping[str, Any]) -> Iterator[Part]:
    """What the question consists of."""
    content = body["messages"][-1]["content"]
    for part in [{"type": "text", "text": content}] if isinstance(content, str) else content:
        if part["type"] == "text":
            yield "text", part["text"]
        elif part["type"] == "image_url":
            url = part["image_url"]["url"]
            if "detail" in part["image_url"]:
                raise _bad("The detail option is not supported.")
            if not re.match(r"data:image/(png|jpeg|webp);base64,", url):
                raise _bad("Unsupported image URL.")
            yield "image", data_of(url)
        else:
            raise _bad(f"Unsupported content part: {part['type']}")


def _bad(message: str) -> Refused:
    return Refused(400, "INVALID_ARGUMENT", message)


def _completion(name: str, model: str, turn: Turn, prompt_tokens: int) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant"}
    if turn.text:
        signature = {"google": {"thought_signature": "c2lnbmF0dXJl"}}
        message |= {"content": turn.text, "extra_content": signature}
    reason = "length" if turn.cut else "stop"
    answer = max(0, turn.output - turn.thinking)
    usage: dict[str, Any] = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": answer,
        "total_tokens": prompt_tokens + answer + turn.thinking,
        "extra_properties": {"google": {"traffic_type": "ON_DEMAND"}},
    }
    if turn.thinking:
        usage["completion_tokens_details"] = {"reasoning_tokens": turn.thinking}
    return {
        "id": name,
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "system_fingerprint": "",
        "choices": [{"index": 0, "finish_reason": reason, "logprobs": None, "message": message}],
        "usage": usage,
    }
