"""Real weights: what is said and when; nothing over silence; a killed run goes on."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.audio import RATE
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.workers import Workers
from docglean.extractors.settings import Settings
from docglean.extractors.speech import Transcript, transcribe
from docglean.schemas.errors import ConfigError
from servers.transcription import heard_through
from sounds import CONTAINERS, decoded, silence, write
from speech_models import clips, english_weights, many_language_weights, normalised

pytestmark = pytest.mark.models
pytest.importorskip("faster_whisper")

LIMITS = Limits()


@pytest.fixture(scope="module")
def english() -> str:
    return f"faster-whisper:{english_weights()}"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return many_language_weights(tmp_path_factory.mktemp("weights"))


async def heard(path: Path, workers: Workers, speech: str, **more: Any) -> Transcript:
    document = await open_document(path, workers, LIMITS)
    return await transcribe(document, Settings(), workers, speech=speech, **more)


@pytest.mark.parametrize("kind", [kind for kind in CONTAINERS if kind != "wav-float"])
async def test_every_container_says_the_same(
    kind: str, tmp_path: Path, workers: Workers, english: str, evaldata: Path
) -> None:
    said = decoded(evaldata / "speech" / "docs" / "lj050_0131.wav")
    path = write(tmp_path, said, kind, rate=48_000)
    transcript = await heard(path, workers, english, language="en")
    words = normalised(" ".join(one.text for one in transcript.segments))
    assert words.startswith("unless a system is established for the frequent formal review")
    assert (transcript.language, transcript.problems) == ("en", ())
    assert all(
        0 <= one.start < one.end <= transcript.seconds + 0.01 and one.confidence
        for one in transcript.segments
    )


async def test_words_and_languages(workers: Workers, base: Path, evaldata: Path) -> None:
    import jiwer

    truth: list[str] = []
    found: list[str] = []
    spoken = [clip for clip in clips(evaldata) if clip["expected"]["text"]]
    foreign = [clip for clip in spoken if clip["language"] != "en"]
    for clip in foreign + [clip for clip in spoken if clip["language"] == "en"][::3]:
        transcript = await heard(clip["path"], workers, f"faster-whisper:{base}")
        truth.append(normalised(clip["expected"]["text"]))
        found.append(normalised(" ".join(one.text for one in transcript.segments)))
        if clip["language"] != "en":
            assert transcript.language == clip["language"]
    # That words are heard, not how well: that is measured by bench/speech.py.
    assert jiwer.wer(truth, found) < 0.4


async def test_over_silence_and_noise_nothing_is_invented(
    tmp_path: Path, workers: Workers, english: str
) -> None:
    draw = numpy.random.default_rng(7)
    noise = (0.05 * draw.standard_normal(20 * RATE)).astype(numpy.float32)
    invented: dict[str, str] = {}
    for name, samples in (("silence", silence(30)), ("noise", noise)):
        for filtered in (True, False):
            path = write(tmp_path, samples, "flac", rate=RATE, channels=1)
            spec = english if filtered else f"{english}?vad=off"
            transcript = await heard(path, workers, spec)
            invented[f"{name} {filtered}"] = transcript.text()
    assert (invented["silence True"], invented["noise True"]) == ("", "")
    # What the filter is for: without it the model hears words in silence.
    assert invented["silence False"]


async def test_times_are_those_of_the_recording(
    tmp_path: Path, workers: Workers, base: Path, evaldata: Path
) -> None:
    """By weights that hear both: on some processors the smallest leave out what is said first."""
    folder = evaldata / "speech" / "docs"
    one, two = decoded(folder / "ldc93s1.wav"), decoded(folder / "lj050_0131.wav")
    samples = numpy.concatenate([silence(12), one, silence(40), two, silence(200)])
    path = write(tmp_path, samples, "ogg-opus")
    transcript = await heard(path, workers, f"faster-whisper:{base}", language="en")
    first = next((one for one in transcript.segments if "year" in one.text.lower()), None)
    second = next((one for one in transcript.segments if "system" in one.text.lower()), None)
    assert first, transcript.text()
    assert second, transcript.text()
    assert first.start == pytest.approx(12, abs=0.7)
    assert second.start == pytest.approx(52 + len(one) / RATE, abs=0.7)
    assert transcript.segments[-1].end < 64
    assert transcript.seconds == pytest.approx(len(samples) / RATE, abs=0.1)


async def test_english_weights_refuse_other_languages(
    workers: Workers, english: str, base: Path, evaldata: Path
) -> None:
    path = evaldata / "speech" / "docs" / "leopard_pt.wav"
    with pytest.raises(ConfigError) as caught:
        await heard(path, workers, english, language="pt")
    assert caught.value.code == "wrong_language"
    # Nobody said what is spoken: these weights take it for English, and that is told.
    taken = await heard(path, workers, english)
    assert [problem.code for problem in taken.problems] == ["english_only"]
    understood = await heard(path, workers, f"faster-whisper:{base}")
    assert (understood.language, understood.problems) == ("pt", ())


RUN = """
import asyncio, sys
from pathlib import Path
from docglean.extractors.documents.document import open_document
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.settings import Settings
from docglean.extractors.speech import transcribe
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.workers import Workers

async def main():
    path, speech, where = sys.argv[1:]
    ledger = await Ledger.open(where)
    async with Workers(Limits(workers=1)) as workers:
        document = await open_document(Path(path), workers, workers.limits)
        transcript = await transcribe(document, Settings(), workers, speech=speech, keeper=ledger,
            on_progress=lambda step: print("done", step.done, flush=True))
        print("heard", document.seconds.get("hear", 0.0) > 0)
        print(transcript.to_json())
    await ledger.close()

asyncio.run(main())
"""


async def test_a_killed_run_goes_on_where_it_stopped(
    tmp_path: Path, english: str, evaldata: Path
) -> None:
    said = [decoded(clip["path"]) for clip in clips(evaldata) if clip["language"] == "en"]
    minute = numpy.concatenate([part for clip in said for part in (clip, silence(1.0))])
    samples = numpy.tile(minute, 1 + 200 * RATE // len(minute))[: 200 * RATE]
    path = write(tmp_path, samples, "mp3", rate=RATE, channels=1)
    command = [sys.executable, "-c", RUN, str(path), english, str(tmp_path / "ledger.sqlite")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as killed:
        assert killed.stdout is not None
        first = killed.stdout.readline()
        assert first.startswith("done")
        os.killpg(killed.pid, signal.SIGKILL)

    def again() -> list[str]:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split(
            "\n"
        )

    second = await asyncio.to_thread(again)
    third = await asyncio.to_thread(again)
    assert second[0] == first.strip()
    assert [line for line in second if line.startswith("heard")] == ["heard True"]
    assert [line for line in third if line.startswith("heard")] == ["heard False"]
    ours, theirs = (Transcript.from_json(lines[-2]) for lines in (second, third))
    assert ours == theirs
    assert ours.seconds == pytest.approx(200, abs=0.1)
    assert len(ours.text().split()) > 200


@pytest.fixture(scope="module")
def real_server() -> Iterator[str]:
    """A server by others that speaks OpenAI's wire, around faster-whisper."""
    if importlib.util.find_spec("open_asr_server") is None:
        pytest.skip("open-asr-server is not installed; `make test-models` does")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "open_asr_server.app:create_app",
               "--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]  # fmt: skip
    server = subprocess.Popen(command)
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=5):
                    break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait()


async def test_a_real_server(
    real_server: str, tmp_path: Path, workers: Workers, base: Path, evaldata: Path
) -> None:
    path = evaldata / "speech" / "docs" / "lj050_0131.wav"
    spec = f"openai:faster-whisper:{base}@{real_server}"
    told = Settings(private=True)
    ledger = tmp_path / "ledger.sqlite"
    transcript = await heard_through(ledger, path, workers, spec, told, language="en")
    words = normalised(transcript.text())
    assert words.startswith("unless a system is established for the frequent formal review")
    assert transcript.segments[-1].end == pytest.approx(transcript.seconds, abs=0.5)
    assert (transcript.language, transcript.spending.calls) == ("en", 1)
    with pytest.raises(ConfigError) as caught:
        await heard_through(ledger, path, workers, f"openai:no-such-model@{real_server}", told)
    assert caught.value.code == "unknown_model"


async def test_both_engines_say_the_same(
    tmp_path: Path, workers: Workers, base: Path, evaldata: Path
) -> None:
    """The reference with the same weights, converted; needs the extra `whisper`."""
    pytest.importorskip("whisper")
    import jiwer
    from whisper_weights import convert

    checkpoint = convert(base, tmp_path / "base.pt")
    pairs: list[tuple[str, str]] = []
    for clip in clips(evaldata):
        light = await heard(clip["path"], workers, f"faster-whisper:{base}")
        reference = await heard(clip["path"], workers, f"whisper:{checkpoint}")
        assert reference.language == light.language
        pairs.append((normalised(reference.text()), normalised(light.text())))
    # int8 against float32: a word here and there.
    assert jiwer.wer([one for one, _ in pairs], [two for _, two in pairs]) < 0.1
