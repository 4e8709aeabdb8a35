"""`docglean review` as people start it: what it prints, how it ends, and what it leaves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest
from browser import browsing
from review_over_http import HttpReviewer
from reviewed_runs import local_run

from docglean.cli.app import run_command
from docglean.http_server import bind

pytestmark = pytest.mark.e2e

NAMES = ("invoice-three-pages.pdf", "receipt-photo.jpg")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return local_run(tmp_path_factory.mktemp("made"), NAMES)


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """A run folder that nobody has reviewed; its documents are those of `made`."""
    return Path(shutil.copytree(made, tmp_path / "out"))


class Review(HttpReviewer):
    """A server that was started, and a browser in which its address was opened."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        super().__init__(address)

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Its exit code, and what it has said."""
        self.client.close()
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


def start(*words: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "docglean", "review", "--no-browser", "--port", "0", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


@contextmanager
def reviewing(*words: str, **environment: str) -> Iterator[Review]:
    process = start(*words, **environment)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            raise AssertionError(process.communicate(timeout=60)[1])
        review = Review(process, address)
        try:
            yield review
        finally:
            review.client.close()
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


Refused = Callable[..., str]


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """What the command says where it does not even start."""

    def told(*words: str) -> str:
        assert run_command(["review", "--no-browser", *words]) == 2
        said = capsys.readouterr()
        assert not said.out
        return said.err

    return told


@pytest.fixture
def hangs_up() -> Iterator[None]:
    """What is started hears SIGHUP, also where the tests were started by nohup: a program begins
    with the default of a signal that its parent handles, and ignores what its parent ignores."""
    before = signal.signal(signal.SIGHUP, lambda *_: None)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangs_up")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_says_what_it_is_and_ends_well(run: Path, number: int) -> None:
    with reviewing(str(run), "--by", "Ann") as review:
        assert review.get("/api/session")["by"] == "Ann"
        assert set(review.ids()) == set(NAMES)
        code, said = review.end(number)
    assert code == 0, said
    assert "2 documents, by Ann" in said
    assert "Ctrl-C" in said
    assert review.address.partition("token=")[2] not in said
    assert "Traceback" not in said


def test_nothing_is_lost_when_it_is_killed(run: Path) -> None:
    with reviewing(str(run)) as review:
        id = review.ids()["receipt-photo.jpg"]
        assert review.confirm(id, "/total").status_code == 200
        review.end(signal.SIGKILL)
    with reviewing(str(run)) as again:
        token = review.address.partition("token=")[2]
        assert again.client.get("/", params={"token": token}).status_code == 401
        document = again.get(f"/api/documents/{id}")
        assert document["revision"] == 1
        states = {field["pointer"]: field["state"] for field in document["fields"]}
        assert states["/total"] == "confirmed"
        assert again.confirm(id, document["fields"][0]["pointer"]).json()["revision"] == 2


def test_two_servers_of_one_folder_know_of_each_other(run: Path) -> None:
    with reviewing(str(run), "--by", "Ann") as ann, reviewing(str(run), "--by", "Bo") as bo:
        id = ann.ids()["receipt-photo.jpg"]
        assert ann.confirm(id, "/total").status_code == 200
        document = bo.get(f"/api/documents/{id}")
        assert document["revision"] == 1
        assert [one["by"] for one in document["people"]] == ["Ann"]


def test_a_port_that_is_taken(run: Path, refused: Refused) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        said = refused(str(run), "--port", str(port))
    assert f"Port {port}" in said
    assert "--port 0" in said


def test_what_is_no_run_is_refused(run: Path, tmp_path: Path, refused: Refused) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for words in ((), (str(empty),), (str(tmp_path / "none"),), ("--all", str(empty))):
        assert "folder" in refused(*words)
    assert "Two things" in refused(str(run), "--all", str(run))
    assert "'confidence<'" in refused(str(run), "--queue", "confidence<")


def test_results_of_a_later_version_are_refused(run: Path, refused: Refused) -> None:
    path = run / "run.json"
    told = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(told | {"version": 99, "runs": "elsewhere"}), "utf-8")
    assert "later version" in refused(str(run))


def test_damaged_reviews_are_told_and_later_ones_refused(run: Path, refused: Refused) -> None:
    path = run / "reviews.jsonl"
    path.write_bytes(b'{"version": 1, "id": "x"}\n\xff\xfe\n')
    with reviewing(str(run)) as review:
        assert review.ids()
        code, said = review.end()
    assert code == 0
    assert "line 1" in said
    assert "line 2" in said
    path.write_text('{"version": 99}\n')
    said = refused(str(run))
    assert "reviews.jsonl" in said
    assert "newer docglean" in said


def test_others_reach_it_with_a_password_only(run: Path, refused: Refused) -> None:
    said = refused(str(run), "--host", "0.0.0.0")
    assert "--password-file" in said
    told = {"DOCGLEAN_REVIEW_PASSWORD": "correct horse"}
    with reviewing(str(run), "--host", "0.0.0.0", **told) as review:
        stranger = httpx2.Client(base_url=review.client.base_url)
        assert stranger.get("/").headers["location"] == "/signin"
        stranger.close()
        command = Path(f"/proc/{review.process.pid}/cmdline")
        if command.exists():
            assert b"correct horse" not in command.read_bytes()
        _, said = review.end()
    assert "unencrypted" in said
    assert "correct horse" not in said


def test_private_mode_fetches_nothing(run: Path, refused: Refused) -> None:
    assert "private mode" in refused(str(run), "--fetch", "--private")


@contextmanager
def site_with_a_link(to: str) -> Iterator[str]:
    """Another site, with one link; its address."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<a href="{to}">to review</a>'.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.2", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.2:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no 127.0.0.2 by themselves")
def test_a_link_of_another_site_leads_to_its_document(run: Path, tmp_path: Path) -> None:
    """Mail in a browser, a Prefect server: the cookie does not come with such a click itself."""
    with reviewing(str(run)) as review, browsing() as tab:
        id = review.ids()["receipt-photo.jpg"]
        shown = f"document.querySelector('#name')?.textContent == {'receipt-photo.jpg'!r}"
        link = review.address.partition("?")[0] + f"#doc={id}"
        with site_with_a_link(link) as other:
            tab.ask("Page.navigate", url=review.address)
            until(lambda: tab.value("document.querySelector('#name')?.textContent"))
            tab.ask("Page.navigate", url=other)
            until(lambda: tab.value("document.querySelector('a')?.textContent == 'to review'"))
            click = "document.querySelector('a').click()"
            tab.ask("Runtime.evaluate", expression=click, userGesture=True)
            until(lambda: tab.value(shown))


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)
