"""Servers of tests on a port of loopback: what they all do alike."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    """Says nothing of what it is asked; what is not overridden is not there.

    Attributes:
        sent: told the bytes of an answer, gives those that are sent; where they are fewer, the
            connection breaks behind them.
    """

    sent: Callable[[bytes], bytes] = staticmethod(lambda data: data)

    def do_GET(self) -> None:
        self.send_error(404)

    def body(self) -> bytes:
        """What was sent."""
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def say(self, content: Any, status: int = 200, headers: Mapping[str, str] = {}) -> None:
        """Answer with bytes, or with anything else as JSON."""
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        told = {"content-type": "application/json", "content-length": str(len(data)), **headers}
        self.send_response(status)
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            begun = self.sent(data)
            self.wfile.write(begun)
            self.close_connection |= len(begun) < len(data)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Takes many callers at once, and does not mind those that go away."""

    daemon_threads = True
    request_queue_size = 128


@contextmanager
def listening(handler: Any, server: type[ThreadingHTTPServer] = Server) -> Iterator[str]:
    """Its address, for as long as the block lasts."""
    running = server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}"
    finally:
        running.shutdown()
        running.server_close()
        thread.join()
