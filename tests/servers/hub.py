"""A stand-in for the Hugging Face Hub: it has one repository, and serves its files over loopback.

The client is the real one; the files are those of the folder that it is given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import loopback
from loopback import listening

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

    class Handler(loopback.Handler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
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
                self.say(facts)
                return
            name = place.rpartition("/")[2]
            if not place.startswith(f"/{repository}/resolve/") or name not in names:
                self.send_error(404)
                return
            content = (folder / name).read_bytes()
            tag = hashlib.sha256(content).hexdigest()
            told = {"ETag": f'"{tag}"', "X-Repo-Commit": COMMIT}
            self.say(content, headers={"content-type": "application/octet-stream", **told})

    with listening(Handler) as state.url:
        yield state
