"""`docglean transcribe` and `docglean models pull` as a user types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pymupdf
import pytest
from docglean.extractors.progress import Progress
from servers.hub import hub
from servers.transcription import Server, tone_server
from sounds import silence, tone, write
from speech_models import english_weights, normalised, nothing_there

from docglean.cli.app import run_command
from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED, WRONG
from docglean.cli.progress import heard_so_far

pytest.importorskip("faster_whisper")


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger of its own, no weights, no keys."""
    nothing_there(tmp_path, monkeypatch)
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")


@pytest.fixture
def server() -> Iterator[Server]:
    with tone_server() as state:
        yield state


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two recordings, a page and a file that is neither, in one folder."""
    inside = tmp_path / "in"
    inside.mkdir()
    said = numpy.concatenate([tone(440, 1), silence(1), tone(880, 1)])
    write(inside, said, "mp3").rename(inside / "call.mp3")
    write(inside, tone(660, 2), "ogg-opus").rename(inside / "memo.ogg")
    pdf = pymupdf.open()
    pdf.new_page()
    pdf.save(inside / "page.pdf")
    (inside / "notes.xyz").write_text("nothing to be read")
    return inside


def command(server: Server, *more: str) -> list[str]:
    """Tones are no speech, so nothing may be left out."""
    speech = f"openai:whisper-1@{server.url}?vad=off"
    return ["transcribe", *more, "--speech", speech]


@pytest.mark.slow
def test_one_recording_is_printed_as_text_json_or_subtitles(
    server: Server, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(folder / "call.mp3")
    assert run_command(command(server, path)) == OK
    printed = capsys.readouterr()
    assert printed.out == "440\n880\n"
    assert "call.mp3: 3.0 s in" in printed.err
    assert "x real time" in printed.err
    assert run_command(command(server, path, "--format", "json", "--language", "de")) == OK
    facts = json.loads(capsys.readouterr().out)
    assert facts["document"]["name"] == "call.mp3"
    assert facts["document"]["media_type"] == "audio/mpeg"
    assert (facts["language"], facts["seconds"]) == ("de", pytest.approx(3, abs=0.1))
    assert [segment["text"] for segment in facts["segments"]] == ["440", "880"]
    assert facts["segments"][1]["start"] == pytest.approx(2, abs=0.1)
    asked = [one.fields.get("language") for one in server.asked]
    assert asked == [None, "de"]
    assert run_command(command(server, path, "--format", "srt", "--quiet")) == OK
    printed = capsys.readouterr()
    assert printed.out.startswith("1\n00:00:00,000 --> 00:00:01,")
    assert printed.err == ""
    assert len(server.asked) == 2, "what was heard is in the ledger"
    for calls in (3, 4):
        assert run_command(command(server, path, "--fresh", "--quiet")) == OK
        assert len(server.asked) == calls


def test_a_folder_gives_a_file_for_each_recording(
    server: Server, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    given = [str(folder), str(folder / "call.mp3")]
    assert run_command(command(server, *given, "--format", "vtt", "--out", str(out))) == OK
    assert "1 file is no recording and is left out: " in capsys.readouterr().err
    assert sorted(path.name for path in out.iterdir()) == ["call.mp3.vtt", "memo.ogg.vtt"]
    assert (out / "memo.ogg.vtt").read_text().startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert run_command(command(server, str(folder), "--format", "json")) == OK
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["document"]["name"] for line in lines] == ["call.mp3", "memo.ogg"]
    assert run_command(command(server, str(folder))) == OK
    assert capsys.readouterr().out == "# call.mp3\n\n440\n880\n\n# memo.ogg\n\n660\n\n"
    assert run_command(command(server, str(folder), "--format", "srt")) == WRONG
    assert "--out" in capsys.readouterr().err


def test_two_recordings_of_one_name_get_two_files(
    server: Server, folder: Path, tmp_path: Path
) -> None:
    other, out = tmp_path / "other", tmp_path / "out"
    other.mkdir()
    write(other, tone(520, 1), "wav").rename(other / "call.mp3")
    given = [str(folder / "call.mp3"), str(other / "call.mp3")]
    assert run_command(command(server, *given, "--out", str(out))) == OK
    assert sorted(path.read_text() for path in out.iterdir()) == ["440\n880\n", "520\n"]


def test_what_is_wrong_with_one_recording_ends_no_other(
    server: Server, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.mp3").write_bytes(b"ID3" + bytes(4000))
    assert run_command(command(server, str(folder))) == SOME_FAILED
    printed = capsys.readouterr()
    assert "# call.mp3" in printed.out
    assert "# memo.ogg" in printed.out
    assert "broken.mp3: it is damaged" in printed.err
    assert run_command(command(server, str(folder / "page.pdf"))) == SOME_FAILED
    assert "it is application/pdf" in capsys.readouterr().err


def test_without_an_engine_or_with_a_key_refused_the_command_is_wrong(
    server: Server, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(folder / "memo.ogg")
    assert run_command(["transcribe", path]) == WRONG
    assert "docglean models pull faster-whisper:small" in capsys.readouterr().err
    assert run_command(["transcribe", path, "--speech", "klang:x"]) == WRONG
    assert "klang" in capsys.readouterr().err
    spec = "openai:whisper-1@http://speech.example"
    assert run_command(["transcribe", path, "--speech", spec, "--private"]) == WRONG
    assert "Private mode" in capsys.readouterr().err
    server.refuse = lambda asked: (401, {"error": {"message": "no such key"}})
    assert run_command(command(server, str(folder))) == WRONG
    assert "key is refused" in capsys.readouterr().err
    assert len(server.asked) == 1


@pytest.mark.slow
def test_a_budget_ends_it_before_sound_is_sent_beyond_it(
    server: Server, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    speech = f"openai:tones@{server.url}?vad=off&price=0.006"  # dollars for a minute
    words = ["transcribe", str(folder), "--speech", speech, "--budget"]
    assert run_command([*words, "0.00001"]) == OVER_BUDGET
    assert "budget" in capsys.readouterr().err
    assert not server.asked
    assert run_command([*words, "1"]) == OK


def test_nothing_to_download_for_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["models", "pull", "openai:gpt-transcribe"]) == WRONG
    assert "nothing to download" in capsys.readouterr().err


def results(out: Path) -> dict[str, dict[str, Any]]:
    lines = map(json.loads, (out / "results.jsonl").read_text().splitlines())
    return {line["document"]["name"]: line for line in lines}


def test_a_recording_that_cannot_be_heard_costs_no_other_document(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    said = ["extract", str(folder), "--engine", "local", "--schema", "note", "--out", str(out)]
    assert run_command(said) == SOME_FAILED
    found = results(out)
    assert {name: line["status"] for name, line in found.items()} == {
        "call.mp3": "failed", "memo.ogg": "failed", "page.pdf": "partial",
    }  # fmt: skip
    assert found["memo.ogg"]["problems"][0]["code"] == "no_speech_engine"
    assert "models pull faster-whisper:small" in capsys.readouterr().err


def test_a_refused_speech_key_ends_the_run(
    server: Server, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.refuse = lambda asked: (401, {"error": {"message": "no such key"}})
    speech = f"openai:whisper-1@{server.url}?vad=off"
    said = ["extract", str(folder), "--engine", "local", "--speech", speech]
    assert run_command([*said, "--out", str(tmp_path / "out")]) == WRONG
    assert "key is refused" in capsys.readouterr().err


def test_recordings_and_pages_in_one_run(
    server: Server, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    speech = f"openai:whisper-1@{server.url}?vad=off"
    said = ["extract", str(folder), "--engine", "local", "--speech", speech, "--language", "de"]
    run_command([*said, "--out", str(out)])
    found = results(out)
    assert {name: line["schema"]["name"] for name, line in found.items() if line["schema"]} == {
        "call.mp3": "note", "memo.ogg": "note",
    }  # fmt: skip
    assert [one["text"] for one in found["call.mp3"]["transcript"]["segments"]] == ["440", "880"]
    assert {asked.fields["language"] for asked in server.asked} == {"de"}
    run = json.loads((out / "run.json").read_text())["runs"][0]
    assert run["options"]["language"] == "de"


def test_progress_tells_how_much_is_heard_and_how_fast() -> None:
    step = Progress("call.mp3", "transcribed", seconds=120.0, total=3600.0, speed=4.04)
    assert heard_so_far(step, 720.0) == (
        "call.mp3: 12 min 00 s of 1 h 00 min heard, 4.0 x real time"
    )
    kept = Progress("call.mp3", "transcribed", seconds=120.0)
    assert heard_so_far(kept, 120.0) == "call.mp3: 2 min 00 s heard"


def process(*said: str, url: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A process of its own: the client of the hub reads its address when it is imported."""
    places: dict[str, Any] = {"HF_ENDPOINT": url, "HF_HUB_DISABLE_TELEMETRY": "1", **more}
    return subprocess.run(
        [str(Path(sys.executable).with_name("docglean")), *said],
        env=os.environ | places,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_pull_puts_weights_where_they_are_found(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt", "README.md"):
        (weights / name).write_bytes(name.encode() * 10)
    with hub("Systran/faster-whisper-tiny", weights) as state:
        pulled = process("models", "pull", "faster-whisper:tiny", url=state.url)
        assert (pulled.returncode, state.asked != []) == (OK, True), pulled.stderr
        failed = process("models", "pull", "faster-whisper:base", url=state.url)
        assert failed.returncode == WRONG
        assert "could not be downloaded" in failed.stderr
    folder = Path(pulled.stdout.strip())
    assert (folder / "model.bin").read_bytes() == b"model.bin" * 10
    assert not (folder / "README.md").exists()
    told = process("doctor", "--json", url="http://127.0.0.1:9")
    assert "faster-whisper:tiny" in [one["what"] for one in json.loads(told.stdout)["findings"]]


@pytest.mark.models
def test_download_gets_what_is_missing_and_nothing_twice(tmp_path: Path, evaldata: Path) -> None:
    clip = str(evaldata / "speech" / "docs" / "goforward.wav")
    said = ["transcribe", clip, "--speech", "faster-whisper:tiny.en", "--quiet"]
    with hub("Systran/faster-whisper-tiny.en", english_weights()) as state:
        without = process(*said, url=state.url)
        assert (without.returncode, state.asked) == (WRONG, [])
        assert "docglean models pull faster-whisper:tiny.en" in without.stderr
        first = process(*said, "--download", url=state.url)
        assert (first.returncode, normalised(first.stdout)) == (OK, "go forward ten meters")
        asked = len(state.asked)
        again = process(*said, "--download", url=state.url)
        assert (again.stdout, len(state.asked)) == (first.stdout, asked)


def test_a_recording_that_is_left_out_is_in_no_table_and_named_in_run_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = Path(__file__).resolve().parents[2] / "samples" / "documents"
    given = tmp_path / "in"
    given.mkdir()
    for name in ("form.pdf", "note.wav"):
        (given / name).symlink_to(samples / name)
    read = ["extract", str(given), "--engine", "local", "--out"]
    assert run_command([*read, str(tmp_path / "results.csv")]) == 0
    assert "1 recording left out: note.wav." in capsys.readouterr().err
    table = (tmp_path / "results.csv").read_text("utf-8")
    assert "form.pdf" in table
    assert "note.wav" not in table
    assert run_command([*read, str(tmp_path / "out")]) == 0
    assert "note.wav" not in (tmp_path / "out" / "results.jsonl").read_text("utf-8")
    totals = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["runs"][-1]["totals"]
    assert totals["unheard"]["names"] == ["note.wav"]
    assert (
        run_command(["extract", str(given / "note.wav"), *read[2:], str(tmp_path / "1.csv")]) == 1
    )
    assert "note.wav,failed" in (tmp_path / "1.csv").read_text("utf-8")
