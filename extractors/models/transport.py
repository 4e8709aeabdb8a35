"""The HTTP client that both SDKs are given: where it may go, and how long it may wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docglean.extractors.engines import Engine, is_loopback

if TYPE_CHECKING:
    import httpx2

CONNECT_TIMEOUT = 10.0


def http_client(
    engine: Engine,
    timeout: float,
    *,
    private: bool = False,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> httpx2.AsyncClient:
    """A client for one server. Pages go to that host and nowhere else.

    Redirects are not followed: they would carry pages and key to a host that nobody named.
    What is meant for this machine, and everything in private mode, goes past the proxies that
    the environment names.

    Args:
        engine: its `url` is where requests go.
        timeout: seconds without a byte after which a request is given up.
        private: private mode is on.
        transport: stands in for the network in tests.
    """
    import httpx2

    direct = private or is_loopback(engine.host)
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT)),
        limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=100),
        follow_redirects=False,
        mounts={"http://": None, "https://": None, "all://": None} if direct else None,
        transport=transport,
    )
