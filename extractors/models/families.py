"""Families of models: the image that each really uses, its limits and its effort levels.

The first family whose pattern is found in a model's name counts. Sizes and token formulas:
Anthropic platform.claude.com/docs/en/build-with-claude/vision; OpenAI developers.openai.com
images-vision; Google ai.google.dev media-resolution; Mistral mistral-common (image configs);
Qwen-VL model cards. Where a server does not make images smaller (OpenAI since GPT-5.6, servers
of one's own), our choice of size sets the bill: `?edge=` changes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from docglean.extractors.models.base import Effort
from docglean.extractors.models.provider import SchemaMode, TokenField
from docglean.extractors.render_policy import RenderPolicy

LOW_TO_HIGH: tuple[Effort, ...] = ("low", "medium", "high")
LOW_TO_MAX: tuple[Effort, ...] = (*LOW_TO_HIGH, "xhigh", "max")
ALL_EFFORTS: tuple[Effort, ...] = ("none", "minimal", *LOW_TO_MAX)

THINKING_TOKENS: dict[Effort, int] = {
    "none": 0, "minimal": 200, "low": 1_000, "medium": 3_000, "high": 6_000, "xhigh": 12_000,
    "max": 20_000,
}  # fmt: skip
"""Tokens of thinking about one request that are expected at an effort, while no call of the engine
has told better. A guess by orders of magnitude: vendors publish none, and what others measured of
one model and one effort runs from 0 to 40,000."""

CLAUDE_HIGH = RenderPolicy("claude-2576", 2576, 4784, 28, max_bytes=7_000_000)
CLAUDE_STANDARD = RenderPolicy("claude-1568", 1568, 1568, 28, max_bytes=7_000_000)

# 175 dpi on A4, 3,533 tokens: small print stays legible; 300 dpi would cost three times that.
OPENAI_FULL = RenderPolicy("openai-2048", 2048, 36_000, 32, token_rate=1.2)
OPENAI_2500 = RenderPolicy("openai-2500p", 2048, 3_000, 32, token_rate=1.2)
OPENAI_MINI = RenderPolicy("openai-1536p-1.62", 2048, int(1536 * 1.62), 32, token_rate=1.62)
# The vendor's page says 1.62 here too; what is billed was measured as 1.2.
OPENAI_MINI_5 = RenderPolicy("openai-1536p-1.2", 2048, int(1536 * 1.2), 32, token_rate=1.2)
OPENAI_O4 = RenderPolicy("openai-1536p-1.72", 2048, int(1536 * 1.72), 32, token_rate=1.72)
OPENAI_NANO = RenderPolicy("openai-1536p-2.46", 2048, int(1536 * 2.46), 32, token_rate=2.46)


def _tiles(name: str, base: int, tile: int) -> RenderPolicy:
    """Within 2048 x 2048, short side 768, then `base` tokens and `tile` for each 512 px square."""
    return RenderPolicy(
        name, 2048, None, 512, token_rate=tile, base_tokens=base, max_short_edge=768
    )


# Gemini 3 gives each image 1,120 tokens whatever its size; Gemini 2.5 258 for each crop.
GEMINI_3 = RenderPolicy("gemini-2048", 2048, None, 100_000, token_rate=0, base_tokens=1_120)
GEMINI_CROPS = RenderPolicy("gemini-tiles", 2048, None, 768, token_rate=258, counting="crops")

MISTRAL = RenderPolicy("mistral-1540", 1540, None, 28, counting="rows")
PIXTRAL = RenderPolicy("pixtral-1024", 1024, None, 16, counting="rows")

QWEN_25 = RenderPolicy("qwen-28", 1568, None, 28)
QWEN_3 = RenderPolicy("qwen-32", 1568, None, 32)
GEMMA = RenderPolicy("gemma-1568", 1568, None, 100_000, token_rate=0, base_tokens=1_280)
LLAMA = RenderPolicy("llama-1120", 1120, None, 0)


@dataclass(frozen=True, slots=True)
class PdfTokens:
    """Tokens of a page that is sent as PDF: its picture, and its own text at a rate.

    Attributes:
        picture: tokens of the page's picture; None where it is that of an image of the page.
        text: tokens for each token of the page's text.
    """

    picture: int | None
    text: float


# Measured by others in October 2026 on a published set: a page of 750 tokens of text cost Claude
# 2,347, one without text 1,600, Gemini 561 either way. OpenAI says: picture and text, both.
CLAUDE_PDF = PdfTokens(1_600, 1.0)
OPENAI_PDF = PdfTokens(None, 1.0)
GEMINI_PDF = PdfTokens(561, 0.0)

ANY = ""
"""Pattern of the last family: models that nobody told docglean of."""

UNKNOWN = RenderPolicy("unknown-1568", 1568, None, 28)

SOUND_TOKENS = 25.0
"""Tokens of a second of sound: Qwen2-Audio's, and those of most models built on Whisper's encoder.
OpenAI counts one for 0.1 s, Gemini 32 (ai.google.dev, audio)."""


@dataclass(frozen=True, slots=True)
class Family:
    """Models that take the same images.

    Attributes:
        pattern: regular expression looked for in the model's lower-case name.
        render: the image to draw.
        largest: longest side that ``?edge=`` may ask for.
        vision: whether its models see images; None where that differs or isn't known.
        max_output_tokens: limit of one answer, where the vendor's pages tell.
        efforts: reasoning effort levels accepted, lowest first; empty where there is no such knob.
        effort: what the vendor takes where none is told; None where it does not think then.
        token_field: name of the field that limits an answer, where its family takes no other,
            on any server.
        pdf: how pages sent as PDF are counted; None where the family takes no such files.
        thinking_budget: how hard to think is told in tokens, on a wire that has both ways.
        strict_images: the server may be asked to refuse an image that it would make smaller.
        detail: what to ask OpenAI for; GPT-5.6 and later show the whole image by themselves.
        hearing: whether its models hear recordings; None where that differs or isn't known.
        sound_tokens: tokens of a second of sound.
        schema_mode: how its answers can be held to a schema, where that is less than its
            provider offers.
    """

    pattern: str
    render: RenderPolicy
    largest: int
    vision: bool | None = None
    max_output_tokens: int | None = None
    efforts: tuple[Effort, ...] = ()
    strict_images: bool = False
    detail: str | None = None
    hearing: bool | None = None
    sound_tokens: float = SOUND_TOKENS
    schema_mode: SchemaMode | None = None
    effort: Effort | None = None
    token_field: TokenField | None = None
    pdf: PdfTokens | None = None
    thinking_budget: bool = False


# Names may have a vendor before and dots for dashes: "anthropic/claude-haiku-5.5".
FAMILIES: tuple[Family, ...] = (
    # Claude 4.7 and later have the high tier. Haiku 5.5's is inferred from that rule, so an
    # oversized image is left for the server to fit there, not refused.
    # It may be told not to think; those that follow may not, and always do.
    Family(
        r"claude-haiku-[5-9]",
        CLAUDE_HIGH,
        2576,
        True,
        128_000,
        ("none", *LOW_TO_MAX),
        effort="medium",
        pdf=CLAUDE_PDF,
    ),
    Family(
        r"claude-\w+-(?:[6-9]|5[-.][5-9])|claude-fable|claude-mythos",
        CLAUDE_HIGH,
        2576,
        True,
        128_000,
        LOW_TO_MAX,
        True,
        effort="high",
        pdf=CLAUDE_PDF,
    ),
    Family(
        r"claude-\w+-(?:5|4[-.][789])",
        CLAUDE_HIGH,
        2576,
        True,
        128_000,
        LOW_TO_MAX,
        True,
        pdf=CLAUDE_PDF,
    ),
    Family(
        r"claude-(?:opus|sonnet)-4[-.]6",
        CLAUDE_STANDARD,
        1568,
        True,
        128_000,
        LOW_TO_MAX,
        True,
        pdf=CLAUDE_PDF,
    ),
    Family(
        r"claude-opus-4[-.]5",
        CLAUDE_STANDARD,
        1568,
        True,
        64_000,
        LOW_TO_MAX[:3],
        True,
        pdf=CLAUDE_PDF,
    ),
    Family(r"claude-\w+-4[-.]5", CLAUDE_STANDARD, 1568, True, 64_000, (), True, pdf=CLAUDE_PDF),
    Family(r"claude-(?:2|v1|instant)", UNKNOWN, 1568, False),
    Family(r"claude", CLAUDE_STANDARD, 1568, True, 8_192),
    # OpenAI. Its models that hear neither see nor hold their answers to a schema:
    # platform.openai.com/docs/models/gpt-audio.
    Family(
        r"gpt-audio|gpt-4o(?:-mini)?-audio",
        UNKNOWN,
        1568,
        False,
        16_384,
        hearing=True,
        sound_tokens=10.0,
        schema_mode="none",
    ),
    # Reasoning models: platform.openai.com/docs/guides/reasoning has the efforts of each.
    Family(
        r"gpt-(?:[6-9]|5\.[6-9])[\w.]*-(?:astra|cyber)",
        OPENAI_FULL,
        6_000,
        True,
        128_000,
        LOW_TO_MAX,
        effort="medium",
        token_field="max_completion_tokens",
        pdf=OPENAI_PDF,
    ),
    Family(
        r"gpt-(?:[6-9]|5\.[6-9])",
        OPENAI_FULL,
        6_000,
        True,
        128_000,
        ("none", *LOW_TO_MAX),
        effort="medium",
        token_field="max_completion_tokens",
        pdf=OPENAI_PDF,
    ),
    Family(
        r"gpt-5\.\d-(?:mini|nano)",
        OPENAI_MINI_5,
        2048,
        True,
        128_000,
        ("none", *LOW_TO_HIGH, "xhigh"),
        detail="high",
        token_field="max_completion_tokens",
        pdf=OPENAI_PDF,
    ),
    Family(
        r"gpt-5-(?:mini|nano)",
        OPENAI_MINI_5,
        2048,
        True,
        128_000,
        ("minimal", *LOW_TO_HIGH),
        detail="high",
        effort="medium",
        token_field="max_completion_tokens",
        pdf=OPENAI_PDF,
    ),
    Family(
        r"gpt-5\.[45]",
        OPENAI_2500,
        2048,
        True,
        128_000,
        ("none", *LOW_TO_HIGH, "xhigh"),
        detail="high",
        token_field="max_completion_tokens",
        pdf=OPENAI_PDF,
    ),
    Family(
        r"gpt-5\.\d",
        _tiles("openai-tiles-70-140", 70, 140),
        2048,
        True,
        128_000,
        ("none", *LOW_TO_HIGH),
        detail="high",
        token_field="max_completion_tokens",
        pdf=OPENAI_PDF,
    ),
    Family(
        r"gpt-5-chat",
        _tiles("openai-tiles-70-140", 70, 140),
        2048,
        True,
        16_384,
        detail="high",
        token_field="max_completion_tokens",
        pdf=OPENAI_PDF,
    ),
    Family(
        r"gpt-5",
        _tiles("openai-tiles-70-140", 70, 140),
        2048,
        True,
        128_000,
        ("minimal", *LOW_TO_HIGH),
        detail="high",
        effort="medium",
        token_field="max_completion_tokens",
        pdf=OPENAI_PDF,
    ),
    Family(r"gpt-4\.1-mini", OPENAI_MINI, 2048, True, 32_768, detail="high", pdf=OPENAI_PDF),
    Family(r"gpt-4\.1-nano", OPENAI_NANO, 2048, True, 32_768, detail="high", pdf=OPENAI_PDF),
    Family(
        r"gpt-4o-mini",
        _tiles("openai-tiles-2833-5667", 2833, 5667),
        2048,
        True,
        16_384,
        detail="high",
        pdf=OPENAI_PDF,
    ),
    Family(
        r"gpt-4\.[15]",
        _tiles("openai-tiles-85-170", 85, 170),
        2048,
        True,
        32_768,
        detail="high",
        pdf=OPENAI_PDF,
    ),
    Family(
        r"gpt-4o",
        _tiles("openai-tiles-85-170", 85, 170),
        2048,
        True,
        16_384,
        detail="high",
        pdf=OPENAI_PDF,
    ),
    Family(
        r"gpt-4-turbo|gpt-4-vision",
        _tiles("openai-tiles-85-170", 85, 170),
        2048,
        True,
        4_096,
        detail="high",
    ),
    Family(r"gpt-oss", UNKNOWN, 1568, False, None, LOW_TO_HIGH, effort="medium"),
    Family(r"gpt-[34]", UNKNOWN, 1568, False),
    Family(
        r"\bo[13]-mini|\bo1-preview",
        UNKNOWN,
        1568,
        False,
        65_536,
        LOW_TO_HIGH,
        effort="medium",
        token_field="max_completion_tokens",
    ),
    Family(
        r"\bo4-mini",
        OPENAI_O4,
        2048,
        True,
        100_000,
        LOW_TO_HIGH,
        detail="high",
        effort="medium",
        token_field="max_completion_tokens",
        pdf=OPENAI_PDF,
    ),
    Family(
        r"\bo[13]\b",
        _tiles("openai-tiles-75-150", 75, 150),
        2048,
        True,
        100_000,
        LOW_TO_HIGH,
        detail="high",
        effort="medium",
        token_field="max_completion_tokens",
        pdf=OPENAI_PDF,
    ),
    # Google: ai.google.dev/gemini-api/docs/openai (efforts), /thinking. Pro cannot be told not to
    # think, nor can Gemini 3 and later.
    Family(
        r"gemini-(?:3[\w.]*-pro|pro-latest)",
        GEMINI_3,
        3_072,
        True,
        65_536,
        LOW_TO_HIGH,
        hearing=True,
        sound_tokens=32.0,
        effort="high",
        pdf=GEMINI_PDF,
    ),
    Family(
        r"gemini-(?:[3-9]|flash-latest)",
        GEMINI_3,
        3_072,
        True,
        65_536,
        ("minimal", *LOW_TO_HIGH),
        hearing=True,
        sound_tokens=32.0,
        effort="medium",
        pdf=GEMINI_PDF,
    ),
    Family(
        r"gemini-2\.5[\w.-]*pro",
        GEMINI_CROPS,
        3_072,
        True,
        65_536,
        LOW_TO_HIGH,
        hearing=True,
        sound_tokens=32.0,
        effort="medium",
        pdf=GEMINI_PDF,
        thinking_budget=True,
    ),
    Family(
        r"gemini-2\.5",
        GEMINI_CROPS,
        3_072,
        True,
        65_536,
        ("none", *LOW_TO_HIGH),
        hearing=True,
        sound_tokens=32.0,
        effort="medium",
        pdf=GEMINI_PDF,
        thinking_budget=True,
    ),
    Family(
        r"gemini", GEMINI_CROPS, 3_072, True, 8_192, hearing=True, sound_tokens=32.0, pdf=GEMINI_PDF
    ),
    Family(r"gemma-?(?:1\b|2|3[:-](?:270m|1b))|codegemma", UNKNOWN, 1568, False),
    Family(r"gemma-?3n", GEMMA, 3_072, True, hearing=True),
    Family(r"gemma-?(?:3|4)", GEMMA, 3_072, True),
    # Mistral.
    Family(r"pixtral", PIXTRAL, 1024, True),
    # docs.mistral.ai/capabilities/reasoning: Small 4 and Medium 3.5 take two efforts and think
    # only if told to; Large 4 takes more and thinks by default; what came before takes none.
    Family(
        r"mistral-(?:small-(?:latest|260[3-9]|261\d|2[7-9]\d\d|[4-9])|medium-(?:latest|260[4-9]|261\d|2[7-9]\d\d|3[.-][5-9]|[4-9]))",
        MISTRAL,
        1540,
        True,
        None,
        ("none", "high"),
    ),
    Family(
        r"mistral-large-[4-9]",
        MISTRAL,
        1540,
        True,
        None,
        ("none", "low", "medium", "high"),
        effort="high",
    ),
    Family(
        r"mistral-(?:small-(?:2[5-9]\d\d|3\.[1-9])|medium-(?:2[5-9]|3)|large-(?:latest|2512|3))"
        r"|ministral-\d+b-(?:latest|2512)|mistral-small3\.[1-9]",
        MISTRAL,
        1540,
        True,
    ),
    Family(
        r"\bmistral(?::|$)|mistral-?7b|mixtral|codestral|devstral|mistral-nemo|mistral-tiny",
        UNKNOWN,
        1568,
        False,
    ),
    # Weights that anyone can run. First those that hear; the omni ones see, too.
    Family(r"qwen[\w.-]*omni|minicpm-o", QWEN_25, 4_096, True, hearing=True),
    Family(
        r"qwen[\w.-]*audio|ultravox|voxtral|granite-speech|audio-flamingo|step-audio|kimi-audio",
        UNKNOWN,
        1568,
        False,
        hearing=True,
    ),
    Family(r"phi-?4[\w.-]*multimodal", UNKNOWN, 4_096, True, hearing=True),
    Family(r"qwen[\w.-]*(?:vl|omni)|qvq", QWEN_25, 4_096, True),
    Family(r"qwen-?3\.[5-9]", QWEN_3, 4_096, True),
    Family(r"qwen(?:-?[123]\b|-?[12]\.|-?3-|[:_]|-\d+b|$)|qwq", UNKNOWN, 1568, False),
    Family(r"llama[\w.-]*vision|llama-?4", LLAMA, 2_240, True),
    Family(
        r"llava|bakllava|moondream|minicpm-v|internvl|glm-\d[\w.]*v|granite[\w.-]*vision"
        r"|smolvlm|idefics|molmo|deepseek-(?:vl|ocr)|phi-?[34][\w.-]*(?:vision|multimodal)"
        r"|paligemma|olmocr|nanonets|dots\.?ocr|paddleocr|granite-docling|kimi-vl|pixtral"
        r"|kimi-k2\.[5-9]|llama-?guard-4",
        UNKNOWN,
        4_096,
        True,
    ),
    Family(
        r"deepseek|\bphi|tinyllama|llama|smollm|granite|command-r|starcoder|falcon|nemotron"
        r"|olmo|yi-|zephyr|vicuna|wizard|orca|codellama|stablelm|hermes|kimi-k2|glm-\d",
        UNKNOWN,
        1568,
        False,
    ),
    Family(ANY, UNKNOWN, 4_096),
)


def family(model: str) -> Family:
    """The family that a model's name belongs to; the last one, of unknown models, else."""
    name = model.lower()
    return next(known for known in FAMILIES if re.search(known.pattern, name))
