"""What a model on a server accepts, before anything is sent: from tables, or asked by `probe`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from docglean.extractors.models import prices
from docglean.extractors.models.base import Effort
from docglean.extractors.models.engines import (
    Engine,
    api_key,
    is_self_hosted,
    own_site,
    parse_engine,
    passed_on_to,
    wire_of,
)
from docglean.extractors.models.families import (
    ALL_EFFORTS,
    ANY,
    SOUND_TOKENS,
    UNKNOWN,
    Family,
    PdfTokens,
    family,
)
from docglean.extractors.models.provider import (
    CHAT_COMPLETIONS,
    WIRES,
    Provider,
    SchemaMode,
    TokenField,
)
from docglean.extractors.models.providers import PROVIDERS
from docglean.extractors.models.retirements import retirements, sdk_models
from docglean.extractors.options import Tier
from docglean.extractors.reader_kinds import LOCAL, READERS
from docglean.extractors.render_policy import RenderPolicy
from docglean.schemas.errors import ConfigError

SOON = timedelta(days=60)
"""A model that ends within this time is warned of."""

SOMEBODYS = Provider("", "", CHAT_COMPLETIONS, "")
"""Of a server that speaks a vendor's wire nothing is known but that."""

# Hosts of the OpenAI wire that hold answers to any JSON only.
_JSON_ONLY_HOSTS = frozenset({"api.deepseek.com"})


@dataclass(frozen=True, slots=True)
class Capability:
    """What one model on one server accepts.

    Attributes:
        provider, model: as in the engine.
        vision: whether it sees images; None where nobody knows.
        schema_mode: how its answers are held to a schema.
        dialect: name of the JSON Schema dialect it takes.
        render: the page image to draw for it.
        images_per_request: the most images in one request.
        small_images: the same while none is larger than a frame of a film (`inputs.build`); 0
            where that is no more.
        bytes_per_request: the most bytes of a request, base64 included.
        context_tokens: input and answer together, None where nobody knows.
        max_output_tokens: the longest answer, None where nobody knows.
        efforts: reasoning effort levels accepted; empty where there is no such knob.
        default_effort: what is asked for where the engine tells none: the lowest that the model
            takes; None where nobody knows.
        own_effort: what the server takes where none is asked for; None where it does not think
            then, or nobody knows.
        token_field: name of the field that limits the answer.
        batch: whether docglean can send it in batches.
        flex: whether it has a flex tier.
        self_hosted: calls cost no API money.
        strict_images: the server may be asked to refuse an image that it would make smaller.
        detail: detail to ask for an image with, where the server knows that word.
        retires: the day on which the provider ends it, where that is announced.
        notes: what a user should know, one sentence each.
        hearing: whether it hears recordings; None where nobody knows.
        sound_tokens: tokens of a second of sound.
        pdf: how pages sent as PDF are counted; None where it takes no such files.
        thinking_budget: how hard to think is told in tokens, on a wire that has both ways.
        token_probabilities: whether it may be asked how probable each token of an answer was.
    """

    provider: str
    model: str
    vision: bool | None
    schema_mode: SchemaMode
    dialect: str
    render: RenderPolicy
    images_per_request: int
    bytes_per_request: int
    context_tokens: int | None
    max_output_tokens: int | None
    efforts: tuple[Effort, ...] = ()
    default_effort: Effort | None = None
    own_effort: Effort | None = None
    token_field: TokenField = "max_tokens"
    batch: bool = False
    flex: bool = False
    self_hosted: bool = False
    strict_images: bool = False
    detail: str | None = None
    retires: date | None = None
    notes: tuple[str, ...] = ()
    hearing: bool | None = None
    sound_tokens: float = SOUND_TOKENS
    pdf: PdfTokens | None = None
    thinking_budget: bool = False
    small_images: int = 0
    token_probabilities: bool = False


def capability(engine: Engine) -> Capability:
    """What the engine's model accepts, from tables alone. Asks no server.

    The engine's parameters ``edge``, ``context``, ``schema``, ``vision`` and ``hearing`` are
    applied.
    For a reader that needs no model: nothing that concerns one.
    """
    if not engine.is_model:
        return Capability(
            engine.provider, "", False, "none", "plain", UNKNOWN, 0, 0, None, None, self_hosted=True
        )
    provider = PROVIDERS[engine.provider]
    kin = family(engine.serves)
    ours, own_wire = own_site(engine), wire_of(engine) == provider.wire
    limits = provider if ours or provider.cloud else SOMEBODYS
    images, small = limits.images_per_request, provider.small_images
    notes: list[str] = []
    self_hosted = is_self_hosted(engine)
    mode = _schema_mode(engine, provider, kin)
    vision = kin.vision
    if "vision" in engine.parameters:
        vision = engine.parameters["vision"] == "yes"
    if provider.cloud is not None and kin.pattern == ANY:
        notes.append(
            f"Nobody told docglean what model {engine.model} serves: add ?model=NAME, so that "
            "its page images, limits, efforts and prices are right."
        )
    elif vision is None and "image" in engine.inputs:
        notes.append(f"Nobody told docglean whether {engine.model or 'this model'} sees images.")
    hearing = _hearing(engine, provider, kin)
    if hearing is None and engine.inputs == "audio":
        notes.append(f"Nobody told docglean whether {engine.model or 'this model'} hears sound.")
    edge = min(engine.number("edge") or kin.render.max_edge, kin.largest)
    if small and (engine.number("window") or 0) > small.above:
        edge = min(edge, small.edge)
    if small and edge <= small.edge:
        images = small.most
    context = engine.number("context") or prices.context_window(engine)
    if context is None and not passed_on_to(engine):
        context = provider.default_context
    return Capability(
        provider=provider.name,
        model=engine.model,
        vision=vision,
        schema_mode=mode,
        dialect=provider.dialect if mode == "json_schema" else "plain",
        render=_with_edge(kin.render, edge),
        images_per_request=images,
        bytes_per_request=limits.bytes_per_request,
        context_tokens=context,
        max_output_tokens=kin.max_output_tokens,
        efforts=kin.efforts or (ALL_EFFORTS if kin.pattern == ANY or self_hosted else ()),
        default_effort=kin.efforts[0] if kin.efforts else None,
        own_effort=kin.effort,
        token_field=kin.token_field
        or (provider.token_field if ours or provider.cloud else "max_tokens"),
        batch=provider.batch
        and own_wire
        and engine.parameters.get("batch", "yes" if ours else "no") == "yes",
        flex=provider.flex
        and own_wire
        and bool(kin.efforts)
        and engine.parameters.get("flex", "yes" if ours else "no") == "yes",
        self_hosted=self_hosted,
        strict_images=kin.strict_images and provider.strict_images and ours,
        detail=kin.detail if provider.detail and (ours or provider.cloud) else None,
        retires=retirements(provider.name).get(engine.model) if ours else None,
        notes=tuple(notes),
        hearing=hearing,
        sound_tokens=kin.sound_tokens,
        pdf=kin.pdf if provider.pdf and own_wire else None,
        thinking_budget=kin.thinking_budget,
        small_images=small.most if small else 0,
        token_probabilities=_tells_probabilities(engine, provider, kin),
    )


def warnings(capability: Capability, today: date | None = None) -> tuple[str, ...]:
    """What to say aloud before a run: the model's end, where it is near or past, and the notes."""
    today = today or date.today()
    ends = capability.retires
    said: list[str] = []
    if ends is not None and ends <= today:
        said.append(
            f"{capability.provider} announced the end of {capability.model} for {ends}: calls may "
            "fail. Choose a newer model (`docglean engines`)."
        )
    elif ends is not None and ends - today <= SOON:
        said.append(
            f"{capability.provider} ends {capability.model} on {ends}, in {(ends - today).days} "
            "days. Choose a newer model soon (`docglean engines`)."
        )
    return (*said, *capability.notes)


def check(engine: Engine, capability: Capability) -> None:
    """Refuse what the model cannot do, before a page is drawn.

    Raises:
        ConfigError: ``no_vision``: page images for a model known to see none; ``no_hearing``:
            recordings for one known to hear none; ``bad_effort``.
    """
    if "image" in engine.inputs and capability.vision is False:
        rest = engine.spec.removeprefix("image+ocr+")
        raise ConfigError(
            "no_vision",
            f"{engine.model} reads text only, it cannot see page images.",
            f"Give it the pages' text: --engine 'ocr+{rest}'. If it does see images, add "
            "?vision=yes.",
        )
    if engine.inputs == "pdf" and capability.pdf is None:
        rest = engine.spec.removeprefix("pdf+")
        raise ConfigError(
            "no_pdf",
            f"{engine.model or engine.provider} takes no PDF files from docglean.",
            f"Send page images: --engine '{rest}'.",
        )
    if engine.inputs == "audio" and capability.hearing is False:
        rest = engine.spec.removeprefix("audio+")
        raise ConfigError(
            "no_hearing",
            f"{engine.model} cannot hear recordings.",
            f"Have them transcribed first: --engine '{rest}'. If it does hear, add ?hearing=yes.",
        )
    if engine.effort is not None and engine.effort not in capability.efforts:
        levels = ", ".join(capability.efforts) or "no effort levels"
        raise ConfigError(
            "bad_effort",
            f"{engine.model} does not know the reasoning effort {engine.effort}; it has {levels}.",
            "Leave ?effort= out or take one of its own.",
        )


def check_terms(engine: Engine, capability: Capability, *, batch: bool, tier: Tier) -> None:
    """Refuse what the engine cannot be had at; the same for estimates and for what is sent.

    Raises:
        ConfigError: ``no_batch``, ``no_flex``; ``two_terms``: both at once.
    """
    if batch and tier == "flex":
        raise ConfigError(
            "two_terms",
            "Batches and the flex tier are two ways to the same price.",
            "Leave --batch or --tier flex out.",
        )
    if not engine.is_model and (batch or tier == "flex"):
        raise ConfigError(
            "no_batch" if batch else "no_flex",
            f"{engine.spec} sends nothing that could go in batches or in a flex tier.",
            "Leave --batch and --tier out.",
        )
    if batch and not capability.batch:
        raise ConfigError(
            "no_batch",
            f"{engine.spec} cannot be sent in batches: docglean speaks the batch APIs of "
            f"{_those(lambda provider: provider.batch)} only.",
            "Leave --batch out, or add ?batch=yes for a server that has its vendor's batch API.",
        )
    if tier == "flex" and not capability.flex:
        raise ConfigError(
            "no_flex",
            f"{engine.spec} has no flex tier: models that reason of "
            f"{_those(lambda provider: provider.flex)} have one.",
            "Leave --tier out, or take --batch where the engine has that; add ?flex=yes for a "
            "server that has its vendor's flex tier.",
        )


def _those(have: Callable[[Provider], bool]) -> str:
    return ", ".join(provider.title for provider in PROVIDERS.records() if have(provider))


@dataclass(frozen=True, slots=True)
class KnownEngine:
    """A line of `docglean engines`.

    Attributes:
        engine: the engine.
        capability: what it accepts.
        input_price, output_price: US dollars for a million tokens; None where unknown.
        usable: whether it can be used now; None where a server would have to be asked.
        why_not: what is missing when it is not.
    """

    engine: Engine
    capability: Capability
    input_price: Decimal | None
    output_price: Decimal | None
    usable: bool | None
    why_not: str = ""


def known_engines(today: date | None = None) -> list[KnownEngine]:
    """Engines worth listing: `local`, each vendor's current models, and servers of one's own.

    Names come from the vendors' SDKs and from genai-prices, ended models left out. Asks no
    server; see `discovery.served_engines` for those that answer on this machine.
    """
    today = today or date.today()
    specs = [LOCAL, *(one.name for one in READERS.added())]
    for provider in PROVIDERS.records():
        names = sdk_models(provider.name) or prices.current_models(provider.name)
        specs += [f"{provider.name}:{name}" for name in names if not _is_snapshot(name)]
        if provider.self_hosted:
            specs.append(provider.name)
    engines: list[KnownEngine] = []
    for spec in dict.fromkeys(specs):
        known = known_engine(parse_engine(spec))
        ended = known.capability.retires is not None and known.capability.retires <= today
        if not ended:
            engines.append(known)
    return engines


def known_engine(engine: Engine) -> KnownEngine:
    """One engine with its price and whether its key is there."""
    known = capability(engine)
    cost_in, cost_out = prices.per_million(engine)
    if not engine.is_model:
        return KnownEngine(engine, known, cost_in, cost_out, True)
    key, names = api_key(engine)
    if PROVIDERS[engine.provider].self_hosted:
        return KnownEngine(engine, known, cost_in, cost_out, None, f"asks {engine.host} when used")
    if key:
        return KnownEngine(engine, known, cost_in, cost_out, True)
    wanted = " or ".join(names) or "?key=VARIABLE"
    return KnownEngine(engine, known, cost_in, cost_out, False, f"{wanted} is not set")


def _is_snapshot(name: str) -> bool:
    """Whether a name is another's with a date, or no chat model for documents."""
    lowered = name.lower()
    dated = lowered.rpartition("-")[2]
    if dated.isdigit() and len(dated) >= 6:
        return True
    if lowered[-10:].replace("-", "").isdigit() and lowered[-10:].count("-") == 2:
        return True
    others = ("audio", "search", "codex", "embed", "tts", "live", "image", "ocr", "transcribe")
    return any(word in lowered for word in others)


def _hearing(engine: Engine, provider: Provider, kin: Family) -> bool | None:
    """Whether the model hears what is sent to it as ``input_audio``."""
    told = engine.parameters.get("hearing")
    if told is not None:
        return told == "yes"
    ours = own_site(engine)
    if not WIRES[provider.wire].hears or (ours and provider.hearing == "none"):
        return False
    if ours and provider.hearing == "listed" and kin.pattern != ANY:
        return bool(kin.hearing)
    return kin.hearing


def _tells_probabilities(engine: Engine, provider: Provider, kin: Family) -> bool:
    """Whether answers come with the probabilities of their tokens."""
    if provider.token_probabilities == "none" or passed_on_to(engine):
        return False
    if provider.token_probabilities == "any":
        return True
    # Nobody knows of sound; and a gateway before a vendor's models may not know the field.
    return own_site(engine) and kin.pattern != ANY and not kin.efforts and not kin.hearing


def _schema_mode(engine: Engine, provider: Provider, kin: Family) -> SchemaMode:
    told = engine.parameters.get("schema")
    if told in ("json_schema", "json_object", "none"):
        return told  # type: ignore[return-value]  # mypy does not narrow by `in`
    if kin.schema_mode is not None:
        return kin.schema_mode
    if passed_on_to(engine):
        return "none"
    if engine.host in _JSON_ONLY_HOSTS:
        return "json_object"
    return provider.schema_mode


def _with_edge(policy: RenderPolicy, edge: int) -> RenderPolicy:
    if edge == policy.max_edge:
        return policy
    return replace(policy, name=f"{policy.name}@{edge}", max_edge=edge)
