"""Where the weights of speech engines are on this machine. Nothing is downloaded but by `pull`.

Looked at in this order: the path in the spec, the folder of the setting ``speech_weights``, the
engine's own cache (faster-whisper: that of the Hugging Face Hub; openai-whisper:
``~/.cache/whisper``).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from docglean.extractors.speech.specs import LOCAL, Kind, SpeechSpec, parse_speech
from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    from docglean.extractors.settings import Settings

PACKAGES: dict[Kind, tuple[str, str]] = {
    "faster-whisper": ("faster-whisper", "speech"),
    "whisper": ("openai-whisper", "whisper"),
}
"""Package of an engine, and the extra that brings it."""

BEST_FIRST = ("large-v3", "large-v3-turbo", "turbo", "large-v2", "large", "large-v1", "medium",
              "small", "base", "tiny")  # fmt: skip
"""Whisper's sizes by accuracy (https://github.com/openai/whisper#available-models-and-languages).
What was pulled is there because somebody wanted it, so `auto` takes the best."""

FIRST = "small"
"""What is downloaded where nobody names a size: 0.5 GB, and usable in many languages."""

FOLDER_FILES = ("model.bin", "config.json", "tokenizer.json")
"""Without its tokenizer, faster-whisper would ask the network for one."""

SAMPLE = 1 << 20
"""Bytes at the end of a weights file that its fingerprint looks at."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights found on this machine.

    Attributes:
        name: the model's name, or the last part of the path.
        path: a folder for faster-whisper, a file for openai-whisper.
        source: ``spec``, ``setting`` or ``cache``.
        bytes: their size.
    """

    kind: Kind
    name: str
    path: Path
    source: str
    bytes: int

    def fingerprint(self) -> str:
        """Changes when the weights do: sizes of the files, and the end of the large one."""
        file = self.path / "model.bin" if self.path.is_dir() else self.path
        facts = hashlib.sha256(str(self.bytes).encode())
        with file.open("rb") as content:
            content.seek(max(0, file.stat().st_size - SAMPLE))
            facts.update(content.read())
        return facts.hexdigest()[:32]


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
    return tuple(_status(kind, settings) for kind in LOCAL.values())


def choose(spec: str, settings: Settings) -> tuple[SpeechSpec, Weights | None]:
    """The engine for a spec, and its weights where it runs on this machine.

    ``auto`` takes the engine of the settings; else the first on this machine that is installed
    and has weights, the folder of ``speech_weights`` before what was pulled. It never takes a
    hosted engine: recordings leave this machine only where somebody said so.

    Raises:
        ConfigError: ``bad_speech_engine``, ``no_speech_engine``, ``no_weights``, ``no_extra``.
    """
    spec = spec.strip()
    if spec.lower() == "auto":
        spec = settings.speech.strip()
    if spec.lower() != "auto":
        chosen = parse_speech(spec)
        return chosen, None if chosen.kind == "hosted" else find(chosen, settings)
    ready = [kind for kind in LOCAL.values() if installed(kind) is not None]
    found = [weights for kind in ready for weights in _found(kind, settings)]
    if settings.speech_weights is not None:
        found = [weights for weights in found if weights.source == "setting"]
        if not found:
            _refuse_folder(settings.speech_weights)
    if not found:
        _nothing(settings)
    best = found[0]
    return SpeechSpec(f"{best.kind}:{best.name}", best.kind, best.name), best


def find(spec: SpeechSpec, settings: Settings) -> Weights:
    """The weights that a spec asks for.

    Raises:
        ConfigError: ``no_extra``, ``no_weights``.
    """
    package, extra = PACKAGES[spec.kind]
    if installed(spec.kind) is None:
        raise ConfigError(
            "no_extra",
            f"{spec.spec} needs the package {package}, which is not installed.",
            f"pip install 'docglean[{extra}]'",
        )
    path = spec.path
    if path is not None:
        weights = _at(spec.kind, path, path.name, "spec")
        if weights is None:
            raise ConfigError(
                "no_weights",
                f"{spec.model} holds no weights for {spec.kind}.",
                _wanted(spec.kind),
            )
        return weights
    for weights in _found(spec.kind, settings):
        if weights.name in _names(spec.model):
            return weights
    raise ConfigError(
        "no_weights",
        f"The weights of {spec.spec} are not on this machine.",
        f"Say `docglean models pull {spec.kind}:{spec.model}` to download them, or say where "
        f"they are: {spec.kind}:PATH, or DOCGLEAN_SPEECH_WEIGHTS.",
    )


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
    package, extra = PACKAGES[wanted.kind]
    if installed(wanted.kind) is None:
        raise ConfigError(
            "no_extra",
            f"{wanted.spec} needs the package {package}, which is not installed.",
            f"pip install 'docglean[{extra}]'",
        )
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


def installed(kind: Kind) -> str | None:
    """Version of an engine's package, None where it isn't installed. Imports nothing."""
    try:
        return metadata.version(PACKAGES[kind][0])
    except metadata.PackageNotFoundError:
        return None


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


def whisper_cache() -> Path:
    """Where openai-whisper keeps what it downloads."""
    told = os.environ.get("XDG_CACHE_HOME")
    return (Path(told) if told else Path.home() / ".cache") / "whisper"


def hub_cache() -> Path:
    """Where faster-whisper keeps what it downloads: the cache of the Hugging Face Hub.

    https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
    """
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if told := os.environ.get(variable):
            return Path(told).expanduser()
    home = os.environ.get("HF_HOME")
    if home:
        return Path(home).expanduser() / "hub"
    told = os.environ.get("XDG_CACHE_HOME")
    return (Path(told) if told else Path.home() / ".cache") / "huggingface" / "hub"


def _status(kind: Kind, settings: Settings) -> SpeechStatus:
    version = installed(kind)
    weights = tuple(_found(kind, settings))
    package, extra = PACKAGES[kind]
    if version is None:
        message = f"{package} is not installed: pip install 'docglean[{extra}]'"
    elif not weights:
        message = f"no weights: `docglean models pull {kind}:small`, or DOCGLEAN_SPEECH_WEIGHTS"
    else:
        message = f"ready, auto would take {kind}:{weights[0].name}"
    return SpeechStatus(kind, version, weights, message)


def _found(kind: Kind, settings: Settings) -> list[Weights]:
    """All weights for an engine: of the setting, then of the cache, best first in each."""
    told = settings.speech_weights
    own = list(_in_folder(kind, told.expanduser())) if told is not None else []
    cached = list(_in_cache(kind))
    return sorted(own, key=_rank) + sorted(cached, key=_rank)


def _in_folder(kind: Kind, folder: Path) -> Iterator[Weights]:
    """Weights at a path told by the user: it holds them itself, or by name below it."""
    own = _at(kind, folder, folder.stem if folder.suffix == ".pt" else folder.name, "setting")
    if own is not None:
        yield own
    for path in _children(folder):
        below = _at(kind, path, path.stem if kind == "whisper" else _short(path.name), "setting")
        if below is not None:
            yield below


def _in_cache(kind: Kind) -> Iterator[Weights]:
    if kind == "whisper":
        for path in _children(whisper_cache()):
            weights = _at(kind, path, path.stem, "cache")
            if weights is not None:
                yield weights
        return
    for repository in _children(hub_cache()):
        owner, _, name = repository.name.removeprefix("models--").partition("--")
        if not repository.name.startswith("models--") or not name:
            continue
        for path in _snapshots(repository):
            short = _short(name)
            weights = _at(kind, path, short if short != name else f"{owner}/{name}", "cache")
            if weights is not None:
                yield weights
                break


def _snapshots(repository: Path) -> list[Path]:
    """Snapshots of a repository in the hub's cache, the one that ``main`` points at first."""
    try:
        main = (repository / "refs" / "main").read_text().strip()
    except OSError:
        main = ""
    return sorted(_children(repository / "snapshots"), key=lambda path: path.name != main)


def _at(kind: Kind, path: Path, name: str, source: str) -> Weights | None:
    if kind == "whisper":
        if path.suffix == ".pt" and path.is_file():
            return Weights(kind, name, path, source, path.stat().st_size)
        return None
    if not all((path / file).is_file() for file in FOLDER_FILES):
        return None
    size = sum(file.stat().st_size for file in path.iterdir() if file.is_file())
    return Weights(kind, name, path, source, size)


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _short(name: str) -> str:
    """``faster-whisper-small`` -> ``small``, ``faster-distil-whisper-small.en`` likewise."""
    if name.startswith("faster-distil-whisper-"):
        return "distil-" + name.removeprefix("faster-distil-whisper-")
    return name.removeprefix("faster-whisper-")


def _names(model: str) -> set[str]:
    """Names under which a model may have been found."""
    names = {model, _short(model.rpartition("/")[2]) if "/" in model else model}
    for group in ({"large", "large-v3"}, {"turbo", "large-v3-turbo"}):
        if names & group:
            names |= group
    if model == "distil-large-v3.5":
        names.add("distil-whisper/distil-large-v3.5-ct2")
    return names


def _rank(weights: Weights) -> tuple[bool, int]:
    """Many languages before English only, then by accuracy; unknown names last."""
    size = weights.name.removesuffix(".en")
    rank = BEST_FIRST.index(size) if size in BEST_FIRST else len(BEST_FIRST)
    return weights.name.endswith(".en"), rank


def _refuse_folder(folder: Path) -> NoReturn:
    """What is wrong with the folder of the setting, where nothing in it can be used.

    Raises:
        ConfigError: ``no_weights``, ``no_extra``.
    """
    for kind, (package, extra) in PACKAGES.items():
        if any(_in_folder(kind, folder.expanduser())):
            raise ConfigError(
                "no_extra",
                f"The weights in {folder} are for {package}, which is not installed.",
                f"pip install 'docglean[{extra}]'",
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
            f"Say `docglean models pull {ready[0]}:small` to download weights, name their folder "
            "in DOCGLEAN_SPEECH_WEIGHTS, or name a hosted engine: --speech openai:gpt-transcribe."
        )
    else:
        way_out = (
            "pip install 'docglean[speech]', then `docglean models pull faster-whisper:small`; "
            "or name a hosted engine: --speech openai:gpt-transcribe."
        )
    raise ConfigError(
        "no_speech_engine",
        "No speech engine on this machine is ready to transcribe recordings.",
        way_out,
    )
