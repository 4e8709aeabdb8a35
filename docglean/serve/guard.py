"""What is let through to the service: every request, and all that is answered, goes by here.

Whoever reaches the port is a stranger until he shows a token. A browser on this machine can be made
to ask by any page that it shows, so what says that it comes from another page is refused, and so is
what is meant for another host (a name that was rebound to this address).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docglean.http_server import hosts_at
from docglean.serve.faults import ServiceFault, refused
from docglean.serve.tokens import Tokens

OPEN_PATHS = frozenset({"/health", "/openapi.json"})
"""What is told without a token: nothing of documents."""
MINUTE = 60.0


class Rates:
    """Requests a minute by who asks: so many at once at the most, and then as they come back.

    Args:
        most: a minute.
        clock: seconds that only go on.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, owner: str) -> float:
        """Seconds to wait; 0 where a request may go through now, which is counted."""
        now = self._clock()
        left, at = self._left.get(owner, (float(self._most), now))
        left = min(self._most, left + (now - at) * self._most / MINUTE)
        if left < 1:
            self._left[owner] = left, now
            return (1 - left) * MINUTE / self._most
        self._left[owner] = left - 1, now
        return 0.0


@dataclass(frozen=True)
class Door:
    """How the service may be reached.

    Attributes:
        port: that it listens on.
        origins: further addresses at which it is reached, as ``https://documents.example``.
    """

    port: int
    tokens: Tokens
    rates: Rates
    origins: frozenset[str] = field(default_factory=frozenset)

    def hosts(self, address: str) -> frozenset[str]:
        """What the header Host may be of what came in at this address of the machine."""
        return hosts_at(address, self.port) | {urlsplit(one).netloc for one in self.origins}

    def own_origins(self, address: str) -> frozenset[str]:
        """Pages that are ours."""
        return frozenset(f"http://{host}" for host in self.hosts(address)) | self.origins


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, with who asks in ``request.state.owner``, or refuse it."""
        if scope["type"] != "http":
            return
        request = Request(scope)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                _add_headers(headers)
                if message["status"] >= 400 and request.method not in ("GET", "HEAD"):
                    headers["Connection"] = "close"  # what is left of its body is not read
            await send(message)

        try:
            self._check_way(request)
            if request.url.path not in OPEN_PATHS:
                request.state.owner = self._who(request)
        except ServiceFault as fault:
            await refused(fault)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _check_way(self, request: Request) -> None:
        """Whether it is meant for us, and comes from where it may.

        Raises:
            ServiceFault: it is not, or does not.
        """
        server: tuple[str, int] | None = request.scope.get("server")
        address = "127.0.0.1" if server is None else server[0]
        if request.headers.get("host", "").lower() not in self._door.hosts(address):
            raise ServiceFault(
                421,
                "other_host",
                "This address is not served here.",
                "Use the address that `docglean serve` has printed, or name yours with --origin.",
            )
        origin = request.headers.get("origin")
        foreign = origin is not None and origin.lower() not in self._door.own_origins(address)
        if foreign or request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            raise ServiceFault(
                403, "other_page", "This request comes from a page of another site.", "Ask by code."
            )

    def _who(self, request: Request) -> str:
        """Who asks.

        Raises:
            ServiceFault: nobody knows, or he asks too often.
        """
        owner = self._door.tokens.owner(request.headers.get("authorization", ""))
        if owner is None:
            raise ServiceFault(
                401,
                "not_allowed",
                "No token that is known came with this request.",
                "Send the header `Authorization: Bearer TOKEN`.",
                {"WWW-Authenticate": "Bearer"},
            )
        seconds = math.ceil(self._door.rates.wait(owner))
        if seconds:
            raise ServiceFault(
                429,
                "too_many_requests",
                "Too many requests came with this token.",
                f"Wait {seconds} s.",
                {"Retry-After": str(seconds)},
            )
        return owner


def _add_headers(headers: MutableHeaders) -> None:
    """Say that nothing of an answer is to be kept, run or shown in another page."""
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cache-Control"] = "no-store"
