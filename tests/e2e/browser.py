"""A headless Chromium, told what to do over its own debugging protocol. Loopback only."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--remote-debugging-port=0"
).split()


class Tab:
    """One page of the browser.

    Attributes:
        events: all that the browser said on its own, as (method, parameters).
    """

    def __init__(self, socket: ClientConnection) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._socket = socket
        self._number = 0
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            said = json.loads(self._socket.recv(timeout=30))
            if said.get("id") == self._number:
                assert "error" not in said, said
                return dict(said["result"])
            self.events.append((said["method"], said.get("params", {})))

    def open(self, page: Path) -> None:
        """Load a local page and wait until all of it is there."""
        self.ask("Page.navigate", url=page.as_uri())
        deadline = time.monotonic() + 30
        while not any(method == "Page.loadEventFired" for method, _ in self.events):
            assert time.monotonic() < deadline, "the page did not load"
            self.ask("Runtime.evaluate", expression="1")
            time.sleep(0.05)

    def value(self, expression: str) -> Any:
        """What a JavaScript expression gives."""
        told = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def size(self, width: int, height: int = 900) -> None:
        """Make the window as large as this, in CSS pixels."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=False)  # fmt: skip

    @property
    def complaints(self) -> list[str]:
        """Errors and warnings of the console, exceptions included."""
        return [
            json.dumps(told)
            for method, told in self.events
            if method == "Runtime.exceptionThrown"
            or (method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"))
            or (method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning"))
        ]

    @property
    def requests(self) -> list[str]:
        """Addresses that the page asked for, itself included; what it carries is none."""
        urls = [told["request"]["url"] for method, told in self.events
                if method == "Network.requestWillBeSent"]  # fmt: skip
        return [url for url in urls if not url.startswith("data:")]


@contextmanager
def browsing(profile: Path) -> Iterator[Tab]:
    """A browser with one empty page; the test is skipped where there is none."""
    program = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome")
         if (path := shutil.which(name))),
        None,
    )  # fmt: skip
    if program is None:
        pytest.skip("no chromium here")
    browser = subprocess.Popen(
        [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        port = _port(profile, browser)
        yield from _tab(port)
    finally:
        browser.terminate()
        try:
            browser.wait(10)
        except subprocess.TimeoutExpired:
            browser.kill()
            browser.wait()


def _port(profile: Path, browser: subprocess.Popen[bytes]) -> int:
    told = profile / "DevToolsActivePort"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert browser.poll() is None, "the browser ended"
        if told.is_file() and told.read_text("utf-8").strip():
            return int(told.read_text("utf-8").split()[0])
        time.sleep(0.1)
    raise AssertionError("the browser did not start")


def _tab(port: int) -> Iterator[Tab]:
    import httpx

    with httpx.Client(trust_env=False) as client:
        pages = client.get(f"http://127.0.0.1:{port}/json/list").json()
    address = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
    with connect(address, max_size=None, proxy=None) as socket:
        yield Tab(socket)
