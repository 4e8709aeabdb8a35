"""A real llama.cpp server with a real, tiny model (SmolLM2-135M), for as long as a block lasts."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from samples.small_models import MODELS, start, weights

CONTEXT = 2048
"""Tokens, for each of two requests at once."""


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving() -> Iterator[str]:
    """Its base URL, on a free port of loopback; skips where the packages are missing."""
    pytest.importorskip("xllamacpp", reason="make test-models installs it")
    try:
        path = weights(MODELS["smollm2"], Path())
    except FileNotFoundError as error:
        pytest.skip(f"{error} make test-models installs it")
    server = start(path, port=free_port(), context=2 * CONTEXT, parallel=2)
    yield f"{server.listening_address}/v1"
    del server
