"""What a model that sees says, behind the strict stand-ins: it really reads the images it is sent.

It knows the truth of one document, but says of it only what OCR sees on the images in the request:
a page that is unreadable, turned, too small or the wrong one is answered with nothing.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Text
from perfect_reader import CAPTION, At, PerfectReader
from PIL import Image

from servers.vendor import Part


@cache
def _reader() -> Any:
    from rapidocr import RapidOCR

    # Without its classifier: what stands on its head is not to be read.
    return RapidOCR(params={"Global.log_level": "error", "Global.use_cls": False})


@dataclass
class PageReader:
    """What it knows and what it saw.

    Attributes:
        root: field of the schema.
        truth: JSON data of the one document.
        seen: size and text of each image, in the order they came.
    """

    root: Field
    truth: dict[str, Any]
    seen: list[tuple[tuple[int, int], str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, schema: Mapping[str, Any], parts: Sequence[Part], system: str) -> str:
        """The JSON that a model would give that sees these parts and knows nothing else."""
        texts: dict[int, str] = {}
        number = 0
        for kind, content in parts:
            if kind == "text" and (found := CAPTION.match(content)):
                number = int(found[1])
            elif kind == "image":
                texts[number] = texts.get(number, "") + self.read(content)
        truth = placed(self.root, self.truth, texts)
        reader = PerfectReader(truth or {})
        paged = "_page" in system
        return json.dumps(reader.read(dict(schema), truth or {}, sorted(texts), paged=paged))

    def read(self, data: bytes) -> str:
        """What stands on an image in lines across, letters and digits only."""
        image = Image.open(io.BytesIO(data)).convert("RGB")
        with self._lock:
            found = _reader()(numpy.asarray(image)[:, :, ::-1])
        lines = [
            text
            for text, box in zip(found.txts or (), found.boxes if found.txts else (), strict=True)
            if numpy.ptp(box[:, 0]) > numpy.ptp(box[:, 1]) or len(text) < 3
        ]
        text = squashed("".join(lines))
        self.seen.append((image.size, text))
        return text


def squashed(text: str) -> str:
    """Letters and digits only, as OCR is sure of them."""
    return re.sub(r"[\W_]+", "", text).casefold()


def placed(field_: Field, truth: Any, texts: dict[int, str]) -> Any:
    """The truth with the page on which each value was seen; what was not seen is left out."""
    if field_.shape == "object":
        inner = {
            child.name: placed(child, truth[child.name], texts)
            for child in field_.children
            if truth and child.name in truth
        }
        return {name: value for name, value in inner.items() if value is not None} or None
    if field_.shape == "list":
        entries = []
        for entry in truth or ():
            # An entry stands on the first page that shows all of it; a part of it may be elsewhere.
            for page in texts:
                seen = placed(field_.item, entry, {page: texts[page]})
                if _size(seen) == _size(entry):
                    entries.append(seen)
                    break
        return entries or None
    for page, text in texts.items():
        shapes = (field_.kind or Text()).shapes(truth) if truth is not None else ()
        if any(squashed(shape) and squashed(shape) in text for shape in (str(truth), *shapes)):
            return At.page(page, truth)
    return None


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    return int(value is not None)
