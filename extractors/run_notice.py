"""What a run says first: which engine was taken, where pages go, how sure it will be."""

from __future__ import annotations

from collections.abc import Iterable

from docglean.extractors.condition import Condition

OF_TWO_ENGINES = (
    "Values that two engines have read are not calibrated: what agreement is worth is a default."
)


def notice_of(*sentences: str) -> str:
    """What is said of one engine, each thing on a line of its own."""
    return "\n".join(one for one in sentences if one)


def chain_notice(first: str, others: Iterable[str], when: Condition) -> str:
    """What is said of engines that are asked one after the other; what holds for several, once.

    Args:
        when: of what the others are asked.
    """
    lines = first.splitlines()
    for other in others:
        lines.append(f"What is unsure ({when}) goes on, with the pages it may stand on:")
        lines += other.splitlines()
    return "\n".join(dict.fromkeys(lines))
