"""One exchange with a stand-in over HTTP: who may come in, the answer, or the vendor's error."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import loopback
from loopback import listening

from servers.vendor import Refused, Response, Vendor


@contextmanager
def open_to(vendor: Vendor) -> Iterator[str]:
    """The address of a stand-in on a port of loopback, for as long as the block lasts."""

    class Handler(loopback.Handler):
        protocol_version = "HTTP/1.1"
        sent = staticmethod(vendor.sent)

        def do_POST(self) -> None:
            content, status = self.body(), 200
            try:
                vendor.admit(self.headers)
                body = json.loads(content or b"{}")
                told = vendor.encoded(body, vendor.posted(urlsplit(self.path).path, body))
            except Refused as error:
                vendor.refusals[error.message] += 1
                told = Response(vendor.error(error), vendor.error_headers(error))
                status = error.status
            with contextlib.suppress(OSError):
                self.say(told.content, status, told.headers)

    with listening(Handler) as url:
        yield url
