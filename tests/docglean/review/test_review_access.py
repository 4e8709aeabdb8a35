"""Who may reach the review page, as the command line says it."""

from __future__ import annotations

import io
import socket
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docglean.schemas.errors import ConfigError

from docglean.commands import review_access
from docglean.commands.review import _open_browser
from docglean.commands.review_access import PASSWORD, access_of, notices, reviewer
from docglean.commands.review_request import ReviewRequest
from docglean.http_server import bind


def wanted(**told: Any) -> ReviewRequest:
    return ReviewRequest(by="Bo", **told)


@pytest.fixture
def here() -> Iterator[socket.socket]:
    with bind("127.0.0.1", 0) as listening:
        yield listening


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    monkeypatch.delenv(PASSWORD, raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with bind("0.0.0.0", 0) as listening:
        yield listening


def test_on_this_machine_the_token_is_enough(here: socket.socket) -> None:
    access = access_of(wanted(), here)
    assert (access.port, access.sessions.by) == (here.getsockname()[1], "Bo")
    assert len(access.sessions.token) >= 43
    assert not access.sessions.password
    assert notices(access, here) == []


def test_others_want_a_password_or_a_proxy(outside: socket.socket) -> None:
    with pytest.raises(ConfigError) as told:
        access_of(wanted(), outside)
    assert told.value.code == "no_password"
    assert "--password-file" in told.value.way_out


def test_a_password_comes_from_a_file_or_the_environment(
    outside: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "password"
    file.write_text("correct horse\n")
    access = access_of(wanted(password_file=file), outside)
    assert access.sessions.password == "correct horse"
    said = " ".join(notices(access, outside))
    assert "unencrypted" in said
    assert f"http://{socket.gethostname()}:{access.port}/" in said
    monkeypatch.setenv(PASSWORD, "battery staple")
    assert access_of(wanted(), outside).sessions.password == "battery staple"


def test_behind_tls_nothing_is_said_of_encryption(
    outside: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD, "battery staple")
    access = access_of(wanted(origins=("https://review.example",)), outside)
    assert "unencrypted" not in " ".join(notices(access, outside))


def test_a_password_is_asked_for_where_somebody_is_there(
    outside: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(review_access.getpass, "getpass", lambda _: "correct horse")
    assert access_of(wanted(), outside).sessions.password == "correct horse"


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff\xfe\xfa"])
def test_a_bad_password_is_refused(here: socket.socket, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as told:
        access_of(wanted(password_file=file), here)
    assert told.value.code == "bad_password"
    assert "short" not in told.value.message


def test_a_password_file_that_is_not_there(here: socket.socket, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        access_of(wanted(password_file=tmp_path / "none"), here)


def test_a_proxy_wants_its_address_told(here: socket.socket, tmp_path: Path) -> None:
    header = {"user_header": "X-Forwarded-User"}
    with pytest.raises(ConfigError, match="--origin"):
        access_of(wanted(**header), here)
    origins = ("https://review.example",)
    with pytest.raises(ConfigError, match="Either the proxy"):
        access_of(wanted(**header, origins=origins, password_file=tmp_path / "x"), here)
    with pytest.raises(ConfigError, match="--trusted-proxy"):
        access_of(wanted(**header, origins=origins, proxies=("review.example",)), here)
    access = access_of(wanted(**header, origins=origins, proxies=("10.1.0.0/16",)), here)
    assert access.is_proxy("10.1.2.3")
    assert access.is_proxy("::ffff:10.1.2.3")
    assert not access.is_proxy("127.0.0.1")
    assert "X-Forwarded-User" in notices(access, here)[0]
    assert access_of(wanted(**header, origins=origins), here).is_proxy("127.0.0.1")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\x1b[31mred", "x" * 101, "\u202eevil"])
def test_a_name_is_a_line(name: str) -> None:
    with pytest.raises(ConfigError, match="--by"):
        reviewer(name)


def test_who_reviews_is_the_login_where_nobody_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_access.getpass, "getuser", lambda: "ann")
    assert reviewer(None) == "ann"
    assert reviewer(" Ann Müller ") == "Ann Müller"


def test_answers_are_not_held_back_for_larger_ones(here: socket.socket) -> None:
    """asyncio sets TCP_NODELAY on connections whose protocol it knows, and on no others."""
    assert here.proto == socket.IPPROTO_TCP


def test_a_port_that_is_taken_is_told(here: socket.socket) -> None:
    with pytest.raises(ConfigError, match="--port 0") as told:
        bind("127.0.0.1", here.getsockname()[1])
    assert told.value.code == "port_taken"


@pytest.mark.parametrize("host", ["192.0.2.1", "256.1.1.1", "no host"])
def test_an_address_of_another_machine_is_told(host: str) -> None:
    with pytest.raises(ConfigError, match="--host"):
        bind(host, 0)


@pytest.mark.parametrize("port", [-1, 65_536, 99_999])
def test_a_port_that_no_machine_has_is_told(port: int) -> None:
    with pytest.raises(ConfigError, match=f"no port {port}"):
        bind("127.0.0.1", port)


def test_the_browser_is_opened_where_there_is_a_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: not opened.append(address))
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    _open_browser("http://127.0.0.1:1/?token=x")
    assert not opened  # a browser of the terminal would take that over
    assert "open the address" in capsys.readouterr().err
    monkeypatch.setenv("DISPLAY", ":0")
    _open_browser("http://127.0.0.1:1/?token=x")
    assert opened == ["http://127.0.0.1:1/?token=x"]
    assert not capsys.readouterr().err
