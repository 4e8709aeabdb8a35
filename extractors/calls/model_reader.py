"""A model as a reader: all requests that plan made are asked, and their answers put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from docglean.extractors.answers.conflicts import dissenting
from docglean.extractors.answers.cuts import uncut
from docglean.extractors.answers.merge import join
from docglean.extractors.answers.readings import Reading, unite
from docglean.extractors.answers.token_signals import token_signals
from docglean.extractors.calls.session import DocumentSession
from docglean.extractors.concurrency import alongside, together
from docglean.extractors.extraction import add_all
from docglean.extractors.gateway.sent import DeadlineClock
from docglean.extractors.inputs.examples import examples_for
from docglean.extractors.inputs.film import FilmInput
from docglean.extractors.ledger.tables import Purpose, RequestMeta
from docglean.extractors.models.served_model import served_by_another
from docglean.extractors.reader import Answer, Reader, ReaderReport, Shown
from docglean.extractors.requests import schema_choice
from docglean.extractors.requests.beginnings import beginnings_schema, beginnings_told, page_before
from docglean.extractors.requests.plan import Request, plan, windows
from docglean.extractors.requests.template import room, template
from docglean.extractors.requests.token_estimate import expected_usage
from docglean.extractors.run import RunContext
from docglean.extractors.speech.transcriber import of_this_recording
from docglean.extractors.versions import PROMPT_VERSION
from docglean.schemas.errors import ConfigError, ModelError, Problem, SourceError
from docglean.schemas.schema import Schema
from docglean.schemas.wire.dialects import plain

MANY_CALLS = 50
"""From where the size of a document is said."""
SMALL_ANSWER = 2_000
"""Tokens: limit of an answer that holds no values, for a model that does not think first."""
PREVIEWS = 20
"""Pages in a request that asks only where documents begin: they are small, and their answers are.
Claude takes larger images only up to so many in a request (platform.claude.com, vision)."""


class ModelReader(Reader):
    """Reads a document by asking the run's model.

    Attributes:
        session: all that is asked about the document.
    """

    session_type: ClassVar[type[DocumentSession]] = DocumentSession

    def __init__(self, run: RunContext, shown: Shown) -> None:
        super().__init__(run, shown)
        opened = shown.opened
        self._told: list[Problem] = []
        self.session = self.session_type(
            gateway=run.gateway,
            input=shown.input,
            meta=RequestMeta(
                document=opened.document.sha256,
                name=opened.name,
                engine=run.engine.spec,
                prompt_version=PROMPT_VERSION,
                run=run.options.run,
            ),
            clock=DeadlineClock(run.settings.deadline),
            tier=run.options.tier,
            unreadable=shown.unreadable,
            on_spent=lambda cost: run.tell(opened.name, "paid", cost=cost),
        )

    async def likelihoods(
        self, schemas: tuple[Schema, ...], pages: Sequence[int]
    ) -> Mapping[str, float] | None:
        """As `Reader.likelihoods`, by a small request on the first pages.

        Raises:
            SourceError: ``not_sorted``, there was no answer.
        """
        request = self._small_request(schema_choice.sorting_schema(schemas), "sort")
        reading = await self.session.ask(replace(request, pages=tuple(pages)))
        self.session.halt()
        if reading.data is None:
            raise SourceError(
                "not_sorted",
                f"{self.shown.opened.name}: the engine could not tell which schema fits.",
                "Name the schema to read it by: --schema NAME.",
            )
        data: dict[str, Any] = plain(reading.data)[0]
        return data

    async def beginnings(self, asked: Collection[int]) -> Mapping[int, bool]:
        """Whether another document begins on a page than on the one before it.

        Args:
            asked: the pages in question; they and those before them are shown.

        Returns:
            By page, as far as there is an answer.
        """
        run, shown = self.run, self.shown
        request = self._small_request(beginnings_schema(), "split")
        size = room(run.engine, run.capability, request)
        if run.engine.number("window") is None:
            size = replace(size, units=PREVIEWS)
        cuts = windows(shown.input.units(shown.pages), size, overlap=1)
        before = page_before(shown.opened.pages)
        wanted = [one for one in cuts if any(before.get(n) in one for n in one if n in asked)]
        readings = await together(
            self.session.ask(replace(request, pages=pages)) for pages in wanted
        )
        self.session.halt()
        told: dict[int, bool] = {}
        for reading in readings:
            data = {} if reading.data is None else plain(reading.data)[0]
            for page, begins in beginnings_told(reading.pages, data).items():
                if page in asked and before.get(page) in reading.pages:
                    told[page] = begins
        return told

    async def read(self, schema: Schema) -> Answer:
        """The answers to all requests as one; words to look it up in are read in the meantime."""
        groups = await self.requests(schema)
        async with alongside(self._prepare()):
            await self._say_size([window for windows in groups for window in windows])
            reading = await self.ask(self.session, schema, groups)
        self.session.halt()
        problems = [
            *served_by_another(self.run.engine.spec, self.session.served),
            *self.session.tier_refused(),
        ]
        if isinstance(self.shown.input, FilmInput):
            problems += self.shown.input.lost.values()
        if reading.data is None:
            return Answer(None, problems=tuple(problems))
        problems += dissenting(schema.root, reading.data)
        data, hints = plain(reading.data)
        # Parts that were played are not the stretches of the transcript.
        hints = {} if self.shown.input.medium == "sound" else hints
        values = uncut(schema.root, data)
        signals = token_signals(self.session.tokens, values)
        return Answer(values, hints=hints, signals=signals, problems=tuple(problems))

    def report(self) -> ReaderReport:
        """What the model's answers have cost so far, and what was lost of them."""
        session = self.session
        return ReaderReport(
            session.spent,
            tuple(sorted(session.served)),
            (*session.told(self.shown.pages), *self._told),
            {"model": session.clock.spent},
            session.examples.records,
        )

    async def requests(self, schema: Schema) -> tuple[tuple[Request, ...], ...]:
        """The requests that ask for a schema: windows of pages, for each group of its fields, the
        nearest labelled documents before them where a run has such."""
        run, shown = self.run, self.shown
        request = self._template(schema)
        self.session.examples = await examples_for(run, shown, request)
        self._told += self.session.examples.problems
        request = replace(request, examples=self.session.examples.examples)
        size = room(run.engine, run.capability, request)
        return plan(request, shown.input.units(shown.pages), size)

    async def ask(
        self, session: DocumentSession, schema: Schema, groups: Sequence[Sequence[Request]]
    ) -> Reading:
        """The answers to all of these requests as one: where an earlier answer has some of it and
        another model has answered the rest, all is asked anew.

        Args:
            groups: as `requests` gives them.
        """
        before = session.state()
        windows = [window for windows in groups for window in windows]
        unread = Counter(page for window in windows for page in window.pages)

        async def one(window: Request) -> Reading:
            reading = await session.ask(window, whole=len(windows) == 1)
            unread.subtract(window.pages)
            done = [page for page in window.pages if not unread[page]]
            self.run.tell(self.shown.opened.name, "read", pages=len(done))
            return reading

        async def group(windows: Sequence[Request]) -> Reading:
            readings = await together(map(one, windows))
            return session.noted(join(schema.root, readings))

        answers = await together(map(group, groups))
        if session.is_mixed:
            session.ask_whole(before)
            answers = await together(map(group, groups))
        return session.noted(unite(schema.root, answers))

    def _template(self, schema: Schema) -> Request:
        """A request to this document's model for all of a schema, without pages."""
        run, shown = self.run, self.shown
        request = template(
            run.engine,
            run.capability,
            shown.input,
            schema,
            document=shown.opened.document.sha256,
            instructions=run.options.instructions,
        )
        return replace(request, repeat=run.options.repeat)

    def _small_request(self, schema: Schema, purpose: Purpose) -> Request:
        """A request for something else than the document's values."""
        request = self._template(schema)
        thinks = request.effort != "none" and self.run.capability.own_effort is not None
        most = request.max_tokens
        return replace(
            request,
            instructions="",
            max_tokens=most if thinks else min(SMALL_ANSWER, most),
            purpose=purpose,
        )

    async def _say_size(self, windows: Sequence[Request]) -> None:
        """Say of a document that is far from small how large it is, before it is paid for."""
        session, shown, name = self.session, self.shown, self.shown.opened.name
        if len(windows) < MANY_CALLS:
            return
        stored = await session.gateway.ledger.replies(session.readable(one).key for one in windows)
        missing = len(windows) - len(stored)
        if not missing:
            return
        expected = partial(expected_usage, view=shown.input)
        total = add_all(session.gateway.expected(expected(one)).cost for one in windows)
        price = "" if not total else f", about ${total * missing / len(windows):.2f}"
        units = "pages" if shown.input.medium == "pages" else "parts"
        self.run.tell(
            name,
            "planned",
            note=f"{name} has {len(shown.pages):,} {units}: about {missing:,} calls{price}.",
        )

    async def _prepare(self) -> None:
        """Get what answers are looked up in: the pages' words, or a transcript of what is played.

        A recording is transcribed on this machine, or by the hosted engine that was named. Without
        one nothing is looked up.

        Raises:
            ConfigError: a hosted speech engine refuses its key.
        """
        opened = self.shown.opened
        if self.shown.input.medium != "sound":
            await opened.words.read(self.shown.pages)
            return
        try:
            await opened.speech.listen()
        except (ConfigError, SourceError, ModelError) as error:
            lost = of_this_recording(error, opened.name)
            self._told.append(
                Problem(
                    code="not_looked_up",
                    message=f"{opened.name}: what the model says was not looked up in a "
                    f"transcript. {lost.message}",
                    way_out=lost.way_out,
                )
            )
