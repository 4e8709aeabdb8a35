"""A stand-in for the Hugging Face Hub: it has one repository, and serves its files over loopback.

The client is the real one; the files are those of the folder that it is given.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """Where it is, and the paths asked for so far."""

    url: str = ""
    asked: list[str] = field(default_factory=list)


@contextmanager
def hub(repository: str, folder: Path) -> Iterator[Hub]:
    """Serve `folder` as `repository` (owner/name) on a free port of the loopback."""
    state = Hub()
    names = sorted(path.name for path in folder.iterdir() if path.is_file())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def _answer(self, *, with_body: bool) -> None:
            place = self.path.partition("?")[0]
            state.asked.append(place)
            if place.startswith(f"/api/models/{repository}"):
                facts: Any = {"id": repository, "sha": COMMIT, "private": False,
                              "siblings": [{"rfilename": name} for name in names]}  # fmt: skip
                if "/tree/" in place:
                    facts = [
                        {"type": "file", "path": name, "oid": COMMIT,
                         "size": (folder / name).stat().st_size}
                        for name in names
                    ]  # fmt: skip
                self._send(json.dumps(facts).encode(), {"Content-Type": "application/json"}, True)
                return
            name = place.rpartition("/")[2]
            if not place.startswith(f"/{repository}/resolve/") or name not in names:
                self.send_error(404)
                return
            content = (folder / name).read_bytes()
            tag = hashlib.sha256(content).hexdigest()
            self._send(content, {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT}, with_body)

        def _send(self, content: bytes, headers: dict[str, str], with_body: bool) -> None:
            self.send_response(200)
            for key, value in (headers | {"Content-Length": str(len(content))}).items():
                self.send_header(key, value)
            self.end_headers()
            if with_body:
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
