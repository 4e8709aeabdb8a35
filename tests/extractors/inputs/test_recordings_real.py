"""Recordings and films with real speech, real weights and a real, tiny language model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest
from docglean.extractors import pipeline
from docglean.extractors.documents.workers import Workers
from docglean.extractors.options import RunOptions
from docglean.extractors.run import RunContext
from docglean.extractors.settings import load_settings
from docglean.schemas.builtin.recording import Recording
from docglean.schemas.kinds import Text
from docglean.schemas.schema import schema_of
from films import film
from pydantic import BaseModel, Field
from servers.llamacpp import serving
from sounds import decoded
from speech_models import clips, english_weights, normalised
from stand_ins import Bench

pytestmark = pytest.mark.models
pytest.importorskip("faster_whisper")


class Move(BaseModel):
    """A command to a robot to move."""

    direction: Annotated[str | None, Text()] = Field(None, description="forward or backward.")
    distance: int | None = Field(None, description="How far.")
    unit: Annotated[str | None, Text()] = Field(None, description="Unit, as said: meters.")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as found:
        yield found


@pytest.fixture
def bench(tmp_path: Path, workers: Workers) -> Bench:
    return Bench(tmp_path, workers)


async def test_what_is_said_and_shown_in_a_film(
    bench: Bench, tmp_path: Path, evaldata: Path
) -> None:
    import numpy

    spoken = {clip["id"]: decoded(clip["path"]) for clip in clips(evaldata)}
    first, second = spoken["lj050_0131"], spoken["goforward"]
    slides = [(len(first) / 16_000, ["Reviews", "Formal and frequent"]), (4.0, ["Commands"])]
    path = film(tmp_path / "film.mp4", slides, numpy.concatenate([first, second]))
    context, _ = await bench.open(
        None, Recording, engine="local", speech=f"faster-whisper:{english_weights()}"
    )
    async with context:
        found = await pipeline.extract(context, path)
    assert found.values is not None
    reviews, commands = found.values["chapters"]
    assert (reviews["title"], commands["title"]) == ("Reviews", "Commands")
    assert reviews["on_screen"] == ["Reviews", "Formal and frequent"]
    assert "frequent formal review" in normalised(reviews["said"])
    assert normalised(commands["said"]) == "go forward ten meters"
    heard = found.evidence["/chapters/1/said"].seconds
    assert heard is not None
    assert heard[0] == pytest.approx(len(first) / 16_000, abs=0.8)


async def test_a_real_model_reads_what_real_weights_heard(
    bench: Bench, evaldata: Path, url: str
) -> None:
    """SmolLM2-135M knows little: what it says is held to the schema, and looked up."""
    path = evaldata / "speech" / "docs" / "goforward.wav"
    settings = load_settings(
        engine=f"ocr+llamacpp@{url}?max_tokens=128",
        ledger=str(bench.folder / "ledger.sqlite"),
        private=True,
    )
    speech = f"faster-whisper:{english_weights()}"
    async with await RunContext.open(
        settings, [schema_of(Move)], options=RunOptions(speech=speech), workers=bench.workers
    ) as context:
        found = await pipeline.extract(context, path)
        again = await pipeline.extract(context, path)
    assert found.spending.calls >= 1
    assert (again.spending.calls, again.values) == (0, found.values)
    assert found.transcript is not None
    [segment] = found.transcript["segments"]
    assert normalised(segment["text"]) == "go forward ten meters"
    if found.values is not None:
        assert set(found.values) == {"direction", "distance", "unit"}
        for pointer, evidence in found.evidence.items():
            said = str(json.loads(found.to_json())["data"][pointer.strip("/")]).lower()
            is_there = said in segment["text"].lower()
            assert (evidence.seconds is not None) >= is_there
