"""Speech engines by their spec, and their weights: what is found, taken, told and fetched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.settings import Settings
from docglean.extractors.speech import (
    choose,
    engine_choice,
    parse_speech,
    pull,
    speech_status,
    weights,
)
from docglean.schemas.errors import ConfigError
from speech_models import fake_weights, nothing_there

pytest.importorskip("faster_whisper")

LIMITS = Limits()


@pytest.fixture(autouse=True)
def _caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_there(tmp_path, monkeypatch)


# --- specs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "kind", "model", "normal"),
    [
        ("faster-whisper:small", "faster-whisper", "small", "faster-whisper:small"),
        (" Faster-Whisper:large-v3 ", "faster-whisper", "large-v3", "faster-whisper:large-v3"),
        ("faster-whisper:/my/models/mine", "faster-whisper", "/my/models/mine",
         "faster-whisper:mine"),
        ("faster-whisper:Systran/faster-whisper-tiny", "faster-whisper",
         "Systran/faster-whisper-tiny", "faster-whisper:Systran/faster-whisper-tiny"),
        ("whisper:base?beam=1&vad=off", "whisper", "base", "whisper:base?vad=off&beam=1"),
        ("openai", "hosted", "gpt-transcribe", "openai:gpt-transcribe"),
        ("openai:whisper-1", "hosted", "whisper-1", "openai:whisper-1"),
        ("openai:whisper-1@http://gpu:8000", "hosted", "whisper-1",
         "openai:whisper-1@http://gpu:8000/v1"),
        ("vllm:openai/whisper-large-v3?vad=off", "hosted", "openai/whisper-large-v3",
         "vllm:openai/whisper-large-v3?vad=off"),
    ],
)  # fmt: skip
def test_specs(spec: str, kind: str, model: str, normal: str) -> None:
    parsed = parse_speech(spec)
    assert (parsed.kind, parsed.model, parsed.spec) == (kind, model, normal)
    assert parsed.voice_activity == ("vad=off" not in spec)


@pytest.mark.parametrize(
    "spec",
    ["whisper", "faster-whisper:", "whisper:base@http://x", "whisper:base?key=K", "klang:x",
     "faster-whisper:small?beam=0", "faster-whisper:small?vad=maybe", "whisper:base?speed=2",
     "anthropic:claude-haiku-5-5", "openai@http://127.0.0.1:8000/v1", "ocr+openai:whisper-1"],
)  # fmt: skip
def test_specs_that_are_refused(spec: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_speech(spec)
    assert caught.value.code in ("bad_speech_engine", "bad_engine")
    assert caught.value.way_out


# --- weights -------------------------------------------------------------------------------------


def test_auto_takes_the_folder_of_the_setting(tmp_path: Path) -> None:
    folder = fake_weights(tmp_path / "mine")
    spec, found = choose("auto", Settings(speech_weights=folder))
    assert found is not None
    assert (spec.spec, found.path, found.source) == ("faster-whisper:mine", folder, "setting")


def test_auto_takes_the_best_of_many_languages_that_was_pulled(tmp_path: Path) -> None:
    for size in ("tiny", "base", "medium.en", "small"):
        hub = tmp_path / "hub" / f"models--Systran--faster-whisper-{size}"
        fake_weights(hub / "snapshots" / "abc")
        (hub / "refs").mkdir()
        (hub / "refs" / "main").write_text("abc")
    spec, found = choose("auto", Settings())
    assert (spec.spec, found and found.source) == ("faster-whisper:small", "cache")
    assert choose("faster-whisper:tiny", Settings())[0].spec == "faster-whisper:tiny"
    ready = speech_status(Settings())[0]
    assert ready.usable
    assert [one.name for one in ready.weights] == ["small", "base", "tiny", "medium.en"]


def test_weights_of_english_alone_are_known_by_their_vocabulary(tmp_path: Path) -> None:
    """Whatever they are called; of several, those of many languages are taken."""
    fake_weights(tmp_path / "mine" / "medium", entries=51_864)
    told = Settings(speech_weights=tmp_path / "mine")
    assert "knows English only" in speech_status(told)[0].message
    fake_weights(tmp_path / "mine" / "tiny", entries=51_865)
    (tmp_path / "mine" / "large-v3").mkdir()
    newer = fake_weights(tmp_path / "mine" / "large-v3" / "inside")
    (newer / "vocabulary.json").write_text(json.dumps(["word"] * 51_866))
    assert weights.weights_at("faster-whisper", newer, "odd.en", "spec").english_only is False  # type: ignore[union-attr]
    spec, found = choose("auto", told)
    assert (spec.spec, found and found.english_only) == ("faster-whisper:tiny", False)
    ready = speech_status(told)[0]
    assert [(one.name, one.english_only) for one in ready.weights] == [
        ("tiny", False), ("medium", True),
    ]  # fmt: skip
    assert ready.message == "ready, auto takes faster-whisper:tiny"


def test_where_english_is_told_its_own_weights_come_before_others_of_their_size(
    tmp_path: Path,
) -> None:
    for name in ("tiny", "tiny.en", "base"):
        fake_weights(tmp_path / "mine" / name)
    told = Settings(speech_weights=tmp_path / "mine")
    taken = {code: choose("auto", told, code)[0].model for code in (None, "en", "de")}
    assert taken == {None: "base", "en": "base", "de": "base"}
    fake_weights(tmp_path / "mine" / "base.en")
    taken = {code: choose("auto", told, code)[0].model for code in (None, "en", "de")}
    assert taken == {None: "base", "en": "base.en", "de": "base"}


def test_of_two_engines_the_weights_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both installed: the reference with many languages before the light one with English."""
    monkeypatch.setattr(engine_choice, "installed", lambda _: "1")
    fake_weights(tmp_path / "mine" / "small.en")
    (tmp_path / "mine" / "base.pt").write_bytes(b"x")
    told = Settings(speech_weights=tmp_path / "mine")
    assert choose("auto", told)[0].spec == "whisper:base"
    light, reference = speech_status(told)
    assert (light.message, reference.message) == ("ready", "ready, auto takes whisper:base")


def test_a_setting_names_the_engine(tmp_path: Path) -> None:
    folder = fake_weights(tmp_path / "a" / "faster-whisper-base")
    told = Settings(speech="faster-whisper:base", speech_weights=folder.parent)
    spec, found = choose("auto", told)
    assert found is not None
    assert (spec.spec, found.path) == ("faster-whisper:base", folder)


def test_weights_for_openai_whisper_are_found_in_its_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache" / "whisper"
    cache.mkdir(parents=True)
    (cache / "base.pt").write_bytes(b"x")
    monkeypatch.setattr(engine_choice, "installed", lambda kind: "1" if kind == "whisper" else None)
    spec, found = choose("auto", Settings())
    assert found is not None
    assert (spec.spec, found.path) == ("whisper:base", cache / "base.pt")


@pytest.mark.parametrize(
    ("spec", "code", "words"),
    [
        ("auto", "no_speech_engine", "models pull faster-whisper:small"),
        ("faster-whisper:small", "no_weights", "models pull faster-whisper:small"),
        ("faster-whisper:/no/such/folder", "no_weights", "model.bin"),
    ],
)
def test_missing_weights_are_said_with_the_way_out(spec: str, code: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        choose(spec, Settings())
    assert caught.value.code == code
    assert words in str(caught.value)


def test_missing_packages_are_said_with_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_choice, "installed", lambda _: None)
    for spec, extra in (("whisper:base", "whisper"), ("faster-whisper:base", "speech")):
        with pytest.raises(ConfigError, match=rf"\[{extra}\]"):
            choose(spec, Settings())
    folder = fake_weights(tmp_path / "mine")
    with pytest.raises(ConfigError, match=r"\[speech\]"):
        choose("auto", Settings(speech_weights=folder))
    assert not any(status.usable for status in speech_status(Settings()))


def test_a_setting_that_points_nowhere_is_an_error(tmp_path: Path) -> None:
    fake_weights(tmp_path / "hub" / "models--Systran--faster-whisper-base" / "snapshots" / "a")
    with pytest.raises(ConfigError) as caught:
        choose("auto", Settings(speech_weights=tmp_path / "nothing"))
    assert caught.value.code == "no_weights"


def test_nothing_is_downloaded_but_by_pull(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def download(model: str) -> str:
        asked.append(model)
        if model == "base":
            raise OSError("no network")
        return "/somewhere"

    monkeypatch.setattr("faster_whisper.utils.download_model", download)
    with pytest.raises(ConfigError):
        choose("faster-whisper:small", Settings())
    assert asked == []
    assert pull("faster-whisper:small") == Path("/somewhere")
    with pytest.raises(ConfigError) as caught:
        pull("faster-whisper:base")
    assert (asked, caught.value.code) == (["small", "base"], "download_failed")
    for spec in ("openai:whisper-1", "faster-whisper:/a/folder"):
        with pytest.raises(ConfigError) as caught:
            pull(spec)
        assert caught.value.code == "unknown_weights"


def test_fingerprints_tell_weights_apart(tmp_path: Path) -> None:
    told = [
        choose(f"faster-whisper:{fake_weights(tmp_path / name, size=size)}", Settings())[1]
        for name, size in (("a", 100), ("b", 100), ("c", 101))
    ]
    prints = [one.fingerprint() for one in told if one is not None]
    assert prints[0] == prints[1] != prints[2]
    (tmp_path / "b" / "model.bin").write_bytes(b"y" * 100)
    assert told[1] is not None
    assert told[1].fingerprint() != prints[0]
