"""What is let through to the review page: every request, and all that is answered, goes by here.

Whoever reaches the port is a stranger until he shows the token or the password. Pages of other
origins in the same browser are strangers too: they can send requests (so what changes anything must
come from our own page, with a header that others can't send), embed what we answer (so nothing may
be embedded) and rebind their own name to our address (so no other host is served).

What this does not hold off: a cookie is sent to every port of its host, so another server on this
machine that the same browser visits under the same name, and programs of the same user, can get
hold of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docglean.http_server import hosts_at, plain_address
from docglean.review.answers import refused
from docglean.review.faults import Forbidden, Misdirected, NotSignedIn, ReviewFault
from docglean.review.sessions import Sessions, is_name, not_signed_in

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""Content-Security-Policy: no script, style or frame but our own files; nothing inline."""
SIGN_IN = "/signin"
OPEN_PATHS = frozenset({SIGN_IN, "/static/signin.css"})
"""What a stranger is shown where there is a password."""
OWN_HEADER = "X-Docglean"
"""Pages of other origins cannot send it without asking first, which is refused."""


@dataclass(frozen=True)
class Access:
    """How the page may be reached.

    Attributes:
        port: that it listens on.
        user_header: with which a proxy tells who asks; empty: nobody is believed.
        proxies: addresses from which that header is believed, and any request taken.
        origins: further addresses at which browsers reach it, such as ``https://review.example``.
    """

    port: int
    sessions: Sessions
    user_header: str = ""
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    origins: frozenset[str] = field(default_factory=frozenset)

    @property
    def cookie(self) -> str:
        """Name of the cookie; several servers of one machine share the jar."""
        return f"docglean_review_{self.port}"

    def hosts(self, address: str) -> frozenset[str]:
        """What the header Host may be where a request came in at this address of the machine."""
        return hosts_at(address, self.port)

    def is_served(self, host: str, address: str) -> bool:
        """Whether a request for this host is for us."""
        return host in self.hosts(address) or any(
            host == urlsplit(origin).netloc for origin in self.origins
        )

    def is_own(self, origin: str, address: str) -> bool:
        """Whether a page of this origin is ours."""
        own = {f"http://{host}" for host in self.hosts(address)}
        return origin in own | self.origins

    def is_proxy(self, address: str) -> bool:
        """Whether what comes from here is believed to tell who asks."""
        return any(ip_address(plain_address(address)) in network for network in self.proxies)


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, with who asks in ``request.state.by``, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        request = Request(scope)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message), request.url.path)
            await send(message)

        try:
            self._check_way(request)
            request.state.by = self._who(request)
        except ReviewFault as fault:
            await refused(request, fault)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _check_way(self, request: Request) -> None:
        """Whether it is meant for us, and comes from where it may.

        Raises:
            Misdirected, Forbidden: it is not, or does not.
        """
        address = _server(request)
        if not self._access.is_served(request.headers.get("host", "").lower(), address):
            raise Misdirected(
                "other_host",
                "This address is not served here.",
                "Open the address that `docglean review` has printed.",
            )
        if request.method in ("GET", "HEAD"):
            self._check_reader(request)
        else:
            self._check_writer(request, address)

    @staticmethod
    def _check_reader(request: Request) -> None:
        site = request.headers.get("sec-fetch-site", "none")
        entering = request.headers.get("sec-fetch-mode") == "navigate" and request.url.path == "/"
        if site not in ("none", "same-origin") and not entering:
            raise _other_page()

    def _check_writer(self, request: Request, address: str) -> None:
        if not self._access.is_own(request.headers.get("origin", "").lower(), address):
            raise _other_page()
        if request.url.path != SIGN_IN and request.headers.get(OWN_HEADER) != "1":
            raise _other_page()

    def _who(self, request: Request) -> str:
        """Who asks; empty where that need not be known.

        Raises:
            NotSignedIn: nobody knows. Forbidden: it does not come by the proxy.
        """
        access = self._access
        if access.user_header:
            return self._by_proxy(request)
        by = access.sessions.who(request.cookies.get(access.cookie, ""))
        if by is not None:
            return by
        path = request.url.path
        if path == "/" or (access.sessions.password and path in OPEN_PATHS):
            return ""
        raise not_signed_in()

    def _by_proxy(self, request: Request) -> str:
        access = self._access
        told = [_as_text(one) for one in request.headers.getlist(access.user_header)]
        if request.client is None or not access.is_proxy(request.client.host):
            raise Forbidden("no_proxy", "This page is reached by its proxy only.", "Use that.")
        if len(told) != 1 or not is_name(told[0]):
            raise NotSignedIn(
                "no_user",
                f"The proxy did not tell who asks, in one header {access.user_header}.",
                "Look at its configuration.",
            )
        return told[0]


def _as_text(header: str) -> str:
    """A header's bytes as UTF-8, which proxies send, where they are that."""
    try:
        return header.encode("latin-1").decode("utf-8").strip()
    except UnicodeError:
        return header.strip()


def _server(request: Request) -> str:
    """The address of this machine at which the request came in."""
    server: tuple[str, int] | None = request.scope.get("server")
    return "127.0.0.1" if server is None else server[0]


def _other_page() -> Forbidden:
    return Forbidden(
        "other_page", "This request comes from another page.", "Use the page of this server."
    )


def _add_headers(headers: MutableHeaders, path: str) -> None:
    """Say what browsers may do with an answer: show it on our own page, and keep nothing."""
    headers["Content-Security-Policy"] = POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    # A form's Origin is sent as `null` under no-referrer; there is no secret in that address.
    headers["Referrer-Policy"] = "same-origin" if path == SIGN_IN else "no-referrer"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
    if path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-cache")
    else:
        headers["Cache-Control"] = "no-store"
