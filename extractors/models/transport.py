"""The HTTP client that both SDKs are given: where it may go, and how long it may wait."""

from __future__ import annotations

import email.utils
import math
import ssl
import time
from typing import TYPE_CHECKING

from docglean.extractors.models.engines import Engine, api_key, is_loopback, takes_vendor_headers
from docglean.extractors.models.pace import Pace, pace_of

if TYPE_CHECKING:
    import httpx2
    from docglean.extractors.settings import Settings

CONNECT_TIMEOUT = 10.0
SHOULD_RETRY = "x-should-retry"
"""The header by which vendors tell their SDKs whether to send a request again."""

_NEEDED = frozenset(
    "host accept accept-encoding connection content-type content-length transfer-encoding "
    "user-agent authorization x-api-key anthropic-version anthropic-beta idempotency-key "
    "x-goog-api-key x-goog-upload-protocol x-goog-upload-command x-goog-upload-offset "
    "x-goog-upload-header-content-length x-goog-upload-header-content-type".split()
)
"""Headers that a server of the same wire needs. SDKs add others from the vendor's environment
(``OPENAI_CUSTOM_HEADERS``, ``OPENAI_ORG_ID``, ...) and facts about the machine."""


_CREDENTIALS = ("authorization", "x-api-key")


class APIError(Exception):
    """A server's error where no SDK stands between; named and made as theirs are.

    Attributes:
        response: read to its end.
        request_id: the provider's.
    """

    def __init__(self, response: httpx2.Response, request_id: str | None = None) -> None:
        super().__init__(f"HTTP {response.status_code}")
        self.response = response
        self.request_id = request_id


def http_client(
    engine: Engine,
    timeout: float,
    *,
    private: bool = False,
    max_retry_after: float = 120.0,
    transport: httpx2.AsyncBaseTransport | None = None,
    kind: type[httpx2.AsyncClient] | None = None,
    pace: Pace | None = None,
) -> httpx2.AsyncClient:
    """A client for one server. Pages go to that host and nowhere else.

    Redirects are not followed: they would carry pages and key to a host that nobody named.
    What is meant for this machine, and everything in private mode, goes past the proxies that
    the environment names. Headers that the SDK takes from the environment go to its vendor only.

    Args:
        engine: its `url` is where requests go.
        timeout: seconds without a byte after which a request is given up.
        private: private mode is on.
        max_retry_after: seconds; a server that asks for a longer wait is not asked again.
        transport: stands in for the network in tests.
        pace: told how the server answers, and waited for where it asks for fewer requests.
        kind: an SDK's own default client, which keeps long quiet connections alive.
    """
    import httpx2
    from docglean.extractors.models.bodies import limit
    from docglean.extractors.models.clouds import authorisation

    direct = private or is_loopback(engine.host)
    foreign, (key, _) = not takes_vendor_headers(engine), api_key(engine)
    authorise = authorisation(engine)

    async def before(request: httpx2.Request) -> None:
        # What is packed may be a thousand times as large as it looks.
        request.headers["accept-encoding"] = "identity"
        if pace is not None:
            await pace.open()
        if foreign:
            _leave_needed(request.headers, key)
        if authorise is not None:
            for name in _CREDENTIALS:
                request.headers.pop(name, None)
            await authorise(request)

    async def after(response: httpx2.Response) -> None:
        wait = asked_wait(response.headers) if response.status_code >= 400 else None
        if wait is not None and wait > max_retry_after:
            response.headers[SHOULD_RETRY] = "false"
        elif pace is not None:
            pace.answered(response.status_code, wait)
        limit(response)

    options: dict[str, object] = {} if transport is None else {"transport": transport}
    if direct and (engine.url or "").startswith("http://"):
        # Nothing goes over TLS, whose roots take long to load; without any it would trust nobody.
        options["verify"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client = kind or httpx2.AsyncClient
    return client(
        timeout=patience(timeout),
        limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=100),
        follow_redirects=False,
        mounts={"http://": None, "https://": None, "all://": None} if direct else {},
        event_hooks={"request": [before], "response": [after]},
        **options,  # type: ignore[arg-type]
    )


def _leave_needed(headers: httpx2.Headers, key: str | None) -> None:
    """Only what any server needs, and this server's own key where there is one."""
    for name in [name for name in headers if name.lower() not in _NEEDED]:
        del headers[name]
    for name, begin in (("authorization", "Bearer "), ("x-api-key", ""), ("x-goog-api-key", "")):
        if name in headers:  # a custom header may have taken its place
            headers[name] = f"{begin}{key or 'none'}"


def client_for(
    engine: Engine,
    settings: Settings,
    transport: httpx2.AsyncBaseTransport | None,
    kind: type[httpx2.AsyncClient] | None = None,
) -> httpx2.AsyncClient:
    """The client for an SDK, or for none, as the settings want it."""
    return http_client(
        engine,
        settings.deadline,
        private=settings.private,
        max_retry_after=settings.max_retry_after,
        transport=transport,
        kind=kind,
        pace=pace_of(engine, settings),
    )


def patience(timeout: float) -> httpx2.Timeout:
    """`timeout` seconds for each step of a request, far less for a connection to stand."""
    import httpx2

    return httpx2.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT))


def asked_wait(headers: httpx2.Headers) -> float | None:
    """Seconds that ``retry-after-ms`` or ``retry-after`` (seconds or a date) asks to wait."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) / unit
        except ValueError:
            date = email.utils.parsedate_tz(value)
            if date is None:
                continue
            try:
                seconds = email.utils.mktime_tz(date) - time.time()
            except (OverflowError, ValueError):
                return math.inf
        # What is no number is left to the SDKs, which then wait as they do without a header.
        return None if math.isnan(seconds) else max(0.0, seconds)
    return None
