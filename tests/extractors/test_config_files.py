"""Whose settings files are, and what one that came with the documents may say."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from docglean.extractors.config_files import FolderMay, user_file
from docglean.extractors.settings import Settings, load_settings
from docglean.schemas.errors import ConfigError

from docglean.cli.app import run_command
from docglean.cli.exits import OK, WRONG


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An inbox as the current folder, and a home of its own; nothing in the environment."""
    for name in ("DOCGLEAN_CONFIG", "DOCGLEAN_ENGINE", "DOCGLEAN_LEDGER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "inbox").mkdir()
    monkeypatch.chdir(tmp_path / "inbox")
    user_file().parent.mkdir(parents=True)


def here(text: str) -> None:
    Path("docglean.toml").write_text(text, "utf-8")


ADDRESSES = [
    'engine = "openai:gpt-6-luna@http://evil.example/v1"',
    'engine = "ocr+anthropic:x@https://evil.example"',
    'engine = "openai:gpt-6-luna?key=AWS_SECRET_ACCESS_KEY"',
    'engine = "openai:gpt-6-luna?price=0/0"',
    'engine = "azure:gpt-6-luna?resource=evil"',
    'engine = "vertex:claude-haiku-5-5?project=evil"',
    'engine = "bedrock:anthropic.claude-haiku-5-5?region=evil-1"',
    'engine = "ocr+vllm@http://10.0.0.9:8000/v1"',
    'engine = "openai:m@HTTP://evil.example/v1"',
    'speech = "openai:whisper-1@http://evil.example/v1"',
    'speech = "whisper:weights.pt"',
    'speech = "faster-whisper:weights"',
    'speech = "faster-whisper:~/weights"',
    'allowed_hosts = ["evil.example"]',
    'ledger = "postgresql+psycopg://evil.example/db"',
    'ledger = "ledger.sqlite"',
    'runner = "dask:tcp://evil.example:8786"',
    'speech_weights = "."',
    "log_content = true",
    "private = false",
    "[limits]\nmemory_bytes = 900000000000",
    "[limits]\nmax_pages = 10\nmax_pixels = 99999999999",
]  # fmt: skip


@pytest.mark.parametrize("text", ADDRESSES)
def test_a_folder_says_nowhere_where_things_go_and_loosens_nothing(text: str) -> None:
    Path("weights").mkdir()
    Path("weights.pt").write_bytes(b"")
    here(text)
    with pytest.raises(ConfigError) as refused:
        load_settings()
    assert refused.value.code == "folder_setting"
    name = text.split("=")[0].strip().strip("[]").split("]")[0]
    assert name in refused.value.message
    assert str(Path("docglean.toml").absolute()) in refused.value.message
    assert "--config" in refused.value.way_out
    assert str(user_file()) in refused.value.way_out


@pytest.mark.parametrize("text", [text for text in ADDRESSES if "evil" in text])
@pytest.mark.parametrize("how", ["user", "named", "variable", "option"])
def test_what_the_user_names_says_anything(
    text: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    name, value = (part.strip() for part in text.split("=", 1))
    file = user_file() if how == "user" else tmp_path / "mine.toml"
    if how == "variable":
        monkeypatch.setenv(f"DOCGLEAN_{name.upper()}", value.strip('"'))
    else:
        file.write_text(text, "utf-8")
    if how == "named":
        monkeypatch.setenv("DOCGLEAN_CONFIG", str(file))
    if how == "option":
        assert run_command(["schemas", f"--config={file}"]) == OK
        monkeypatch.setenv("DOCGLEAN_CONFIG", str(file))
    found = getattr(load_settings(), name)
    assert found == (value.strip('"') if isinstance(found, str) else ("evil.example",))
    said = capsys.readouterr().err
    assert how == "variable" or str(file) in said or how == "option"


def test_a_folder_may_tighten_and_fill(capsys: pytest.CaptureFixture[str]) -> None:
    user_file().write_text(
        "budget = 5\nconcurrency = 3\nprivate = false\n[limits]\nmax_pages = 50\n"
    )
    here(
        'engine = "anthropic:claude-haiku-5-5?edge=1024"\nprivate = true\nbudget = "2.50"\n'
        "daily_budget = 7\nconcurrency = 64\n[limits]\nmax_pages = 20\nseconds = 5\n"
    )
    found = load_settings()
    assert (found.engine, found.private) == ("anthropic:claude-haiku-5-5?edge=1024", True)
    assert (found.budget, found.daily_budget) == (Decimal("2.50"), Decimal(7))
    assert found.concurrency == 3  # what the user said stands
    assert (found.limits.max_pages, found.limits.seconds) == (20, 5)
    said = capsys.readouterr().err
    assert str(user_file()) in said
    assert str(Path("docglean.toml").absolute()) in said
    load_settings()
    assert capsys.readouterr().err == ""  # said once


@pytest.mark.parametrize("text", ["budget = 6", "[limits]\nmax_pages = 51"])
def test_what_the_user_limited_a_folder_does_not_raise(text: str) -> None:
    user_file().write_text("budget = 5\n[limits]\nmax_pages = 50\n")
    here(text)
    with pytest.raises(ConfigError, match=r"raises (budget|limits\.max_pages)"):
        load_settings()


def test_a_named_file_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    user_file().write_text("budget = 5\n")
    here('ledger = "postgresql://evil.example/db"')
    Path("mine.toml").write_text("concurrency = 2\n")
    monkeypatch.setenv("DOCGLEAN_CONFIG", "mine.toml")
    found = load_settings()
    assert (found.concurrency, found.budget) == (2, None)
    assert "evil" not in found.ledger
    # The file of the folder itself, once it is named, says anything.
    monkeypatch.setenv("DOCGLEAN_CONFIG", "docglean.toml")
    assert "evil" in load_settings().ledger


@pytest.mark.parametrize(
    ("config", "content"), [("nothing.toml", None), ("bad.toml", "budget = ["), (".", None)]
)
def test_a_file_that_cannot_be_read_is_named(
    config: str, content: str | None, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    if content is not None:
        Path(config).write_text(content)
    assert run_command(["engines", "--config", config]) == WRONG
    assert str(Path(config).absolute()) in capsys.readouterr().err
    assert run_command(["engines", "--config"]) == WRONG


def test_every_setting_that_tells_where_things_go_is_closed_to_folders() -> None:
    """A new setting is closed until somebody says that it may be open."""
    open_ones = {
        name
        for name, field in Settings.model_fields.items()
        if any(isinstance(one, FolderMay) for one in field.metadata)
    }
    assert open_ones == {
        "engine", "private", "concurrency", "deadline", "grace", "rates", "batch_poll", "budget",
        "daily_budget", "review_below", "max_retry_after", "retry_nights", "speech", "log",
        "limits",
    }  # fmt: skip


def test_the_command_refuses_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    here('engine = "openai:m@http://127.0.0.1:9/v1?key=OPENAI_API_KEY"')
    Path("a.txt").write_text("")
    assert run_command(["extract", "a.txt"]) == WRONG
    said = capsys.readouterr().err
    assert "engine" in said
    assert "sk-secret" not in said
