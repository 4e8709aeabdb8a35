"""The servers that docglean knows: where they are, which wire they speak, where their key is.

To add one, add a record here and, if its models see images, a family in `capabilities`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

SchemaMode = Literal["json_schema", "json_object", "none"]
"""How an answer is held to a schema: constrained decoding, any JSON object, or not at all."""
TokenField = Literal["max_tokens", "max_completion_tokens"]
"""Name of the field that limits an answer on the wire of chat completions."""
Wire = Literal["anthropic", "openai", "gemini"]
"""Anthropic's Messages, OpenAI's chat completions, or Gemini's generateContent."""


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
    scope: str = ""
    where: str = ""
    wider: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Provider:
    """One server, or one program that serves models.

    Attributes:
        name: as written in an engine spec; also the name of its JSON Schema dialect.
        title: as people call it.
        wire: the protocol it speaks; what an engine is spoken to in: `engines.wire_of`.
        base_url: where it is when nothing else is told.
        url_variable: environment variable that may say otherwise, as the vendor's own tools do.
        key_variables: environment variables that hold the key, first found wins; empty where
            none is needed.
        self_hosted: runs on the user's own machines: calls cost no API money.
        default_model: taken when a spec names none; empty means: ask the server.
        schema_mode: what it offers for holding an answer to a schema.
        token_field: name of the field that limits the answer.
        batch: whether docglean can use its batch API.
        flex: whether its models that reason have a flex tier.
        prices: its id in genai-prices; empty where there are no prices.
        pdf: requests may hold PDF files (``pdf+``).
        rules: the provider whose rules its models keep (JSON Schema dialect, images a request);
            empty for its own.
        path: of its API, added to a URL that has none.
        prefix: what the names of its models begin with, whether or not a spec has it.
        others: beginnings of model names that another provider's record is for.
        cloud: what it has beside, where it is a cloud's.
    """

    name: str
    title: str
    wire: Wire
    base_url: str
    url_variable: str = ""
    key_variables: tuple[str, ...] = ()
    self_hosted: bool = False
    default_model: str = ""
    schema_mode: SchemaMode = "json_schema"
    token_field: TokenField = "max_tokens"
    batch: bool = False
    flex: bool = False
    prices: str = ""
    pdf: bool = False
    rules: str = ""
    path: str = "/v1"
    prefix: str = ""
    others: Mapping[str, str] = field(default_factory=dict, hash=False)
    cloud: Cloud | None = None

    @property
    def dialect(self) -> str:
        """Name of the JSON Schema dialect that its models take."""
        return self.rules or self.name


_AZURE_HOSTS = r"[\w-]+\.(?:openai|cognitiveservices|services\.ai)\.azure\.com"
_ENTRA = Cloud(_AZURE_HOSTS, chain="azure", extra="azure", where="; its deployment sets the region")
_AWS = Cloud(
    r"bedrock-runtime(?:-fips)?\.[\w-]+\.amazonaws\.com",
    places={"region": ("AWS_REGION", "AWS_DEFAULT_REGION")},
    chain="aws",
    extra="bedrock",
    where=", region {region}",
    # docs.aws.amazon.com/bedrock, cross-Region inference: what a profile's name begins with.
    wider={
        "global": "any region",
        "us": "any region of the US",
        "eu": "any region of the EU",
        "apac": "any region of Asia and the Pacific",
    },
)
_VERTEX = Cloud(
    r"(?:[\w-]+-)?aiplatform\.(?:\w+\.rep\.)?googleapis\.com",
    places={
        "region": ("CLOUD_ML_REGION", "GOOGLE_CLOUD_LOCATION"),
        "project": ("ANTHROPIC_VERTEX_PROJECT_ID", "GOOGLE_CLOUD_PROJECT"),
    },
    # As anthropic/lib/vertex has them.
    region_hosts={
        "global": "aiplatform.googleapis.com",
        "us": "aiplatform.us.rep.googleapis.com",
        "eu": "aiplatform.eu.rep.googleapis.com",
    },
    wider={
        "global": "any region",
        "us": "any region of the US",
        "eu": "any region of the EU",
    },
    chain="google",
    extra="vertex",
    where=", region {region} of the project {project}",
)

# Default models are the cheapest of each vendor's current vision models that constrain their
# output; tests hold that none is retired and each has a price.
PROVIDERS: dict[str, Provider] = {
    provider.name: provider
    for provider in (
        Provider(
            "anthropic",
            "Anthropic",
            "anthropic",
            "https://api.anthropic.com",
            url_variable="ANTHROPIC_BASE_URL",
            key_variables=("ANTHROPIC_API_KEY",),
            default_model="claude-haiku-5-5",
            batch=True,
            prices="anthropic",
            pdf=True,
            path="",
        ),
        Provider(
            "openai",
            "OpenAI",
            "openai",
            "https://api.openai.com/v1",
            url_variable="OPENAI_BASE_URL",
            key_variables=("OPENAI_API_KEY",),
            default_model="gpt-6-luna",
            token_field="max_completion_tokens",
            batch=True,
            flex=True,
            prices="openai",
            pdf=True,
        ),
        Provider(
            "gemini",
            "Google Gemini",
            "gemini",
            "https://generativelanguage.googleapis.com",
            url_variable="GOOGLE_GEMINI_BASE_URL",
            key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
            default_model="gemini-3.5-flash-lite",
            batch=True,
            flex=True,
            prices="google",
            path="",
            pdf=True,
        ),
        Provider(
            "mistral",
            "Mistral",
            "openai",
            "https://api.mistral.ai/v1",
            key_variables=("MISTRAL_API_KEY",),
            default_model="mistral-small-latest",
            batch=True,
            prices="mistral",
        ),
        Provider(
            "openrouter",
            "OpenRouter",
            "openai",
            "https://openrouter.ai/api/v1",
            key_variables=("OPENROUTER_API_KEY",),
            default_model="google/gemini-3.5-flash-lite",
            prices="openrouter",
        ),
        Provider(
            "ollama",
            "Ollama",
            "openai",
            "http://127.0.0.1:11434/v1",
            url_variable="OLLAMA_HOST",
            self_hosted=True,
        ),
        Provider("vllm", "vLLM", "openai", "http://127.0.0.1:8000/v1", self_hosted=True),
        Provider("llamacpp", "llama.cpp", "openai", "http://127.0.0.1:8080/v1", self_hosted=True),
        Provider("lmstudio", "LM Studio", "openai", "http://127.0.0.1:1234/v1", self_hosted=True),
        # learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle: the v1 API.
        Provider(
            "azure",
            "Azure OpenAI",
            "openai",
            "https://{resource}.openai.azure.com/openai/v1",
            url_variable="AZURE_OPENAI_ENDPOINT",
            key_variables=("AZURE_OPENAI_API_KEY",),
            token_field="max_completion_tokens",
            prices="azure",
            pdf=True,
            rules="openai",
            path="/openai/v1",
            cloud=replace(
                _ENTRA,
                places={"resource": ()},
                key_header="api-key",
                scope="https://cognitiveservices.azure.com/.default",
                token_variables=("AZURE_OPENAI_AD_TOKEN",),
            ),
        ),
        Provider(
            "foundry",
            "Claude in Microsoft Foundry",
            "anthropic",
            "https://{resource}.services.ai.azure.com/anthropic",
            url_variable="ANTHROPIC_FOUNDRY_BASE_URL",
            key_variables=("ANTHROPIC_FOUNDRY_API_KEY",),
            prices="azure",
            pdf=True,
            rules="anthropic",
            path="/anthropic",
            cloud=replace(
                _ENTRA,
                places={"resource": ("ANTHROPIC_FOUNDRY_RESOURCE",)},
                key_header="x-api-key",
                scope="https://ai.azure.com/.default",
                client="foundry",
            ),
        ),
        Provider(
            "bedrock",
            "Claude on Amazon Bedrock",
            "anthropic",
            "https://bedrock-runtime.{region}.amazonaws.com",
            url_variable="ANTHROPIC_BEDROCK_BASE_URL",
            key_variables=("AWS_BEARER_TOKEN_BEDROCK",),
            prices="aws",
            pdf=True,
            rules="anthropic",
            path="",
            others=dict.fromkeys(
                ("openai.", "global.openai.", "us.openai.", "eu.openai."), "bedrock-openai"
            ),
            cloud=replace(_AWS, client="bedrock"),
        ),
        # openai/providers/bedrock, endpoint "runtime".
        Provider(
            "bedrock-openai",
            "GPT on Amazon Bedrock",
            "openai",
            "https://bedrock-runtime.{region}.amazonaws.com/openai/v1",
            url_variable="AWS_BEDROCK_BASE_URL",
            key_variables=("AWS_BEARER_TOKEN_BEDROCK",),
            token_field="max_completion_tokens",
            prices="aws",
            rules="openai",
            path="/openai/v1",
            cloud=_AWS,
        ),
        Provider(
            "vertex",
            "Claude on Vertex AI",
            "anthropic",
            "https://{region}-aiplatform.googleapis.com/v1",
            url_variable="ANTHROPIC_VERTEX_BASE_URL",
            prices="google",
            pdf=True,
            rules="anthropic",
            others={"gemini": "vertex-gemini", "google/": "vertex-gemini"},
            cloud=replace(_VERTEX, client="vertex"),
        ),
        # cloud.google.com/vertex-ai/generative-ai/docs/start/openai: models have "google/" before.
        Provider(
            "vertex-gemini",
            "Gemini on Vertex AI",
            "openai",
            "https://{region}-aiplatform.googleapis.com"
            "/v1/projects/{project}/locations/{region}/endpoints/openapi",
            prices="google",
            rules="gemini",
            prefix="google/",
            cloud=_VERTEX,
        ),
    )
}

AUTO_KEYS = ("anthropic", "openai", "gemini")
"""Hosted providers that `auto` looks for a key of, in this order."""
