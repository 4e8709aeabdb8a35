"""What all requests to one engine about one document have in common, and how much fits in each."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from docglean.extractors.inputs.pages import text_tokens
from docglean.extractors.model_input import Medium, ModelInput
from docglean.extractors.models.base import Effort
from docglean.extractors.models.capabilities import Capability
from docglean.extractors.models.engines import Engine
from docglean.extractors.models.families import THINKING_TOKENS
from docglean.extractors.models.providers import PROVIDERS
from docglean.extractors.requests import prompts
from docglean.extractors.requests.example_texts import answers, around
from docglean.extractors.requests.plan import (
    BASE64,
    BYTES_A_PIXEL,
    DEFAULT_WINDOW,
    Request,
    Room,
)
from docglean.schemas.schema import Schema
from docglean.schemas.wire.dialects import DIALECTS, groups
from docglean.schemas.wire.limits import text_of
from docglean.schemas.wire.outline import outline

ANSWER_TOKENS = 16_000
"""Limit of an answer where the engine does not tell another: some 300 rows of a table."""
MOST_TOKENS = 64_000
"""What an answer's limit may be raised to for a model of which nobody knows how much it gives."""
CONTEXT_TOKENS = 128_000
"""Context of a model of which nobody knows it."""
PLENTY = 1_000
"""Images in a request that sends none."""

UNITS: dict[Medium, int] = {"audio": 40, "sound": 40, "video": 40}
"""Parts of a recording in a request: what is said early and late is told together, in one summary.
Forty parts of a transcript are two hours of speech."""

# What changes how requests are cut or sent, but not what a model answers to one of them.
_SILENT = frozenset({"window", "key", "max_tokens", "edge", "effort", "price", "batch"})


def template(
    engine: Engine,
    capability: Capability,
    view: ModelInput,
    schema: Schema,
    *,
    document: str,
    instructions: str = "",
) -> Request:
    """A request for all of `schema`, still without pages.

    Args:
        document: SHA-256 of the file.
    """
    dialect = DIALECTS[capability.dialect]
    return Request(
        document=document,
        pages=(),
        total=view.total,
        medium=view.medium,
        schema=schema,
        dialect=dialect,
        reads=view.reads,
        model=identity(engine),
        # Servers of one's own make a grammar of the schema, which the model never sees. Where
        # there is no grammar at all, the adapter shows it.
        show_schema=dialect.constrained and PROVIDERS[engine.provider].self_hosted,
        instructions=instructions,
        max_tokens=answer_tokens(engine, capability),
        most_tokens=most_tokens(engine, capability),
        context_tokens=capability.context_tokens or 0,
        effort=engine.effort or capability.default_effort,
        lowest_effort=capability.default_effort,
        thinking=expected_thinking(engine.effort or capability.default_effort, capability),
    )


def identity(engine: Engine) -> str:
    """The model, the server it runs on and what else decides the answer; part of a key."""
    parameters = sorted(
        (name, value) for name, value in engine.parameters.items() if name not in _SILENT
    )
    told = "".join(f"&{name}={value}" for name, value in parameters)
    return f"{engine.provider}:{engine.model}@{engine.url}{told}"


def answer_tokens(engine: Engine, capability: Capability) -> int:
    """Limit of one answer: as told, else `ANSWER_TOKENS`, the model's own, half the context."""
    told = engine.number("max_tokens")
    limits = [told or ANSWER_TOKENS]
    if capability.max_output_tokens:
        limits.append(capability.max_output_tokens)
    if capability.context_tokens and told is None:
        limits.append(capability.context_tokens // 2)
    return min(limits)


def most_tokens(engine: Engine, capability: Capability) -> int:
    """What an answer's limit may be raised to: as told, the model's own, or `MOST_TOKENS`."""
    told = engine.number("max_tokens")
    return told or max(
        answer_tokens(engine, capability), capability.max_output_tokens or MOST_TOKENS
    )


def expected_thinking(effort: Effort | None, capability: Capability) -> int:
    """Tokens of thinking to expect of one call at an effort, or at the model's own."""
    effort = effort or capability.own_effort
    return 0 if effort is None else THINKING_TOKENS[effort]


def room(engine: Engine, capability: Capability, request: Request) -> Room:
    """How many pages fit into one request of this kind, beside its examples."""
    context = capability.context_tokens or CONTEXT_TOKENS
    images = capability.images_per_request or PLENTY
    if request.medium == "video":
        images = max(images, capability.small_images)
    pixels = [one.pixels for one in request.examples if one.pixels]
    return Room(
        units=engine.number("window") or UNITS.get(request.medium, DEFAULT_WINDOW),
        images=images - len(pixels),
        bytes=capability.bytes_per_request - round(sum(pixels) * BYTES_A_PIXEL * BASE64),
        tokens=context - request.max_tokens - _largest_frame(request),
    )


def wording(request: Request) -> tuple[str, str]:
    """The standing instructions and the question of a request."""
    system = prompts.system(
        nullable=request.dialect.nullable,
        paged=request.paged,
        shown_schema=outline(request.wire.json_schema) if request.show_schema else None,
        examples=any(True for _ in answers(request)),
    )
    question = prompts.question(
        description=request.schema.description,
        medium=request.medium,
        instructions=request.instructions,
        note=request.note,
    )
    return system, question


@lru_cache(maxsize=4096)
def frame_tokens(request: Request) -> int:
    """Tokens of a request without its pages: instructions, schema, examples, question."""
    # Shown in the instructions, or else by the provider.
    schema = "" if request.show_schema else text_of(request.wire.json_schema)
    return sum(map(text_tokens, (*wording(request), schema))) + example_tokens(request)


def example_tokens(request: Request) -> int:
    """Tokens of the examples that stand in a request."""
    told = around(request)
    tokens = sum(one.tokens + text_tokens(above) + text_tokens(below) for one, above, below in told)
    return tokens + (text_tokens(prompts.EXAMPLES_END) if told else 0)


def _largest_frame(request: Request) -> int:
    parts = groups(request.schema, request.dialect, paged=True)
    return max(frame_tokens(replace(request, paths=paths, paged=True)) for paths in parts)
