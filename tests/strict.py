"""Runs over the strict stand-ins of `servers`, with documents that they can read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from docglean.extractors import pipeline
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction
from docglean.extractors.options import RunOptions
from docglean.extractors.run import RunContext
from docglean.extractors.settings import load_settings
from docglean.schemas.schema import load_schema
from servers.anthropic import Anthropic, anthropic
from servers.billing import KEYS, true_answer
from servers.gemini import Gemini, gemini
from servers.mistral import Mistral, mistral
from servers.openai import OpenAI, openai
from servers.vendor import Part, Reader, Vendor


def reader(schema: Mapping[str, Any], parts: Sequence[Part], system: str) -> str:
    """Reads documents whose lines are ``field: value``; of two kinds it is always the first."""
    names = set(schema["properties"])
    if not names & {"number", "word"}:
        return json.dumps(dict.fromkeys(names, 0.9))
    return true_answer("\n".join(text for kind, text in parts if kind == "text"), dict(schema))


@contextmanager
def served(vendor: str, reading: Reader = reader, **behaviour: Any) -> Iterator[tuple[Vendor, str]]:
    """A strict stand-in and the spec of its model that reads text; its key is set."""
    with mock.patch.dict("os.environ", KEYS), _served(vendor, reading, **behaviour) as state:
        yield state


@contextmanager
def _served(vendor: str, reading: Reader, **behaviour: Any) -> Iterator[tuple[Vendor, str]]:
    if vendor == "anthropic":
        with anthropic(Anthropic(reading, **behaviour)) as state:
            yield state, f"ocr+anthropic:claude-haiku-5-5@{state.url}?key=STANDIN_ANTHROPIC"
    elif vendor == "gemini":
        with gemini(Gemini(reading, **behaviour)) as state:
            yield state, f"ocr+gemini:gemini-3.5-flash-lite@{state.url}?key=STANDIN_GEMINI"
    elif vendor == "mistral":
        with mistral(Mistral(reading, **behaviour)) as state:
            yield state, f"ocr+mistral:mistral-small-latest@{state.url}?key=STANDIN_MISTRAL"
    else:
        with openai(OpenAI(reading, **behaviour)) as state:
            yield state, f"ocr+openai:gpt-6-luna@{state.url}?key=STANDIN_OPENAI"


async def opened(
    spec: str, folder: Path, workers: Workers, *, sending: bool = True, **options: Any
) -> RunContext:
    """A RunContext for slips in a folder, with the ledger beside it."""
    schema = load_schema(f"{folder.parent / 'slip.py'}:Slip")
    settings = load_settings(engine=spec, ledger=str(folder.parent / "ledger.sqlite"))
    return await RunContext.open(
        settings, [schema], options=RunOptions(**options), workers=workers, sending=sending
    )


async def read(spec: str, folder: Path, workers: Workers) -> list[Extraction[Any]]:
    """What an engine reads of slips in a folder (`servers.billing.slips`), one after another."""
    async with await opened(spec, folder, workers) as run:
        return [await pipeline.extract(run, path) for path in sorted(folder.glob("*.pdf"))]
