"""Page images at the size that a model can use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderPolicy:
    """The largest image that a model family really uses, and what it takes.

    Attributes:
        name: part of a request's key; change it whenever the numbers change.
        max_edge: longest side in pixels.
        max_tokens: limit of image tokens, or None.
        patch: side of the square that costs one token, in pixels; 0 when not billed by patches.
        token_rate: tokens a patch.
        formats: media types accepted, best first.
        max_bytes: encoded bytes of one image, before base64.
    """

    name: str
    max_edge: int
    max_tokens: int | None
    patch: int
    token_rate: float = 1.0
    formats: tuple[str, ...] = ("image/jpeg", "image/png")
    max_bytes: int = 5_000_000


@dataclass(frozen=True, slots=True)
class PageImage:
    """An encoded page. `scale` is pixels per page point, so box_points = box_pixels / scale."""

    page: int
    data: bytes
    media_type: str
    width: int
    height: int
    scale: float
