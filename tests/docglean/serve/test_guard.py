"""Who may ask, and how often."""

from __future__ import annotations

from pathlib import Path

import pytest
from docglean.schemas.errors import ConfigError

from docglean.cli.app import run_command
from docglean.serve.folder import ServiceFolder
from docglean.serve.guard import Door, Rates
from docglean.serve.tokens import ANYBODY, VARIABLE, Tokens, read_tokens

LONG = "t" * 32


class Clock:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_requests_come_back_as_time_goes_by() -> None:
    clock = Clock()
    rates = Rates(6, clock)
    assert [rates.wait("ann") for _ in range(6)] == [0] * 6
    assert rates.wait("ann") == pytest.approx(10)
    assert rates.wait("bo") == 0
    clock.now = 9.9
    assert rates.wait("ann") > 0
    clock.now = 10
    assert rates.wait("ann") == 0
    clock.now = 1000
    assert [rates.wait("ann") == 0 for _ in range(7)] == [True] * 6 + [False]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", f"Basic {LONG}", "Bearer x", f"Bearer {LONG}x", LONG, f"Bearer {LONG[1:]}"],
)
def test_only_the_token_lets_in(header: str) -> None:
    assert Tokens((("ann", LONG),)).owner(header) is None


def test_a_token_tells_who_asks() -> None:
    tokens = Tokens((("ann", LONG), ("bo", "b" * 32)))
    assert tokens.owner(f"Bearer {LONG}") == "ann"
    assert tokens.owner(f"bearer  {'b' * 32}") == "bo"
    assert Tokens().owner("") == ANYBODY


def test_tokens_stand_in_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"# who may ask\nann {LONG}\n\n{'b' * 32}\n")
    read = read_tokens(file, without=False, outside=True)
    assert read.owner(f"Bearer {LONG}") == "ann"
    assert len(read.by_name[1][0]) == 12
    monkeypatch.setenv(VARIABLE, f"cy {LONG}")
    assert read_tokens(None, without=False, outside=False).by_name == (("cy", LONG),)


def test_a_proxy_reaches_it_by_the_address_that_is_named() -> None:
    door = Door(8652, Tokens(), Rates(1), frozenset({"https://documents.example"}))
    assert door.hosts("127.0.0.1") == {"127.0.0.1:8652", "localhost:8652", "documents.example"}
    assert "https://documents.example" in door.own_origins("127.0.0.1")
    assert "http://evil.example" not in door.own_origins("127.0.0.1")


@pytest.mark.parametrize(
    "text", ["short", "a b c", f"ann {LONG}\nann {'b' * 32}", "", f"{'n' * 101} {LONG}", "ü" * 32]
)
def test_what_is_no_token_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_tokens(file, without=False, outside=False)
    assert caught.value.way_out
    assert LONG not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "No token"),
        (["--no-token", "--host", "0.0.0.0"], "Others would reach the service"),
        (["--token-file", "gone.txt"], "gone.txt cannot be read"),
        (["--no-token", "--origin", "x"], "no address of a site"),
        (["--no-token", "--rate", "0"], "--rate is 0"),
        (["--no-token", "--keep-days", "-1"], "--keep-days is below 0"),
        (["--no-token", "--schema", "invoice", "--schema", "nowhere"], "nowhere"),
        (["--no-token", "--engine", "anthropic:x", "--private"], "Private mode"),
    ],
)
def test_a_service_that_cannot_be_is_refused(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "...")
    monkeypatch.delenv(VARIABLE, raising=False)
    folder = str(tmp_path / "service")
    assert run_command(["serve", "--folder", folder, "--port", "0", *words]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert not told.out


def test_a_folder_that_holds_something_else_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").touch()
    with pytest.raises(ConfigError, match="other files"):
        ServiceFolder(tmp_path)
    made = ServiceFolder(tmp_path / "own")
    assert ServiceFolder(tmp_path / "own").id == made.id
