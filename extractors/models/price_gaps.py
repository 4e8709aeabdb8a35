"""What the price tables lack, each with its source. Delete a line once `genai-prices` has it."""

from __future__ import annotations

from decimal import Decimal

PER_MILLION: dict[tuple[str, str], tuple[Decimal, Decimal]] = {
    # platform.claude.com/docs/en/about-claude/pricing, read 2026-11-28.
    ("anthropic", "claude-mythos-5"): (Decimal(10), Decimal(50)),
    ("anthropic", "claude-mythos-5-1"): (Decimal(10), Decimal(50)),
}
"""US dollars for a million tokens in and out, by provider and model. Cached input is not known
apart, so all of it counts as input."""

HALF_IN_BATCHES: frozenset[tuple[str, str]] = frozenset(
    {
        # ai.google.dev/gemini-api/docs/pricing: batch and flex at half, read 2026-11-28.
        ("gemini", "gemini-3.5-flash"),
        ("gemini", "gemini-3.7-flash"),
        # docs.mistral.ai/studio-api/batch-processing: half for every model.
        ("mistral", "mistral-large-latest"),
    }
)
"""Models that cost half in batches, and in the flex tier where there is one."""
