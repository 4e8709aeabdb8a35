"""Which speech engine transcribes, with which weights; what is missing, and how to get it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from docglean.extractors.installation import install_extra
from docglean.extractors.speech.specs import LOCAL, Kind, SpeechSpec, parse_speech
from docglean.extractors.speech.weights import (
    FIRST,
    FOLDER_FILES,
    PACKAGES,
    Weights,
    by_use,
    in_folder,
    installed,
    names_of,
    weights_at,
    weights_for,
)
from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    from docglean.extractors.settings import Settings


@dataclass(frozen=True, slots=True)
class SpeechStatus:
    """Whether an engine on this machine can be used, for ``docglean doctor``.

    Attributes:
        engine: as in a spec.
        version: of its package; None where it isn't installed.
        weights: what was found for it.
        message: one sentence: usable, or what is missing and how to get it.
    """

    engine: str
    version: str | None
    weights: tuple[Weights, ...]
    message: str

    @property
    def usable(self) -> bool:
        """Installed, with weights."""
        return self.version is not None and bool(self.weights)


def speech_status(settings: Settings) -> tuple[SpeechStatus, ...]:
    """Engines on this machine, with what each lacks. Never raises, loads nothing."""
    taken = _best(settings)
    return tuple(_status(kind, settings, taken) for kind in LOCAL.values())


def choose(
    spec: str, settings: Settings, language: str | None = None
) -> tuple[SpeechSpec, Weights | None]:
    """The engine for a spec, and its weights where it runs on this machine.

    ``auto`` takes the engine of the settings; else the best weights (`weights.by_use`) for an
    engine that is installed on this machine. It never takes a hosted engine: recordings leave
    this machine only where somebody said so.

    Args:
        language: ISO 639-1 code of what is spoken, where that is told.

    Raises:
        ConfigError: ``bad_speech_engine``, ``no_speech_engine``, ``no_weights``, ``no_extra``.
    """
    spec = spec.strip()
    if spec.lower() == "auto":
        spec = settings.speech.strip()
    if spec.lower() != "auto":
        chosen = parse_speech(spec)
        return chosen, None if chosen.kind == "hosted" else find(chosen, settings)
    best = _best(settings, language)
    if settings.speech_weights is not None and (best is None or best.source != "setting"):
        _refuse_folder(settings.speech_weights)
    if best is None:
        _nothing(settings)
    return SpeechSpec(f"{best.kind}:{best.name}", best.kind, best.name), best


def _best(settings: Settings, language: str | None = None) -> Weights | None:
    """What ``auto`` takes; of weights that are alike those of the first engine."""
    ready = [kind for kind in LOCAL.values() if installed(kind) is not None]
    found = [weights for kind in ready for weights in weights_for(kind, settings)]
    return min(found, key=lambda weights: by_use(weights, language), default=None)


def check_installed(spec: SpeechSpec) -> None:
    """Refuse an engine of this machine whose package is not there.

    Raises:
        ConfigError: ``no_extra``.
    """
    package, extra = PACKAGES[spec.kind]
    if installed(spec.kind) is None:
        raise ConfigError(
            "no_extra",
            f"{spec.spec} needs the package {package}, which is not installed.",
            install_extra(extra),
        )


def find(spec: SpeechSpec, settings: Settings) -> Weights:
    """The weights that a spec asks for.

    Raises:
        ConfigError: ``no_extra``, ``no_weights``.
    """
    check_installed(spec)
    path = spec.path
    if path is not None:
        weights = weights_at(spec.kind, path, path.name, "spec")
        if weights is None:
            raise ConfigError(
                "no_weights",
                f"{spec.model} holds no weights for {spec.kind}.",
                _wanted(spec.kind),
            )
        return weights
    for weights in weights_for(spec.kind, settings):
        if weights.name in names_of(spec.model):
            return weights
    raise ConfigError(
        "no_weights",
        f"The weights of {spec.spec} are not on this machine.",
        f"Say `docglean models pull {spec.kind}:{spec.model}` to download them, or say where "
        f"they are: {spec.kind}:PATH, or DOCGLEAN_SPEECH_WEIGHTS.",
    )


def _status(kind: Kind, settings: Settings, taken: Weights | None) -> SpeechStatus:
    version = installed(kind)
    weights = tuple(weights_for(kind, settings))
    package, extra = PACKAGES[kind]
    if version is None:
        message = f"{package} is not installed: {install_extra(extra)}"
    elif not weights:
        message = f"no weights: `docglean models pull {kind}:{FIRST}`, or DOCGLEAN_SPEECH_WEIGHTS"
    elif taken is not None and taken.kind == kind:
        message = f"ready, auto takes {kind}:{taken.name}"
        if taken.english_only:
            message += (
                ", which knows English only; for other languages: "
                f"`docglean models pull {kind}:{FIRST}`"
            )
    else:
        message = "ready"
    return SpeechStatus(kind, version, weights, message)


def _refuse_folder(folder: Path) -> NoReturn:
    """What is wrong with the folder of the setting, where nothing in it can be used.

    Raises:
        ConfigError: ``no_weights``, ``no_extra``.
    """
    for kind, (package, extra) in PACKAGES.items():
        if any(in_folder(kind, folder.expanduser())):
            raise ConfigError(
                "no_extra",
                f"The weights in {folder} are for {package}, which is not installed.",
                install_extra(extra),
            )
    raise ConfigError(
        "no_weights",
        f"The folder of DOCGLEAN_SPEECH_WEIGHTS, {folder}, holds no weights.",
        " ".join(_wanted(kind) for kind in PACKAGES),
    )


def _wanted(kind: Kind) -> str:
    if kind == "whisper":
        return "openai-whisper wants a file NAME.pt."
    return f"faster-whisper wants a folder with {', '.join(FOLDER_FILES)}."


def _nothing(settings: Settings) -> NoReturn:
    ready = [status.engine for status in speech_status(settings) if status.version is not None]
    if ready:
        way_out = (
            f"Say `docglean models pull {ready[0]}:small`, or name a hosted engine: --speech "
            "openai:gpt-transcribe."
        )
    else:
        way_out = (
            f"{install_extra('speech')}, then `docglean models pull faster-whisper:small`; "
            "or name a hosted engine: --speech openai:gpt-transcribe."
        )
    raise ConfigError(
        "no_speech_engine",
        "No speech engine is ready on this machine.",
        way_out,
    )
