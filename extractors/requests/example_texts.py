"""What a request says of each of its examples, above and below the example's page. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from docglean.extractors.requests import prompts
from docglean.extractors.requests.examples import Example
from docglean.extractors.requests.plan import Request


def answers(request: Request) -> Iterator[tuple[Example, str]]:
    """The examples of a request that say something of the fields asked for, with that as JSON, in
    the form that the answer is to have."""
    for example in request.examples:
        told = request.bare_wire.encode(json.loads(example.values), request.dialect.nullable)
        if told:
            yield example, json.dumps(told, ensure_ascii=False)


def around(request: Request) -> list[tuple[Example, str, str]]:
    """Each example that is shown, with what is said above and below its page."""
    shown = list(answers(request))
    return [
        (
            example,
            prompts.example_caption(number, len(shown), example.pages),
            prompts.example_answer(number, example.pages, answer),
        )
        for number, (example, answer) in enumerate(shown, start=1)
    ]
