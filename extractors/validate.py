"""A reply -> data in the schema's shape, with what is wrong with it told in words.

What the wire cannot hold (bounds, patterns, the user's own validators) is checked here by
Pydantic. What is found is first the text of one re-ask, then problems on the Extraction.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from docglean.extractors.models.base import Reply
from docglean.extractors.plan import Request
from docglean.schemas.dialects import Row, plain
from docglean.schemas.errors import Problem
from docglean.schemas.fields import Field


@dataclass(frozen=True, slots=True)
class Validated:
    """Decoded data (list entries as `Row`s; None where the reply held none) and its problems.

    `complaints` are those that the model could put right if it was asked again.
    """

    data: Any
    problems: tuple[Problem, ...] = ()
    complaints: tuple[str, ...] = ()


def validate(reply: Reply, request: Request, *, whole: bool) -> Validated:
    """What a reply says. `whole`: this one request asks for all of the document.

    A truncated reply is read as far as it goes and marked; a refusal has no data.
    """
    if reply.outcome in ("refused", "failed", "too_large"):
        return Validated(None, (_lost(reply, request),))
    raw, cause = _load(reply)
    if cause:
        problem = _lost(reply.model_copy(update={"outcome": "invalid", "message": cause}), request)
        return Validated(None, (problem,), (cause,))
    decoded = request.wire.decode(raw)
    problems = list(decoded.problems)
    problems += check_leaves(request.schema.root, decoded.data)
    if whole:
        told = {problem.path for problem in problems}
        _, breaches = request.schema.validate(plain(decoded.data)[0])
        problems += [
            problem
            for problem in breaches
            if problem.code != "missing" and problem.path not in told
        ]
    complaints = tuple(
        f"{problem.path or 'the answer'}: {problem.message}" for problem in problems
    )
    if reply.outcome == "truncated":
        return Validated(decoded.data, (_lost(reply, request), *problems))
    if reply.repaired:
        problems.append(
            Problem(
                code="repaired",
                message="The answer was not clean JSON and had to be mended.",
                page=request.pages[0] if request.pages else None,
                way_out="Use a server with constrained decoding, or check the values.",
            )
        )
    return Validated(decoded.data, tuple(problems), complaints)


def _load(reply: Reply) -> tuple[Any, str]:
    """The reply's JSON, and why there is none."""
    if reply.outcome == "truncated":
        import jiter

        try:
            return jiter.from_json(reply.text.encode(), partial_mode="trailing-strings"), ""
        except ValueError:
            return {}, ""
    if reply.outcome == "invalid":
        return None, reply.message or "it was not JSON"
    try:
        return json.loads(reply.text), ""
    except ValueError as error:
        return None, f"it was not JSON: {error}"


def _lost(reply: Reply, request: Request) -> Problem:
    """The problem of a request without a usable or whole answer."""
    pages = _pages(request.pages)
    what, way_out = {
        "truncated": (
            f"the answer about {pages} was cut off at {request.max_tokens} tokens",
            "Raise max_tokens in the engine, or ask for fewer fields.",
        ),
        "refused": (f"the model refused to answer about {pages}", "Try another engine."),
        "invalid": (f"the answer about {pages} was not usable", "Try again or another engine."),
        "too_large": (
            f"{pages} is more than the model takes in one request",
            "Use an engine with a larger context, or set its context size.",
        ),
    }.get(reply.outcome, (f"the call about {pages} failed", "Run again: what is paid is kept."))
    detail = f": {reply.message}" if reply.message else ""
    return Problem(
        code=reply.code or reply.outcome,
        message=f"{what[0].upper()}{what[1:]}{detail}",
        page=request.pages[0] if request.pages else None,
        way_out=way_out,
        severity="error",
    )


def _pages(pages: tuple[int, ...]) -> str:
    if len(pages) <= 1:
        return f"page {pages[0]}" if pages else "the document"
    return f"pages {pages[0]} to {pages[-1]}"


def check_leaves(root: Field, data: Any) -> list[Problem]:
    """Values which the field's own type does not take (bounds, patterns), one problem each."""
    found: list[Problem] = []
    _check(root, data, "", found)
    return found


def _check(field: Field, data: Any, pointer: str, out: list[Problem]) -> None:
    if data is None:
        return
    if field.shape == "object":
        for child in field.children:
            _check(child, data.get(child.name), f"{pointer}/{child.name}", out)
    elif field.shape == "list":
        for index, entry in enumerate(data):
            value = entry.value if isinstance(entry, Row) else entry
            _check(field.item, value, f"{pointer}/{index}", out)
    elif field.annotation is not None:
        try:
            _adapter(field).validate_python(data)
        except ValidationError as error:
            reason = error.errors(include_url=False)[0]["msg"]
            out.append(
                Problem(
                    code="breaks_schema",
                    message=f"{data!r} is not accepted: {reason}.",
                    path=pointer,
                    severity="error",
                )
            )


@lru_cache(maxsize=4096)
def _adapter(field: Field) -> TypeAdapter[Any]:
    return TypeAdapter(field.annotation)
