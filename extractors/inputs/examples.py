"""Which labelled documents stand before a document in its requests, and what is sent of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from docglean.extractors.documents.words import PageWords
from docglean.extractors.examples.gallery import FIRST, Gallery, OpenExample
from docglean.extractors.extraction import ExampleRecord
from docglean.extractors.inputs.build import page_policy, shown_pages
from docglean.extractors.inputs.pages import PagesInput
from docglean.extractors.models.base import Part, TextPart
from docglean.extractors.reader import Shown
from docglean.extractors.render_policy import within
from docglean.extractors.requests.example_texts import around
from docglean.extractors.requests.examples import Example
from docglean.extractors.requests.plan import Request, Room
from docglean.extractors.requests.prompts import EXAMPLES_END, UNDRAWN
from docglean.extractors.requests.template import example_tokens, room
from docglean.extractors.run import RunContext
from docglean.schemas.errors import Problem, SourceError

EDGE = 1024
"""Longest side in pixels of an example's image: print of a usual size can be read, and it costs a
half to a tenth of what the document's own page does."""
MOST_TOKENS = 4_000
"""Of one example, its page and its answer: a dense page of text with thirty rows of a table."""
SHARE = 0.5
"""Of what a request takes beside its instructions, that all examples together may fill."""
MORE = 8
"""Labelled documents that are looked at beyond those wanted, where the nearest are too large."""


@dataclass(frozen=True, slots=True)
class ShownExamples:
    """The examples of one document, and what draws them.

    Attributes:
        views: by the SHA-256 of an example's document.
        records: which they are, for the result.
        problems: why there are fewer than were asked for.
    """

    examples: tuple[Example, ...] = ()
    gallery: Gallery | None = None
    views: Mapping[str, PagesInput] = field(default_factory=dict)
    records: tuple[ExampleRecord, ...] = ()
    problems: tuple[Problem, ...] = ()

    async def parts(self, request: Request) -> tuple[Part, ...]:
        """What is sent before the pages of a request: its examples, each with its answer."""
        found: list[Part] = []
        for example, above, below in around(request):
            found += [TextPart(above), *await self._page(example), TextPart(below)]
        return (*found, TextPart(EXAMPLES_END)) if found else ()

    async def _page(self, example: Example) -> tuple[Part, ...]:
        assert self.gallery is not None
        draw = partial(self.views[example.document].content, FIRST)
        try:
            return await self.gallery.drawn((example.document, example.reads), draw)
        except SourceError:  # the document itself can be read all the same
            return (TextPart(UNDRAWN),)


async def examples_for(run: RunContext, shown: Shown, request: Request) -> ShownExamples:
    """The labelled documents nearest to a document, as far as they fit into its requests.

    One that is too large is passed over for the next nearest. A recording gets none.

    Args:
        request: for all of a schema, without examples and pages.
    """
    gallery = run.gallery
    if gallery is None or shown.input.medium != "pages" or not shown.pages:
        return ShownExamples()
    opened, first = shown.opened, shown.pages[0]
    await opened.words.read([first])
    page = opened.words.pages[first]
    if not isinstance(page, PageWords):
        return ShownExamples()
    if note := gallery.said_first(request.schema.whole):
        run.tell(opened.name, "planned", note=note)
    ranked = await gallery.nearest(opened.document, page, request.schema.whole, run.turns)
    taken: list[Example] = []
    views: dict[str, PagesInput] = {}
    records: list[ExampleRecord] = []
    size = room(run.engine, run.capability, request)
    for labelled in ranked[: gallery.count + MORE]:
        if len(taken) == gallery.count:
            break
        example, view = await _example(run, await gallery.open(labelled, run.turns))
        more = replace(request, examples=(*taken, example))
        alone = replace(request, examples=(example,))
        fits = example_tokens(alone) <= MOST_TOKENS
        if fits and _leaves_room(size, room(run.engine, run.capability, more)):
            taken.append(example)
            views[example.document] = view
            records.append(ExampleRecord(name=labelled.name, sha256=labelled.sha256))
    wanted = min(gallery.count, len(ranked))
    problems = (_left_out(opened.name, len(taken), wanted),) if len(taken) < wanted else ()
    return ShownExamples(tuple(taken), gallery, views, tuple(records), problems)


async def _example(run: RunContext, opened: OpenExample) -> tuple[Example, PagesInput]:
    policy = page_policy(run)
    small = None if policy is None else within(policy, EDGE)
    view = await shown_pages(run, opened.document, opened.words, (FIRST,), small)
    [unit] = view.units([FIRST])
    values = json.dumps(opened.labelled.values, sort_keys=True, ensure_ascii=False)
    document = opened.document
    return Example(
        document.sha256, len(document.pages), view.reads, values, unit.tokens, unit.pixels
    ), view


def _leaves_room(without: Room, beside: Room) -> bool:
    """Whether enough is left for the document: for an image of it, too, where images are sent."""
    tokens = beside.tokens >= (1 - SHARE) * without.tokens
    return tokens and beside.bytes >= (1 - SHARE) * without.bytes and beside.images >= 1


def _left_out(name: str, shown: int, wanted: int) -> Problem:
    return Problem(
        code="examples_left_out",
        message=f"{name}: {shown} of {wanted} examples were shown beside it: the nearest are "
        f"larger than {MOST_TOKENS:,} tokens each, or fill more than half of a request.",
        way_out="Take a model of a larger context or one that takes several images, or leave "
        "long documents out of the examples.",
    )


def refused(name: str) -> Problem:
    """That a request was sent again without its examples."""
    return Problem(
        code="examples_left_out",
        message=f"{name}: the server would not take a request of this size, so it was sent "
        "again without its examples.",
        way_out="Ask for fewer with --example-count.",
    )
