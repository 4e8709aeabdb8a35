"""Recordings cut at silence, and the whole way to a server; no weights."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.audio import RATE
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.page_info import SourceFile
from docglean.extractors.documents.workers import Workers
from docglean.extractors.ledger.accounts import accounts, spent_of
from docglean.extractors.ledger.budget import BudgetLimits
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.rows import latest
from docglean.extractors.settings import Settings
from docglean.extractors.speech import SpeechProgress, Transcript, hosted, segmentation
from docglean.extractors.speech.segmentation import Rules, Stretch, cut, time_in_recording
from docglean.schemas.errors import BudgetExceeded, ConfigError, ModelError
from films import film
from hypothesis import given, settings
from hypothesis import strategies as st
from servers.transcription import Asked, Server, heard_through, heard_tones, tone_server
from sounds import decoded, silence, tone, write
from speech_models import fake_weights, nothing_there

pytest.importorskip("faster_whisper")

LIMITS = Limits()


@pytest.fixture(autouse=True)
def _caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_there(tmp_path, monkeypatch)


# --- cutting -------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), max_size=30),
    st.integers(1, 600),
)
@settings(deadline=None, max_examples=200)
def test_cuts_and_margins(pauses: list[tuple[int, int]], tenths: int) -> None:
    """Tenths of a second of (pause, speech): cuts fall in pauses, nothing that is said is lost."""
    unit = RATE // 10
    spans: list[tuple[int, int]] = []
    at = 0
    for pause, speech in pauses:
        start = at + (max(pause, 3) if spans else pause)
        at = start + speech
        spans.append((start * unit, at * unit))
    length = max(at, tenths) * unit
    sound = numpy.ones(length, numpy.float32)
    where = segmentation._cut(sound, spans, True)
    assert length // 2 <= where <= length
    if any(later[0] - early[1] >= 0.6 * RATE and early[1] >= length / 2
           for early, later in itertools.pairwise(spans)):  # fmt: skip
        assert not any(start < where < end for start, end in spans)
    kept = segmentation._kept(spans, length)
    assert all(any(a <= start and end <= b for a, b in kept) for start, end in spans)
    assert all(a < b for a, b in kept)
    assert all(one[1] < two[0] for one, two in itertools.pairwise(kept))


def test_times_of_joined_spans_are_those_of_the_recording() -> None:
    spans = ((RATE, 2 * RATE), (10 * RATE, 12 * RATE))
    for heard, is_end, expected in (
        (0.0, False, 1.0), (0.5, True, 1.5), (1.0, True, 2.0), (1.0, False, 10.0),
        (2.5, True, 11.5), (3.0, True, 12.0), (9.0, True, 12.0), (-0.1, False, 1.0),
    ):  # fmt: skip
        assert time_in_recording(spans, heard, is_end=is_end) == pytest.approx(expected)


def all_stretches(path: Path, rules: Rules) -> list[Stretch]:
    source = SourceFile(path.name, str(path), "audio/x")
    found = [cut(source, 0, rules, LIMITS)]
    while not found[-1].last:
        found.append(cut(source, found[-1].end, rules, LIMITS))
    return found


def test_stretches_cover_everything_and_cut_where_it_is_quiet(tmp_path: Path) -> None:
    draw = random.Random(5)
    parts: list[Any] = []
    for _ in range(40):
        parts += [tone(draw.choice((440, 660, 880)), draw.uniform(0.5, 3)),
                  silence(draw.uniform(0.3, 0.6))]  # fmt: skip
    samples = numpy.concatenate(parts)
    path = write(tmp_path, samples, "flac", rate=RATE, channels=1)
    found = all_stretches(path, Rules(12.0, voice_activity=False))
    assert [one.start for one in found] == [0, *(one.end for one in found[:-1])]
    assert found[-1].end == len(samples)
    assert all(6.0 <= (one.end - one.start) / RATE <= 12.0 for one in found[:-1])
    for one in found[:-1]:
        assert numpy.abs(samples[one.end - 400 : one.end + 400]).max() < 0.01
    heard = numpy.concatenate([one.samples for one in found if one.samples is not None])
    assert numpy.allclose(heard, samples, atol=1e-3)


def test_speech_is_found_and_silence_left_out(tmp_path: Path, evaldata: Path) -> None:
    said = decoded(evaldata / "speech" / "docs" / "lj050_0131.wav")
    samples = numpy.concatenate([silence(5), said, silence(20), said, silence(5)])
    found = all_stretches(write(tmp_path, samples, "wav", rate=RATE, channels=1), Rules(20.0))
    assert found[-1].end == len(samples)
    spoken = [(start / RATE, end / RATE) for one in found for start, end in one.spans]
    seconds = len(said) / RATE
    assert spoken[0][0] == pytest.approx(4.6, abs=0.5)
    assert spoken[-1][1] == pytest.approx(25 + 2 * seconds + 0.4, abs=0.5)
    assert sum(end - start for start, end in spoken) == pytest.approx(2 * seconds, abs=2.0)


# --- the whole way, to a server ------------------------------------------------------------------


def scale(seconds: int) -> tuple[Any, list[tuple[float, str]]]:
    """A tone of another pitch every two seconds, and what is to be heard: (start, word)."""
    words = [(2.0 * number, str(400 + 20 * (number % 40))) for number in range(seconds // 2)]
    parts = [part for _, word in words for part in (tone(int(word), 1.2), silence(0.8))]
    return numpy.concatenate(parts), words


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


async def heard(
    path: Path, workers: Workers, speech: str, told: Settings | None = None, **more: Any
) -> Transcript:
    """With a ledger that holds nothing yet."""
    return await heard_through(
        path.parent / f"{uuid4()}.sqlite", path, workers, speech, told, **more
    )


@pytest.fixture
def server() -> Any:
    with tone_server() as running:
        yield running


def words_of(transcript: Transcript) -> list[tuple[float, str]]:
    return [(round(one.start, 1), one.text) for one in transcript.segments]


@pytest.mark.slow
async def test_a_long_recording_goes_in_stretches_and_comes_back_in_order(
    tmp_path: Path, workers: Workers, server: Server
) -> None:
    samples, words = scale(240)
    path = write(tmp_path, samples, "flac", rate=RATE, channels=1)
    draw = random.Random(3)
    server.delay = lambda _: draw.uniform(0, 0.1)  # answers come out of order
    steps: list[SpeechProgress] = []
    spec = f"openai:tones@{server.url}?vad=off"
    transcript = await heard(path, workers, spec, on_progress=steps.append)
    assert words_of(transcript) == words
    assert (transcript.seconds, transcript.language) == (240.0, "de")
    assert transcript.engine == spec
    assert len(server.asked) == transcript.spending.calls >= 4
    assert all(asked.seconds <= 60.0 and asked.size < 25 * 2**20 for asked in server.asked)
    assert sum(asked.seconds for asked in server.asked) == pytest.approx(240.0)
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert (steps[-1].done, steps[-1].total) == (240.0, 240.0)
    assert steps[-1].speed is not None
    assert steps[-1].speed > 1


@pytest.mark.slow
async def test_a_second_run_sends_nothing_and_a_broken_one_only_what_is_missing(
    tmp_path: Path, workers: Workers, server: Server, ledger: Path
) -> None:
    samples, words = scale(240)
    path = write(tmp_path, samples, "flac", rate=RATE, channels=1)
    spec = f"openai:tones@{server.url}?vad=off"
    refused: list[Asked] = []

    def refuse(asked: Asked) -> tuple[int, dict[str, Any]] | None:
        if not any(word == "600" for _, _, word in heard_tones(asked.samples)[:20]):
            return None
        refused.append(asked)
        return 400, {"error": {"message": "broken"}}

    server.refuse = refuse
    with pytest.raises(ModelError, match="broken"):
        await heard_through(ledger, path, workers, spec)
    paid = len(server.asked) - len(refused)
    assert paid >= 1
    server.refuse = lambda _: None
    server.asked.clear()
    transcript = await heard_through(ledger, path, workers, spec)
    assert words_of(transcript) == words
    # What was answered beside the one that failed is paid for, and not asked again.
    assert transcript.spending.cached == paid
    assert len(server.asked) == transcript.spending.calls > 0
    server.asked.clear()
    again = await heard_through(ledger, path, workers, spec)
    assert (server.asked, again.spending.calls) == ([], 0)
    assert again.spending.cached == paid + transcript.spending.calls
    assert again.segments == transcript.segments
    # Told otherwise, it is heard again.
    await heard_through(ledger, path, workers, spec, language="en")
    assert {asked.fields["language"] for asked in server.asked} == {"en"}


@pytest.mark.slow
async def test_what_a_server_has_heard_is_sent_anew_where_that_is_asked_for(
    tmp_path: Path, workers: Workers, server: Server, ledger: Path
) -> None:
    samples, words = scale(40)
    path = write(tmp_path, samples, "flac", rate=RATE, channels=1)
    spec = f"openai:tones@{server.url}?vad=off"
    first = await heard_through(ledger, path, workers, spec)
    paid = len(server.asked)
    async with await Ledger.open(ledger) as opened:
        since = await opened.look(latest)
    anew = await heard_through(ledger, path, workers, spec, since=since)
    assert (len(server.asked), anew.spending.calls) == (2 * paid, paid)
    assert words_of(anew) == words_of(first) == words
    # The same run again, as after a kill, and a later one find what is new.
    for told in (since, None):
        again = await heard_through(ledger, path, workers, spec, since=told)
        assert (again.spending.calls, again.spending.cached) == (0, paid)
    assert len(server.asked) == 2 * paid


@pytest.mark.slow
async def test_a_run_killed_while_a_server_hears_names_what_it_had_under_way(
    tmp_path: Path, workers: Workers, server: Server, ledger: Path
) -> None:
    samples, words = scale(240)
    path = write(tmp_path, samples, "flac", rate=RATE, channels=1)
    spec = f"openai:tones@{server.url}?vad=off"
    server.delay = lambda _: 0.0 if len(server.asked) <= 1 else 60.0
    told = [str(part) for part in (ledger, path, spec)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HEAR, *told, env=environment
    )
    try:
        async with asyncio.timeout(60):
            while len(server.asked) < 3:
                await asyncio.sleep(0.02)
    finally:
        process.kill()
        await process.wait()
    server.delay = lambda _: 0.0
    transcript = await heard_through(ledger, path, workers, spec)
    assert words_of(transcript) == words
    assert transcript.spending.cached == 1
    async with await Ledger.open(ledger) as opened:
        [booked] = (await opened.look(accounts, ["engine"]))["engine"]
    assert booked.name == spec
    assert 2 <= booked.interrupted <= hosted.UPLOADS
    assert booked.calls == 1 + booked.interrupted + transcript.spending.calls


HEAR = """
import asyncio, sys
from pathlib import Path
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.workers import Workers
from servers.transcription import heard_through

async def main(ledger, path, speech):
    async with Workers(Limits(workers=1)) as workers:
        await heard_through(ledger, Path(path), workers, speech)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_sound_is_not_sent_beyond_a_budget(
    tmp_path: Path, workers: Workers, server: Server, ledger: Path
) -> None:
    samples, words = scale(240)
    path = write(tmp_path, samples, "flac", rate=RATE, channels=1)
    spec = f"openai:tones@{server.url}?vad=off&price=0.006"
    half = BudgetLimits(Decimal("0.012"))  # of four minutes
    with pytest.raises(BudgetExceeded) as caught:
        await heard_through(ledger, path, workers, spec, budget_limits=half)
    assert caught.value.code == "over_budget"
    assert 60 < sum(asked.seconds for asked in server.asked) <= 120
    transcript = await heard_through(
        ledger, path, workers, spec, budget_limits=BudgetLimits(Decimal("0.03"))
    )
    assert words_of(transcript) == words
    assert sum(asked.seconds for asked in server.asked) == pytest.approx(240.0)
    async with await Ledger.open(ledger) as opened:
        spent, reserved = await opened.look(spent_of, "run test")
        [booked] = (await opened.look(accounts, ["engine"]))["engine"]
    assert (float(spent), reserved) == (pytest.approx(0.024), 0)
    assert (booked.cost, booked.unknown) == (spent, 0)


async def test_without_a_price_nothing_is_sent_on_a_budget(
    tmp_path: Path, workers: Workers, server: Server, ledger: Path
) -> None:
    path = write(tmp_path, scale(4)[0], "wav", rate=RATE, channels=1)
    spec = "openai:tones@https://transcribe.example/v1?vad=off"
    with pytest.raises(ConfigError) as caught:
        await heard_through(ledger, path, workers, spec, budget_limits=BudgetLimits(Decimal(1)))
    assert caught.value.code == "no_price"


async def test_a_server_without_times(tmp_path: Path, workers: Workers, server: Server) -> None:
    samples, words = scale(60)
    path = write(tmp_path, samples, "mp3", rate=RATE, channels=1)
    server.refuse = lambda asked: (
        (400, {"error": {"message": "response_format verbose_json is not supported"}})
        if asked.fields["response_format"] == "verbose_json" else None
    )  # fmt: skip
    transcript = await heard(path, workers, f"openai:tones@{server.url}?vad=off")
    assert " ".join(one.text for one in transcript.segments).split() == [word for _, word in words]
    assert transcript.language == "de"
    assert transcript.segments[0].start == 0.0
    assert transcript.segments[-1].end == pytest.approx(60.0, abs=0.2)


async def test_openai_is_asked_as_its_models_want_it(
    tmp_path: Path, workers: Workers, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples, words = scale(70)
    path = write(tmp_path, samples, "flac", rate=RATE, channels=1)
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "the-key")
    for model, form, longest in (("gpt-transcribe", None, 60.0), ("whisper-1", "verbose_json", 60)):
        server.asked.clear()
        transcript = await heard(path, workers, f"openai:{model}?vad=off")
        assert [word for _, word in words] == " ".join(
            one.text for one in transcript.segments
        ).split()
        assert {asked.fields["model"] for asked in server.asked} == {model}
        assert {asked.key for asked in server.asked} == {"Bearer the-key"}
        assert max(asked.seconds for asked in server.asked) <= longest
        if form:
            assert {asked.fields["response_format"] for asked in server.asked} == {form}


async def test_a_key_goes_to_a_strange_server_only_where_it_is_named(
    tmp_path: Path, workers: Workers, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, scale(4)[0], "wav", rate=RATE, channels=1)
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("MINE", "my-key")
    await heard(path, workers, f"openai:tones@{server.url}?vad=off")
    await heard(path, workers, f"openai:tones@{server.url}?vad=off&key=MINE")
    assert "secret" not in server.asked[0].key
    assert server.asked[1].key == "Bearer my-key"


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (401, ConfigError, "bad_key"),
        (403, ConfigError, "bad_key"),
        (404, ConfigError, "unknown_model"),
        (413, ModelError, "too_large"),
        (500, ModelError, "server_error"),
    ],
)
async def test_what_a_server_refuses(
    status: int,
    error: type[Exception],
    code: str,
    tmp_path: Path,
    workers: Workers,
    server: Server,
    ledger: Path,
) -> None:
    path = write(tmp_path, scale(4)[0], "wav", rate=RATE, channels=1)
    server.refuse = lambda _: (status, {"error": {"message": "no"}})
    with pytest.raises(error) as caught:
        await heard_through(ledger, path, workers, f"openai:tones@{server.url}?vad=off")
    assert getattr(caught.value, "code", "") == code
    assert getattr(caught.value, "retryable", False) == (status == 500)
    # An error is not billed; it stands in the accounts all the same.
    async with await Ledger.open(ledger) as opened:
        [booked] = (await opened.look(accounts, ["engine"]))["engine"]
    assert (booked.calls, booked.cost, booked.unknown) == (len(server.asked), 0, 0)


async def test_a_server_that_takes_no_more_is_asked_again(
    tmp_path: Path, workers: Workers, server: Server
) -> None:
    path = write(tmp_path, scale(4)[0], "wav", rate=RATE, channels=1)
    server.refuse = lambda _: (429, {"error": {}}) if len(server.asked) < 3 else None
    transcript = await heard(path, workers, f"openai:tones@{server.url}?vad=off")
    assert (len(transcript.segments), len(server.asked)) == (2, 3)


async def test_a_server_that_is_not_there(tmp_path: Path, workers: Workers) -> None:
    path = write(tmp_path, scale(4)[0], "wav", rate=RATE, channels=1)
    with tone_server() as gone:
        url = gone.url
    with pytest.raises(ConfigError) as caught:
        await heard(path, workers, f"openai:tones@{url}?vad=off")
    assert caught.value.code == "no_server"


async def test_private_mode_and_missing_keys_before_a_byte_leaves(
    tmp_path: Path, workers: Workers, server: Server
) -> None:
    path = write(tmp_path, scale(4)[0], "wav", rate=RATE, channels=1)
    private = Settings(private=True)
    for spec, told, code in (
        ("openai:gpt-transcribe", private, "not_private"),
        ("openai:x@https://transcribe.example/v1", private, "not_private"),
        ("openai:gpt-transcribe", Settings(), "no_key"),
    ):
        with pytest.raises(ConfigError) as caught:
            await heard(path, workers, spec, told)
        assert caught.value.code == code
    # This machine is private enough.
    await heard(path, workers, f"openai:tones@{server.url}?vad=off", private)
    assert len(server.asked) == 1


@pytest.mark.parametrize("spec", ["faster-whisper:{}", "openai:tones@{}"])
async def test_over_silence_nothing_is_asked(
    spec: str, tmp_path: Path, workers: Workers, server: Server
) -> None:
    path = write(tmp_path, silence(150), "flac", rate=RATE, channels=1)
    where = server.url if "@" in spec else fake_weights(tmp_path / "never-loaded")
    transcript = await heard(path, workers, spec.format(where))
    assert (transcript.segments, transcript.seconds, transcript.language) == ((), 150.0, None)
    assert [problem.code for problem in transcript.problems] == ["nothing_said"]
    assert server.asked == []


async def test_weights_that_are_none(tmp_path: Path, workers: Workers) -> None:
    path = write(tmp_path, scale(4)[0], "wav", rate=RATE, channels=1)
    folder = fake_weights(tmp_path / "junk")
    with pytest.raises(ConfigError) as caught:
        await heard(path, workers, f"faster-whisper:{folder}?vad=off")
    assert caught.value.code == "bad_weights"


async def test_a_recording_cut_off_or_damaged_says_so(
    tmp_path: Path, workers: Workers, server: Server
) -> None:
    path = write(tmp_path, scale(60)[0], "flac", rate=RATE, channels=1)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    transcript = await heard(path, workers, f"openai:tones@{server.url}?vad=off")
    assert "sound_cut_off" in [problem.code for problem in transcript.problems]
    assert 20 < transcript.seconds < 40
    assert len(transcript.segments) == pytest.approx(transcript.seconds / 2, abs=1)


@pytest.mark.parametrize("form", ["mp4", "matroska"])
async def test_sound_that_ends_before_the_pictures_is_not_cut_off(
    form: str, tmp_path: Path, workers: Workers, server: Server
) -> None:
    told: list[SpeechProgress] = []
    path = film(tmp_path / "film", [(9.0, ["Nobody speaks any more"])], tone(440, 2.0), form=form)
    speech = f"openai:tones@{server.url}?vad=off"
    transcript = await heard(path, workers, speech, on_progress=told.append)
    assert (transcript.text(), transcript.problems) == ("440", ())
    assert (told[-1].done, told[-1].total) == (transcript.seconds, transcript.seconds)
    document = await open_document(path, workers, LIMITS)
    assert document.has_sound  # though in Matroska it begins a little later than the picture
    assert document.duration == pytest.approx(9.0, abs=0.3)
    assert document.sound_duration == pytest.approx(2.0, abs=0.2)
