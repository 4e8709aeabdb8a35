"""Clouds that serve other vendors' models: Azure, Bedrock, Vertex AI."""

from __future__ import annotations

from dataclasses import replace

from docglean.extractors.models.provider import CLAUDE_IMAGES, Cloud, Provider

BEDROCK_BYTES = 24_000_000
"""25,000,000 bytes a body: InvokeModel in botocore's model of the service."""

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

CLOUDS = (
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
        # learn.microsoft.com/azure, quotas and limits: 50 images a request.
        images_per_request=50,
        detail=True,
        telemetry_name="azure.ai.openai",
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
        images_per_request=CLAUDE_IMAGES.above,
        bytes_per_request=30_000_000,
        small_images=CLAUDE_IMAGES,
        telemetry_name="azure.ai.inference",
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
        # Its streams are in a form of Amazon's.
        cloud=replace(_AWS, client="bedrock", needs_library=True),
        client_path="/v1",
        images_per_request=CLAUDE_IMAGES.above,
        bytes_per_request=BEDROCK_BYTES,
        small_images=CLAUDE_IMAGES,
        telemetry_name="aws.bedrock",
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
        images_per_request=50,
        bytes_per_request=BEDROCK_BYTES,
        detail=True,
        telemetry_name="aws.bedrock",
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
        images_per_request=CLAUDE_IMAGES.above,
        bytes_per_request=29_000_000,
        small_images=CLAUDE_IMAGES,
        telemetry_name="gcp.vertex_ai",
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
        images_per_request=500,
        bytes_per_request=19_000_000,
        telemetry_name="gcp.vertex_ai",
    ),
)
