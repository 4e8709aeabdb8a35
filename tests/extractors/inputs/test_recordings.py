"""Recordings and films on the straight line: what is sent, what is found, what is wrong.

The speech engine is a stand-in that hears tones (`tone_server`), the model a `StandInModel`; files,
child processes, frames, OCR and the ledger are real.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy
import pytest
from docglean.extractors import estimation, pipeline
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction, Usage
from docglean.extractors.models.base import AudioPart, Call, ImagePart, Reply, TextPart
from docglean.extractors.speech import parse_speech
from docglean.extractors.speech.hosted import price
from docglean.schemas.builtin.note import Note
from docglean.schemas.builtin.recording import Recording
from docglean.schemas.errors import ConfigError
from docglean.schemas.kinds import Code, Name, Number, Text
from docglean.schemas.schema import load_schemas
from films import film
from pydantic import BaseModel, Field
from servers.transcription import Server, heard_tones, tone_server
from sounds import silence, tone, write
from speech_models import nothing_there
from stand_ins import BILL, Answer, Bench, Bill, ok

pytest.importorskip("av")

BUILT_IN = tuple(schema.model for schema in load_schemas(["auto"]))


class Talk(BaseModel):
    """What somebody said about numbers."""

    pitch: Annotated[str | None, Code()] = None
    speaker: Annotated[str | None, Name()] = None
    mood: Annotated[str | None, Text(on_page=False)] = None
    price: Annotated[int | None, Number()] = None
    tones: list[Annotated[str, Code()]] = []


@pytest.fixture
def server() -> Iterator[Server]:
    with tone_server() as state:
        yield state


@pytest.fixture
def bench(tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch) -> Bench:
    nothing_there(tmp_path, monkeypatch)
    return Bench(tmp_path, workers)


def hearing(server: Server, *, whole: bool = True) -> str:
    """Tones are no speech: with `whole`, nothing is left out as silence."""
    return f"openai:whisper-1@{server.url}" + ("?vad=off" if whole else "")


def codes(extraction: Extraction[Any]) -> list[str]:
    return [problem.code for problem in extraction.problems]


def texts(call: Call) -> list[str]:
    return [part.text for part in call.parts if isinstance(part, TextPart)]


def never(call: Call) -> Reply:
    raise AssertionError("nothing is to be sent")


def always(data: Any) -> Answer:
    return lambda call: ok(data)


def said(*hertz: float, pause: float = 1.0) -> Any:
    """A second of each tone."""
    return numpy.concatenate([part for one in hertz for part in (tone(one, 1), silence(pause))])


# --- silence, and engines that are missing -------------------------------------------------------


@pytest.mark.parametrize("schemas", [(Talk,), (Note,), BUILT_IN])
async def test_of_a_silent_recording_nothing_is_sent(
    bench: Bench, server: Server, tmp_path: Path, schemas: tuple[type[BaseModel], ...]
) -> None:
    pytest.importorskip("faster_whisper")
    path = write(tmp_path, silence(4), "wav")
    found, model = await bench.extract(path, never, *schemas, speech=hearing(server, whole=False))
    assert (found.status, codes(found), found.problems[0].severity) == (
        "partial", ["nothing_said"], "error",
    )  # fmt: skip
    assert found.schema_used is not None
    assert found.schema_used.name == ("talk" if schemas == (Talk,) else "note")
    assert found.values is not None
    assert not any(found.values.values())
    assert (server.asked, model.calls, found.spending.calls) == ([], [], 0)


async def test_without_a_speech_engine_only_the_recording_fails(
    bench: Bench, tmp_path: Path
) -> None:
    found, _ = await bench.extract(write(tmp_path, said(440), "mp3"), never, Talk)
    assert (found.status, codes(found)) == ("failed", ["no_speech_engine"])
    assert "models pull faster-whisper:small" in found.problems[0].way_out
    found, _ = await bench.extract(
        tmp_path / "recording mp3", never, Talk, speech="faster-whisper:medium"
    )
    assert (found.status, codes(found)) == ("failed", ["no_weights"])


async def test_a_refused_key_ends_the_run(bench: Bench, server: Server, tmp_path: Path) -> None:
    server.refuse = lambda asked: (401, {"error": {"message": "no such key"}})
    path = write(tmp_path, said(440), "flac")
    with pytest.raises(ConfigError) as caught:
        await bench.extract(path, never, Talk, speech=hearing(server))
    assert caught.value.code == "bad_key"


@pytest.mark.parametrize("speech", ["klang:x", "faster-whisper"])
async def test_a_speech_engine_that_is_none_is_refused_at_once(bench: Bench, speech: str) -> None:
    with pytest.raises(ConfigError) as caught:
        await bench.open(never, Talk, speech=speech)
    assert caught.value.code == "bad_speech_engine"


# --- which schema --------------------------------------------------------------------------------


def sorting(**shares: float) -> Answer:
    """Sorts by these shares, and finds nothing."""

    def answer(call: Call) -> Reply:
        assert call.json_schema is not None
        if call.schema_name == "sorting":
            asked.append(set(call.json_schema["properties"]))
            return ok(shares)
        return ok({"title": "440", "pitch": "440"})

    asked: list[set[str]] = []
    answer.asked = asked  # type: ignore[attr-defined]
    return answer


@pytest.mark.parametrize(
    ("shares", "name"),
    [
        ({"note": 0.9}, "note"),
        ({"invoice": 0.5, "note": 0.2}, "note"),
        ({"none_of_these": 1.0}, "note"),
        ({"invoice": 0.9, "note": 0.1}, "invoice"),
    ],
)
async def test_a_recording_is_a_note_unless_it_clearly_is_not(
    bench: Bench, server: Server, tmp_path: Path, shares: dict[str, float], name: str
) -> None:
    answer = sorting(**shares)
    path = write(tmp_path, said(440), "flac")
    found, _ = await bench.extract(path, answer, *BUILT_IN, speech=hearing(server))
    assert found.schema_used is not None
    assert found.schema_used.name == name
    assert "recording" not in answer.asked[0]  # type: ignore[attr-defined]


async def test_schemas_of_ones_own_are_chosen_as_for_pages(
    bench: Bench, server: Server, tmp_path: Path
) -> None:
    path = write(tmp_path, said(440), "flac")
    answer = sorting(talk=0.6, other=0.1)
    found, _ = await bench.extract(path, answer, Talk, Other, speech=hearing(server))
    assert found.schema_used is not None
    assert (found.schema_used.name, found.schema_used.certainty) == ("talk", 0.6)
    answer = sorting(none_of_these=0.9)
    found, _ = await bench.extract(path, answer, Talk, Other, speech=hearing(server), repeat=2)
    assert (found.status, codes(found)) == ("failed", ["no_schema_fits"])


class Other(BaseModel):
    """Something else."""

    what: str | None = Field(default=None, description="What it is.")


@pytest.mark.slow
async def test_the_embedded_engine_sorts_by_what_is_said(
    bench: Bench, server: Server, tmp_path: Path
) -> None:
    context, _ = await bench.open(None, *BUILT_IN, engine="local", speech=hearing(server))
    async with context:
        found = await pipeline.extract(context, write(tmp_path, said(440, 660), "ogg-opus"))
        assert found.schema_used is not None
        assert found.schema_used.name == "note"
        shown = film(tmp_path / "film", [(2, ["Title"]), (3, ["Another"])], said(440, 660))
        found = await pipeline.extract(context, shown)
    assert found.schema_used is not None
    assert (found.schema_used.name, found.status) == ("recording", "ok")


# --- where it was said ---------------------------------------------------------------------------


async def test_values_carry_the_seconds_in_which_they_are_said(
    bench: Bench, server: Server, tmp_path: Path
) -> None:
    path = write(tmp_path, said(440, 660, 880), "m4a")
    answer = {"pitch": "660", "speaker": "Ann Other", "mood": "cheerful", "tones": ["880", "440"]}
    found, model = await bench.extract(path, always(answer), Talk, speech=hearing(server))
    assert found.values == {**answer, "price": None}
    seconds = {pointer: one.seconds for pointer, one in found.evidence.items()}
    assert seconds["/pitch"] == pytest.approx((2, 3), abs=0.1)
    assert seconds["/tones/0"] == pytest.approx((4, 5), abs=0.1)
    assert seconds["/tones/1"] == pytest.approx((0, 1), abs=0.1)
    assert all(one.page is None for one in found.evidence.values())
    assert [found.evidence[name].how for name in ("/speaker", "/mood")] == ["not_found"] * 2
    # Nobody said the name; the mood was concluded, and nobody looks for that.
    [problem] = found.problems
    assert (problem.code, problem.path) == ("not_found", "/speaker")
    assert "recording" in problem.message
    assert "[0:00:02] 660" in "\n".join(texts(model.calls[0]))
    assert found.document.seconds == pytest.approx(6, abs=0.2)


# --- films ---------------------------------------------------------------------------------------

SLIDES = [(3.0, ["Quarter one", "Revenue 4711"]), (3.0, ["Quarter two", "Revenue 8020"]),
          (4.0, ["Thank you"])]  # fmt: skip


def talk(folder: Path) -> Path:
    """Each slide with one tone while it is shown."""
    return film(folder / "talk.mp4", SLIDES, said(440, 520, 660, 720, 880, pause=1.0))


@pytest.mark.slow
async def test_frames_and_what_is_said_go_together(
    bench: Bench, server: Server, tmp_path: Path
) -> None:
    chapters = [{"start": "0:00:03", "end": "0:00:06", "title": "Second", "shown": None,
                 "said": None, "on_screen": ["Revenue 8020", "Nobody wrote this"]}]  # fmt: skip
    answer = {"title": "Revenue", "language": "en", "summary": None, "people": ["520"],
              "chapters": chapters}  # fmt: skip
    found, model = await bench.extract(
        talk(tmp_path), always(answer), *BUILT_IN, speech=hearing(server),
        engine="anthropic:claude-haiku-5-5",
    )  # fmt: skip
    assert found.schema_used is not None
    [sort, call] = model.calls
    assert sort.schema_name == "sorting"
    assert found.values is not None
    assert found.values["chapters"] == chapters
    kinds = "".join("i" if isinstance(part, ImagePart) else "t" for part in call.parts)
    assert kinds == "tit" * 3 + "t"
    shown = texts(call)
    assert re.match(r"Frame 1 of 3:\nShown from 0:00:00 to 0:00:0[23]\.", shown[0])
    assert "[0:00:02] 520" in "\n".join(shown)
    assert found.evidence["/people/0"].seconds == pytest.approx((2, 3), abs=0.1)
    stands = found.evidence["/chapters/0/on_screen/0"]
    assert (stands.page, stands.how, stands.text) == (2, "exact", "Revenue 8020")
    assert stands.box is not None
    assert 30 < stands.box[0] < stands.box[2] < 640
    assert stands.seconds == pytest.approx((3, 6), abs=0.6)
    assert codes(found) == ["not_found"]
    assert (found.document.media_type, found.document.pages) == ("video/mp4", 3)
    assert found.transcript is not None


@pytest.mark.slow
async def test_a_film_is_cut_between_frames_and_put_together(
    bench: Bench, server: Server, tmp_path: Path
) -> None:
    def answer(call: Call) -> Reply:
        """One chapter for each frame that is shown, by its caption."""
        rows = []
        for one in re.finditer(
            r"Frame (\d) of 3:\nShown from (\S+) to (\S+)\.", "\n".join(texts(call))
        ):
            rows.append({"_page": int(one[1]), "_continued": False, "start": one[2],
                         "end": one[3], "title": f"Slide {one[1]}", "shown": None, "said": None,
                         "on_screen": []})  # fmt: skip
        return ok({"title": "A talk", "language": None, "summary": None, "people": [],
                   "chapters": rows})  # fmt: skip

    found, model = await bench.extract(
        talk(tmp_path), answer, Recording, speech=hearing(server),
        engine="ocr+anthropic:claude-haiku-5-5?window=2",
    )  # fmt: skip
    assert [call.parts for call in model.calls if any(
        isinstance(part, ImagePart) for part in call.parts)] == []  # fmt: skip
    assert len(model.calls) == 2
    assert found.values is not None
    assert [one["title"] for one in found.values["chapters"]] == ["Slide 1", "Slide 2", "Slide 3"]
    assert all("Revenue 4711" in "\n".join(texts(call)) or "Frame 2" in texts(call)[0]
               for call in model.calls)  # fmt: skip
    assert found.status == "ok"


@pytest.mark.slow
async def test_a_film_without_sound_is_read_by_its_frames(bench: Bench, tmp_path: Path) -> None:
    path = film(tmp_path / "silent.mkv", SLIDES, form="matroska")
    answer = {"pitch": "4711", "speaker": None, "mood": None, "price": None, "tones": []}
    found, model = await bench.extract(path, always(answer), Talk)
    assert (found.status, codes(found), found.transcript) == ("ok", [], None)
    assert sum(isinstance(part, ImagePart) for part in model.calls[0].parts) == 3
    assert "transcript" not in "\n".join(texts(model.calls[0])[:-1])
    assert found.evidence["/pitch"].page == 1
    assert found.document.seconds == pytest.approx(10, abs=0.5)


@pytest.mark.slow
async def test_a_film_that_cannot_be_heard_is_partial(bench: Bench, tmp_path: Path) -> None:
    answer = {"pitch": "4711", "speaker": None, "mood": None, "price": None, "tones": []}
    found, _ = await bench.extract(talk(tmp_path), always(answer), Talk)
    assert (found.status, codes(found)) == ("partial", ["no_speech_engine"])
    assert found.evidence["/pitch"].page == 1


@pytest.mark.slow
async def test_frames_that_are_not_wanted_or_cannot_be_read(
    bench: Bench, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"pitch": "520", "speaker": None, "mood": None, "price": None, "tones": []}
    path = talk(tmp_path)
    monkeypatch.setenv("DOCGLEAN_LIMITS__MAX_FRAMES", "0")
    found, model = await bench.extract(path, always(answer), Talk, speech=hearing(server))
    assert (found.status, found.document.pages) == ("ok", 0)
    assert not any(isinstance(part, ImagePart) for part in model.calls[0].parts)
    monkeypatch.setenv("DOCGLEAN_LIMITS__MAX_FRAMES", "40")
    monkeypatch.setenv("DOCGLEAN_LIMITS__MAX_PIXELS", "1000")
    found, model = await bench.extract(path, always(answer), Talk, speech=hearing(server), repeat=2)
    assert (found.status, codes(found)) == ("partial", ["no_frames"])
    assert found.evidence["/pitch"].seconds == pytest.approx((2, 3), abs=0.1)
    monkeypatch.setenv("DOCGLEAN_LIMITS__MAX_FRAMES", "2")
    monkeypatch.delenv("DOCGLEAN_LIMITS__MAX_PIXELS")
    found, model = await bench.extract(path, always(answer), Talk, speech=hearing(server), repeat=3)
    assert sum(isinstance(part, ImagePart) for part in model.calls[0].parts) == 2


@pytest.mark.slow
async def test_a_frame_that_is_lost_keeps_what_is_said_meanwhile(
    bench: Bench, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from docglean.extractors.documents.document import Document
    from docglean.schemas.errors import SourceError

    draw = Document.image

    async def image(self: Document, number: int, policy: Any, **how: Any) -> Any:
        if number == 2:
            raise SourceError("page_unreadable", "frame 2 is broken")
        return await draw(self, number, policy, **how)

    monkeypatch.setattr(Document, "image", image)
    answer = {"pitch": "660", "speaker": None, "mood": None, "price": None, "tones": []}
    found, model = await bench.extract(talk(tmp_path), always(answer), Talk, speech=hearing(server))
    assert "(this frame cannot be shown)" in texts(model.calls[0])
    assert "660" in "\n".join(texts(model.calls[0]))
    assert (found.status, codes(found), found.problems[0].page) == (
        "partial", ["page_unreadable"], 2,
    )  # fmt: skip


@pytest.mark.slow
async def test_a_film_by_the_embedded_engine(bench: Bench, server: Server, tmp_path: Path) -> None:
    context, _ = await bench.open(None, Recording, engine="local", speech=hearing(server))
    async with context:
        found = await pipeline.extract(context, talk(tmp_path))
    assert found.values is not None
    chapters = found.values["chapters"]
    assert [one["title"] for one in chapters] == ["Quarter one", "Quarter two", "Thank you"]
    assert [one["on_screen"][1:] for one in chapters] == [["Revenue 4711"], ["Revenue 8020"], []]
    assert [one["said"] for one in chapters] == ["440 520", "660", "720 880"]
    assert chapters[0]["shown"] is None
    assert (chapters[1]["start"], chapters[1]["end"]) == ("0:00:03", "0:00:06")
    assert found.evidence["/chapters/1/title"].page == 2
    assert found.evidence["/chapters/1/on_screen/1"].seconds == pytest.approx((3, 6), abs=0.6)
    assert found.evidence["/chapters/2/said"].seconds == pytest.approx((6, 9), abs=0.1)
    assert codes(found) == ["embedded_engine"]
    assert found.status == "ok"


async def test_the_embedded_engine_gives_a_recording_without_pictures_in_stretches(
    bench: Bench, server: Server, tmp_path: Path
) -> None:
    context, _ = await bench.open(None, Recording, engine="local", speech=hearing(server))
    async with context:
        found = await pipeline.extract(context, write(tmp_path, said(440, 660), "wav"))
    assert found.values is not None
    [chapter] = found.values["chapters"]
    assert (chapter["start"], chapter["said"], chapter["on_screen"]) == ("0:00:00", "440 660", [])


@pytest.mark.slow
async def test_nothing_is_heard_or_looked_through_twice(
    bench: Bench, server: Server, tmp_path: Path
) -> None:
    answer = {"pitch": "520", "speaker": None, "mood": None, "price": None, "tones": []}
    path = talk(tmp_path)
    first, _ = await bench.extract(path, always(answer), Talk, speech=hearing(server))
    again, model = await bench.extract(path, never, Talk, speech=hearing(server))
    assert (len(server.asked), model.calls) == (1, [])
    assert (again.values, again.evidence, again.transcript is not None) == (
        first.values, first.evidence, True,
    )  # fmt: skip
    assert not {"scenes", "render", "ocr", "decode", "hear"} & set(again.seconds)


# --- recordings that are played to a model -------------------------------------------------------

HEARS = "audio+openai:gpt-audio"


def heard(call: Call) -> list[str]:
    """What a model that hears would hear in a call: the tones, and nothing of the texts."""
    tones: list[str] = []
    for part in call.parts:
        if isinstance(part, AudioPart):
            assert part.format == "wav"
            with wave.open(io.BytesIO(part.data)) as file:
                assert (file.getframerate(), file.getnchannels()) == (16_000, 1)
                samples = numpy.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
            assert len(samples) / 16_000 == pytest.approx(part.seconds, abs=0.01)
            tones += [word for _, _, word in heard_tones(samples)]
    return tones


def by_ear(call: Call) -> Reply:
    """Answers by what is heard; list entries with the part that they are heard in."""
    assert call.json_schema is not None
    rows: list[Any] = heard(call)
    if "_page" in str(call.json_schema["properties"]["tones"]):
        first = re.search(r"Part (\d+) of", "".join(texts(call)))
        assert first is not None
        rows = [{"_page": int(first[1]), "value": one} for one in rows]
    return ok({"pitch": heard(call)[0], "speaker": None, "mood": "calm", "price": None,
               "tones": rows})  # fmt: skip


async def test_a_recording_is_played_without_a_transcript_in_between(
    bench: Bench, server: Server, tmp_path: Path
) -> None:
    path = write(tmp_path, said(440, 660), "mp3")
    found, model = await bench.extract(path, by_ear, Talk, engine=HEARS, speech=hearing(server))
    [call] = model.calls
    assert [type(part) for part in call.parts] == [TextPart, AudioPart, TextPart]
    assert re.fullmatch(r"Part 1 of 1:\nHeard from 0:00:00 to 0:00:04\.", texts(call)[0])
    assert texts(call)[1].startswith("Extract from the recording above:")
    assert "transcript" not in "".join(texts(call))
    assert found.values is not None
    assert found.values["tones"] == ["440", "660"]
    # A transcript is made only to look up what the model said.
    assert found.evidence["/tones/1"].seconds == pytest.approx((2, 3), abs=0.1)
    assert (found.status, codes(found), found.document.seconds) == (
        "ok", [], pytest.approx(4, abs=0.2),
    )  # fmt: skip


async def test_without_a_speech_engine_nothing_is_looked_up(bench: Bench, tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper")
    voice = spoken(tmp_path)
    answer = {"pitch": "1", "speaker": None, "mood": None, "price": None, "tones": []}
    found, model = await bench.extract(voice, always(answer), Talk, engine=HEARS)
    assert (found.status, codes(found), found.transcript) == ("ok", ["not_looked_up"], None)
    assert len(model.calls) == 1


def spoken(folder: Path) -> Path:
    """Somebody speaks: the voice activity detector is not fooled by tones."""
    espeak = shutil.which("espeak-ng")
    if espeak is None:
        pytest.skip("espeak-ng is not installed")
    path = folder / "voice.wav"
    subprocess.run([espeak, "-w", str(path), "Please send the contract to Mary."], check=True)
    return path


@pytest.mark.slow
async def test_long_recordings_are_cut_at_silence_and_put_together(
    bench: Bench, server: Server, tmp_path: Path
) -> None:
    tones = [400 + 20 * number for number in range(20)]
    samples = numpy.concatenate([numpy.concatenate([tone(one, 8), silence(1)]) for one in tones])
    path = write(tmp_path, samples, "flac")
    found, model = await bench.extract(
        path, by_ear, Talk, engine=f"{HEARS}?window=1", speech=hearing(server)
    )
    assert len(model.calls) >= 3
    # No tone is cut in two, none is lost, none is heard twice.
    assert found.values is not None
    assert found.values["tones"] == [str(one) for one in tones]
    parts = [part for call in model.calls for part in call.parts if isinstance(part, AudioPart)]
    assert all(part.seconds <= 60 for part in parts)
    assert sum(part.seconds for part in parts) == pytest.approx(180, abs=0.5)
    again, model = await bench.extract(
        path, never, Talk, engine=f"{HEARS}?window=1", speech=hearing(server)
    )
    assert (again.values, model.calls) == (found.values, [])
    assert "decode" not in again.seconds


async def test_silence_is_not_played(bench: Bench, tmp_path: Path) -> None:
    pytest.importorskip("faster_whisper")
    found, model = await bench.extract(
        write(tmp_path, silence(3), "wav"), never, Talk, engine=HEARS
    )
    assert (found.status, codes(found), model.calls) == ("partial", ["nothing_said"], [])


async def test_pages_go_to_a_model_that_hears_as_it_can_take_them(
    bench: Bench, tmp_path: Path
) -> None:
    from test_pipeline import bill

    path = bill(tmp_path / "a.pdf")
    _, model = await bench.extract(path, always(BILL), Bill, engine=HEARS)
    assert not any(isinstance(part, ImagePart) for part in model.calls[0].parts)
    assert "Pears" in "".join(texts(model.calls[0]))
    _, model = await bench.extract(path, always(BILL), Bill, engine="audio+gemini:gemini-3.5-flash")
    assert any(isinstance(part, ImagePart) for part in model.calls[0].parts)


async def test_a_film_is_played_to_a_model_that_hears(
    bench: Bench, server: Server, tmp_path: Path
) -> None:
    found, model = await bench.extract(
        talk(tmp_path), by_ear, Talk, engine=HEARS, speech=hearing(server)
    )
    assert heard(model.calls[0]) == ["440", "520", "660", "720", "880"]
    assert not any(isinstance(part, ImagePart) for part in model.calls[0].parts)
    assert found.evidence["/pitch"].seconds == pytest.approx((0, 1), abs=0.1)


async def test_estimates_count_sound_by_its_own_price(bench: Bench, tmp_path: Path) -> None:
    voice = spoken(tmp_path)
    context, _ = await bench.open(None, Talk, engine=HEARS)
    async with context:
        estimate = await estimation.estimate(context, voice)
    assert estimate.requests == 1
    assert estimate.usage.audio_tokens == pytest.approx(10 * estimate.document.seconds, abs=2)  # type: ignore[union-attr, operator]
    assert estimate.cost is not None
    dearer = estimate.usage.audio_tokens * (32 - 2.5) / 1e6
    assert float(estimate.cost) > dearer


@pytest.mark.parametrize(("model", "cost"), [("whisper-1", "0.006"), ("gpt-transcribe", "0.0045")])
def test_a_minute_has_its_price(model: str, cost: str) -> None:
    # $0.006 a minute of whisper-1: developers.openai.com, models/whisper-1.
    assert str(price(parse_speech(f"openai:{model}"), Usage(), 60.0)) == cost


async def test_an_estimate_sends_no_recording_to_a_server(
    bench: Bench, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, numpy.tile(said(440), 30), "mp3")  # a minute
    speech = "openai:whisper-1?vad=off"
    context, _ = await bench.open(None, Talk, speech=speech)
    async with context:
        estimate = await estimation.estimate(context, path)
        text = estimate.usage.input_tokens
    assert estimate.cost is not None
    assert float(estimate.cost) > 0.006  # a minute of whisper-1, and what the model will cost
    assert 200 < text < 2_000
    # What was heard before costs nothing again, and is known.
    speech = hearing(server)
    await bench.extract(path, always({"pitch": "440"}), Talk, speech=speech)
    asked = len(server.asked)
    context, _ = await bench.open(None, Talk, speech=speech)
    async with context:
        estimate = await estimation.estimate(context, path)
    assert (estimate.cached, estimate.requests, len(server.asked)) == (1, 0, asked)
    assert float(estimate.cost or 0) == 0


@pytest.mark.slow
async def test_a_film_with_broken_sound_is_read_by_its_pictures(
    bench: Bench, tmp_path: Path
) -> None:
    import av

    path = tmp_path / "broken.mkv"
    with (
        av.open(
            str(film(tmp_path / "whole.mkv", SLIDES, said(440, 660), form="matroska"))
        ) as whole,
        av.open(str(path), "w", format="matroska") as broken,
    ):
        streams = {
            stream.index: broken.add_stream_from_template(stream) for stream in whole.streams
        }
        for packet in whole.demux():
            if packet.dts is None:
                continue
            copied = packet
            if packet.stream.type == "audio":
                copied = av.Packet(b"\x12" * 60)
                copied.pts, copied.dts = packet.pts, packet.dts
                copied.time_base = packet.time_base
            copied.stream = streams[packet.stream.index]
            broken.mux(copied)
    answer = {"pitch": "4711", "speaker": None, "mood": None, "price": None, "tones": []}
    found, _ = await bench.extract(path, always(answer), Talk)
    assert (found.status, codes(found)) == ("partial", ["sound_damaged"])
    assert found.evidence["/pitch"].page == 1
