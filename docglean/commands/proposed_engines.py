"""Engines that `docglean evaluate --for` proposes, and measures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from docglean.commands.engines import needed_engines
from docglean.extractors.models.need import read_need
from docglean.extractors.notices import tell
from docglean.schemas.errors import ConfigError

PROPOSED = 4
"""Engines that are proposed for a need, beside the words of the best of them as baseline."""


def proposed(
    need: str, told: Sequence[str], private: bool | None, report: Path, *, quiet: bool = False
) -> tuple[str, ...]:
    """The engines told, or those that are usable now and serve the need: the best known first, one
    of each provider; and the first model with words in place of images.

    Args:
        need: in words, see `read_need`.
        report: folder of an earlier evaluation, whose engines stand first.

    Raises:
        ConfigError: ``bad_need``, ``no_engine``.
    """
    candidates = needed_engines(read_need(need), private, report)
    if told:
        return tuple(told)
    serving = [one.known.engine for one in candidates if one.known.usable and not one.against]
    firsts = {engine.provider: engine for engine in reversed(serving)}
    chosen = [engine for engine in serving if firsts[engine.provider] is engine][:PROPOSED]
    if not chosen:
        raise ConfigError(
            "no_engine",
            f"No engine that is usable now serves {need!r}.",
            f"See which would: docglean engines --for {need!r}",
        )
    specs = [engine.spec for engine in chosen]
    models = [one for one in chosen if one.is_model and one.inputs == "image"]
    specs += [f"ocr+{engine.spec}" for engine in models[:1]]
    if not quiet:
        tell(f"Measured for {need!r}: {', '.join(specs)}.")
    return tuple(specs)
