"""One Request -> its answer: from the ledger, or sent, halved and asked again as need be."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, ClassVar

from docglean.extractors.answers.merge import join
from docglean.extractors.answers.readings import Reading, overlaid, placed, unite
from docglean.extractors.answers.token_signals import TokenReading
from docglean.extractors.answers.validate import Validated, validate
from docglean.extractors.calls.added_fields import Kept, OtherModel, kept_of, noted_shape
from docglean.extractors.calls.choice import better, is_of_another
from docglean.extractors.calls.escalation import escalated, exhausted, starved
from docglean.extractors.concurrency import together
from docglean.extractors.documents.cache import Unreadable
from docglean.extractors.extraction import Spending
from docglean.extractors.gateway.gateway import LOOK_AGAIN_SECONDS, ModelGateway
from docglean.extractors.gateway.sent import DeadlineClock, Sent, saved_by
from docglean.extractors.inputs.examples import ShownExamples, refused
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.model_input import ModelInput
from docglean.extractors.models.base import Call, Part, Reply, TextPart
from docglean.extractors.models.refusals import TIER
from docglean.extractors.options import Tier
from docglean.extractors.requests import prompts
from docglean.extractors.requests.plan import Request
from docglean.extractors.requests.template import wording
from docglean.extractors.requests.token_estimate import expected_usage
from docglean.extractors.telemetry.spans import span
from docglean.schemas.errors import Problem, SourceError

CALL_SECONDS = 600.0
"""Longest time of one call."""
TIER_LOST = {
    "no_room": ("had no room for", "Run it at another hour, or with --batch."),
    "refused": (
        "was refused for",
        "The server has none for this model or account: take --batch or another model, or leave "
        "--tier out.",
    ),
}
"""Why an answer did not come in the tier that was asked for, and what helps, by reason."""


@dataclass
class DocumentSession:
    """All that is asked about one document.

    Attributes:
        gateway: shared by the run.
        input: what a unit becomes in a request.
        meta: of the document and the run, for the accounts.
        clock: the document's deadline.
        unreadable: pages that can't be shown.
        on_spent: told the cost of each reply that was just paid for.
        spending: for what was sent so far; `spent` is all of it.
        problems: so far.
        tokens: how probable the values of each answer were.
        served: models that answered, as they call themselves.
        tier: that calls are to be answered in.
        in_flex: answers to calls in the flex tier that came in it.
        at_standard: those that came in the standard tier, by what `TIER_LOST` calls the reason.
        examples: labelled documents that are shown before the pages.
        sent: paths of the leaves that were asked for now, rather than by an earlier run.
        added, kept: of those that were asked for by themselves, and of those beside them that an
            earlier answer has; see `added_fields`.
        undivided: keys of requests that are to be asked as they are; `whole` says that all are.
        read: models whose answers the values are from, as they call themselves.
        taken: what the answers that the ledger held have saved.
        paid: keys of the requests that were paid for here.
    """

    of_reading: ClassVar[tuple[str, ...]] = (
        "problems", "tokens", "served", "added", "kept", "read", "taken",
    )  # fmt: skip
    """What `ask_whole` takes back."""

    gateway: ModelGateway
    input: ModelInput
    meta: RequestMeta
    clock: DeadlineClock
    unreadable: Unreadable | None = None
    on_spent: Callable[[Decimal | None], None] | None = None
    spending: Spending = field(default_factory=Spending)
    problems: list[Problem] = field(default_factory=list)
    tokens: list[TokenReading] = field(default_factory=list)
    served: set[str] = field(default_factory=set)
    tier: Tier = "standard"
    in_flex: int = 0
    at_standard: Counter[str] = field(default_factory=Counter)
    examples: ShownExamples = field(default_factory=ShownExamples)
    sent: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    undivided: set[str] = field(default_factory=set)
    whole: bool = False
    read: set[str] = field(default_factory=set)
    taken: Spending = field(default_factory=Spending)
    paid: set[str] = field(default_factory=set)

    async def ask(self, request: Request, *, whole: bool = False, by: str | None = None) -> Reading:
        """The answer to a request, as good as it can be had.

        A truncated answer is asked for in halves: of the pages, then of the fields; not where it
        was thinking that left no room, see `escalation`. A request too large for the server is sent
        without its examples, then in halves of the pages. An answer that breaks the schema is asked
        for once more with the complaints. What is lost is among `problems`.

        Args:
            whole: the request asks for all of the document.
            by: the model that has to answer, as it calls itself; None where any may.

        Raises:
            ConfigError: the key, the model or the ledger fails: the run has to end.
            OtherModel: another has answered.
        """
        request, reply = await self._answered(request)
        if reply is None:
            return Reading((), None)
        if isinstance(reply, Kept):
            return await self._with_kept(request, reply, whole=whole, by=by)
        if by is not None and is_of_another(reply, by):
            raise OtherModel
        if starved(reply):
            self.problems.append(exhausted(request))
            if not reply.text.strip():
                return Reading(request.pages, None)
        elif reply.outcome == "too_large" and request.examples:
            self.problems.append(refused(self.meta.name))
            return await self.ask(replace(request, examples=()), whole=whole, by=by)
        elif reply.outcome in ("truncated", "too_large"):
            halves = request.page_halves()
            if halves:
                asked = (self.ask(half, by=by) for half in halves)
                return self.noted(join(request.schema.root, await together(asked)))
            halves = request.field_halves() if reply.outcome == "truncated" else ()
            if halves:
                asked = (self.ask(half, by=by) for half in halves)
                return self.noted(unite(request.schema.root, await together(asked)))
        found, model = _validated(reply, request, whole=whole), reply.model
        if found.complaints:
            found, model = await self._again(request, found, model, whole=whole, by=by)
        return self._read(request, found, model)

    def _read(self, request: Request, found: Validated, model: str) -> Reading:
        self.problems += found.problems
        if request.purpose not in ("sort", "split"):  # these say nothing of values
            self.tokens.append(found.tokens)
            if found.data is not None:
                self.read.add(model)
        return placed(Reading(request.pages, found.data))

    async def _with_kept(
        self, request: Request, kept: Kept, *, whole: bool, by: str | None
    ) -> Reading:
        """What an earlier answer has of a request, and of what it lacks the answer to that."""
        if by is not None and kept.model != by:
            raise OtherModel
        division = kept.division
        new = Reading((), None)
        if division.asked is not None:
            try:
                new = await self.ask(division.asked, by=kept.model)
            except OtherModel:
                if by is not None:  # this is a part itself: all that it is a part of is asked
                    raise
                self.undivided.add(request.key)
                return await self.ask(request, whole=whole)
        for reply in kept.replies:
            self.saved(reply)
        first, *again = (_validated(one, division.kept, whole=whole) for one in kept.replies)
        found = next((second for second in again if better(second, first)), first)
        reading = self._read(division.kept, found, kept.model)
        self.added |= division.taken
        self.kept |= division.kept.wire.paths
        root = request.schema.root
        data = overlaid(root, reading.data, new.data or {}, division.taken)
        return replace(reading, data=data)

    @property
    def spent(self) -> Spending:
        """The spending, with the fields that were asked for by themselves."""
        asked = self.added & self.sent
        kept = self.kept - self.added if asked else ()
        return self.spending + self.taken + Spending(fields_asked=len(asked), fields_kept=len(kept))

    @property
    def is_mixed(self) -> bool:
        """Whether values of an earlier answer stand beside those of another model."""
        return bool(self.kept) and len(self.read) > 1

    def state(self) -> dict[str, Any]:
        """What has been read so far, for `ask_whole`."""
        return {name: copy(getattr(self, name)) for name in self.of_reading}

    def ask_whole(self, before: dict[str, Any]) -> None:
        """Read again from an earlier state, by no part of an earlier answer; what has been paid
        for since then stays."""
        for name, value in before.items():
            setattr(self, name, value)
        self.whole = True

    def halt(self) -> None:
        """End the reading here where answers are still to come; see `batch`."""

    def told(self, pages: Sequence[int]) -> list[Problem]:
        """The problems so far, pages that could not be shown among them."""
        unread = self.unreadable.problems if self.unreadable else {}
        return [*(unread[page] for page in pages if page in unread), *self.problems]

    def noted(self, answer: tuple[Reading, list[Problem]]) -> Reading:
        """A reading put together of several; what did not fit is among `problems`."""
        reading, problems = answer
        self.problems += problems
        return reading

    async def _again(
        self, request: Request, found: Validated, model: str, *, whole: bool, by: str | None
    ) -> tuple[Validated, str]:
        """The better of an answer with complaints and the answer to the one re-ask, and whose it
        is; one of another model than `by` is not taken."""
        note = prompts.ask_again(found.complaints)
        _, reply = await self._answered(replace(request, note=note, purpose="re-ask"))
        if not isinstance(reply, Reply) or reply.outcome not in ("ok", "invalid"):
            return found, model
        second = _validated(reply, request, whole=whole)
        other = by is not None and is_of_another(reply, by)
        return (found, model) if other or not better(second, found) else (second, reply.model)

    async def _answered(self, request: Request) -> tuple[Request, Reply | Kept | None]:
        """The reply to a request, or to what is asked in its place where thinking cut it."""
        while True:
            request, reply = await self.reply(request)
            if not isinstance(reply, Reply) or reply.outcome != "truncated":
                return request, reply
            expected = expected_usage(request, self.input)
            again = escalated(request, reply, expected.input_tokens)
            if again is None:
                return request, reply
            request = again

    async def reply(self, request: Request) -> tuple[Request, Reply | Kept | None]:
        """The reply to a request, without the pages that can't be shown, or what the ledger has of
        it; None if there are no pages."""
        while True:
            request = self.readable(request)
            if not request.pages:
                return request, None
            async with self.gateway.alone(request.key):
                stored = await self.gateway.ledger.reply(request.key)
                if stored is not None:
                    return request, self.saved(stored, request.key)
                if kept := await self.known(request):
                    return request, kept
                async with self.gateway.ready.turn():
                    parts = await self._parts(request)
                    if parts is not None:
                        reply = await self._send(request, self._call(request, parts))
                        if reply is not None:
                            return request, reply
            if parts is not None:  # another process waits for it
                await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def known(self, request: Request) -> Kept | None:
        """What an earlier answer has of a request that is to be sent."""
        if self.whole or request.key in self.undivided:
            return None
        return await kept_of(self.gateway.ledger, request)

    def readable(self, request: Request) -> Request:
        """The request without the pages that can't be shown."""
        known = self.unreadable.problems if self.unreadable else {}
        if not known.keys() & set(request.pages):
            return request
        pages = tuple(page for page in request.pages if page not in known)
        # It is a part of a longer document even where it is the only one that can be read.
        return replace(request, pages=pages)

    async def _parts(self, request: Request) -> tuple[Part, ...] | None:
        """What is sent of examples and pages; None where a page turned out to be one that can't be
        shown."""
        found = list(await self.examples.parts(request))
        failed = False
        for shown in await together(self._shown(number) for number in request.pages):
            failed = failed or shown is None
            found += shown or ()
        return None if failed else tuple(found)

    async def _shown(self, number: int) -> tuple[Part, ...] | None:
        try:
            return await self.input.parts(number)
        except SourceError as error:
            if self.unreadable is None:
                raise
            await self.unreadable.add(number, error)
            return None

    def _call(self, request: Request, parts: tuple[Part, ...]) -> Call:
        system, question = wording(request)
        return Call(
            system=system,
            parts=(*parts, TextPart(question)),
            json_schema=request.wire.json_schema,
            schema_name=request.schema.name,
            max_tokens=request.max_tokens,
            effort=request.effort,
        )

    async def _send(self, request: Request, call: Call) -> Reply | None:
        """Send when there is a free slot; None where another process has sent just this."""
        async with self.gateway.slots:
            left = self.clock.left
            if left <= 0:
                return Reply(
                    outcome="failed",
                    code="deadline",
                    message=f"the document's {self.clock.limit:g} seconds at models are over",
                    attempts=0,
                )
            expected = self.gateway.expected(expected_usage(request, self.input))
            call = replace(call, timeout=min(CALL_SECONDS, left))
            sent = await self.gateway.send(
                request.key, await self._request_meta(request), call, expected, self.clock
            )
        if sent is None:
            return None
        if sent.saved:
            return self.saved(sent.reply, request.key)
        self.sent |= request.wire.paths
        self.paid.add(request.key)
        return self._paid(sent)

    async def _request_meta(self, request: Request) -> RequestMeta:
        shape = await noted_shape(self.gateway, request)
        return replace(
            self.meta,
            family=request.family if shape else "",
            shape=shape,
            pages=request.span,
            purpose=request.purpose,
            schema_name=request.schema.name,
            schema_hash=request.schema.hash,
        )

    def saved(self, reply: Reply, key: str = "") -> Reply:
        """Book a reply that the ledger held; of a request that was paid for here, nothing more."""
        if key not in self.paid:
            self.taken += saved_by(reply)
        self._heard(reply)
        return reply

    def _paid(self, sent: Sent) -> Reply:
        spent = sent.spending
        self.spending += spent
        self._heard(sent.reply)
        self._count_tier(sent.reply)
        if self.on_spent is not None:
            self.on_spent(spent.cost)
        return sent.reply

    def _count_tier(self, reply: Reply) -> None:
        if self.tier != "flex" or reply.outcome == "failed":
            return
        if reply.tier == "flex":
            self.in_flex += 1
        else:
            self.at_standard["refused" if reply.refused == TIER else "no_room"] += 1

    def tier_refused(self) -> list[Problem]:
        """The problems of a document that was to be answered in the flex tier and was not."""
        all_ = self.at_standard.total() + self.in_flex
        return [
            Problem(
                code="tier_refused",
                message=f"The flex tier {TIER_LOST[why][0]} {count} of {all_} answers: they came "
                "in the standard tier, at its price.",
                way_out=TIER_LOST[why][1],
            )
            for why, count in sorted(self.at_standard.items())
        ]

    def _heard(self, reply: Reply) -> None:
        if reply.model and reply.outcome != "failed":
            self.served.add(reply.model)


def _validated(reply: Reply, request: Request, *, whole: bool) -> Validated:
    with span("validate", {"docglean.schema": request.schema.name}) as mark:
        found = validate(reply, request, whole=whole)
        mark.set({"docglean.complaints": len(found.complaints)})
        return found
