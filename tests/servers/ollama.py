"""A strict stand-in for Ollama.

Documented behaviour that is imitated here (docs/api.md, docs/openai.md and openai/openai.go of
github.com/ollama/ollama):

* ``/api/tags``, ``/api/show`` (capabilities; 404 for a model that was not pulled), ``/api/ps``
  (the context really given, once a model is loaded), ``/api/generate`` without a prompt loads.
* Chat completions: a part of a message is ``text``, ``image_url`` or ``input_audio``, anything
  else is ``invalid message format``; an image is a data URL of JPEG, PNG or WebP.
* A prompt longer than the context is cut without a word: `prompt_tokens` tells.
* ``logprobs`` and ``top_logprobs`` as OpenAI has them, since 0.12.11.
* No key is wanted, and none is looked at.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import loopback
from loopback import listening

from servers.openai import OpenAI, parts_of
from servers.vendor import Model, Refused

MODELS = {"qwen2.5vl:7b": ("completion", "vision"), "qwen2.5:7b": ("completion",)}
PICTURES = tuple(f"data:image/{kind};base64," for kind in ("jpeg", "jpg", "png", "webp"))


class Ollama(OpenAI):
    """The stand-in.

    Attributes:
        context: tokens that a model is given when it is loaded.
    """

    context = 32_768
    loaded = False

    def known(self, name: str) -> Model:
        """The model of that name."""
        if name not in MODELS:
            raise Refused(404, "api_error", f'model "{name}" not found, try pulling it first')
        return Model(name, self.context, context=self.context)

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """As OpenAI, but for parts, pictures and a prompt that is too long."""
        content = body["messages"][-1]["content"]
        for part in content if isinstance(content, list) else ():
            if part["type"] not in ("text", "image_url", "input_audio"):
                raise Refused(400, "invalid_request_error", "invalid message format")
            if part["type"] == "image_url" and not part["image_url"]["url"].startswith(PICTURES):
                raise Refused(400, "invalid_request_error", "invalid image input")
        shown = any(kind == "image" for kind, _ in parts_of(body))
        if shown and "vision" not in MODELS.get(body["model"], ("vision",)):
            raise Refused(400, "invalid_request_error", "this model does not support images")
        self.loaded = True
        answer = super().answer(body)
        usage = answer["usage"]
        usage["prompt_tokens"] = min(usage["prompt_tokens"], self.context)
        usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]
        return answer

    def own(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What Ollama's own API answers.

        Raises:
            Refused: 404, there is no such model or path.
        """
        if path == "/api/tags":
            return {"models": [{"name": name, "model": name} for name in MODELS]}
        if path == "/api/version":
            return {"version": "0.13.0"}
        if path == "/api/ps":
            running = [
                {"name": name, "model": name, "context_length": self.context} for name in MODELS
            ]
            return {"models": running if self.loaded else []}
        if path == "/api/show":
            self.known(body["model"])
            return {"capabilities": list(MODELS[body["model"]]), "parameters": ""}
        if path == "/api/generate" and not body.get("prompt"):
            self.known(body["model"])
            self.loaded = True
            return {"model": body["model"], "response": "", "done": True, "done_reason": "load"}
        raise Refused(404, "", "404 page not found")


@contextmanager
def ollama(server: Ollama) -> Iterator[Ollama]:
    """The stand-in on a port of loopback, for as long as the block lasts."""

    class Handler(loopback.Handler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            self._answer(json.loads(self.body() or b"{}"))

        def _answer(self, body: dict[str, Any]) -> None:
            chat = self.path == "/v1/chat/completions"
            with contextlib.suppress(OSError):
                try:
                    self.say(server.answer(body) if chat else server.own(self.path, body))
                except Refused as error:
                    server.refusals[error.message] += 1
                    told = {"message": error.message, "type": error.kind} if chat else error.message
                    self.say({"error": told}, error.status)

    with listening(Handler) as server.url:
        yield server
