"""The step after reading: what a file says of itself in data beside its pages.

With a reader that takes it (the engine `local`) its values stand in place of what was read. With
any other it is a second reading that costs nothing. Either way what differs is a problem.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from docglean.extractors.answers.validate import completed
from docglean.extractors.documents.embedded.data import EmbeddedData
from docglean.extractors.documents.embedded.terms import ACCOUNT, PAYEE
from docglean.extractors.documents.words import PageWords
from docglean.extractors.embedded_data.comparison import (
    Compared,
    Comparison,
    Seen,
    hidden,
    in_list,
    problems_of,
    without_blanks,
)
from docglean.extractors.embedded_data.mapping import Mapped, on_schema
from docglean.extractors.embedded_data.merged import Merged
from docglean.extractors.extraction import Evidence, OtherReading
from docglean.extractors.grounding.locate import Located, located
from docglean.extractors.reader import Answer, Shown
from docglean.extractors.run import RunContext
from docglean.extractors.telemetry.spans import span
from docglean.schemas.errors import Problem
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Money
from docglean.schemas.kinds.figures import as_decimal
from docglean.schemas.pointers import leaves
from docglean.schemas.schema import Schema

DYNAMIC_FORM, EMBEDDED_ENGINE = "dynamic_form", "embedded_engine"
MUST_BE_SHOWN = {ACCOUNT: "another account", PAYEE: "another payee"}
"""What of the data a page has to show, where there is some, in words."""
SIGNALS = {"agrees": "embedded_agrees", "differs": "embedded_differs"}

Readings = Mapping[str, list[OtherReading]]


class WithData(NamedTuple):
    """An answer with what embedded data makes of it.

    Attributes:
        readings: what the data says otherwise, by pointer.
    """

    answer: Answer
    readings: Readings = MappingProxyType({})


async def with_embedded_data(
    run: RunContext, shown: Shown, schema: Schema, answer: Answer, *, takes: bool
) -> WithData:
    """The answer, and what the document's own data says of its values.

    Args:
        takes: the values of the data go before those that were read, unless the run only compares.
    """
    data = None if run.options.embedded == "ignore" else shown.opened.own_data
    if data is None or answer.values is None:
        return WithData(answer)
    mapped = on_schema(schema, data)
    if not mapped.sources:
        return WithData(answer)
    with span("embedded_data", {"docglean.schema": schema.name}):
        await shown.opened.words.read(shown.pages)
        words = shown.opened.words.readable(shown.pages)
        credit = is_credit(data)
        places = await asyncio.to_thread(places_of, schema, mapped, words, credit)
        used = takes and run.options.embedded in (None, "use")
        using = _Using(shown, schema, answer, data, mapped, places, credit, used, not takes)
        return await asyncio.to_thread(using.made)


def is_credit(data: EmbeddedData) -> bool:
    """Whether a page may print the amounts with the other sign."""
    return any(
        one.pointer == "/document_type" and one.value == "credit_note" for one in data.values
    )


def places_of(schema: Schema, mapped: Mapped, words: Sequence[PageWords], credit: bool) -> Located:
    """Where the data's values stand on the pages, of a credit note amounts with a minus, too."""
    found = located(schema, mapped.values, words)
    if not credit:
        return found
    other = located(schema, _negated(schema.root, mapped.values), words)
    lost = {at for at, there in found.evidence.items() if there.how == "not_found"}
    return Located(
        {at: other.evidence[at] if at in lost else there for at, there in found.evidence.items()},
        {at: (other if at in lost else found).signals.get(at, {}) for at in found.evidence},
    )


def _negated(node: Field, value: Any) -> Any:
    """A value with all its amounts negative."""
    if node.shape == "object" and isinstance(value, dict):
        return {child.name: _negated(child, value.get(child.name)) for child in node.children}
    if node.shape == "list" and isinstance(value, list):
        return [_negated(node.item, entry) for entry in value]
    amount = as_decimal(value) if isinstance(node.kind, Money) else None
    return value if amount is None else str(-amount)


@dataclass
class _Using:
    shown: Shown
    schema: Schema
    answer: Answer
    data: EmbeddedData
    mapped: Mapped
    places: Located
    credit: bool
    takes: bool
    trusted: bool

    def made(self) -> WithData:
        """The answer with the data's values or the data's word on them."""
        read: dict[str, Any] = completed(self.schema.root, self.answer.values)
        seen = self._seen(read)
        comparison = Comparison(self.mapped, seen, self.credit, _trade_names(self.data))
        compared = comparison.leaves(self.schema.root)
        if self.data.drawn and self.takes:  # the pages were drawn from it
            compared = [replace(one, state="agrees", page=None) for one in compared]
        problems = [one for one in self.answer.problems if not self._is_moot(one)]
        problems += problems_of(compared, self._file)
        problems += (
            Problem(
                code="embedded_unreadable",
                message=f"{self._file}: {doubt}.",
                way_out="See what the pages say, and ask the sender which is right.",
            )
            for doubt in self.data.doubts
        )
        if not self.data.drawn:
            for pointer, what in MUST_BE_SHOWN.items():
                shown_there = [one.value for one in self.data.values if one.pointer == pointer]
                problems += hidden(shown_there, what, self.mapped, seen, self._file)
        readings = {one.pointer: [self._reading(one)] for one in compared
                    if one.state == "differs" and (self.takes or not in_list(one))}  # fmt: skip
        if not self.takes:
            signals = self._signals_of(compared, comparison.pairs)
            return WithData(
                replace(self.answer, signals=signals, problems=tuple(problems)), readings
            )
        told_all = self.mapped.asked if self.data.drawn else frozenset[str]()
        merged = Merged(self.answer, self.mapped, comparison.pairs, told_all)
        values = merged.node(self.schema.root, self.mapped.values, read, "", "")
        states = {one.pointer: one.state for one in compared}
        told = {at: {SIGNALS[state]: 1.0} for at, state in states.items() if state in SIGNALS}
        evidence = {**merged.evidence, **{at: self._evidence(at) for at in self.mapped.sources}}
        problems += self._form_problems(values)
        answer = Answer(
            values,
            evidence={at: evidence[at] for at, _ in leaves(values) if at in evidence},
            signals={**merged.signals, **told},
            problems=tuple(problems),
        )
        return WithData(answer, readings)

    def _is_moot(self, problem: Problem) -> bool:
        """Whether a problem only says how little the rules found, where they were not needed."""
        return self.takes and problem.code == EMBEDDED_ENGINE and problem.severity == "warning"

    @property
    def _file(self) -> str:
        return self.data.file or ("the form's data" if self.data.kind == "xfa" else "the e-invoice")

    def _seen(self, read: dict[str, Any]) -> Seen:
        opened = self.shown.opened
        numbers = self.shown.pages
        words = opened.words.readable(numbers)
        return Seen(
            read,
            self.places.evidence,
            captioned=_with(self.places.signals, "captioned"),
            sure=_with(self.answer.signals, "rule_caption"),
            whole=len(words) == len(opened.document.pages),
            trusted=self.trusted,
            kept=not self.takes,
            letters=without_blanks("".join(one.text for page in words for one in page.words)),
        )

    def _reading(self, one: Compared) -> OtherReading:
        profile = f" ({self.data.profile})" if self.data.profile else ""
        return OtherReading(
            engine=f"embedded:{self.data.file or self.data.kind}",
            value=one.value,
            taken=self.takes,
            first=one.page,
            why=f"the file's own data says so{profile}"
            + ("" if self.takes else "; the pages were read"),
        )

    def _signals_of(
        self, compared: list[Compared], pairs: Mapping[str, Mapping[int, int]]
    ) -> dict[str, dict[str, float]]:
        """The reader's signals, and the data's word on its values."""
        found = {at: dict(told) for at, told in self.answer.signals.items()}
        for one in compared:
            at = _read_pointer(one.pointer, pairs)
            if at is not None and one.state in SIGNALS and (one.page is not None or one.seen):
                found.setdefault(at, {})[SIGNALS[one.state]] = 1.0
        return found

    def _evidence(self, pointer: str) -> Evidence:
        """Where a value of the data stands: its element, and its place on a page."""
        there = self.places.evidence.get(pointer)
        element = self.mapped.sources[pointer].element
        if there is None or there.how == "not_found":
            return Evidence(how="embedded", element=element, score=1.0)
        return there.model_copy(update={"how": "embedded", "element": element})

    def _form_problems(self, values: dict[str, Any]) -> Iterator[Problem]:
        """In place of that the form could not be drawn: that its data was taken."""
        document = self.shown.opened.document
        dynamic = [one for one in document.problems if one.code == DYNAMIC_FORM]
        if self.data.kind != "xfa" or not dynamic:
            return
        document.drop_problems(DYNAMIC_FORM)
        taken = len(self.mapped.sources)
        for one in dynamic:
            yield one.model_copy(
                update={
                    "severity": "review",
                    "message": f"{one.message} {taken:,} of them were taken, by their names.",
                }
            )


def _trade_names(data: EmbeddedData) -> dict[str, str]:
    """What else the parties are called, by the pointer of their names."""
    return {
        one.pointer.replace("_trade_name", "_name"): one.value
        for one in data.values
        if one.pointer.endswith("_trade_name")
    }


def _with(signals: Mapping[str, Mapping[str, float]], name: str) -> frozenset[str]:
    return frozenset(at for at, told in signals.items() if told.get(name))


def _read_pointer(pointer: str, pairs: Mapping[str, Mapping[int, int]]) -> str | None:
    """The pointer of what was read in place of a value of the data; None where nothing was."""
    for at, indices in pairs.items():
        if pointer.startswith(f"{at}/"):
            number, _, below = pointer.removeprefix(f"{at}/").partition("/")
            read = indices.get(int(number))
            return None if read is None else f"{at}/{read}" + (f"/{below}" if below else "")
    return pointer
