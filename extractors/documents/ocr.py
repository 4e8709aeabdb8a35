"""Words by OCR, with RapidOCR: its weights are in its wheel, nothing is downloaded.

Runs in a child process (see `child`), with one thread each: the children are the parallelism.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from docglean.extractors.documents.bands import SLENDEREST, band_boxes, stitched
from docglean.extractors.documents.child import stage
from docglean.extractors.documents.ink import tightened
from docglean.extractors.documents.ocr_text import text_maker
from docglean.extractors.documents.raster import turned_clockwise
from docglean.extractors.documents.words import Word, in_reading_order, turned
from docglean.extractors.extraction import Box
from docglean.extractors.opt_outs import load_onnxruntime

if TYPE_CHECKING:
    from PIL.Image import Image

OCR_DPI = 200
OCR_MAX_EDGE = 2000
TALL, MOSTLY_TALL = 1.5, 0.6
"""Height to width of a line that runs upright, and the share of a page's text in such lines from
which the page lies on its side."""
SURE = 0.9
"""Score from which the classifier is believed; RapidOCR's own."""


@contextmanager
def _settings_read_once() -> Iterator[None]:
    """RapidOCR reads its long list of models once in each of two modules: a third of its start."""
    try:
        settings: Any = import_module("omegaconf").OmegaConf
    except ImportError:  # no longer what it reads it with
        yield
        return
    load = settings.load
    settings.load = staticmethod(cache(load))
    try:
        yield
    finally:
        settings.load = staticmethod(load)


@cache
def _reader() -> Any:
    load_onnxruntime()
    with _settings_read_once():
        from rapidocr import RapidOCR
    from rapidocr.ch_ppocr_cls import TextClsOutput

    class Reader(RapidOCR):  # type: ignore[misc, unused-ignore]
        """RapidOCR whose classifier of upside-down lines is not believed of single lines.

        It errs on small print and short words ("no" upside down is "ou"). A line stands as
        most of the page's text does, unless it is also read better the other way round.
        `upright` says that no line is to be turned.
        """

        upright = False
        upside_down = False

        def _load_rec_model(self) -> Any:
            if self.text_rec is None:
                recogniser = super()._load_rec_model()  # type: ignore[no-untyped-call, unused-ignore]
                letters = recogniser.session.get_character_list()
                recogniser.postprocess_op = text_maker()(character=letters)
            return self.text_rec

        def cls_and_rotate(self, crops: Any) -> Any:
            if self.upright:
                self.upside_down = False
                return crops, TextClsOutput(img_list=crops, cls_res=[("0", 1.0)] * len(crops))
            _, result = super().cls_and_rotate(crops)
            flips = ["180" in label and sure > SURE for label, sure in result.cls_res or ()]
            lengths = [crop.shape[1] / max(crop.shape[0], 1) for crop in crops]
            flipped = sum(length for length, flip in zip(lengths, flips, strict=True) if flip)
            self.upside_down = flipped > 0.5 * sum(lengths)
            odd = [n for n, flip in enumerate(flips) if flip != self.upside_down]
            if odd:
                pairs = [way for n in odd for way in (crops[n], crops[n][::-1, ::-1])]
                scores = super().recognize_txt(pairs).scores
                for at, n in enumerate(odd):
                    flips[n] = scores[2 * at + 1] > scores[2 * at]
            turned_crops = [
                crop[::-1, ::-1] if flip else crop for crop, flip in zip(crops, flips, strict=True)
            ]
            return turned_crops, result

    return Reader(
        params={
            "Global.log_level": "error",
            "Global.max_side_len": OCR_MAX_EDGE,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def ocr_words(image: Image, width: float, height: float) -> tuple[tuple[Word, ...], int]:
    """Words that OCR sees on `image`, and the turn (degrees clockwise) that makes them upright.

    Boxes are scaled to a page of `width` x `height` points; each word's box comes from where
    the recogniser saw its characters. A page that lies on its side or its head is turned and
    read again; its words' boxes are still those of the page as it is. A slender page is read in
    bands, see `bands`.
    """
    with stage("ocr"):
        boxes = band_boxes(image.width, image.height)
        if len(boxes) == 1:
            words, turn = _read_words(image, width, height)
            return tuple(words), turn
        return _by_bands(image, boxes, width, height)


def _by_bands(
    image: Image, boxes: Sequence[tuple[int, int, int, int]], width: float, height: float
) -> tuple[tuple[Word, ...], int]:
    """The words of a slender page, band by band; all stand as most of the page's text does."""
    across, down = width / image.width, height / image.height
    bands = [image.crop(box) for box in boxes]
    sizes = [(band.width * across, band.height * down) for band in bands]
    read = [_read_words(band, *size) for band, size in zip(bands, sizes, strict=True)]
    votes: Counter[int] = Counter()
    for words, turn in read:
        votes[turn] += sum(len(word.text) for word in words)
    page_turn = max(votes, key=lambda turn: votes[turn])
    parts: list[tuple[Box, list[Word]]] = []
    for band, size, box, (words, turn) in zip(bands, sizes, boxes, read, strict=True):
        if words and turn != page_turn:
            words, _ = _read_words(band, *size, page_turn)
        left, top = box[0] * across, box[1] * down
        place = (left, top, box[2] * across, box[3] * down)
        parts.append((place, [replace(w, box=_moved(w.box, left, top)) for w in words]))
    found = stitched(parts, down=image.height >= image.width)
    return in_reading_order(found, width, height, page_turn), page_turn


def _moved(box: Box, right: float, down: float) -> Box:
    return box[0] + right, box[1] + down, box[2] + right, box[3] + down


def _read_words(
    image: Image, width: float, height: float, told: int | None = None
) -> tuple[list[Word], int]:
    """As `ocr_words`, of a picture that is read at once.

    Args:
        told: the turn, where it is known.
    """
    if _is_blank(image):
        return [], told or 0
    lines, turn = _read(image, upright=told == 0)
    turn = turn if told is None else told
    size = width, height
    if turn:
        upright = turned_clockwise(image, turn)
        lines, _ = _read(upright, upright=True)
        if turn == 180 and told is None:  # what is said of small print has to prove itself
            plain, _ = _read(image, upright=True)
            if _legibility(plain) >= _legibility(lines):
                lines, turn, upright = plain, 0, image
        image = upright
        size = (height, width) if turn in (90, 270) else size
    across, down = size[0] / image.width, size[1] / image.height
    words = [
        word
        for number, line in enumerate(lines)
        for word in _words_of_line(line, number, across, down)
    ]
    ordered = in_reading_order(tightened(words, image, *size), *size)
    back = (360 - turn) % 360
    return [replace(word, box=turned(word.box, *size, back)) for word in ordered], turn


def recognised_characters() -> frozenset[str]:
    """The characters that the recogniser has learnt: what else is printed becomes one of them."""
    reader = _reader()
    reader._load_rec_model()
    return frozenset(reader.text_rec.session.get_character_list())


def read_crops(crops: Sequence[Image]) -> list[tuple[str, float]]:
    """What OCR reads on pictures of one word each, upright, and how sure it is, 0 to 1."""
    import numpy

    arrays = [numpy.asarray(crop.convert("RGB"))[:, :, ::-1] for crop in crops]
    readable = [array.size > 0 and min(array.shape[:2]) > 2 for array in arrays]
    if not any(readable):
        return [("", 0.0)] * len(arrays)
    with stage("ocr"):
        reader = _reader()
        reader.return_word_box = False
        told = [array for array, can in zip(arrays, readable, strict=True) if can]
        result = reader.recognize_txt(told)
    found = iter(zip(result.txts, result.scores, strict=True))
    pairs = [next(found) if can else ("", 0.0) for can in readable]
    return [(str(text), float(score)) for text, score in pairs]


def _is_blank(image: Image) -> bool:
    low, high = image.convert("L").getextrema()
    return low == high


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as RapidOCR gives it: four corners, and (text, score, corners) for each word."""

    text: str
    score: float
    corners: Any
    pieces: Any


def _legibility(lines: Sequence[_Line]) -> float:
    return sum(line.score * len(line.text) for line in lines)


def _read(image: Image, *, upright: bool = False) -> tuple[list[_Line], int]:
    import numpy

    array = numpy.asarray(image.convert("RGB"))[:, :, ::-1]
    # The detector enlarges the short edge to 736 pixels, which would make a slender strip enormous:
    # it is laid on paper instead.
    long = max(array.shape[:2])
    down, across = (max(0, round(long / SLENDEREST) - side) for side in array.shape[:2])
    array = numpy.pad(array, ((0, down), (0, across), (0, 0)), constant_values=255)
    reader = _reader()
    reader.upright, reader.upside_down = upright, False
    result = reader(array, return_word_box=True)
    if result.txts is None or not len(result.txts):
        return [], 0
    found = zip(result.txts, result.scores, result.boxes, result.word_results, strict=True)
    lines = [_Line(text, float(score), box, pieces) for text, score, box, pieces in found]
    return lines, 0 if upright else _turn(lines, reader.upside_down)


def _turn(lines: Sequence[_Line], flipped: bool) -> int:
    """Degrees clockwise by which the page has to be turned, by what most of its text does."""
    telling = [line for line in lines if len(line.text) >= 4]
    if len(telling) < 3:
        return 0
    total = sum(len(line.text) for line in telling)
    tall = sum(len(line.text) for line in telling if _is_tall(line)) / total
    if tall > MOSTLY_TALL:
        # RapidOCR turns tall lines anticlockwise before it asks whether they are upside down.
        return 90 if flipped else 270
    return 180 if flipped else 0


def _is_tall(line: _Line) -> bool:
    x0, y0, x1, y1 = _box(line.corners, 1.0, 1.0)
    return (y1 - y0) > TALL * (x1 - x0)


def _words_of_line(line: _Line, number: int, across: float, down: float) -> list[Word]:
    found = [
        Word(piece, _box(corners, across, down), float(score), "ocr", number)
        for piece, score, corners in line.pieces
        if piece.strip() and corners is not None
    ]
    if "".join(word.text for word in found) == "".join(line.text.split()):
        return found
    # The recogniser's characters don't add up to its text: share the line out by length.
    x0, y0, x1, y1 = _box(line.corners, across, down)
    unit = (x1 - x0) / max(len(line.text), 1)
    shared: list[Word] = []
    start = 0
    for piece in line.text.split():
        start = line.text.index(piece, start)
        box = (x0 + start * unit, y0, x0 + (start + len(piece)) * unit, y1)
        shared.append(Word(piece, box, line.score, "ocr", number))
        start += len(piece)
    return shared


def _box(corners: Any, across: float, down: float) -> Box:
    xs = [float(corner[0]) * across for corner in corners]
    ys = [float(corner[1]) * down for corner in corners]
    return min(xs), min(ys), max(xs), max(ys)
