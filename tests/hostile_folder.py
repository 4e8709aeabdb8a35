"""A folder as somebody might fill it who wants a run to end, and what of it is to be read."""

from __future__ import annotations

import os
import socket
from pathlib import Path

NOT_UTF8 = b"caf\xe9.pdf"
OBEYED = "\x1b[31mred\nok \u202efdp.exe.pdf"
"""A name with a colour, a line of its own and text that runs backwards."""
PRINTED = r"\x1b[31mred\x0aok \u202efdp.exe.pdf"

READ = [PRINTED, "a.pdf", "a.pdf.json/x.pdf", r"caf\xe9.pdf", "sub/b.pdf"]
"""Names of the documents in it, in order."""


def fill(folder: Path, pdf: bytes) -> None:
    """Files whose names are no text or commands, links in circles, pipes, sockets."""
    (folder / "sub").mkdir(parents=True)
    (folder / "a.pdf.json").mkdir()
    for name in ("a.pdf", "sub/b.pdf", "a.pdf.json/x.pdf", OBEYED):
        # Each of its own content: the same document twice goes to review.
        (folder / name).write_bytes(pdf + f"% {name!r}\n".encode())
    Path(os.fsdecode(os.fsencode(folder) + b"/" + NOT_UTF8)).write_bytes(pdf)
    links = {"self": ".", "again": ".", "up": "..", "root": "/", "alias": "sub", "0.pdf": "a.pdf",
             "sub/one": "..", "sub/two": "../sub", "circle.pdf": "circle.pdf",
             "nowhere.pdf": "gone.pdf"}  # fmt: skip
    for link, target in links.items():
        (folder / link).symlink_to(target)
    os.mkfifo(folder / "pipe.pdf")
    here = Path.cwd()
    os.chdir(folder)  # the path of a socket may have 107 bytes
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("socket.pdf")
    finally:
        os.chdir(here)


def dig(folder: Path, depth: int = 30) -> None:
    """Folders in folders until their path is longer than the system takes (4,096 bytes)."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        for _ in range(depth):
            os.mkdir("d" * 200)  # noqa: PTH102 (paths below are too long for it)
            os.chdir("d" * 200)
    finally:
        os.chdir(here)
