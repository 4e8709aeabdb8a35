"""A server of this machine: its socket, by which names it is reached, and how it ends."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import signal
import socket
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

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
                f"Port {port} of {host} cannot be had: {error.strerror}. Perhaps it is "
                "served already.",
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


def plain_address(address: str) -> str:
    """Without the zone of IPv6, and as IPv4 where it is that in the clothes of IPv6."""
    plain = ip_address(address.partition("%")[0])
    mapped = getattr(plain, "ipv4_mapped", None)
    return str(mapped or plain)


def host_of(address: str) -> str:
    """An address as it stands in the header Host, and in URLs."""
    plain = plain_address(address)
    return f"[{plain}]" if ":" in plain else plain


def reached_at(listening: socket.socket) -> str:
    """The host by which who starts it reaches it: an address that stands for all is none."""
    address = ip_address(listening.getsockname()[0].partition("%")[0])
    if address.is_unspecified:
        return host_of("127.0.0.1" if address.version == 4 else "::1")
    return host_of(str(address))


def hosts_at(address: str, port: int) -> frozenset[str]:
    """What the header Host may be where a request came in at this address of the machine.

    A page of another site can rebind its own name to this address; that name is none of these.
    """
    names = {host_of(address)}
    if ip_address(plain_address(address)).is_loopback:
        names.add("localhost")
    else:
        names.add(socket.gethostname().lower())
    told = {f"{name}:{port}" for name in names}
    return frozenset(told | (names if port == 80 else set()))


def check_origins(told: Iterable[str]) -> frozenset[str]:
    """Addresses as browsers write origins.

    Raises:
        ConfigError: ``bad_origin``.
    """
    found = set()
    for one in told:
        with suppress(ValueError):  # a bracket that is never closed
            parts = urlsplit(one.lower().rstrip("/"))
            is_site = parts.scheme in ("http", "https") and parts.netloc
            if is_site and not parts.path and not parts.query:
                found.add(f"{parts.scheme}://{parts.netloc}")
                continue
        raise ConfigError(
            "bad_origin",
            f"{one} is no address of a site.",
            "Write it as https://documents.example.com, without a path.",
        )
    return frozenset(found)


def is_same(one: str, other: str) -> bool:
    """Whether two secrets are the same; the time that it takes does not tell where they differ."""
    return secrets.compare_digest(digest_of(one), digest_of(other))


def digest_of(secret: str) -> bytes:
    """What is kept of a secret in place of it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class HttpServer(uvicorn.Server):
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
