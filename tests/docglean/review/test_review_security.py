"""Who is let in, and what is refused: real requests to a real server."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path

import httpx2
import pytest
from docglean.extractors.documents.workers import Workers
from docglean.schemas.errors import ConfigError
from review_rooms import HEARD, LAYERED, SAMPLES, SCANNED, Served, serving

from docglean.http_server import check_origins
from docglean.review.sessions import Sessions

ONE = f"/api/documents/{LAYERED}"
EVENT = {"revision": 0, "events": [{"action": "confirm", "path": "/total"}]}


def test_nothing_is_answered_without_the_token(served: Served) -> None:
    client = served.client()
    for path in ("/", "/api/session", "/api/queue", ONE, f"{ONE}/pages/1/image", f"{ONE}/media",
                 "/static/signin.css", "/nowhere"):  # fmt: skip
        assert client.get(path).status_code == 401, path
    assert client.post(f"{ONE}/events", json=EVENT).status_code == 401
    assert client.get("/", params={"token": "x" * 43}).status_code == 401
    assert not client.cookies


def test_the_token_becomes_a_cookie_that_scripts_cannot_read(served: Served) -> None:
    answer = served.client().get("/", params={"token": served.access.sessions.token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"docglean_review_{served.access.port}=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert served.access.sessions.token not in cookie


def test_a_cookie_that_nobody_was_given_opens_nothing(served: Served) -> None:
    client = served.client(Cookie=f"{served.access.cookie}=made-up")
    assert client.get("/api/session").status_code == 401


@pytest.mark.parametrize("name", ["evil.example", "evil.example:80", "127.0.0.1", "localhost", ""])
def test_another_host_is_not_served(served: Served, name: str) -> None:
    """A name that was rebound to this address; the browser sends it as Host."""
    answer = served.signed_in().get("/api/session", headers={"Host": name})
    assert answer.status_code == 421


@pytest.mark.parametrize("name", ["127.0.0.1:{}", "localhost:{}", "LocalHost:{}"])
def test_this_host_is_served_by_its_names(served: Served, name: str) -> None:
    client = served.signed_in()
    answer = client.get("/api/session", headers={"Host": name.format(served.access.port)})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": ""},
        {"X-Docglean": ""},
    ],
)
def test_nothing_is_changed_by_another_page(served: Served, headers: dict[str, str]) -> None:
    client, before = served.signed_in(), len(served.rooms.taken)
    answer = client.post(f"{ONE}/events", json=EVENT, headers=headers)
    assert answer.status_code == 403
    assert len(served.rooms.taken) == before


def test_a_page_that_asks_first_is_told_no(served: Served) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = served.client().request("OPTIONS", f"{ONE}/events", headers=asked)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_page_reads_and_embeds_nothing(served: Served, site: str) -> None:
    """Also one of another port of this machine, to which the cookie is sent."""
    client = served.signed_in()
    for path in ("/api/session", f"{ONE}/pages/1/image", f"{ONE}/media"):
        answer = client.get(path, headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"})
        assert answer.status_code == 403, path


def test_a_link_of_another_site_leads_in_who_is_signed_in(served: Served) -> None:
    """Browsers keep the cookie from its request, and send it with what our own page asks."""
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    answer = served.client().get("/", headers=link)
    assert (answer.status_code, 'http-equiv="refresh"' in answer.text) == (200, True)
    again = {**link, "Sec-Fetch-Site": "same-origin"}
    assert served.client().get("/", headers=again).status_code == 401
    assert "out" in served.signed_in().get("/", headers=again).text


def test_every_answer_says_what_browsers_may_do_with_it(served: Served) -> None:
    client = served.signed_in()
    answers = [client.get(path) for path in ("/", "/api/session", f"{ONE}/pages/1/image", "/no")]
    answers.append(served.client().get("/api/session"))
    for answer in answers:
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"]
                      .split("; "))  # fmt: skip
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/../sessions.py",
        "/static/..%2fsessions.py",
        "/static/%2e%2e/sessions.py",
        "/static//etc/passwd",
        "/api/documents/..%2f..%2f..%2fetc%2fpasswd",
        "/api/documents/%2fetc%2fpasswd/pages/1/image",
        "/api/documents/..%5c..%5cboot.ini/media",
        f"{ONE}/pages/1%2f..%2f2/image",
    ],
)
def test_no_path_leads_out(served: Served, path: str) -> None:
    """Sent as it stands: clients would shorten it."""
    told = served.signed_in().cookies[served.access.cookie]
    with socket.create_connection(("127.0.0.1", served.access.port), timeout=30) as line:
        line.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{served.access.port}\r\n"
            f"Cookie: {served.access.cookie}={told}\r\nConnection: close\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"root:" not in answer
    assert b"import" not in answer


def test_a_huge_body_is_refused(served: Served) -> None:
    client = served.signed_in()
    assert client.post(f"{ONE}/events", content=b"x" * 8_000_001).status_code == 413

    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    with suppress(httpx2.WriteError):  # the server may hang up first, which is as good
        assert client.post(f"{ONE}/events", content=endless()).status_code == 413
    assert served.signed_in().get("/api/session").status_code == 200


def test_only_documents_as_they_were_read_are_shown(workers: Workers, tmp_path: Path) -> None:
    copy = tmp_path / "scan.pdf"
    copy.write_bytes((SAMPLES / SCANNED).read_bytes())
    with serving(workers, copy) as served:
        client, page = served.signed_in(), "/api/documents/scan.pdf/pages/1/image"
        assert client.get(page).status_code == 200
        copy.write_bytes((SAMPLES / LAYERED).read_bytes())
        answer = client.get(f"{page}?edge=900")
        assert answer.status_code == 404
        assert "is another" in answer.json()["error"]


# ── the address that the browser is opened with ───────────────────────────────────────────


def test_the_address_of_the_browser_is_good_for_once(
    workers: Workers, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(workers) as served:
        first, printed, other = served.client(), served.signed_in(), served.client()
        opening = {"token": served.access.sessions.opening}
        assert first.get("/", params=opening).status_code == 303
        assert first.get("/api/session").status_code == 200
        assert other.get("/", params=opening).status_code == 401
        assert first.get("/api/session").status_code == 401  # one of the two was not the reviewer
        assert printed.get("/api/session").status_code == 200
    assert "second time" in capsys.readouterr().err


def test_old_sessions_are_forgotten_first() -> None:
    sessions = Sessions("Bo")
    first = sessions.enter(sessions.token)
    for _ in range(1_000):
        last = sessions.enter(sessions.token)
    assert (sessions.who(first), sessions.who(last)) == (None, "Bo")


# ── passwords ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def shared(workers: Workers) -> Iterator[Served]:
    with serving(workers, sessions=Sessions("Bo", "correct horse")) as found:
        yield found


def sign_in(client: httpx2.Client, name: str, password: str) -> httpx2.Response:
    return client.post("/signin", data={"name": name, "password": password})


def test_who_knows_the_password_reviews_under_his_own_name(shared: Served) -> None:
    client = shared.client()
    assert client.get("/").headers["location"] == "/signin"
    form = client.get("/signin")
    assert "Password" in form.text
    assert form.headers["referrer-policy"] == "same-origin"  # else the form's Origin is `null`
    assert client.get("/static/signin.css").status_code == 200
    assert client.get("/api/session").status_code == 401
    assert sign_in(client, " Ann Müller ", "correct horse").status_code == 303
    assert client.get("/api/session").json()["by"] == "Ann Müller"
    client.post(f"{ONE}/events", json=EVENT)
    assert shared.rooms.taken[-1][0] == "Ann Müller"


@pytest.mark.parametrize(
    ("name", "password"), [("Ann", "correct hors"), ("A\nnn", "correct horse")]
)
def test_a_wrong_password_waits(shared: Served, name: str, password: str) -> None:
    client, began = shared.client(), time.monotonic()
    answer = sign_in(client, name, password)
    assert time.monotonic() - began >= 1
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert client.get("/api/session").status_code == 401


def test_a_form_of_another_page_signs_nobody_in(shared: Served) -> None:
    client = shared.client(Origin="https://evil.example")
    assert sign_in(client, "Ann", "correct horse").status_code == 403


def test_what_is_typed_into_the_form_is_never_html(shared: Served) -> None:
    answer = sign_in(shared.client(), "<script>alert(1)</script>", "x")
    assert "<script>" not in answer.text


def test_without_a_password_nobody_signs_in(served: Served) -> None:
    assert served.client().get("/signin").status_code == 401
    assert sign_in(served.client(), "Ann", "").status_code == 401


# ── a proxy that tells who asks ───────────────────────────────────────────────────────────


def test_the_proxy_is_believed_and_nobody_else(workers: Workers) -> None:
    proxy = {"user_header": "X-Forwarded-User", "proxies": (ip_network("127.0.0.1/32"),)}
    origin = {"origins": frozenset({"https://review.example"})}
    with serving(workers, **proxy, **origin) as served:
        client = served.client(Host="review.example", Origin="https://review.example")
        assert client.get("/api/session").status_code == 401
        told = client.get("/api/session", headers={"X-Forwarded-User": "ann"})
        assert told.json()["by"] == "ann"
        told = client.get("/api/session", headers={"X-Forwarded-User": "Ann Müller".encode()})
        assert told.json()["by"] == "Ann Müller"
        twice = [("X-Forwarded-User", "ann"), ("X-Forwarded-User", "bo")]
        assert client.get("/api/session", headers=twice).status_code == 401
        answer = client.post(f"{ONE}/events", json=EVENT, headers={"X-Forwarded-User": "ann"})
        assert answer.status_code == 200
        token = {"token": served.access.sessions.token}
        assert served.client().get("/", params=token).status_code == 401
        evil = client.get("/api/session", headers={"Host": "evil.example"})
        assert evil.status_code == 421


def test_the_header_of_anybody_else_is_not_believed(workers: Workers) -> None:
    """The proxy stands elsewhere; somebody on this machine says that he is it."""
    proxy = {"user_header": "X-Forwarded-User", "proxies": (ip_network("192.0.2.0/24"),)}
    with serving(workers, **proxy) as served:
        client = served.client(**{"X-Forwarded-User": "ann", "X-Forwarded-For": "192.0.2.7"})
        assert client.get("/api/session").status_code == 403


def test_without_a_proxy_its_header_says_nothing(served: Served) -> None:
    client = served.signed_in()
    told = client.get("/api/session", headers={"X-Forwarded-User": "ann"}).json()
    assert told["by"] == "Bo"


# ── other addresses of the machine ────────────────────────────────────────────────────────


def test_on_all_addresses_the_host_is_the_one_that_was_reached(workers: Workers) -> None:
    with serving(workers, host="0.0.0.0") as served:
        port = served.access.port
        url = f"http://127.0.0.1:{port}"
        client = served.client(Origin=url)
        client.base_url = url
        token = {"token": served.access.sessions.token}
        assert client.get("/", params=token).status_code == 303
        assert client.get("/api/session").status_code == 200
        for name in (f"0.0.0.0:{port}", f"192.0.2.1:{port}", f"evil.example:{port}"):
            assert client.get("/api/session", headers={"Host": name}).status_code == 421, name


def test_ipv6_is_served(workers: Workers) -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    with serving(workers, host="::1") as served:
        client = served.client()
        assert client.get("/", params={"token": served.access.sessions.token}).status_code == 303
        assert client.post(f"{ONE}/events", json=EVENT).status_code == 200


@pytest.mark.parametrize(
    "told", ["review.example", "ftp://a", "https://", "https://a/b", "http://[a"]
)
def test_an_origin_is_a_site(told: str) -> None:
    with pytest.raises(ConfigError, match=r"https://documents\.example\.com"):
        check_origins([told])


def test_origins_are_taken_as_browsers_write_them() -> None:
    assert check_origins(["HTTPS://Review.Example/"]) == {"https://review.example"}


def test_media_is_kept_from_strangers_too(served: Served) -> None:
    answer = served.client().get(f"/api/documents/{HEARD}/media", headers={"Range": "bytes=0-9"})
    assert answer.status_code == 401
