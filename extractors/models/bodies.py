"""How much of an answer is read: enough for any that is one, and no more than memory has."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator

import httpx2

ANSWER_BYTES = 8_000_000
"""128,000 tokens of the longest kind, each character written as JSON's six, are a quarter of it."""
STREAM_BYTES = 64_000_000
"""The same as events: each token comes in some hundred bytes of its own."""
RESULTS = ("/content", "/results", ":download")
"""Ends of paths that give the results of a batch, which are read line by line."""
PIECE = 65_536


class TooLong(httpx2.ReadError):
    """An answer is longer than any that a model gives."""


def limit(response: httpx2.Response) -> None:
    """Have the body of a response end with `TooLong` where it is too long, unpacked as it is sent.

    Raises:
        DecodingError: it is packed in a way that nobody asked for.
    """
    if response.request.url.path.endswith(RESULTS):
        return
    packed = response.headers.get("content-encoding", "identity").lower()
    if packed not in ("identity", "gzip", "deflate"):
        raise httpx2.DecodingError(f"the answer is packed as {packed}", request=response.request)
    kind = response.headers.get("content-type", "")
    most = STREAM_BYTES if kind.startswith("text/event-stream") else ANSWER_BYTES
    if packed != "identity":
        del response.headers["content-encoding"]
    inner = response.stream
    assert isinstance(inner, httpx2.AsyncByteStream)
    response.stream = _Limited(inner, most, packed != "identity")


class _Limited(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, most: int, packed: bool) -> None:
        self._inner = inner
        self._most = most
        self._unpack = zlib.decompressobj(zlib.MAX_WBITS | 32) if packed else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        length = 0
        async for chunk in self._inner:
            for piece in self._pieces(chunk):
                length += len(piece)
                if length > self._most:
                    raise TooLong(f"the answer is longer than {self._most:,} bytes")
                yield piece

    def _pieces(self, chunk: bytes) -> Iterator[bytes]:
        if self._unpack is None:
            yield chunk
            return
        while chunk:
            try:
                piece = self._unpack.decompress(chunk, PIECE)
            except zlib.error as error:
                raise httpx2.DecodingError(str(error)) from error
            chunk = self._unpack.unconsumed_tail
            if piece:
                yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
