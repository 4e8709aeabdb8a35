"""A strict stand-in for LM Studio's server.

Documented behaviour that is imitated here (lmstudio.ai/docs/developer):

* ``/v1/models`` and ``/v1/chat/completions`` as OpenAI has them; ``response_format`` is
  ``json_schema`` or ``text``, ``json_object`` is refused, the error a bare text.
* ``/api/v0/models`` tells each model's ``type`` (``vlm`` sees images, ``llm`` does not),
  ``max_context_length``, and of a loaded one ``loaded_context_length``, which is less.
* ``logprobs`` is taken and not answered (lmstudio-ai/lms issue 60).
* A question longer than the loaded context is refused with 400.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import loopback
from loopback import listening

from servers.openai import OpenAI
from servers.vendor import Model, Refused

MODELS = {"qwen/qwen2.5-vl-7b": "vlm", "qwen2.5-7b-instruct": "llm"}
LOADED = 16_384


class LMStudio(OpenAI):
    """The stand-in; keys are not looked at."""

    def known(self, name: str) -> Model:
        """The model of that name."""
        if name not in MODELS:
            raise Refused(404, "", f"Model '{name}' not found")
        return Model(name, LOADED, context=LOADED)

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """As OpenAI, but for the forms that it holds an answer to, and its context."""
        if (body.get("response_format") or {}).get("type") not in (None, "json_schema", "text"):
            raise Refused(400, "", "'response_format.type' must be 'json_schema' or 'text'")
        answer = super().answer(body)
        answer["choices"][0]["logprobs"] = None
        usage = answer["usage"]
        if usage["prompt_tokens"] > LOADED:
            raise Refused(
                400, "", f"The number of tokens to keep is greater than the context length {LOADED}"
            )
        return answer

    def listed(self) -> list[dict[str, Any]]:
        """What ``/api/v0/models`` tells."""
        return [
            {
                "id": name, "object": "model", "type": kind, "state": "loaded",
                "max_context_length": 128_000, "loaded_context_length": LOADED,
            }
            for name, kind in MODELS.items()
        ]  # fmt: skip


@contextmanager
def lmstudio(server: LMStudio) -> Iterator[LMStudio]:
    """The stand-in on a port of loopback, for as long as the block lasts."""

    class Handler(loopback.Handler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path not in ("/v1/models", "/api/v0/models"):
                self.say({"error": f"Unexpected endpoint or method. (GET {self.path})"}, 404)
                return
            self.say({"object": "list", "data": server.listed()})

        def do_POST(self) -> None:
            body = json.loads(self.body())
            with contextlib.suppress(OSError):
                try:
                    if self.path != "/v1/chat/completions":
                        raise Refused(404, "", f"Unexpected endpoint or method. ({self.path})")
                    self.say(server.answer(body))
                except Refused as error:
                    server.refusals[error.message] += 1
                    self.say({"error": error.message}, error.status)

    with listening(Handler) as server.url:
        yield server
