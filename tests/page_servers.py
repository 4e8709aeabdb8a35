"""The vendors that commands of README and docs/ name: servers as strict as theirs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from docglean.extractors.requests.schema_choice import NONE
from servers.anthropic import Anthropic, anthropic
from servers.billing import KEYS, PayingServer, paying
from servers.clouds import azure, bedrock, opened
from servers.gemini import Gemini, gemini
from servers.ollama import Ollama, ollama
from servers.openai import OpenAI, openai
from servers.vendor import THINKING, Part, Vendor


def nothing(text: str, schema: dict[str, Any]) -> str:
    """An answer that takes a document for one of the first kind, and finds no value in it: how well
    a model reads is not what is tested."""
    asked = list(schema["properties"])
    sorting = NONE in asked
    return json.dumps({name: float(name == asked[0]) if sorting else None for name in asked})


def first_of_all(schema: Mapping[str, Any], parts: Sequence[Part], system: str) -> str:
    """As `nothing`, for stand-ins that are told the parts."""
    return nothing("", dict(schema))


@contextmanager
def vendors() -> Iterator[dict[str, tuple[Vendor, dict[str, str]]]]:
    """By the beginning of a spec: the server, and the variables that lead there. All think."""
    azures, claude, models = (kind(first_of_all) for kind in (OpenAI, Anthropic, Ollama))
    anthropics, openais, geminis = (kind(first_of_all) for kind in (Anthropic, OpenAI, Gemini))
    at_azure = azure({"my-deployment": "gpt-6-luna"}, key="...")
    secret = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI"}
    at_bedrock = bedrock(access_key="AKIDEXAMPLE", secret="wJalrXUtnFEMI", region="eu-central-1")
    with (
        opened(azures, at_azure) as azure_url,
        opened(claude, at_bedrock) as bedrock_url,
        ollama(models),
        anthropic(anthropics, "..."),
        openai(openais, "..."),
        gemini(geminis, "..."),
    ):
        yield {
            "anthropic:": (
                anthropics,
                {"ANTHROPIC_BASE_URL": anthropics.url, "ANTHROPIC_API_KEY": "..."},
            ),
            "openai:": (openais, {"OPENAI_BASE_URL": openais.url, "OPENAI_API_KEY": "..."}),
            "gemini:": (geminis, {"GOOGLE_GEMINI_BASE_URL": geminis.url}),
            "azure:": (azures, {"AZURE_OPENAI_ENDPOINT": azure_url}),
            "bedrock:": (claude, {"ANTHROPIC_BEDROCK_BASE_URL": bedrock_url, **secret}),
            "ollama:": (models, {"OLLAMA_HOST": models.url}),
        }


@contextmanager
def batch_vendors() -> Iterator[tuple[PayingServer, dict[str, str]]]:
    """Servers that have batches, and the variables that lead there."""
    with paying(answers=nothing, thinking=THINKING) as server:
        yield server, {
            "ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": KEYS["STANDIN_ANTHROPIC"],
            "OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_API_KEY": KEYS["STANDIN_OPENAI"],
        }  # fmt: skip


def asked_by(command: str, names: Iterable[str]) -> list[str]:
    """The vendors to which a command sends something."""
    if not re.search(r"\bdocglean (extract|evaluate) ", command):
        return []
    specs = re.findall(r"--(?:engine|then) '?(\S+)", command)
    return [name for name in names if any(spec.split("+")[-1].startswith(name) for spec in specs)]
