"""What a run says first: which engine was taken, where pages go, how sure it will be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from docglean.extractors.condition import Condition
from docglean.extractors.options import RunOptions
from docglean.extractors.settings import Settings
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import Schema

OF_TWO_ENGINES = (
    "Values that two engines have read are not calibrated: what agreement is worth is a default."
)


def chain_condition(
    options: RunOptions, settings: Settings, schemas: Sequence[Schema]
) -> Condition:
    """Of what the engines after the first are asked.

    Raises:
        ConfigError: ``bad_condition``; ``when_alone``, no engine follows the first.
    """
    when = Condition.of(settings.when)
    if options.when and not settings.then:
        raise ConfigError(
            "when_alone",
            "--when says of which values the engines of --then are asked, and there is none.",
            "Add --then ENGINE.",
        )
    if options.when and schemas:
        when.check_schemas(schemas)
    return when


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
