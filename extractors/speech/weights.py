"""Where the weights of speech engines are on this machine. Nothing is downloaded but by `pull`.

Looked at in this order: the path in the spec, the folder of the setting ``speech_weights``, the
engine's own cache (faster-whisper: that of the Hugging Face Hub; openai-whisper:
``~/.cache/whisper``).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from docglean.extractors.speech.specs import Kind

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

MANY_LANGUAGES = 51_865
"""Entries of a vocabulary from which weights know many languages; those of English alone have one
less. (openai-whisper's and CTranslate2's `is_multilingual`)"""

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
        english_only: they know no other language.
    """

    kind: Kind
    name: str
    path: Path
    source: str
    bytes: int
    english_only: bool

    def fingerprint(self) -> str:
        """Changes when the weights do: sizes of the files, and the end of the large one."""
        file = self.path / "model.bin" if self.path.is_dir() else self.path
        facts = hashlib.sha256(str(self.bytes).encode())
        with file.open("rb") as content:
            content.seek(max(0, file.stat().st_size - SAMPLE))
            facts.update(content.read())
        return facts.hexdigest()[:32]


def installed(kind: Kind) -> str | None:
    """Version of an engine's package, None where it isn't installed. Imports nothing."""
    try:
        return metadata.version(PACKAGES[kind][0])
    except metadata.PackageNotFoundError:
        return None


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


def weights_for(kind: Kind, settings: Settings) -> list[Weights]:
    """All weights for an engine, in the order in which `auto` takes them."""
    told = settings.speech_weights
    own = [] if told is None else in_folder(kind, told.expanduser())
    return sorted((*own, *_in_cache(kind)), key=by_use)


def by_use(weights: Weights, language: str | None = None) -> tuple[bool, int, int]:
    """Order of use: the folder of the setting first, then by accuracy, with unknown names last.

    Where English is told to be spoken, weights of English alone come before others of their size
    (https://github.com/openai/whisper#available-models-and-languages: they tend to be better);
    else after all others.
    """
    size = weights.name.removesuffix(".en")
    rank = BEST_FIRST.index(size) if size in BEST_FIRST else len(BEST_FIRST)
    told = weights.source != "setting"
    if language == "en":
        return told, rank, int(not weights.english_only)
    return told, int(weights.english_only), rank


def in_folder(kind: Kind, folder: Path) -> Iterator[Weights]:
    """Weights at a path told by the user: it holds them itself, or by name below it."""
    name = folder.stem if folder.suffix == ".pt" else folder.name
    own = weights_at(kind, folder, name, "setting")
    if own is not None:
        yield own
    for path in _children(folder):
        name = path.stem if kind == "whisper" else _short(path.name)
        below = weights_at(kind, path, name, "setting")
        if below is not None:
            yield below


def _in_cache(kind: Kind) -> Iterator[Weights]:
    if kind == "whisper":
        for path in _children(whisper_cache()):
            weights = weights_at(kind, path, path.stem, "cache")
            if weights is not None:
                yield weights
        return
    for repository in _children(hub_cache()):
        owner, _, name = repository.name.removeprefix("models--").partition("--")
        if not repository.name.startswith("models--") or not name:
            continue
        for path in _snapshots(repository):
            short = _short(name)
            weights = weights_at(kind, path, short if short != name else f"{owner}/{name}", "cache")
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


def weights_at(kind: Kind, path: Path, name: str, source: str) -> Weights | None:
    """The weights at a path, None where there are none for this engine."""
    if kind == "whisper":
        if path.suffix == ".pt" and path.is_file():
            size = path.stat().st_size
            return Weights(kind, name, path, source, size, name.endswith(".en"))
        return None
    if not all((path / file).is_file() for file in FOLDER_FILES):
        return None
    size = sum(file.stat().st_size for file in path.iterdir() if file.is_file())
    return Weights(kind, name, path, source, size, _is_english_only(path, name))


def _is_english_only(folder: Path, name: str) -> bool:
    """By its vocabulary; by its name where that can't be read."""
    try:
        if (folder / "vocabulary.json").is_file():
            entries = len(json.loads((folder / "vocabulary.json").read_bytes()))
        else:
            entries = (folder / "vocabulary.txt").read_bytes().count(b"\n")
    except (OSError, ValueError, TypeError):
        return name.endswith(".en")
    return entries < MANY_LANGUAGES


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


def names_of(model: str) -> set[str]:
    """Names under which a model may have been found."""
    names = {model, _short(model.rpartition("/")[2]) if "/" in model else model}
    for group in ({"large", "large-v3"}, {"turbo", "large-v3-turbo"}):
        if names & group:
            names |= group
    if model == "distil-large-v3.5":
        names.add("distil-whisper/distil-large-v3.5-ct2")
    return names
