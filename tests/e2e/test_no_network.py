"""Nothing leaves: every command runs under a watch of what its processes ask of the kernel.

strace sees native code too, which Python's own hooks do not: onnxruntime posts from C++, by a
thread that waits 14 s. So that a short run can't hide it, the queue that it keeps below the home
folder must not be there either. Servers that a command is told of are on loopback; every other
address, every look-up of a name and every refused attempt of a child process fails the test.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers.prefect import DATABASE
from servers.transcription import tone_server

pytestmark = pytest.mark.e2e

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = REPOSITORY / "samples" / "documents"
CALLS = "socket,connect,sendto,sendmsg,sendmmsg"
NAME_SERVICE = 53
REVIEW = """
import json, signal, subprocess, sys, time, urllib.request
words = "review out --no-browser --port 0 --private".split()
server = subprocess.Popen([sys.executable, "-m", "docglean", *words], stdout=-1, text=True)
address = server.stdout.readline().strip()
browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
top = address.partition("?")[0]
assert b"<html" in browser.open(address).read()
get = lambda path: browser.open(top + path).read()
rows = []
while not rows:
    rows = json.loads(get("api/queue?open=0"))["rows"]
one = "api/documents/" + rows[0]["id"]
assert json.loads(get(one))["fields"]
assert get(one + "/pages/1/image") and json.loads(get(one + "/pages/1/words"))["words"]
server.send_signal(signal.SIGTERM)
sys.exit(server.wait())
"""
"""Reviews the run folder ``out``, and ends."""
SESSION = """
from pathlib import Path
import onnxruntime, rapidocr
weights = next((Path(rapidocr.__file__).parent / "models").glob("*cls*.onnx"))
onnxruntime.InferenceSession(str(weights))
"""


def _strace() -> str:
    """Its path; the test is skipped where there is none, or it may not watch."""
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is not installed: whether data leaves natively was not looked at")
    tried = subprocess.run([found, "-qq", "-o", os.devnull, "true"], check=False)
    if tried.returncode:
        pytest.skip("strace may not watch processes here: whether data leaves was not looked at")
    return found


@dataclass
class Watch:
    """A home of its own, and runs in it whose system calls are written down."""

    folder: Path
    strace: str

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def environment(self) -> dict[str, str]:
        """As a user has it who never heard of telemetry; nothing of the caller's opts out."""
        kept = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR")
        told = {name: os.environ[name] for name in kept if name in os.environ}
        return told | {
            "HOME": str(self.home),
            "PREFECT_HOME": str(self.folder / "prefect"),
            "DOCGLEAN_LEDGER": str(self.folder / "ledger.sqlite"),
            "DOCGLEAN_LIMITS__WORKERS": "1",
            # strace makes every process slower; a limit is not what is looked at here.
            "DOCGLEAN_LIMITS__SECONDS": "600",
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "600",
        }

    def run(self, *words: str, accepted: tuple[int, ...] = (0, 1)) -> subprocess.CompletedProcess:
        """Run Python with these words; fails on anything that is meant for another machine."""
        self.home.mkdir(exist_ok=True)
        log = self.folder / "calls.log"
        done = subprocess.run(
            [self.strace, "-f", "-qq", "-s", "200", "-e", f"trace={CALLS}", "-o", str(log),
             sys.executable, *words],
            cwd=self.folder, env=self.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode in accepted, done.stderr
        assert leaks(log.read_text(errors="replace")) == []
        assert queues(self.home) == []
        return done

    def docglean(self, *words: str, **more: tuple[int, ...]) -> subprocess.CompletedProcess:
        """Run a command of the command line."""
        return self.run("-m", "docglean", *words, **more)


def leaks(log: str) -> list[str]:
    """Lines of strace's that show something meant for another machine, or a refused attempt."""
    return [line for line in log.splitlines() if _is_leak(line)]


def _is_leak(line: str) -> bool:
    if re.search(r"socket\(AF_INET6?\b.* = -1 E", line):
        # urllib3, as it is imported, tries whether the machine has IPv6: it binds ::1. Whoever
        # wants to reach a name asks a name server first, by another kind of socket.
        return "EAFNOSUPPORT" not in line and "AF_INET6, SOCK_STREAM" not in line
    if "io.systemd.Resolve" in line or ("nscd/socket" in line and "hosts" in line):
        return True
    address = re.search(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', line)
    if address is None:
        return False
    port = re.search(r"sin6?_port=htons\((\d+)\)", line)
    if port is not None and int(port[1]) == NAME_SERVICE:
        return True
    told = ipaddress.ip_address(address[1] or address[2])
    mapped = getattr(told, "ipv4_mapped", None)
    return not (mapped or told).is_loopback


def queues(home: Path) -> list[str]:
    """What libraries keep below a home folder to send it later, or to know the machine again."""
    marks = ("microsoft", "onnxruntime", "deviceid", "device_id", "amplitude", "telemetry")
    return sorted(
        path.relative_to(home).as_posix()
        for path in home.rglob("*")
        if any(mark in path.name.lower() for mark in marks)
    )


@pytest.fixture
def watch(tmp_path: Path, fresh_database: Path) -> Watch:
    if fresh_database.exists():  # strace would see every step of how Prefect makes it
        (tmp_path / "prefect").mkdir()
        shutil.copy(fresh_database, tmp_path / "prefect" / DATABASE)
    return Watch(tmp_path, _strace())


def test_the_watch_sees_what_python_and_what_native_code_sends(watch: Watch) -> None:
    for code in (
        "import socket; socket.socket().connect_ex(('192.0.2.1', 9))",
        "import socket; socket.socket(socket.AF_INET, 2).sendto(b'', ('192.0.2.1', 9))",
        "import socket; socket.socket(socket.AF_INET, 2).sendto(b'', ('127.0.0.1', 53))",
        "import ctypes, socket\n"
        "s = socket.socket()\n"
        "at = bytes([2, 0, 0, 9, 192, 0, 2, 1]) + bytes(8)\n"
        "s.settimeout(0); ctypes.CDLL(None).connect(s.fileno(), at, len(at))",
        "from docglean.extractors.documents.sandbox import cut_off_network\n"
        "import socket\n"
        "if not cut_off_network(): import sys; socket.socket().connect_ex(('192.0.2.1', 9))\n"
        "try: socket.socket()\n"
        "except OSError: pass",
    ):
        with pytest.raises(AssertionError, match="AF_INET"):
            watch.run("-c", f"import socket; socket.setdefaulttimeout(0.1)\n{code}")
    watch.run("-c", "import socket; socket.socket().connect_ex(('127.0.0.1', 9))")


def test_onnxruntime_keeps_a_queue_unless_it_is_told_not_to(tmp_path: Path) -> None:
    """That the assertion about queues can fail; a session without the network, so none is sent."""
    own = "from docglean.extractors.documents.sandbox import cut_off_network as cut\n"
    told = {name: value for name, value in os.environ.items() if name == "PATH"}
    undo = "import os\ncut() or os._exit(77)\nos.environ.pop('ORT_DISABLE_TELEMETRY')\n"
    for begin, kept in ((own + undo, True), (own + "cut()\n", False)):
        home = tmp_path / str(kept)
        home.mkdir()
        code = subprocess.run(
            [sys.executable, "-c", begin + SESSION], env=told | {"HOME": str(home)}, check=False
        ).returncode
        if code == 77:
            pytest.skip("the network can't be cut off here, and nothing is to be sent")
        assert code == 0
        if kept and not queues(home):
            pytest.skip("this onnxruntime keeps no queue")
        assert bool(queues(home)) == kept


def test_reading_a_scan_and_tables_asks_nobody(watch: Watch) -> None:
    out = watch.folder / "out"
    done = watch.docglean(
        "extract", str(SAMPLES / "receipt-photo.jpg"), str(SAMPLES / "invoice-three-pages.pdf"),
        "--engine", "local", "--private", "--out", str(out),
    )  # fmt: skip
    assert "2 documents" in done.stderr
    watch.docglean("show", str(out))
    watch.run("-c", REVIEW, accepted=(0,))
    watch.docglean("export", str(out), str(watch.folder / "csv"))
    done = watch.docglean("extract", str(SAMPLES / "statement.pdf"), "--schema", "tables",
                          "--engine", "local")  # fmt: skip
    assert json.loads(done.stdout)["data"]["tables"]


def test_recordings_go_to_the_server_that_is_named_and_nowhere_else(watch: Watch) -> None:
    pytest.importorskip("faster_whisper")
    with tone_server() as server:
        speech = ("--speech", f"openai:whisper-1@{server.url}")
        done = watch.docglean("transcribe", str(SAMPLES / "note.wav"), *speech, "--private")
        assert server.asked, done.stderr
        watch.docglean("extract", str(SAMPLES / "note.wav"), "--schema", "note", "--engine",
                       "local", *speech)  # fmt: skip


def test_measuring_asks_nobody(watch: Watch) -> None:
    pytest.importorskip("statsmodels")
    labels = watch.folder / "labels"
    labels.mkdir()
    lines = (REPOSITORY / "samples" / "labels.jsonl").read_text("utf-8").splitlines()
    wanted = [line for line in lines if json.loads(line)["id"] in ("form", "receipt-photo")]
    (labels / "labels.jsonl").write_text("\n".join(wanted), "utf-8")
    shutil.copytree(SAMPLES, labels / "documents")
    report = str(watch.folder / "report")
    done = watch.docglean(
        "evaluate", str(labels), "--engine", "local", "--private", "--yes", "--out", report
    )
    assert done.returncode == 0, done.stderr
    watch.docglean("report", report)
    watch.docglean("labels", "check", str(labels))


@pytest.mark.parametrize(
    "words",
    [
        ("--help",), ("--version",), ("extract", "--help"), ("schemas",), ("schemas", "invoice"),
        ("engines",), ("engines", "--private"), ("doctor",), ("costs",), ("batches",),
        ("estimate", str(SAMPLES / "form.pdf"), "--engine", "anthropic:claude-haiku-5-5"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_only_tells_asks_nobody(watch: Watch, words: tuple[str, ...]) -> None:
    watch.docglean(*words)


def test_a_flow_and_python_ask_nobody_but_their_own_server(watch: Watch) -> None:
    watch.run("-c", (
        "from docglean import extract\n"
        f"assert extract({str(SAMPLES / 'receipt-photo.jpg')!r}, 'receipt', engine='local')"
        ".status != 'failed'\n"
    ))  # fmt: skip
    watch.run("-c", (
        "from docglean.flows.extract import extract\n"
        f"extract(source={str(SAMPLES / 'form.pdf')!r}, out='out', engine='local')\n"
    ), accepted=(0,))  # fmt: skip
    assert (watch.folder / "out" / "results.jsonl").is_file()
