"""The same model given the same documents in different ways: images, text, sound, transcript."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from docglean.evaluation.comparisons import Comparison, FieldDifference, field_differences
from docglean.evaluation.costs import Cost
from docglean.evaluation.engine_figures import Figures
from docglean.evaluation.gathered import DocumentFacts, Gathered
from docglean.evaluation.rates import Rates, Scope
from docglean.evaluation.results import EngineRecord

Medium = Literal["pages", "recordings", "films"]

SHOWN: dict[Medium, dict[str, str]] = {
    "pages": {"image": "page images", "ocr": "OCR text", "image+ocr": "images and OCR text",
              "audio": "page images", "pdf": "PDF files"},
    "recordings": {"image": "transcript", "ocr": "transcript", "image+ocr": "transcript",
                   "audio": "sound"},
    "films": {"image": "frames and transcript", "ocr": "OCR text of frames and transcript",
              "image+ocr": "frames with OCR text and transcript", "audio": "sound of films"},
}  # fmt: skip
"""What a document of a kind becomes in a Request, by an engine's inputs."""

ORDER = {"image": 0, "pdf": 1, "ocr": 2, "image+ocr": 3, "audio": 4}


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to give documents to a model.

    Attributes:
        inputs: ``image``, ``pdf``, ``ocr``, ``image+ocr`` or ``audio``.
        shown: what the model is given, in words.
    """

    engine: str
    inputs: str
    shown: str
    rates: Rates
    cost: Cost


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One model, and what it makes of each way.

    Attributes:
        media: kinds of the documents.
        speech: engines that made the transcripts; also of those in which only was looked up
            what a model that hears had said.
        comparisons: of each arm with those before it.
        fields: fields in which the first two are shown to differ.
    """

    model: str
    arms: list[Arm]
    media: tuple[Medium, ...]
    speech: tuple[str, ...]
    comparisons: list[Comparison]
    fields: list[FieldDifference]

    @property
    def hears(self) -> bool:
        """Whether recordings are played to the model in one of the ways."""
        played = any(arm.inputs == "audio" for arm in self.arms)
        return played and self.media != ("pages",)


def side_by_side(
    gathered: Gathered, scope: Scope, figures: Figures, priced: list[Cost]
) -> list[SideBySide]:
    """Engines that differ in nothing but what they are given, model by model."""
    models: dict[str, list[EngineRecord]] = {}
    for record in gathered.manifest.engines:
        if not record.embedded and record.model:
            bare = record.spec.removeprefix(f"{record.inputs}+")
            models.setdefault(bare, []).append(record)
    media = media_of(gathered.documents)
    speech = tuple(sorted({one.speech for one in gathered.documents if one.speech}))
    found = []
    for model, records in models.items():
        if len(records) < 2:
            continue
        records = sorted(records, key=lambda record: ORDER.get(record.inputs, 9))
        specs = [record.spec for record in records]
        arms = [
            Arm(
                record.spec,
                record.inputs,
                shown(record.inputs, media),
                figures.rates(record.spec),
                next(cost for cost in priced if cost.engine == record.spec),
            )
            for record in records
        ]
        pairs = [(a, b) for place, a in enumerate(specs) for b in specs[place + 1 :]]
        compared = [figures.comparison(*pair) for pair in pairs]
        differ = field_differences(scope, specs[0], specs[1])
        found.append(
            SideBySide(
                model,
                arms,
                media,
                speech,
                [one for one in compared if one is not None],
                [one for one in differ if one.shown],
            )
        )
    return found


def media_of(documents: Iterable[DocumentFacts]) -> tuple[Medium, ...]:
    """Kinds of documents that there are, in the order of `SHOWN`."""
    there = {_medium(document) for document in documents}
    return tuple(medium for medium in SHOWN if medium in there)


def _medium(document: DocumentFacts) -> Medium:
    if document.media_type.startswith("video/") and document.pages:
        return "films"
    return "pages" if document.duration is None else "recordings"


def shown(inputs: str, media: Sequence[Medium]) -> str:
    """What a model is given of documents of these kinds, in words."""
    names = (SHOWN[medium].get(inputs, inputs) for medium in media)
    return ", ".join(dict.fromkeys(names)) or inputs


def heading(sides: Sequence[SideBySide]) -> str:
    """What is compared, for the heading above."""
    if not any(side.hears for side in sides):
        return "Vision against OCR"
    if all(side.media == ("recordings",) for side in sides):
        return "Sound against transcripts"
    return "Vision, OCR, sound and transcripts"
