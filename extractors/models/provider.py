"""Records of providers, and of the protocols that their servers speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from docglean.schemas.wire.limits import DIALECTS

SchemaMode = Literal["json_schema", "json_object", "none"]
"""How an answer is held to a schema: constrained decoding, any JSON object, or not at all."""
TokenField = Literal["max_tokens", "max_completion_tokens"]
"""Name of the field that limits an answer on the wire of chat completions."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A protocol.

    Attributes:
        client: ``module:class`` of its `Client`.
        chat_path: end of URLs of its servers that speak chat completions.
        hears: a request may hold sound.
        transcribes: it has a route that transcribes recordings.
    """

    client: str
    chat_path: str = ""
    hears: bool = True
    transcribes: bool = False


CHAT_COMPLETIONS = "openai"
WIRES: dict[str, Wire] = {
    # Anthropic's Messages
    "anthropic": Wire("docglean.extractors.models.anthropic:AnthropicClient", hears=False),
    CHAT_COMPLETIONS: Wire("docglean.extractors.models.openai:OpenAIClient", transcribes=True),
    # Gemini's generateContent
    "gemini": Wire("docglean.extractors.models.gemini:GeminiClient", chat_path="/openai"),
}


@dataclass(frozen=True, slots=True)
class SmallImages:
    """A rule on many images in one request.

    Attributes:
        above: number of images from which on, exclusive, none may be larger than `edge`.
        edge: pixels.
        most: images a request while none is larger.
    """

    above: int
    edge: int
    most: int


CLAUDE_IMAGES = SmallImages(above=20, edge=2000, most=100)


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Models that a server passes on to another host.

    Attributes:
        tag: of their names, or what it ends with after a hyphen.
        host: where they run.
    """

    tag: str
    host: str


@dataclass(frozen=True, slots=True)
class Cloud:
    """What a cloud has beside a server: a place, hosts of its own, and ways to know its callers.

    Attributes:
        hosts: regular expression of the hosts that are its own: only they get its credentials.
        places: names in braces in the provider's `base_url`, each with the environment variables
            that tell it; ``?NAME=`` in a spec goes before them.
        region_hosts: host of a region where it is not that of `base_url`.
        key_header: header of the key; empty is a bearer token.
        token_variables: environment variables with a bearer token, which goes before a key.
        chain: whose chain of credentials is asked where no variable holds a key; its library is
            in the extra, as is what `client` needs.
        extra: name of the extra, empty where nothing is needed.
        client: which client of the wire's SDK; a key of `clouds.CLIENTS`, empty for the plain one.
        needs_library: the chain's library reads its streams, whatever the credentials are.
        scope: of a token that the chain is asked for, where that differs.
        where: said after the host of where pages go.
        wider: what is no single region, as region or before the dot of a model's name, with those
            that the cloud chooses from.
    """

    hosts: str
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    region_hosts: Mapping[str, str] = field(default_factory=dict, hash=False)
    key_header: str = ""
    token_variables: tuple[str, ...] = ()
    chain: Literal["", "aws", "azure", "google"] = ""
    extra: str = ""
    client: str = ""
    needs_library: bool = False
    scope: str = ""
    where: str = ""
    wider: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Provider:
    """One server, or one program that serves models.

    Attributes:
        name: as written in an engine spec.
        title: as people call it.
        wire: the protocol it speaks, a key of `WIRES`; what an engine is spoken to in:
            `engines.wire_of`.
        base_url: where it is when nothing else is told.
        url_variable: environment variable that may say otherwise, as the vendor's own tools do.
        key_variables: environment variables that hold the key, first found wins; empty where
            none is needed.
        self_hosted: runs on the user's own machines: calls cost no API money.
        default_model: taken when a spec names none; empty means: ask the server.
        schema_mode: what it offers for holding an answer to a schema.
        token_field: name of the field that limits the answer.
        batch: whether docglean can use its batch API.
        batch_port: ``module:class`` of its `BatchWire`, where it is not that of its wire.
        flex: whether its models that reason have a flex tier.
        prices: its id in genai-prices; empty where there are no prices.
        pdf: requests may hold PDF files (``pdf+``).
        rules: JSON Schema dialect that its models take; empty for the one of its own name, of its
            wire or of chat completions, whichever there is first.
        path: of its API, added to a URL that has none.
        client_path: end of a URL that the wire's client adds itself.
        port: added to a plain ``http://`` URL that has none.
        prefix: what the names of its models begin with, whether or not a spec has it.
        others: beginnings of model names that another provider's record is for.
        cloud: what it has beside, where it is a cloud's.
        images_per_request, bytes_per_request: the most of one request, base64 included.
        small_images: what it takes more of, where they are small.
        default_context: tokens of its models where neither the spec nor a table tells.
        cuts_prompts: what does not fit of a prompt is dropped without a word.
        passes_on: models that run elsewhere, and their host.
        strict_images: it can be asked to refuse an image that it would make smaller.
        detail: it knows levels of detail of images.
        hearing: ``family``: as its models' families say; ``none``: it takes no sound on this
            wire; ``listed``: nothing that is not known to hear does.
        nested_effort: the reasoning effort is sent as ``reasoning.effort``.
        with_schema: fields of a request that is held to a schema.
        token_probabilities: models whose answers tell how probable each token was, where it is
            asked for: ``none``, ``any``, or ``plain``: those that do not reason.
        speech_model: transcribes recordings where a spec names no model.
        vendor_sdk: its wire's SDK is its vendor's: what that takes from the environment (headers,
            organisation, project) goes along.
        sdk: installed package of which `retirements` reads its models and their ends.
        retires: its models' ends, where no SDK tells them.
        listed: regular expression of its models in the price tables that are worth listing.
        model_starts: beginnings of model names that are its, for hints.
        model_api: what it is asked about its models by, a key of `discovery.MODEL_APIS`.
        telemetry_name: that of the conventions for generative AI; its own by default.
    """

    name: str
    title: str
    wire: str
    base_url: str
    url_variable: str = ""
    key_variables: tuple[str, ...] = ()
    self_hosted: bool = False
    default_model: str = ""
    schema_mode: SchemaMode = "json_schema"
    token_field: TokenField = "max_tokens"
    batch: bool = False
    batch_port: str = ""
    flex: bool = False
    prices: str = ""
    pdf: bool = False
    rules: str = ""
    path: str = "/v1"
    client_path: str = ""
    port: int | None = None
    prefix: str = ""
    others: Mapping[str, str] = field(default_factory=dict, hash=False)
    cloud: Cloud | None = None
    images_per_request: int = 16
    bytes_per_request: int = 50_000_000
    small_images: SmallImages | None = None
    default_context: int | None = None
    cuts_prompts: bool = False
    passes_on: PassedOn | None = None
    strict_images: bool = False
    detail: bool = False
    hearing: Literal["family", "none", "listed"] = "family"
    nested_effort: bool = False
    with_schema: Mapping[str, Any] = field(default_factory=dict, hash=False)
    token_probabilities: Literal["none", "plain", "any"] = "none"
    speech_model: str = ""
    vendor_sdk: bool = False
    sdk: str = ""
    retires: Mapping[str, date] = field(default_factory=dict, hash=False)
    listed: str = ""
    model_starts: tuple[str, ...] = ()
    model_api: str = ""
    telemetry_name: str = ""

    @property
    def dialect(self) -> str:
        """Name of the JSON Schema dialect that its models take."""
        known = (self.name, self.wire, CHAT_COMPLETIONS)
        return self.rules or next(name for name in known if name in DIALECTS)
