"""The same model given images, OCR text, sound or a transcript, and how the report names that."""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import pytest
from docglean.evaluation.layouts import load_labels
from docglean.evaluation.open_evaluation import opened
from docglean.evaluation.report.contents import make_report
from docglean.evaluation.report.render import html, markdown
from docglean.evaluation.results import Results
from docglean.evaluation.variants import heading
from docglean.extractors.documents.workers import Workers
from docglean.extractors.options import RunOptions
from docglean.extractors.settings import load_settings
from made_results import Made, engine
from servers.audio import ToneReader
from servers.transcription import tone_server
from sounds import silence, tone, write
from strict import served

MODEL = "openai:gpt-audio"
PAGES = {"media_type": "application/pdf"}
RECORDINGS = {"media_type": "audio/wav", "duration": 9.0, "pages": 0, "speech": "whisper:base"}
FILMS = {"media_type": "video/mp4", "duration": 9.0, "pages": 3, "speech": "whisper:base"}


def made(folder: Path, *kinds: dict[str, object], inputs: tuple[str, ...]) -> Made:
    specs = [MODEL if one == "image" else f"{one}+{MODEL}" for one in inputs]
    made = Made(folder / "report", [engine(spec) for spec in specs])
    for number in range(8):
        for spec in specs:
            made.say(f"d{number}", spec, "cc" if spec == specs[-1] else "cw",
                     **kinds[number % len(kinds)])  # type: ignore[arg-type]  # fmt: skip
    made.write()
    return made


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kinds", "inputs", "about", "names"),
    [
        ((PAGES,), ("image", "ocr"), "Vision against OCR", ["page images", "OCR text"]),
        ((RECORDINGS,), ("image", "audio"), "Sound against transcripts", ["transcript", "sound"]),
        ((RECORDINGS,), ("ocr", "audio"), "Sound against transcripts", ["transcript", "sound"]),
        ((PAGES, RECORDINGS), ("image", "ocr", "audio"), "Vision, OCR, sound and transcripts",
         ["page images, transcript", "OCR text, transcript", "page images, sound"]),
        ((FILMS,), ("image", "audio"), "Vision, OCR, sound and transcripts",
         ["frames and transcript", "sound of films"]),
    ],
)  # fmt: skip
def test_ways_are_named_by_what_the_documents_are(
    kinds: tuple[dict[str, object], ...],
    inputs: tuple[str, ...],
    about: str,
    names: list[str],
    tmp_path: Path,
) -> None:
    folder = made(tmp_path, *kinds, inputs=inputs).folder
    report = make_report(folder)
    [side] = report.side_by_side
    assert (side.model, [arm.shown for arm in side.arms]) == (MODEL, names)
    assert heading(report.side_by_side) == about
    pairs = len(inputs) * (len(inputs) - 1) // 2
    assert len(side.comparisons) == pairs
    assert side.comparisons[-1].difference.estimate == pytest.approx(-0.5)
    page = html(report)
    assert f"{about}, the same model</h2>" in page
    assert f"## {about}, the same model" in markdown(report)
    assert ("transcribed by whisper:base" in page) == (kinds != (PAGES,))


@pytest.mark.slow
async def test_a_model_that_hears_beside_the_same_one_that_reads_the_transcript(
    tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are stand-ins: this is about what they are given, not how well anybody hears."""
    pytest.importorskip("av")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    lines = []
    for number, pitches in enumerate([(440, 660), (520,), (880, 720, 600)]):
        said = [part for one in pitches for part in (tone(one, 1), silence(1))]
        path = write(tmp_path, numpy.concatenate(said), "flac", rate=16_000, channels=1)
        path = path.rename(tmp_path / f"{number}.flac")
        listed = {"type": "array", "items": {"type": "string"}}
        schema = {"title": "Tones", "type": "object", "properties": {"tones": listed}}
        expected = {"tones": [str(one) for one in pitches]}
        lines.append({"id": str(number), "file": path.name, "schema": schema, "expected": expected,
                      "transcript": " ".join(expected["tones"])})  # fmt: skip
    labels = tmp_path / "labels.jsonl"
    labels.write_text("".join(json.dumps(line) + "\n" for line in lines))
    hearing = ToneReader()
    with served("openai", hearing) as (model, _), tone_server() as transcriber:
        speech = f"openai:whisper-1@{transcriber.url}?vad=off"
        bare = f"{MODEL}@{model.url}?key=STANDIN_OPENAI&price=1/2"
        transcribed = f"ocr+{bare}"  # it sees no images
        settings = load_settings(ledger=str(tmp_path / "ledger.sqlite"))
        engines = [f"audio+{bare}", transcribed]
        async with opened(
            load_labels([labels]), engines, tmp_path / "out", settings,
            options=RunOptions(speech=speech), workers=workers,
        ) as evaluation:  # fmt: skip
            await evaluation.run()
    assert not model.refusals
    assert sorted(hearing.given) == ["sound"] * 3 + ["text"] * 3
    report = make_report(tmp_path / "out")
    [side] = report.side_by_side
    assert [(arm.inputs, arm.shown) for arm in side.arms] == [
        ("ocr", "transcript"), ("audio", "sound"),
    ]  # fmt: skip
    assert side.media == ("recordings",)
    assert side.speech == (f"openai:whisper-1@{transcriber.url}?vad=off",)
    [pair] = side.comparisons
    assert (pair.left, pair.right, pair.documents) == (transcribed, f"audio+{bare}", 3)
    assert {answer.status for answer in Results(tmp_path / "out").answers()} == {"ok"}
