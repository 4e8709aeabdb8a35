"""The image that a family of models really uses, and what it costs in tokens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

SMALL_IMAGE, SMALLEST_CROP = 384, 256
"""Pixels: Gemini 2.5 does not cut an image with no larger side; its crops are never smaller."""
PREVIEW_EDGE = 512
"""Pixels: of a page of this size headings, letterheads and layout are told, small print is not."""
A4 = 2**0.5
"""Height by width."""


@dataclass(frozen=True, slots=True)
class RenderPolicy:
    """The largest image that a model family really uses, and what it takes.

    Attributes:
        name: part of a request's key; change it whenever the numbers change.
        max_edge: longest side in pixels.
        max_tokens: limit of image tokens, or None.
        patch: side of the square that costs one token, in pixels; 0 when not billed by patches.
        token_rate: tokens a patch.
        base_tokens: tokens that every image costs on top.
        max_short_edge: limit of the shorter side in pixels, or None.
        counting: how tokens are counted, see `image_tokens`.
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
    base_tokens: int = 0
    max_short_edge: int | None = None
    counting: Literal["patches", "rows", "crops"] = "patches"


def within(policy: RenderPolicy, edge: int) -> RenderPolicy:
    """The same for images whose longest side is no longer than this, in pixels."""
    if policy.max_edge <= edge:
        return policy
    return replace(policy, name=f"{policy.name}@{edge}", max_edge=edge)


def preview_policy(policy: RenderPolicy) -> RenderPolicy:
    """For pages of which only headings and layout are looked at: the size that costs the least,
    the largest of those that cost the same."""
    edges = [policy.max_edge, PREVIEW_EDGE]
    if policy.counting == "crops":
        edges.append(SMALL_IMAGE)
    sizes = [within(policy, edge) for edge in edges]
    return min(sizes, key=lambda one: image_tokens(round(one.max_edge / A4), one.max_edge, one))


def image_tokens(width: int, height: int, policy: RenderPolicy) -> int:
    """Tokens that an image of this size costs: ``ceil(w / patch) * ceil(h / patch)`` patches.

    Anthropic: patch 28, one token each (docs.anthropic.com, vision). OpenAI: patch 32, times
    the model's rate (developers.openai.com, images-vision). ``rows``: each row of patches ends
    with a token (mistral-common, image encoder). ``crops``: an image with a side above 384 pixels
    is cut into squares of two thirds of its short side, between 256 and 768 pixels
    (ai.google.dev, tokens). Where a family isn't billed by patches, the older rule of thumb of one
    token for 750 pixels.
    """
    if not policy.patch:
        return ceil(width * height / 750)
    if policy.counting == "crops":
        crop = policy.patch
        if max(width, height) > SMALL_IMAGE:
            crop = min(policy.patch, max(SMALLEST_CROP, int(min(width, height) / 1.5)))
        return ceil(_patches(width, height, crop) * policy.token_rate)
    if policy.counting == "rows":
        return (ceil(width / policy.patch) + 1) * ceil(height / policy.patch)
    return ceil(_patches(width, height, policy.patch) * policy.token_rate) + policy.base_tokens


def _patches(width: int, height: int, patch: int) -> int:
    return ceil(width / patch) * ceil(height / patch)
