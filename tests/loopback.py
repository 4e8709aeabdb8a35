"""Servers of tests on a port of loopback: what they all do alike."""

from __future__ import annotations

import json
import sys
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
        """What was sent.

        Raises:
            ConnectionAbortedError: whoever sent it went away meanwhile.
        """
        length = int(self.headers.get("content-length") or 0)
        sent = self.rfile.read(length)
        if len(sent) < length:
            raise ConnectionAbortedError
        return sent

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
    """Takes many callers at once, and does not mind those that go away.

    Attributes:
        faults: what its handlers raised: faults of the test or of what it tests.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *told: Any) -> None:
        super().__init__(*told)
        self.faults: list[BaseException] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            self.faults.append(error)


@contextmanager
def listening(handler: Any) -> Iterator[str]:
    """The address of a server, for as long as the block lasts.

    Raises:
        Exception: what its handler raised, at the end of the block.
    """
    running = Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_address[1]}"
    except BaseException as error:
        for fault in running.faults:
            error.add_note(f"a server of the test failed before: {fault!r}")
        raise
    finally:
        running.shutdown()
        running.server_close()
        thread.join()
    for fault in running.faults:
        raise fault
