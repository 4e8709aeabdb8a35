"""Speech engines side by side: errors by language, words invented over silence, speed, memory.

    python -m bench.speech CLIPS ENGINE... [--rounds 1] [--minutes 5]

CLIPS is a folder with ``labels.jsonl``; ENGINE a spec, as ``faster-whisper:FOLDER`` or
``whisper:FILE.pt``. Each engine runs in a process of its own, in turn over the same clips, so that
all see the same machine; read times as ratios. Word and character errors are counted (jiwer)
after normalising: lower case, no punctuation, English numbers below a hundred as words. The
memory is the largest of the process with the weights, while it heard `--minutes` of the clips
joined with pauses.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jiwer
import numpy
from docglean.extractors.documents import Document, open_document
from docglean.extractors.parsers.pages import Source
from docglean.extractors.parsers.sound import RATE, recording_at
from docglean.extractors.parsers.workers import Limits, Workers
from docglean.extractors.settings import Settings
from docglean.extractors.speech import Transcript, transcribe
from docglean.extractors.speech.stretches import flac
from docglean.schemas.errors import DocgleanError

ONES = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen").split()  # fmt: skip
TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
PAUSE = 1.0
"""Seconds between clips where they are joined."""


@dataclass
class Score:
    """What one engine did."""

    spec: str
    load: float = 0.0
    heard: float = 0.0
    seconds: float = 0.0
    pairs: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    invented: dict[str, tuple[int, int]] = field(default_factory=dict)
    long_factor: float = 0.0
    memory: float = 0.0

    @property
    def name(self) -> str:
        """The end of the spec, as long as the column."""
        return self.spec[-32:]


def normalised(text: str, language: str) -> str:
    """Words only: lower case, no punctuation, in English numbers below a hundred as words."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub("['\u2019]", "", text)
    words = re.sub(r"[^\w\s]", " ", text).split()
    if language == "en":
        words = [part for word in words for part in _spelt(word)]
    return " ".join(words)


def _spelt(word: str) -> list[str]:
    if not word.isdigit() or int(word) > 99:
        return [word]
    tens, ones = divmod(int(word), 10)
    if tens < 2:
        return [ONES[int(word)]]
    return [TENS[tens], *([ONES[ones]] if ones else [])]


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """Megabytes of the largest child process while the block runs (Linux)."""
    peak = [0.0]
    done = threading.Event()

    def watch() -> None:
        import psutil

        while not done.wait(0.1):
            for child in psutil.Process().children(recursive=True):
                try:
                    peak[0] = max(peak[0], child.memory_info().rss / 1e6)
                except psutil.Error:
                    continue

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


class Bench:
    """The clips, and what is made of them: silence, noise, one long recording."""

    def __init__(self, folder: Path, made: Path, minutes: float) -> None:
        lines = (folder / "labels.jsonl").read_text().splitlines()
        self.clips: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self.folder = folder
        draw = numpy.random.default_rng(7)
        quiet = {
            "silence 30 s": numpy.zeros(30 * RATE, numpy.float32),
            "silence 2 s": numpy.zeros(2 * RATE, numpy.float32),
            "noise 30 s": (0.05 * draw.standard_normal(30 * RATE)).astype(numpy.float32),
            "hum 30 s": (0.2 * numpy.sin(numpy.arange(30 * RATE) * 100 * numpy.pi / RATE)).astype(
                numpy.float32
            ),
        }
        self.empty = {name: _written(made / f"{name}.flac", data) for name, data in quiet.items()}
        for clip in self.clips:
            if not clip["expected"]["text"]:
                self.empty[clip["id"]] = folder / clip["file"]
        english = [clip for clip in self.clips if clip["language"] == "en"]
        joined: list[Any] = []
        for clip in english:
            joined += [_decoded(folder / clip["file"]), numpy.zeros(round(PAUSE * RATE))]
        once = numpy.concatenate(joined).astype(numpy.float32)
        wanted = round(minutes * 60 * RATE)
        self.long = _written(made / "long.flac", numpy.tile(once, 1 + wanted // len(once))[:wanted])

    async def run(self, score: Score, rounds: int, workers: Workers) -> None:
        """Everything for one engine."""
        for number in range(rounds):
            for clip in self.clips:
                document, transcript = await self._heard(self.folder / clip["file"], score.spec,
                                                         workers)  # fmt: skip
                score.load += document.seconds.get("load", 0.0)
                score.heard += document.seconds.get("hear", 0.0)
                score.seconds += transcript.seconds
                language, truth = clip["language"], clip["expected"]["text"]
                said = normalised(transcript.text(), language)
                if number == 0 and truth:
                    score.texts.append(said)
                    score.pairs.setdefault(language, []).append((normalised(truth, language), said))
        for name, path in self.empty.items():
            counts = [
                len((await self._heard(path, spec, workers))[1].text().split())
                for spec in (score.spec, _with(score.spec, "vad=off"))
            ]
            score.invented[name] = counts[0], counts[1]
        with peak_memory() as peak:
            document, transcript = await self._heard(self.long, score.spec, workers)
        score.memory = peak[0]
        score.long_factor = document.seconds.get("hear", 0.0) / transcript.seconds

    async def _heard(self, path: Path, spec: str, workers: Workers) -> tuple[Document, Transcript]:
        document = await open_document(path, workers, workers.limits)
        return document, await transcribe(document, Settings(), workers, speech=spec)


def _with(spec: str, parameter: str) -> str:
    return f"{spec}{'&' if '?' in spec else '?'}{parameter}"


def _written(path: Path, samples: Any) -> Path:
    path.write_bytes(flac(samples.astype(numpy.float32)))
    return path


def _decoded(path: Path) -> Any:
    return recording_at(Source(path.name, str(path), ""), Limits(), 0).take(0, 600 * RATE)[0]


def shown(scores: list[Score]) -> None:
    """The tables."""
    print(f"\n{'engine':32} {'clips':>5} {'language':>8} {'WER':>6} {'CER':>6}")
    for score in scores:
        everything = [pair for pairs in score.pairs.values() for pair in pairs]
        for language, pairs in (*sorted(score.pairs.items()), ("all", everything)):
            truth, said = [one for one, _ in pairs], [two for _, two in pairs]
            words, letters = jiwer.wer(truth, said), jiwer.cer(truth, said)
            print(f"{score.name:32} {len(pairs):5} {language:>8} {words:6.3f} {letters:6.3f}")
    print(f"\n{'engine':32} {'load s':>7} {'s a second of clips':>20} {'of the long one':>16} "
          f"{'memory MB':>10}")  # fmt: skip
    for score in scores:
        print(f"{score.name:32} {score.load:7.2f} {score.heard / score.seconds:20.3f} "
              f"{score.long_factor:16.3f} {score.memory:10.0f}")  # fmt: skip
    print(f"\n{'words invented: with, without voice activity detection':56}")
    for score in scores:
        told = ", ".join(f"{name}: {a}, {b}" for name, (a, b) in score.invented.items())
        print(f"{score.name:32} {told}")
    if len(scores) > 1:
        print(f"\nwords in which engines differ from {scores[0].name}")
        for score in scores[1:]:
            print(f"{score.name:32} {jiwer.wer(scores[0].texts, score.texts):6.3f}")


async def main() -> None:
    """Measure the engines named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("engines", nargs="+")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=5.0)
    chosen = parser.parse_args()
    scores: list[Score] = []
    with tempfile.TemporaryDirectory() as made:
        bench = Bench(chosen.clips, Path(made), chosen.minutes)
        for spec in chosen.engines:
            score = Score(spec)
            start = time.perf_counter()
            try:
                async with Workers(Limits(workers=1)) as workers:
                    await bench.run(score, chosen.rounds, workers)
            except DocgleanError as error:
                print(f"{spec}: {error}")
                continue
            print(f"{spec}: {time.perf_counter() - start:.0f} s", flush=True)
            scores.append(score)
    if scores:
        shown(scores)


if __name__ == "__main__":
    asyncio.run(main())
