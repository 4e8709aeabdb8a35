"""Words by OCR, with RapidOCR: its weights are in its wheel, nothing is downloaded.

Runs in a child process (see `workers`), with one thread each: the children are the parallelism.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from docglean.extractors.words import Box, Word, in_reading_order
from docglean.extractors.workers import stage

if TYPE_CHECKING:
    from PIL.Image import Image

OCR_DPI = 200
OCR_MAX_EDGE = 2400
OCR_MIN_EDGE = 900
"""Pixels; a smaller page is read enlarged, for small print is below what the model was taught."""


@cache
def _reader() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.max_side_len": OCR_MAX_EDGE,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def ocr_words(image: Image, width: float, height: float) -> tuple[tuple[Word, ...], int]:
    """Words that OCR sees on `image`, and the turn that makes its text upright.

    Boxes are scaled to a page of `width` x `height` points. Each word's box comes from where
    the recogniser saw its characters.
    """
    import numpy

    with stage("ocr"):
        array = numpy.asarray(image.convert("RGB"))[:, :, ::-1]
        result = _reader()(numpy.ascontiguousarray(array), return_word_box=True)
        if result.txts is None or not len(result.txts):
            return (), 0
        across, down = width / image.width, height / image.height
        words: list[Word] = []
        for line, (text, score, corners, pieces) in enumerate(
            zip(result.txts, result.scores, result.boxes, result.word_results, strict=True)
        ):
            words += _words_of_line(text, score, corners, pieces, line, across, down)
    return in_reading_order(words, width, height), 0


def _words_of_line(
    text: str, score: float, corners: Any, pieces: Any, line: int, across: float, down: float
) -> list[Word]:
    found = [
        Word(piece, _box(box, across, down), float(sure), "ocr", line)
        for piece, sure, box in pieces
        if piece.strip() and box is not None
    ]
    if "".join(word.text for word in found) == "".join(text.split()):
        return found
    # The recogniser's characters don't add up to its text: share the line out by length.
    x0, y0, x1, y1 = _box(corners, across, down)
    unit = (x1 - x0) / max(len(text), 1)
    shared: list[Word] = []
    start = 0
    for piece in text.split():
        start = text.index(piece, start)
        box = (x0 + start * unit, y0, x0 + (start + len(piece)) * unit, y1)
        shared.append(Word(piece, box, float(score), "ocr", line))
        start += len(piece)
    return shared


def _box(corners: Any, across: float, down: float) -> Box:
    xs = [float(corner[0]) * across for corner in corners]
    ys = [float(corner[1]) * down for corner in corners]
    return min(xs), min(ys), max(xs), max(ys)
