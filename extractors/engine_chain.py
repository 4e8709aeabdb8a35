"""Engines that are asked one after the other: which may follow, and of what they are asked."""

from __future__ import annotations

from collections.abc import Sequence

from docglean.extractors.condition import Condition
from docglean.extractors.options import RunOptions
from docglean.extractors.settings import Settings
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import Schema


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


def check_chain(specs: Sequence[str]) -> None:
    """Refuse an engine that would be asked twice: it would be surer by what it said itself.

    Raises:
        ConfigError: ``bad_engine``.
    """
    for place, spec in enumerate(specs):
        if spec in specs[:place]:
            raise ConfigError(
                "bad_engine",
                f"{spec} is asked twice of the same document, and agrees with itself.",
                "Name another engine with --then.",
            )
