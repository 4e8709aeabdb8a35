"""The step after reading: what is unsure is asked of the next engine, and the likelier is taken.

Both readings, which was taken and why stand in the Extraction. What the next engine can't give,
because it fails or its budget is used up, leaves the first reading as it is, and a problem says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from docglean.extractors.answers.check import completed_values
from docglean.extractors.answers.readings import overlaid
from docglean.extractors.calls.batch import Waiting
from docglean.extractors.cascade.choice import Choice, EngineReading, choose
from docglean.extractors.cascade.contradictions import Reading, contradictions, differing
from docglean.extractors.cascade.follow_up import FollowUp, follow_up
from docglean.extractors.condition import Condition
from docglean.extractors.documents.document_words import DocumentWords
from docglean.extractors.embedded_data.use import with_embedded_data
from docglean.extractors.extraction import OtherReading
from docglean.extractors.grounding.ground import Grounding, ground
from docglean.extractors.inputs.build import build
from docglean.extractors.open_document import OpenDocument
from docglean.extractors.outcome import Outcome, softened
from docglean.extractors.reader import Answer, Reader, Shown
from docglean.extractors.run import RunContext
from docglean.schemas.errors import ConfigError, DocgleanError, Problem
from docglean.schemas.pointers import leaves, pattern_of, value_at
from docglean.schemas.schema import Schema
from docglean.schemas.subset import subset

T = TypeVar("T")


class Verify(Protocol):
    """How the pipeline checks, looks up and weighs an answer; see `pipeline`."""

    def __call__(
        self,
        run: RunContext,
        found: Outcome,
        shown: Shown,
        schema: Schema,
        answer: Answer,
        grounding: Grounding | None = None,
    ) -> Awaitable[Outcome]: ...


async def ask_next(
    run: RunContext,
    found: Outcome,
    *,
    open_reader: Callable[[RunContext, Shown], Reader],
    verify: Verify,
) -> Outcome:
    """One document after each of the engines that follow has been asked what is still unsure.

    Args:
        found: as the first engine has left it.

    Raises:
        Waiting: in a batch run, answers are still to come.
    """
    if not run.then or found.shown is None or not found.shown.pages or found.schema is None:
        return found
    condition = Condition.of(run.settings.when)
    told: list[Problem] = []
    read = [] if found.values is None else [Reading(found.values, found.evidence)]
    differ: list[str] = []
    for follower in run.then:
        extraction = found.extraction(run.options.run, run.engine.spec)
        has_pages = found.shown.input.medium == "pages"
        asked = follow_up(
            extraction, condition, found.schema, found.shown.pages, has_pages=has_pages
        )
        if asked is None:
            break
        found, shown, answer = await _read(follower, found, asked, open_reader)
        if shown is None or answer.values is None:
            told.append(_failed(run, follower, found, answer))
            continue
        found, choice, other = await _taken(run, follower, found, shown, asked, answer, verify)
        read.append(other)
        differ += differing(choice)
        told.append(_told(follower, asked, choice))
    kept = Reading(found.values or {}, found.evidence)
    told += contradictions(kept, read, differ if len(read) > 1 else (), found.readings)
    return replace(found, problems=(*found.problems, *told))


async def _read(
    run: RunContext,
    found: Outcome,
    asked: FollowUp,
    open_reader: Callable[[RunContext, Shown], Reader],
) -> tuple[Outcome, Shown | None, Answer]:
    """The next engine's answer, what it was shown, and the outcome with what it cost.

    Whatever fails there fails this engine alone: what was read before stands.
    """
    if run.unusable is not None:
        return found, None, Answer(None, problems=(Problem.of(run.unusable),))
    schema = found.schema
    assert schema is not None
    shown: Shown | None = None
    reader: Reader | None = None
    try:
        shown = await build(run, _opened_for(run, found, asked))
        if not shown.pages:
            return found, None, Answer(None)
        await shown.opened.words.read(shown.pages if shown.input.medium == "pages" else ())
        reader = open_reader(run, shown)
        found = replace(found, others=(*found.others, reader))
        # Rules judge a field by the others, and what a package's reader does nobody knows.
        if run.engine.is_model and asked.paths is not None:
            schema = subset(schema, asked.paths)
        answer = await reader.read(schema)
        told = await with_embedded_data(run, shown, schema, answer, takes=reader.takes_data)
        return found, shown, told.answer
    except Waiting:
        raise
    except DocgleanError as error:
        if isinstance(error, ConfigError):
            run.unusable = error
        return found, shown, Answer(None, problems=(Problem.of(error),))
    except BaseException:
        if reader is not None:
            run.give_up(reader.report().spending)
        raise


def _opened_for(run: RunContext, found: Outcome, asked: FollowUp) -> OpenDocument:
    """The document with the pages to be shown, and its words as the engine is to be shown them."""
    assert found.opened is not None
    assert found.shown is not None
    opened = found.opened
    if found.shown.input.medium == "pages":
        opened = replace(opened, pages=asked.pages)
    if opened.words.with_hidden != run.engine.keeps_hidden:
        hidden = run.engine.keeps_hidden
        words = DocumentWords(opened.document, run.ledger, run.turns, with_hidden=hidden)
        opened = replace(opened, words=words)
    return opened


def _failed(run: RunContext, follower: RunContext, found: Outcome, answer: Answer) -> Problem:
    told = [*answer.problems, *(found.others[-1].report().problems if found.others else ())]
    error = next((one for one in told if one.severity == "error"), None)
    why = "it gave no answer." if error is None else error.message
    way_out = "Run again: what came back is kept, and is not paid for twice."
    return Problem(
        code="next_engine_failed",
        message=f"{follower.engine.spec} did not read what is unsure: {why} What "
        f"{run.engine.spec} read stands.",
        way_out=way_out if error is None else f"{error.way_out} {way_out}".strip(),
    )


async def _taken(
    run: RunContext,
    follower: RunContext,
    found: Outcome,
    shown: Shown,
    asked: FollowUp,
    answer: Answer,
    verify: Verify,
) -> tuple[Outcome, Choice, Reading]:
    """The outcome with what is likelier right of both readings, checked and weighed anew; and what
    the next engine read."""
    assert found.shown is not None
    assert found.schema is not None
    schema, mine = found.schema, found.values
    theirs = completed_values(schema, answer)
    assert theirs is not None
    paths = None if mine is None else asked.paths
    before = _Known.of_outcome(found)
    after = _Known(answer, await ground(shown, schema, answer, theirs))

    other = overlaid(schema.root, mine or {}, theirs, paths)

    def is_asked(pointer: str) -> bool:
        return paths is None or pattern_of(pointer, other) in paths

    alone = before.with_some_of(after, other, is_asked)
    second = await verify(follower, found, found.shown, schema, *alone)
    choice = choose(
        schema.root,
        EngineReading(run.engine.spec, mine or {}, found.confidence),
        EngineReading(follower.engine.spec, other, second.confidence, _is_whole(found, answer)),
        asked=paths,
        unsure=frozenset(asked.unsure),
        why=f"asked as {run.settings.when}" if asked.unsure else "asked as nothing was read",
    )
    both = before.with_some_of(after, choice.values, choice.taken.__contains__, choice.signals)
    made = await verify(run, found, found.shown, schema, *both)
    if choice.taken:
        # Each value is weighed as its own engine is known to be right.
        weighed = (await verify(follower, found, found.shown, schema, *both)).confidence
        own = {at: weighed[at] for at in weighed if at in choice.taken}
        made = replace(made, confidence={**made.confidence, **own})
    readings = _readings(found.readings, choice)
    read = Reading(other, alone[1].evidence)
    return replace(made, answer=both[0], readings=readings), choice, read


def _is_whole(found: Outcome, answer: Answer) -> bool:
    """Whether nothing of the next engine's answer was lost on the way."""
    told = (*answer.problems, *found.others[-1].report().problems)
    return not any(one.severity == "error" for one in told)


@dataclass(frozen=True, slots=True)
class _Known:
    """An answer, and where its values stand."""

    answer: Answer
    grounding: Grounding

    @classmethod
    def of_outcome(cls, found: Outcome) -> _Known:
        return cls(found.answer or Answer({}), found.grounding or Grounding({}))

    def with_some_of(
        self,
        other: _Known,
        values: dict[str, Any],
        is_others: Callable[[str], bool],
        signals: Mapping[str, Mapping[str, float]] = MappingProxyType({}),
    ) -> tuple[Answer, Grounding]:
        """Both as one, of the values that were taken from the one and from the other.

        Args:
            values: with those of both.
            is_others: whether the value at a pointer is the other's.
            signals: to be added.
        """
        there = {pointer for pointer, _ in leaves(values)}

        def pick(mine: Mapping[str, T], theirs: Mapping[str, T]) -> dict[str, T]:
            return {
                pointer: known[pointer]
                for pointer in there
                if pointer in (known := theirs if is_others(pointer) else mine)
            }

        told = pick(self.answer.signals, other.answer.signals)
        theirs = [one for one in other.answer.problems if not one.path or is_others(one.path)]
        kept = [
            one
            for one in self.answer.problems
            if not one.path or (not is_others(one.path) and value_at(values, one.path) is not None)
        ]
        answer = Answer(
            values,
            signals={at: {**told.get(at, {}), **signals.get(at, {})} for at in there},
            problems=(*kept, *softened(theirs)),
        )
        grounding = Grounding(
            pick(self.grounding.evidence, other.grounding.evidence),
            self.grounding.problems,
            self.grounding.seconds,
            pick(self.grounding.signals, other.grounding.signals),
        )
        return answer, grounding


def _readings(
    before: Mapping[str, Sequence[OtherReading]], choice: Choice
) -> dict[str, list[OtherReading]]:
    """What all engines after the first have read: one at the most of each place is taken."""
    found = {pointer: list(told) for pointer, told in before.items()}
    for pointer, new in choice.readings.items():
        earlier = found.get(pointer, [])
        if earlier:
            new = new.model_copy(update={"first": earlier[0].first})
        if new.taken:
            earlier = [one.model_copy(update={"taken": False}) for one in earlier]
            # Entries of a list that is replaced are no longer there.
            found = {at: told for at, told in found.items() if not at.startswith(f"{pointer}/")}
        found[pointer] = [*earlier, new]
    return found


def _told(follower: RunContext, asked: FollowUp, choice: Choice) -> Problem:
    """What the next engine was asked, and what came of it."""
    differ = [one for one in choice.readings.values() if one.value != one.first]
    taken = sum(one.taken for one in differ)
    what = "the whole document" if asked.whole else f"{len(asked.unsure)} unsure values"
    return Problem(
        code="asked_again",
        message=f"{follower.engine.spec} was asked for {what} too: {len(differ)} of its readings "
        f"differ, and {taken} of these were taken.",
        way_out="Both readings stand in `readings`.",
    )
