"""The deployments of prefect.yaml on a Prefect server of their own, from start to a finished run.

    python -m samples.ops_demo [--keep]

Starts a server, deploys, and lets samples come in by three ways: asked for, on a schedule, and as
an upload that `docglean watch` sees. Everything is ended and removed afterwards; with --keep the
server goes on until Ctrl-C, to be looked at in a browser.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLES = ("form.pdf", "invoice-three-pages.pdf", "statement.pdf")
EVERY = 20
"""Seconds between two runs of the schedule, for the demo only."""
PATIENCE = 300.0


class Demo:
    """A project folder with a server of its own."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "PREFECT_HOME": str(folder / ".prefect"),
            "PREFECT_API_URL": f"{self.url}/api",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "WARNING",
            "DO_NOT_TRACK": "1",
            "DOCGLEAN_LEDGER": str(folder / "ledger.sqlite"),
            "DOCGLEAN_ENGINE": "local",
            "PWD": str(folder),
        }

    def begin(self, *words: str) -> None:
        """Something that runs until the demo ends."""
        print(f"$ {' '.join(words)} &", flush=True)
        log = self.stack.enter_context((self.folder / f"{words[0]}.log").open("a"))
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=self.folder, env=self.environment, stdout=log, stderr=log,
        )  # fmt: skip
        self.stack.callback(_end, process)

    def do(self, *words: str, show: bool = True) -> str:
        """A command, waited for; what it printed."""
        if show:
            print(f"$ {' '.join(words)}", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def wait(self, what: str, ready: Callable[[], Any]) -> None:
        """Until something is so."""
        until = time.monotonic() + PATIENCE
        while not ready():
            if time.monotonic() > until:
                for log in sorted(self.folder.glob("*.log")):
                    print(f"--- {log.name}", *log.read_text().splitlines()[-20:], sep="\n")
                sys.exit(f"{what}: not within {PATIENCE:g} seconds")
            time.sleep(0.5)
        print(f"  {what}", flush=True)

    def answers(self) -> bool:
        """Whether the server does."""
        try:
            with urllib.request.urlopen(f"{self.url}/api/health", timeout=2):
                return True
        except OSError:
            return False

    def results(self, out: str) -> list[dict[str, Any]]:
        """What is in a run folder so far."""
        path = self.folder / out / "results.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        return [json.loads(line) for line in lines]


def main() -> None:
    """Start, run, show, clean up."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the server up until Ctrl-C")
    keep = parser.parse_args().keep
    # Also then, what was started is ended and removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    with TemporaryDirectory(prefix="docglean-ops-") as name, ExitStack() as stack:
        demo = Demo(Path(name), stack)
        shutil.copy(REPOSITORY / "prefect.yaml", name)
        show(demo)
        print(f"\nAll of it in {time.monotonic() - started:.0f} s.", flush=True)
        if keep:
            print(f"The server stays at {demo.url} until Ctrl-C.", flush=True)
            try:
                time.sleep(1e6)
            except KeyboardInterrupt:
                print()


def show(demo: Demo) -> None:
    """Samples come in by three ways."""
    documents = REPOSITORY / "samples" / "documents"
    demo.begin("prefect", "server", "start", "--host", "127.0.0.1", "--port", str(demo.port))
    demo.wait(f"the server answers at {demo.url}", demo.answers)
    demo.do("prefect", "work-pool", "create", "docglean", "--type", "process")
    demo.do("prefect", "deploy", "--all", "--no-prompt")
    demo.begin("prefect", "worker", "start", "--pool", "docglean")

    print("\n1. Somebody asks:", flush=True)
    source = documents / SAMPLES[0]
    words = ["deployment", "run", "extract/on-upload", "-p", f"source={source}", "--watch"]
    demo.do("prefect", *words)
    demo.wait(f"{SAMPLES[0]} is read", lambda: len(demo.results("out")) == 1)

    print(f"\n2. On a schedule (every {EVERY} s here, else at night), what is new:", flush=True)
    inbox = demo.folder / "inbox"
    inbox.mkdir()
    shutil.copy(documents / SAMPLES[1], inbox)
    schedule = ["deployment", "schedule", "create", "extract/nightly", "--interval", str(EVERY)]
    demo.do("prefect", *schedule, "--replace", "--accept-yes")
    demo.wait(f"{SAMPLES[1]} is read", lambda: len(demo.results("out")) == 2)
    demo.do("prefect", "deployment", "schedule", "clear", "extract/nightly", "--accept-yes")

    print("\n3. An upload:", flush=True)
    demo.begin("docglean", "watch", "uploads", "--settle", "1")
    (demo.folder / "uploads").mkdir()
    shutil.copy(documents / SAMPLES[2], demo.folder / "uploads")
    demo.wait(f"{SAMPLES[2]} is read", lambda: len(demo.results("out")) == 3)

    print("\nWhat the server knows of it:", flush=True)
    told = demo.do("prefect", "flow-run", "ls", "--output", "json")
    for run in reversed(json.loads(told)):
        if run["state"]["type"] != "SCHEDULED":
            print(f"  {run['state']['name']:10} {run['name']:24} {run['state']['message'] or ''}")
    print("  (Cancelled: it was due while the one before went on; nightly never overlaps.)")
    print("\nWhat was read:", flush=True)
    for line in demo.results("out"):
        schema = (line["schema"] or {}).get("name", "")
        print(f"  {line['status']:8} {line['document']['name']:24} {schema}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
