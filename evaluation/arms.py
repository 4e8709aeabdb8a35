"""An engine measured twice, without and with examples: what it is called then."""

from __future__ import annotations

WITH_EXAMPLES = " with examples"


def with_examples(spec: str) -> str:
    """What an engine is called where it was shown examples."""
    return spec + WITH_EXAMPLES


def bare(name: str) -> str:
    """The spec of an engine, whatever it was shown."""
    return name.removesuffix(WITH_EXAMPLES)


def has_examples(name: str) -> bool:
    """Whether an engine of this name was shown examples."""
    return name.endswith(WITH_EXAMPLES)
