"""Weights of speech engines downloaded, where a person asked for it; nothing else does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from docglean.extractors.speech.engine_choice import check_installed, choose
from docglean.extractors.speech.specs import LOCAL, SpeechSpec, parse_speech
from docglean.extractors.speech.weights import FIRST, installed, whisper_cache
from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    from docglean.extractors.settings import Settings


def pull(spec: str) -> Path:
    """Download the weights of an engine into the engine's own cache; the only thing that does.

    Raises:
        ConfigError: ``bad_speech_engine``, ``no_extra``, ``unknown_weights``,
            ``download_failed``.
    """
    wanted = parse_speech(spec)
    if wanted.kind == "hosted" or wanted.path is not None:
        raise ConfigError(
            "unknown_weights",
            f"There is nothing to download for {wanted.spec}.",
            "Name an engine on this machine and a model, for instance faster-whisper:small.",
        )
    check_installed(wanted)
    try:
        return _download(wanted)
    except ValueError as error:
        raise ConfigError("unknown_weights", f"{wanted.spec}: {error}.") from error
    except Exception as error:
        raise ConfigError(
            "download_failed",
            f"The weights of {wanted.spec} could not be downloaded: "
            f"{' '.join(str(error).split())[:300]}",
            "Check the network, or copy the weights from elsewhere and name their folder in "
            "DOCGLEAN_SPEECH_WEIGHTS.",
        ) from error


def obtain(spec: str, settings: Settings) -> None:
    """Have what `choose` needs: weights that are missing are downloaded.

    For ``auto`` without any weights these are `FIRST` for the first engine that is installed.

    Raises:
        ConfigError: as `pull`; ``no_extra``.
    """
    told = spec.strip()
    if told.lower() == "auto":
        told = settings.speech.strip()
    try:
        choose(told, settings)
    except ConfigError as error:
        if error.code not in ("no_weights", "no_speech_engine"):
            raise
        if told.lower() == "auto":
            kind = next((kind for kind in LOCAL.values() if installed(kind) is not None), None)
            if kind is None or settings.speech_weights is not None:
                raise
            told = f"{kind}:{FIRST}"
        pull(told)


def _download(wanted: SpeechSpec) -> Path:
    if wanted.kind == "faster-whisper":
        from faster_whisper.utils import download_model

        return Path(download_model(wanted.model))
    import whisper

    address = whisper._MODELS.get(wanted.model)
    if address is None:
        known = ", ".join(whisper.available_models())
        raise ValueError(f"there is no model {wanted.model!r}; there are {known}")
    return Path(whisper._download(address, str(whisper_cache()), False))
