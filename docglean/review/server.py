"""The server of the review page: a socket of this machine, until Ctrl-C."""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from ipaddress import ip_address

import uvicorn
from starlette.types import ASGIApp

from docglean.schemas.errors import ConfigError

MOST_REQUESTS = 200
"""At once; more are answered that the server is busy."""
KEEP_ALIVE, LAST_ANSWERS = 30, 3
"""Seconds: of a connection that asks nothing, and for answers under way when it ends."""


LAST_PORT = 65_535


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Args:
        port: 0 takes any that is free.

    Raises:
        ConfigError: ``port_taken``, ``bad_host``, ``bad_port``.
    """
    if not 0 <= port <= LAST_PORT:
        raise ConfigError(
            "bad_port", f"There is no port {port}.", f"Name one up to {LAST_PORT:,}; 0 is any."
        )
    try:
        place = "127.0.0.1" if host == "localhost" else host
        # By its number only: no name is looked up.
        family, kind, protocol, _, address = socket.getaddrinfo(
            place, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
        )[0]
        # With its protocol told: else asyncio leaves Nagle's algorithm on, and each answer comes
        # 40 ms late.
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _bad_host(host, error) from error
    try:
        if os.name == "posix":  # elsewhere another program could take the port from us
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise ConfigError(
                "port_taken",
                f"Port {port} of {host} cannot be had: {error.strerror}. Perhaps another review "
                "runs.",
                "Name another with --port, or --port 0 for any that is free.",
            ) from error
        raise _bad_host(host, error) from error
    return listening


def _bad_host(host: str, error: OSError) -> ConfigError:
    return ConfigError(
        "bad_host",
        f"{host} is no address of this machine: {error.strerror}.",
        "Leave --host away for this machine only, or name one of its addresses.",
    )


def is_loopback(listening: socket.socket) -> bool:
    """Whether only this machine reaches it."""
    return ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


class ReviewServer(uvicorn.Server):
    """Answers requests until a signal ends it, or who has begun it; both are good ends."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                loop="none",
                log_config=None,
                access_log=False,  # it would write the token
                proxy_headers=False,  # who asks is what the connection says
                server_header=False,
                limit_concurrency=MOST_REQUESTS,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=LAST_ANSWERS,
            )
        )

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Have the signals that end services end the server, and nothing more than that."""
        names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
        numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
        if threading.current_thread() is not threading.main_thread():
            numbers = []
        # What was started with nohup goes on without its terminal; by Ctrl-C also a script's job
        # in the background ends.
        heard = [one for one in numbers if one == signal.SIGINT or _is_heard(one)]
        before = {one: signal.signal(one, self.handle_exit) for one in heard}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def _is_heard(number: int) -> bool:
    return signal.getsignal(number) != signal.SIG_IGN
