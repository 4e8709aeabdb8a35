"""A headless Chromium, told what to do over its own debugging protocol. Loopback only."""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--remote-debugging-port=0"
).split()

DOMAINS = ("Page", "Runtime", "Log", "Network")
"""Of whose events a page is asked to tell."""
KEYS = {
    "Tab": 9, "Enter": 13, "Escape": 27, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36,
    "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "F2": 113,
}  # fmt: skip


class Tab:
    """One page of the browser.

    Attributes:
        events: all that the browser said on its own, as (method, parameters).
        opener: by which more pages like it are made.
    """

    opener: tuple[Browser, Tab, str] | None = None

    def __init__(self, socket: ClientConnection, domains: Sequence[str] = DOMAINS) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._socket = socket
        self._number = 0
        for domain in domains:
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

    def heard(self, event: str) -> dict[str, Any]:
        """What the browser says when this happens; the first time since `events` was empty."""
        deadline = time.monotonic() + 30
        while True:
            for name, told in self.events:
                if name == event:
                    return told
            assert time.monotonic() < deadline, f"never: {event}"
            self.ask("Runtime.evaluate", expression="1")

    def goto(self, address: str) -> None:
        """Go to an address; what is left unsaved is left."""
        self.ask("Page.navigate", url=address)

    def press(self, key: str) -> None:
        """Press a key and let it go: a character, a name such as ``Enter``, or with ``Shift+`` or
        ``Ctrl+`` before it."""
        *held, name = key.split("+") if len(key) > 1 else [key]
        modifiers = sum({"Alt": 1, "Ctrl": 2, "Shift": 8}[one] for one in held)
        code = KEYS.get(name) or (ord(name.upper()) if name.isalnum() else 0)
        told = {"key": name, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        text = {"Enter": "\r"}.get(name, name if len(name) == 1 and "Ctrl" not in held else "")
        down = told | ({"text": text} if text else {})
        self.ask("Input.dispatchKeyEvent", type="keyDown", **down)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **told)

    def mouse(self, x: float, y: float, to: tuple[float, float] | None = None) -> None:
        """Click at a point of the window; with `to`, hold the button until there."""
        self._mouse("mouseMoved", x, y)
        self._mouse("mousePressed", x, y, button="left", clickCount=1)
        u, v = to or (x, y)
        for step in range(1, 5) if to else ():
            share = step / 4
            self._mouse("mouseMoved", x + (u - x) * share, y + (v - y) * share, button="left",
                        buttons=1)  # fmt: skip
        self._mouse("mouseReleased", u, v, button="left", clickCount=1)

    def _mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def tap(self, x: float, y: float) -> None:
        """Touch a point with a finger."""
        points = [{"x": x, "y": y}]
        self.ask("Input.dispatchTouchEvent", type="touchStart", touchPoints=points)
        self.ask("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def swipe(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Move a finger from one point to another."""
        for step in range(5):
            share = step / 4
            x, y = (a + (b - a) * share for a, b in zip(start, end, strict=True))
            kind = "touchMove" if step else "touchStart"
            self.ask("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y}])
        self.ask("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def value(self, expression: str, **where: Any) -> Any:
        """What a JavaScript expression gives."""
        told = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, **where)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def framed(self, expression: str) -> Any:
        """What a JavaScript expression gives in the page's frame; None while that loads."""
        tree = self.ask("Page.getFrameTree")["frameTree"]
        frame = tree["childFrames"][0]["frame"]["id"]
        made = [told["context"] for method, told in self.events
                if method == "Runtime.executionContextCreated"]  # fmt: skip
        own = [one["id"] for one in made if one["auxData"]["frameId"] == frame]
        try:
            return self.value(expression, contextId=own[-1])
        except (AssertionError, IndexError) as error:
            if isinstance(error, IndexError) or "Cannot find context" in str(error):
                return None
            raise

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
def browsing() -> Iterator[Tab]:
    """One empty page, with storage that no other test sees; the test is skipped without a browser.

    One browser serves all tests of this process: most of a page's time is its start.
    """
    browser = _browser()
    with _connected(browser.own_address) as socket:
        over = Tab(socket, domains=())
        # Gone with this connection, and with it all its pages.
        context = over.ask("Target.createBrowserContext", disposeOnDetach=True)
        with _page(browser, over, context["browserContextId"]) as tab:
            yield tab


@contextmanager
def another(tab: Tab) -> Iterator[Tab]:
    """One more page beside this one, with the same storage."""
    assert tab.opener is not None
    with _page(*tab.opener) as second:
        yield second


def _connected(address: str) -> ClientConnection:
    # No pings: a machine that is busy is no end, and what is asked has a time of its own.
    return connect(address, max_size=None, proxy=None, ping_interval=None)


@contextmanager
def _page(browser: Browser, over: Tab, context: str) -> Iterator[Tab]:
    made = over.ask("Target.createTarget", url="about:blank", browserContextId=context)
    address = f"ws://127.0.0.1:{browser.port}/devtools/page/{made['targetId']}"
    with _connected(address) as socket:
        tab = Tab(socket)
        tab.opener = browser, over, context
        yield tab


@dataclass(frozen=True)
class Browser:
    """A browser that runs.

    Attributes:
        own_address: of the connection over which pages are made.
    """

    port: int
    own_address: str


@cache
def _browser() -> Browser:
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.skip("no chromium here")
    profile = Path(tempfile.mkdtemp(prefix="browser-"))
    process = subprocess.Popen(
        [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    atexit.register(_end, process, profile)
    told = profile / "DevToolsActivePort"  # two lines: the port, the address within it
    deadline = time.monotonic() + 60
    while not (told.is_file() and told.read_text("utf-8").count("\n")):
        assert process.poll() is None, "the browser ended"
        assert time.monotonic() < deadline, "the browser did not start"
        time.sleep(0.1)
    port, path = told.read_text("utf-8").split()
    return Browser(int(port), f"ws://127.0.0.1:{port}{path}")


def _end(process: subprocess.Popen[bytes], profile: Path) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    shutil.rmtree(profile, ignore_errors=True)
