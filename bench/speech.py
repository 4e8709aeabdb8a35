"""Speech engines side by side: errors by language, words invented over silence, speed, memory.

    python -m bench.speech CLIPS ENGINE... [--rounds 1] [--minutes 5]

CLIPS is a folder with ``labels.jsonl``; ENGINE a spec, as ``faster-whisper:FOLDER`` or
``whisper:FILE.pt``. Each engine runs in a process of its own, in turn over the same clips, so that
all see the same machine; read times as ratios. Nobody tells the language. Errors are counted as
`docglean evaluate` does it: word errors by words said, after normalising; the intervals are over
clips. The memory is the largest of the process with the weights, while it heard `--minutes` of the
English clips joined with pauses.

What is made of the values in the clips is measured by ``docglean evaluate CLIPS --engine ...``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy
from docglean.evaluation.metrics.word_errors import WordErrors, hear
from docglean.evaluation.resampling import Draws
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.audio import RATE, recording_at
from docglean.extractors.documents.document import Document, open_document
from docglean.extractors.documents.page_info import SourceFile
from docglean.extractors.documents.workers import Workers
from docglean.extractors.settings import Settings
from docglean.extractors.speech import Transcript, transcribe
from docglean.extractors.speech.segmentation import flac
from docglean.schemas.errors import DocgleanError

PAUSE = 1.0
"""Seconds between clips where they are joined."""
TOO_FEW = 3
"""Clips up to which an interval would be as good as guessed."""


@dataclass
class Score:
    """What one engine did.

    Attributes:
        counted: of each clip in which something is said, what was heard.
        languages: of each of them, the language that the engine took it for.
        invented: by name of a sound without speech, words heard with and without the voice
            activity filter.
        load: seconds until the weights were there.
        heard: seconds of work on clips of `seconds`; of the long recording for each of its own.
    """

    spec: str
    counted: list[WordErrors] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    languages: list[str | None] = field(default_factory=list)
    invented: dict[str, tuple[int, int]] = field(default_factory=dict)
    load: float = 0.0
    heard: float = 0.0
    seconds: float = 0.0
    long_factor: float = 0.0
    memory: float = 0.0

    @property
    def name(self) -> str:
        """The end of the spec, as long as the column."""
        return self.spec[-32:]


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
        clips = [json.loads(line) for line in lines]
        self.folder = folder
        self.clips = [clip for clip in clips if clip["expected"]["text"]]
        draw = numpy.random.default_rng(7)
        quiet = {
            "silence 30 s": numpy.zeros(30 * RATE, numpy.float32),
            "silence 2 s": numpy.zeros(2 * RATE, numpy.float32),
            "noise 30 s": (0.05 * draw.standard_normal(30 * RATE)).astype(numpy.float32),
            "faint noise 30 s": (0.002 * draw.standard_normal(30 * RATE)).astype(numpy.float32),
            "hum 30 s": (0.2 * numpy.sin(numpy.arange(30 * RATE) * 100 * numpy.pi / RATE)).astype(
                numpy.float32
            ),
        }
        self.empty = {name: _written(made / f"{name}.flac", data) for name, data in quiet.items()}
        for clip in clips:
            if not clip["expected"]["text"]:
                self.empty[clip["id"]] = folder / clip["file"]
        joined: list[Any] = []
        for clip in self.clips:
            if clip["language"] == "en":
                joined += [_decoded(folder / clip["file"]), numpy.zeros(round(PAUSE * RATE))]
        once = numpy.concatenate(joined).astype(numpy.float32)
        wanted = round(minutes * 60 * RATE)
        self.long = _written(made / "long.flac", numpy.tile(once, 1 + wanted // len(once))[:wanted])

    async def run(self, score: Score, rounds: int, workers: Workers) -> None:
        """Everything for one engine."""
        for number in range(rounds):
            for clip in self.clips:
                path = self.folder / clip["file"]
                document, transcript = await self._heard(path, score.spec, workers)
                score.load += document.seconds.get("load", 0.0)
                score.heard += document.seconds.get("hear", 0.0)
                score.seconds += transcript.seconds
                if number == 0:
                    text = transcript.text()
                    score.counted.append(hear(clip["expected"]["text"], text, clip["language"]))
                    score.texts.append(text)
                    score.languages.append(transcript.language)
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

    def shown(self, scores: Sequence[Score]) -> None:
        """The tables."""
        spoken = [clip["language"] for clip in self.clips]
        print(f"\n{'engine':32} {'language':>8} {'clips':>5} {'known':>5} "
              f"{'WER':>6} {'95 %':>13} {'CER':>6} {'95 %':>13}")  # fmt: skip
        for score in scores:
            for language in (*sorted(set(spoken)), "all"):
                chosen = [n for n, one in enumerate(spoken) if language in (one, "all")]
                known = sum(score.languages[n] == spoken[n] for n in chosen)
                heard = [score.counted[n] for n in chosen]
                words = rate([one.word_errors for one in heard], [one.words for one in heard])
                letters = rate(
                    [one.character_errors for one in heard], [one.characters for one in heard]
                )
                print(f"{score.name:32} {language:>8} {len(chosen):5} {known:5} "
                      f"{words} {letters}")  # fmt: skip
        print(f"\n{'engine':32} {'load s':>7} {'s a second of clips':>20} {'of the long one':>16} "
              f"{'memory MB':>10}")  # fmt: skip
        for score in scores:
            print(f"{score.name:32} {score.load:7.2f} {score.heard / score.seconds:20.3f} "
                  f"{score.long_factor:16.3f} {score.memory:10.0f}")  # fmt: skip
        print("\nwords invented: with the voice activity filter, without it")
        for score in scores:
            told = ", ".join(f"{name}: {a}, {b}" for name, (a, b) in score.invented.items())
            print(f"{score.name:32} {told}")
        self._compared(scores, spoken)

    def _compared(self, scores: Sequence[Score], spoken: Sequence[str]) -> None:
        """Each engine with the first: word errors less those of the first, and other words."""
        if len(scores) < 2:
            return
        first, *others = scores
        print(f"\nagainst {first.name}: word errors more, and words that differ")
        for score in others:
            for language in (*sorted(set(spoken)), "all"):
                chosen = [n for n, one in enumerate(spoken) if language in (one, "all")]
                more = [score.counted[n].word_errors - first.counted[n].word_errors for n in chosen]
                total = [first.counted[n].words for n in chosen]
                apart = [
                    hear(first.texts[n], score.texts[n], spoken[n]).word_errors for n in chosen
                ]
                shown = rate(more, total, difference=True)
                print(f"{score.name:32} {language:>8} {len(chosen):5} {shown} "
                      f"{sum(apart) / sum(total):6.3f}")  # fmt: skip


def rate(errors: Sequence[float], total: Sequence[float], *, difference: bool = False) -> str:
    """A rate and its interval over clips, as columns; no interval for very few clips."""
    found = Draws(("clips",) * len(errors)).interval(
        numpy.asarray(errors, float),
        numpy.asarray(total, float),
        difference=difference,
        bounded=False,
    )
    assert found is not None  # each clip has words
    span = "" if len(errors) <= TOO_FEW else f"{found.low:6.3f} {found.high:6.3f}"
    return f"{found.estimate:6.3f} {span:>13}"


def _with(spec: str, parameter: str) -> str:
    return f"{spec}{'&' if '?' in spec else '?'}{parameter}"


def _written(path: Path, samples: Any) -> Path:
    path.write_bytes(flac(samples.astype(numpy.float32)))
    return path


def _decoded(path: Path) -> Any:
    return recording_at(SourceFile(path.name, str(path), ""), Limits(), 0).take(0, 600 * RATE)[0]


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
                print(f"{spec}: {error}", flush=True)
                continue
            print(f"{spec}: {time.perf_counter() - start:.0f} s", flush=True)
            scores.append(score)
        if scores:
            bench.shown(scores)


if __name__ == "__main__":
    asyncio.run(main())
