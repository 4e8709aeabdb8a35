"""A drawn paper as it comes from a scanner or a telephone: turned, blurred, folded, shaded."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import pymupdf
from docglean.evaluation.labels import LabelBox
from numpy.typing import NDArray
from PIL import Image

from bench.generated.lots import Lots, chance, weighted
from bench.generated.paper import Printed

Pixels = NDArray[np.uint8]
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class ScanLook:
    """How a paper was taken; lengths in shares of its width or pixels.

    Attributes:
        margin: of what lies around the paper: left, top, right, bottom.
        corners: shift of each corner, for a camera that is not held straight.
    """

    dpi: int
    gray: bool
    turn: float
    corners: tuple[tuple[float, float], ...]
    margin: tuple[float, ...]
    around: int
    paper: int
    ink: int
    blur: float
    noise: float
    shadow: float
    shadow_angle: float
    folds: tuple[tuple[bool, float, float], ...]
    specks: int
    quality: int


def scan_look(lots: Lots) -> ScanLook:
    """Draw one: mostly a flat scanner, else a telephone above a table."""
    photo = chance(lots, 0.3)
    rim = weighted(lots, {0.0: 5, 0.03: 3, 0.12: 1.5, 0.6: 0.6})
    bend = 0.025 if photo else 0.0
    return ScanLook(
        dpi=lots.choice([110, 130, 150, 150, 180, 200]),
        gray=not photo or chance(lots, 0.5),
        turn=lots.gauss(0, 1.2 if photo else 0.5),
        corners=tuple((lots.uniform(-bend, bend), lots.uniform(-bend, bend)) for _ in range(4)),
        margin=tuple(rim * lots.uniform(0.3, 1.0) for _ in range(4)),
        around=lots.choice([40, 90, 150]) if photo else 255,
        paper=lots.randint(195, 255),
        ink=lots.choice([0, 20, 45, 80, 105]),
        blur=weighted(lots, {0.0: 3, 0.6: 3, 0.9: 2, 1.2: 1}),
        noise=lots.choice([0.0, 2.0, 5.0, 9.0]),
        shadow=lots.uniform(0.1, 0.4) if photo else 0.0,
        shadow_angle=lots.uniform(0, 6.28),
        folds=tuple(
            (chance(lots, 0.6), lots.uniform(0.15, 0.85), lots.uniform(0.06, 0.2))
            for _ in range(lots.choice([0, 0, 0, 1, 2]))
        ),
        specks=lots.choice([0, 0, 5, 30]),
        quality=lots.choice([40, 55, 70, 85, 92]),
    )


@dataclass(frozen=True)
class Scan:
    """A scanned paper: a picture, or a PDF of pictures where it has several pages."""

    suffix: str
    content: bytes
    places: tuple[Printed, ...]


def scanned(content: bytes, places: Sequence[Printed], look: ScanLook, seed: int) -> Scan:
    """The pages as pictures, with the places moved as the pixels were."""
    pictures, moves = [], []
    with pymupdf.open(stream=content, filetype="pdf") as document:
        for page in document:
            picture, move = _taken(_pixels(page, look), look, np.random.default_rng(seed))
            pictures.append(picture)
            moves.append(move)
    moved = tuple(
        replace(one, boxes=tuple(_moved(box, moves[box.page - 1]) for box in one.boxes))
        for one in places
    )
    files = [_jpeg(picture, look) for picture in pictures]
    if len(files) == 1:
        return Scan("jpg", files[0], moved)
    return Scan("pdf", _bound(files, pictures, look), moved)


def pictured(content: bytes, dpi: int) -> bytes:
    """The first page as a clean picture."""
    with pymupdf.open(stream=content, filetype="pdf") as document:
        picture: bytes = document[0].get_pixmap(dpi=dpi).tobytes("png")
    return picture


def _pixels(page: Any, look: ScanLook) -> Pixels:
    drawn = page.get_pixmap(dpi=look.dpi, colorspace=pymupdf.csRGB)
    return np.frombuffer(drawn.samples, np.uint8).reshape(drawn.h, drawn.w, 3)


def _taken(pixels: Pixels, look: ScanLook, noise: np.random.Generator) -> tuple[Pixels, Matrix]:
    """A picture of a page, and how shares of the page become shares of the picture."""
    height, width = pixels.shape[:2]
    image = pixels.astype(np.float32) / 255 * (look.paper - look.ink) + look.ink
    for across, at, depth in look.folds:
        image *= _fold(height, width, at, depth, across=across)
    move, size = _geometry(width, height, look)
    image = cv2.warpPerspective(image, move, size, flags=cv2.INTER_AREA,
                                borderValue=(look.around,) * 3)  # fmt: skip
    if look.blur:
        image = cv2.GaussianBlur(image, (0, 0), look.blur)
    if look.shadow:
        image *= _shade(size, look)
    image += noise.normal(0, look.noise, image.shape[:2])[..., None] if look.noise else 0
    for _ in range(look.specks):
        x, y = int(noise.integers(0, size[0])), int(noise.integers(0, size[1]))
        cv2.circle(image, (x, y), 1, (60, 60, 60), -1)
    shares = np.diag([1 / size[0], 1 / size[1], 1]) @ move @ np.diag([width, height, 1])
    return np.clip(image, 0, 255).astype(np.uint8), shares


def _geometry(width: int, height: int, look: ScanLook) -> tuple[Matrix, tuple[int, int]]:
    """From pixels of the page to pixels of the picture, and the picture's size."""
    left, top, right, bottom = (share * width for share in look.margin)
    slack = abs(np.sin(np.radians(look.turn))) * height + max(
        (max(abs(x), abs(y)) for x, y in look.corners), default=0.0) * width  # fmt: skip
    size = (int(width + left + right + 2 * slack), int(height + top + bottom + 2 * slack))
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), look.turn, 1.0)
    turned = corners @ turn[:, :2].T + turn[:, 2]
    bent = turned + np.array(look.corners) * width + (left + slack, top + slack)
    return cv2.getPerspectiveTransform(corners, bent.astype(np.float32)), size


def _fold(height: int, width: int, at: float, depth: float, *, across: bool) -> Any:
    length = height if across else width
    away = np.abs(np.arange(length) - at * length)
    line = (1 - depth * np.exp(-((away / (0.012 * length)) ** 2))).astype(np.float32)
    return line[:, None, None] if across else line[None, :, None]


def _shade(size: tuple[int, int], look: ScanLook) -> Any:
    x, y = np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1]))
    along = (x * np.cos(look.shadow_angle) + y * np.sin(look.shadow_angle)) / 1.42
    return (1 - look.shadow * (along + 1) / 2).astype(np.float32)[..., None]


def _moved(box: LabelBox, move: Matrix) -> LabelBox:
    if box.box is None:
        return box
    x0, y0, x1, y1 = box.box
    corners = np.array([[(x0, y0), (x1, y0), (x1, y1), (x0, y1)]], np.float64)
    points = cv2.perspectiveTransform(corners, move)[0].clip(0, 1)
    low, high = points.min(axis=0), points.max(axis=0)
    return LabelBox(
        page=box.page, box=(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    )


def _jpeg(picture: Pixels, look: ScanLook) -> bytes:
    image = Image.fromarray(picture)
    file = io.BytesIO()
    (image.convert("L") if look.gray else image).save(file, "JPEG", quality=look.quality)
    return file.getvalue()


def _bound(files: Sequence[bytes], pictures: Sequence[Pixels], look: ScanLook) -> bytes:
    document: Any = pymupdf.open()
    for file, picture in zip(files, pictures, strict=True):
        height, width = (72 / look.dpi * pixels for pixels in picture.shape[:2])
        page = document.new_page(width=width, height=height)
        page.insert_image(page.rect, stream=file)
    found: bytes = document.tobytes(no_new_id=True)
    return found
