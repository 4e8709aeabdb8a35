"""The values of a document as they stand after what people have said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from docglean.extractors.answers.validate import check_values
from docglean.extractors.extraction import Evidence, Extraction, status_of
from docglean.extractors.reviews.event import Action, ReviewEvent, fingerprint
from docglean.extractors.reviews.people import standing
from docglean.extractors.reviews.rerun import ask_all, carried
from docglean.extractors.reviews.tree import Node, Work
from docglean.extractors.value_review import Look, ValueReview
from docglean.schemas.errors import Problem
from docglean.schemas.schema import Schema

CHANGED = "changed_since_review"
_OF_VALUES = frozenset({"check_failed", "breaks_schema", "missing"})
"""Codes of problems that are looked for anew in the reviewed values."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A document after its review so far.

    Attributes:
        extraction: with the reviewed values; `Extraction.reviews` tells what was looked at.
        result: `fingerprint` of the engine's result that stands now; new events name it.
        skipped: ids of events that no longer fit and were passed over.
    """

    extraction: Extraction[Any]
    result: str
    skipped: tuple[str, ...] = ()

    @property
    def revision(self) -> int:
        """Of the last event; 0 where there is none."""
        return self.extraction.revision


def replay(
    extraction: Extraction[Any], events: Sequence[ReviewEvent], schema: Schema | None = None
) -> Reviewed:
    """Apply events to what the engine has read.

    Args:
        extraction: as the engine made it, the newest; it is only read.
        events: of this document, in order. Only those of one person: what he made of it. Of all:
            what others did blind after the first is passed over, see `people`.
        schema: whose checks are made on the reviewed values; None: those that the engine's values
            broke are dropped only where somebody looked.
    """
    result = fingerprint(extraction)
    work: Work | None = None
    active = not_undone(standing(events))
    for event in active:
        if event.action == "start":
            work = _started(work, event.new, event)
        elif work is None:  # what it was made on is not told
            work = _started(None, extraction.values or {}, event)
        if work is not None:
            _apply(work, event)
    if work is None:
        return Reviewed(extraction, result)
    if work.result != result:
        work = _started(work, extraction.values or {}, _Reading(result, extraction.document.sha256))
    revision = max((event.revision for event in events), default=0)
    return Reviewed(_extraction(extraction, work, schema, revision), result, tuple(work.skipped))


def not_undone(events: Sequence[ReviewEvent]) -> list[ReviewEvent]:
    """Without those that were taken back, and those that took them back; the latest first says,
    so that one who takes back a taking back has the event again."""
    gone: set[str] = set()
    for event in reversed(events):
        if event.action == "undo" and not _is_in(gone, event):
            gone.add(event.undoes)
    return [one for one in events if one.action != "undo" and not _is_in(gone, one)]


def _is_in(gone: set[str], event: ReviewEvent) -> bool:
    return event.id in gone or (bool(event.group) and event.group in gone)


class _Reading(NamedTuple):
    """Which result of which file; a ``start`` tells both."""

    result: str
    sha256: str


def _started(work: Work | None, values: Any, reading: _Reading | ReviewEvent) -> Work:
    """The tree of a result, with what was said of an earlier one; all of it is asked again where
    that was of another file, which had the same name."""
    root = Node.of(values or {})
    if work is None:
        return Work(root, reading.result, reading.sha256)
    asked = carried(work.root, root)
    if reading.sha256 and work.sha256 and reading.sha256 != work.sha256:
        asked = ask_all(root) or asked
    done = [] if asked else work.done_by
    return Work(root, reading.result, reading.sha256, done, work.skipped)


def _apply(work: Work, event: ReviewEvent) -> None:
    """One event; what does not fit is passed over."""
    try:
        _ACTIONS[event.action](work, event)
    except (KeyError, IndexError):
        work.skipped.append(event.id)


def _confirm(work: Work, event: ReviewEvent) -> None:
    node = work.root.at(event.path)
    if isinstance(node.inner, dict):
        _said(node, event)
    else:
        node.review = _review(node, event)


def _set(work: Work, event: ReviewEvent) -> None:
    node = work.root.at(event.path)
    if node is work.root and not isinstance(event.new, dict):
        raise KeyError(event.path)
    is_list = isinstance(node.inner, list)
    node.put([] if event.action == "absent" and is_list else event.new)
    node.box, node.text = event.box, event.text
    node.review = _review(node, event)
    _said(node, event)


def _said(node: Node, event: ReviewEvent, *, nulls: bool = True) -> None:
    """A person has said all values below a node.

    Args:
        nulls: also that there is none where there is none; a cell of a new row that is empty may
            not have been filled in yet.
    """
    for _, inner in node.walk():
        if inner.inner is None and (nulls or inner.value is not None):
            inner.review = _review(inner, event)
            inner.box = inner.box or event.box


def _review(node: Node, event: ReviewEvent) -> ValueReview:
    """What a look at a node came to."""
    look: Look = "confirmed" if _is_as_read(node) else "corrected"
    if node.inner is None and node.value is None:
        look = "absent"
    return ValueReview(
        look=look, by=event.by, at=event.at, revision=event.revision, first=node.read
    )


def _is_as_read(node: Node) -> bool:
    """Whether a node is what the engine has read there."""
    if isinstance(node.inner, list) and len(node.inner) != len(node.read or ()):
        return False  # thousands of pasted entries are added one by one
    return bool(node.json() == node.read)


def _unlook(work: Work, event: ReviewEvent) -> None:
    node = work.root.at(event.path)
    fresh = Node.of(node.read, node.origin) if node.origin is not None else node
    node.value, node.inner, node.review, node.box, node.text = (
        fresh.value, fresh.inner, None, None, "",
    )  # fmt: skip


def _add(work: Work, event: ReviewEvent) -> None:
    entries = work.root.entries(event.path)
    index = len(entries) if event.index is None else event.index
    if index > len(entries):
        raise IndexError(index)
    made = Node.of(event.new, None)
    _said(made, event, nulls=False)
    entries.insert(index, made)
    _touch_list(work, event)


def _remove(work: Work, event: ReviewEvent) -> None:
    del work.root.entries(event.path)[_index(event)]
    _touch_list(work, event)


def _move(work: Work, event: ReviewEvent) -> None:
    entries = work.root.entries(event.path)
    if event.to is None or event.to >= len(entries):
        raise IndexError(event.to)
    entries.insert(event.to, entries.pop(_index(event)))
    _touch_list(work, event)


def _index(event: ReviewEvent) -> int:
    if event.index is None:
        raise IndexError
    return event.index


def _touch_list(work: Work, event: ReviewEvent) -> None:
    """Who changes entries has not said that these are all, unless that was said before."""
    node = work.root.at(event.path)
    said = node.review is not None and node.review.look not in ("edited", "asked")
    review = _review(node, event)
    node.review = review if said else review.model_copy(update={"look": "edited"})


def _done(work: Work, event: ReviewEvent) -> None:
    if event.by not in work.done_by:
        work.done_by.append(event.by)


def _reopen(work: Work, event: ReviewEvent) -> None:
    work.done_by.clear()


def _nothing(work: Work, event: ReviewEvent) -> None:
    pass


_ACTIONS: Mapping[Action, Callable[[Work, ReviewEvent], None]] = {
    "start": _nothing,
    "confirm": _confirm,
    "set": _set,
    "absent": _set,
    "unlook": _unlook,
    "add": _add,
    "remove": _remove,
    "move": _move,
    "done": _done,
    "reopen": _reopen,
    "note": _nothing,
}


def _extraction(
    read: Extraction[Any], work: Work, schema: Schema | None, revision: int
) -> Extraction[Any]:
    """The reviewed Extraction; evidence and confidence go where their values went."""
    nodes = list(work.root.walk())
    values = work.root.json()
    reviews = {pointer: node.review for pointer, node in nodes if node.review is not None}
    moved = {node.origin: pointer for pointer, node in nodes if node.origin is not None}
    unchanged = {
        pointer: node.origin
        for pointer, node in nodes
        if node.origin is not None and node.inner is None and node.value == node.read
    }
    evidence = {p: read.evidence[o] for p, o in unchanged.items() if o in read.evidence}
    for pointer, node in nodes:
        if node.inner is None and node.value is not None and pointer not in unchanged:
            evidence[pointer] = _told_place(node)
    problems = _problems(read, values, reviews, moved, schema)
    # Nobody has signed off what is asked again.
    done = () if any(one.look == "asked" for one in reviews.values()) else tuple(work.done_by)
    changed = {
        "values": values,
        "evidence": evidence,
        "confidence": {p: read.confidence[o] for p, o in unchanged.items() if o in read.confidence},
        "readings": {moved[p]: told for p, told in read.readings.items() if p in moved},
        "reviews": reviews,
        "reviewed_by": done,
        "revision": revision,
        "problems": problems,
        "status": "reviewed" if done else status_of(values, problems),
    }
    return read.model_copy(update=changed)


def _told_place(node: Node) -> Evidence:
    """Where a person has taken a value from."""
    if node.box is None:
        return Evidence(how="not_found")
    text = node.text or str(node.value)
    return Evidence(
        how="exact" if text == str(node.value) else "normalised",
        page=node.box.page,
        box=node.box.box,
        text=text,
        score=1.0,
    )


def _problems(
    read: Extraction[Any],
    values: dict[str, Any],
    reviews: Mapping[str, ValueReview],
    moved: Mapping[str, str],
    schema: Schema | None,
) -> list[Problem]:
    """What is wrong with the reviewed values: what is declared of them is looked for anew, and
    what was said of a value that a person has looked at is settled."""
    found: list[Problem] = []
    for problem in read.problems:
        if schema is not None and problem.code in _OF_VALUES:
            continue
        about = [path for path in (problem.path, *problem.paths) if path]
        now = [moved[path] for path in about if path in moved]
        if about and all(path in reviews for path in now):
            continue
        found.append(_moved(problem, moved))
    if schema is not None:
        found += check_values(schema, values)
    asked = [pointer for pointer, one in reviews.items() if one.look == "asked"]
    if asked:
        found.append(
            Problem(
                code=CHANGED,
                message=f"{read.document.name}: {len(asked)} reviewed "
                f"{'value is' if len(asked) == 1 else 'values are'} read otherwise by "
                f"{read.engine} now, or from another file; what the reviewer said stands.",
                paths=tuple(asked),
                way_out="Look again with `docglean review`.",
            )
        )
    return found


def _moved(problem: Problem, moved: Mapping[str, str]) -> Problem:
    """The same problem, at the places where its values are now."""
    path = moved.get(problem.path) if problem.path else problem.path
    paths = tuple(moved[one] for one in problem.paths if one in moved)
    return problem.model_copy(update={"path": path, "paths": paths})
