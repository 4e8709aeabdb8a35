"""What the review page is told of one document: HTML from the shared templates, and data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from docglean.commands.exhibit_tree import exhibit, words
from docglean.commands.exhibits import Exhibit, ExhibitTable, Group, Leaf, Node, Sheet, heard
from docglean.commands.page_templates import environment
from docglean.commands.sureness import others
from docglean.extractors.answers.validate import completed
from docglean.extractors.documents.page_info import PageInfo
from docglean.extractors.extraction import Evidence, Extraction, OtherReading
from docglean.review.check_report import CheckLine
from docglean.review.editing import choices_of, editor_of, fields_of, lists_of, shown_as
from docglean.review.list_rows import columns_of
from docglean.schemas.fields import Field

Json = dict[str, Any]

BELOW = " \u203a "
"""Between the names of an object and what is in it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A document as it is laid before a person.

    Attributes:
        id: by which the page asks for it.
        extraction: with what people have said of it so far.
        fingerprint: of the engine's result that they speak of.
        root: the schema's fields; None where nothing is known of it.
        queued: JSON pointers of the values that want a look.
        checks: what the schema's checks say; None where they are not known.
        pages: all that there are, also those that can't be drawn.
        media: ``audio`` or ``video`` where there is something to play.
        note: what the person should know of it; empty where there is nothing.
        next, previous: ids of its neighbours in the queue.
        people: the other ones who have looked, and when last, as the page is told it.
    """

    id: str
    extraction: Extraction[Any]
    fingerprint: str
    root: Field | None = None
    queued: frozenset[str] = frozenset()
    checks: Sequence[CheckLine] | None = None
    pages: Sequence[PageInfo] = ()
    media: str = ""
    note: str = ""
    next: str | None = None
    previous: str | None = None
    people: Sequence[Json] = field(default_factory=tuple)

    @property
    def drawable(self) -> list[PageInfo]:
        """Its pages without those that are damaged."""
        return [info for info in self.pages if info.fault is None]


def document_payload(subject: Subject) -> Json:
    """All that the page is told of a document, as JSON."""
    found = subject.extraction
    shown = _shown(subject)
    used = found.schema_used
    return {
        "id": subject.id,
        "name": found.document.name,
        "uri": found.document.uri,
        "revision": found.revision,
        "status": found.status,
        "reviewed_by": list(found.reviewed_by),
        "engine": found.engine,
        "schema": {
            "name": "" if used is None else used.name,
            "hash": "" if used is None else used.hash,
            "checks": subject.checks is not None,
        },
        "note": subject.note,
        "fingerprint": subject.fingerprint,
        "html": _html(shown),
        "fields": list(_fields(subject, shown)),
        "lists": list(_lists(subject, shown)),
        "checks": [asdict(one) for one in subject.checks or ()],
        "pages": [_page(subject.id, info) for info in subject.drawable],
        "media": _media(subject),
        "transcript": [asdict(line) | {"leaves": None} for line in shown.lines] or None,
        "next": subject.next,
        "previous": subject.previous,
        "people": list(subject.people),
    }


def _shown(subject: Subject) -> Exhibit:
    """The document with every field of its schema."""
    found = subject.extraction
    if subject.root is not None:
        found = found.model_copy(update={"values": completed(subject.root, found.values)})
    shown = exhibit(0, found, reviewing=True)
    shown.lines = heard(shown)
    shown.sheets = tuple(_sheet(subject.id, shown, info) for info in subject.pages)
    return shown


def _sheet(id_: str, shown: Exhibit, info: PageInfo) -> Sheet:
    if info.fault is not None:
        return Sheet(info.number, None, 0, 0, note=info.fault[1], shown=info.shown)
    places = shown.places_on(info.number, info.width, info.height)
    width, height = round(info.width), round(info.height)
    image = _image(id_, info.number)
    return Sheet(info.number, image, width, height, places, shown=info.shown)


def _image(id_: str, number: int) -> str:
    return f"/api/documents/{id_}/pages/{number}/image"


def _page(id_: str, info: PageInfo) -> Json:
    return {
        "number": info.number,
        "width": info.width,
        "height": info.height,
        "image": _image(id_, info.number),
    }


def _media(subject: Subject) -> Json | None:
    if not subject.media:
        return None
    return {"url": f"/api/documents/{subject.id}/media", "kind": subject.media}


def _html(shown: Exhibit) -> dict[str, str]:
    """Head, values and pages, from the templates of the page of results."""
    template = environment().get_template("document.html")
    parts: Any = template.make_module({"review": True, "placed": frozenset()})
    return {
        "head": str(parts.facts(shown)) + str(parts.problems(shown)),
        "values": str(parts.tree(shown.nodes, 3)),
        "paper": str(parts.paper(shown)),
    }


# ── values ────────────────────────────────────────────────────────────────────────────────


def _in_order(nodes: Sequence[Node], group: str = "") -> Iterator[tuple[Leaf, str]]:
    """The values as the page shows them from top to bottom, with what they are grouped under."""
    for node in nodes:
        if isinstance(node, Leaf):
            yield node, group
        elif isinstance(node, Group):
            yield from _in_order(node.children, _below(group, node.label))
        else:
            yield from _cells(node, _below(group, node.label))


def _cells(table: ExhibitTable, group: str) -> Iterator[tuple[Leaf, str]]:
    for row in table.rows:
        for cell in row.cells:
            if cell is not None:
                yield cell, f"{group} {row.number}"


def _below(group: str, label: str) -> str:
    return f"{group}{BELOW}{label}" if group else label


def _fields(subject: Subject, shown: Exhibit) -> Iterator[Json]:
    found = shown.extraction
    leaves = fields_of(subject.root, found.values) if subject.root is not None else ()
    declared = {pointer: (leaf, value) for pointer, leaf, value in leaves}
    problems = _problems(found)
    sizes = {info.number: info for info in subject.drawable}
    for leaf, group in _in_order(shown.nodes):
        known, value = declared.get(leaf.pointer, (None, leaf.text or None))
        yield {
            "pointer": leaf.pointer,
            "dom": leaf.id,
            "label": leaf.label,
            "group": group,
            **_editor(known),
            "value": value,
            "text": leaf.text,
            **_review(found, leaf),
            "confidence": _confidence(found, leaf),
            "readings": _readings(found.readings.get(leaf.pointer, ())),
            "problems": problems.get(leaf.pointer, []),
            "where": leaf.where,
            "printed": leaf.printed,
            "places": _places(leaf.evidence, sizes),
            "seconds": None if leaf.evidence is None else leaf.evidence.seconds,
            "queued": leaf.pointer in subject.queued,
        }


def _editor(known: Field | None) -> Json:
    if known is None:
        return {"kind": "text", "choices": None, "about": ""}
    return {
        "kind": editor_of(known),
        "choices": choices_of(known),
        "about": known.description,
    }


def _review(found: Extraction[Any], leaf: Leaf) -> Json:
    told = found.reviews.get(leaf.pointer)
    if told is None:
        return {"state": leaf.look, "by": "", "at": None, "first": None, "asked": None}
    return {
        "state": told.look,
        "by": told.by,
        "at": told.at.isoformat(),
        "first": shown_as(told.first),
        "asked": {"engine_now": told.now} if told.look == "asked" else None,
    }


def _confidence(found: Extraction[Any], leaf: Leaf) -> Json | None:
    if leaf.sure is None:
        return None
    return {
        "p": leaf.sure.probability,
        "text": leaf.sure.text,
        "level": leaf.sure.level,
        "why": list(leaf.sure.why),
        "calibrated": found.confidence[leaf.pointer].calibrated,
    }


def _readings(readings: Sequence[OtherReading]) -> list[Json]:
    """What other engines read, as sentences, each with the value that can be taken instead."""
    values = (one.first if one.taken else one.value for one in readings)
    return [
        {"said": said, "value": value, "text": shown_as(value)}
        for said, value in zip(others(readings), values, strict=True)
    ]


def _problems(found: Extraction[Any]) -> dict[str, list[str]]:
    """What is said of each value."""
    said: dict[str, list[str]] = {}
    for one in found.problems:
        for path in one.paths or (one.path,):
            if path:
                said.setdefault(path, []).append(one.message)
    return said


def _places(evidence: Evidence | None, sizes: Mapping[int, PageInfo]) -> list[Json]:
    """Where it stands, boxes in per cent of their page."""
    found = []
    for place in evidence.places if evidence is not None else ():
        info = sizes.get(place.page)
        if info is not None:
            boxes = place.boxes or (place.box,)
            across, down = 100 / info.width, 100 / info.height
            sides = [
                [x0 * across, y0 * down, (x1 - x0) * across, (y1 - y0) * down]
                for x0, y0, x1, y1 in boxes
            ]
            rounded = [[round(side, 3) for side in box] for box in sides]
            found.append({"page": place.page, "boxes": rounded})
    return found


def _lists(subject: Subject, shown: Exhibit) -> Iterator[Json]:
    if subject.root is None:
        return
    found = shown.extraction
    for pointer, listed, entries in lists_of(subject.root, found.values):
        told = found.reviews.get(pointer)
        yield {
            "pointer": pointer,
            "dom": shown.ids.get(pointer, ""),
            "label": words(pointer.rsplit("/", 1)[-1]),
            "columns": [
                {"name": one.name, "label": _column_label(one.name), **_editor(one.field)}
                for one in columns_of(listed, entries)
            ],
            "rows": len(entries),
            "state": "not_looked" if told is None else told.look,
        }


def _column_label(name: str) -> str:
    return BELOW.join(words(part) for part in name.split("/")) if name else ""
