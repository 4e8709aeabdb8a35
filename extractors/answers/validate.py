"""A reply -> data in the schema's shape, with what is wrong with it told in words.

What the wire cannot hold (bounds, patterns, the user's own validators) is checked here by
Pydantic. What is found in a reply is first the text of one re-ask; what is left at the end, when
the document has been put together, are problems on the Extraction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from docglean.extractors.answers.similarity import bare
from docglean.extractors.answers.token_signals import TokenReading, token_reading
from docglean.extractors.extraction import Evidence
from docglean.extractors.model_input import Medium
from docglean.extractors.models.answer_text import CUT_JSON
from docglean.extractors.models.base import Reply
from docglean.extractors.models.loose_json import Loose, read_object
from docglean.extractors.requests.plan import Request
from docglean.schemas.checks import Outcomes, broken
from docglean.schemas.errors import Problem, shown
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Check
from docglean.schemas.schema import Schema
from docglean.schemas.values import leaf_value
from docglean.schemas.wire.dialects import plain
from pydantic import TypeAdapter, ValidationError


@dataclass(frozen=True, slots=True)
class Validated:
    """What a reply says.

    Attributes:
        data: decoded, list entries as `Row`s; None where the reply held none.
        problems: what is lost of the answer, or was mended. Values that break the schema are not
            among them: they are found again when the document has been put together.
        complaints: what the model could put right if it was asked again.
        tokens: how probable its values were.
    """

    data: Any
    problems: tuple[Problem, ...] = ()
    complaints: tuple[str, ...] = ()
    tokens: TokenReading = field(default_factory=TokenReading)


def validate(reply: Reply, request: Request, *, whole: bool) -> Validated:
    """Decode and check a reply.

    A truncated reply is read as far as it goes and marked; a refusal has no data.

    Args:
        whole: this one request asks for all of the document, so that validators which look at
            several fields can speak.
    """
    if reply.outcome in ("refused", "failed", "too_large"):
        return Validated(None, (lost(reply, request),))
    found = (
        read_object(reply.text) if reply.outcome != "invalid" or reply.code == CUT_JSON else None
    )
    if reply.outcome == "truncated":
        cut = {} if found is None else found.value
        return Validated(request.wire.decode(cut).data, (lost(reply, request),))
    if found is None:
        cause = reply.message or "it was not JSON"
        invalid = reply.model_copy(update={"outcome": "invalid", "message": cause})
        return Validated(None, (lost(invalid, request),), (cause,))
    decoded = request.wire.decode(found.value)
    if found.cut:
        return Validated(decoded.data, (lost(reply, request),), (reply.message,))
    faults = {problem.path: problem.message for problem in decoded.problems}
    for problem in check_leaves(request.schema, decoded.data):
        faults.setdefault(problem.path, problem.message)
    if whole:
        # A required value that the document does not have is not asked for again: that would
        # be asking for a guess.
        _, breaches = request.schema.validate(plain(decoded.data)[0])
        for problem in breaches:
            if problem.code != "missing":
                faults.setdefault(problem.path, problem.message)
    complaints = [f"{path or 'the answer'}: {words}" for path, words in faults.items()]
    if found.lost:
        complaints.append("it was not JSON, and not all of it could be made out")
    mended = _mended(request, found) if reply.repaired or found.repaired else ()
    tokens = token_reading(reply, found, request.wire, decoded.data)
    return Validated(decoded.data, mended, tuple(complaints), tokens)


def _mended(request: Request, found: Loose) -> tuple[Problem, ...]:
    message = f"The answer about {_pages(request)} was not clean JSON and had to be mended"
    if found.lost:
        message += f"; {len(found.lost)} words of it are in no value"
    return (
        Problem(
            code="repaired",
            message=f"{message}.",
            page=request.pages[0] if request.pages else None,
            way_out="Use a server with constrained decoding, or check the values.",
            severity="review" if found.lost else "warning",
        ),
    )


def lost(reply: Reply, request: Request) -> Problem:
    """The problem of a request without a usable or whole answer."""
    pages = _pages(request)
    what, way_out = {
        "truncated": (
            f"the answer about {pages} was cut off at {request.max_tokens} tokens",
            "Raise max_tokens in the engine, or ask for fewer fields.",
        ),
        "refused": (f"the model refused to answer about {pages}", "Try another engine."),
        "invalid": (
            f"the answer about {pages} was "
            + ("broken off" if reply.code == CUT_JSON else "not usable"),
            "Try again or another engine.",
        ),
        "too_large": (
            f"a request with {pages} is more than the model takes",
            "Use an engine with a larger context, or set its context size.",
        ),
    }.get(
        reply.outcome,
        (f"the call about {pages} failed", "Run again: what came back is kept."),
    )
    detail = f": {reply.message.rstrip('.')}" if reply.message else ""
    return Problem(
        code=reply.code or reply.outcome,
        message=f"{what[0].upper()}{what[1:]}{detail}.",
        page=request.pages[0] if request.pages and request.medium == "pages" else None,
        way_out=way_out,
        severity="error",
    )


def _pages(request: Request) -> str:
    noun = "page" if request.medium == "pages" else "part"
    plural = "s" if len(request.pages) > 1 else ""
    return f"{noun}{plural} {request.span}"


def completed(field: Field, data: Any) -> Any:
    """`data` (without `Row`s) with every field of the schema: absent values null, lists []."""
    if field.shape == "object":
        inner = data if isinstance(data, dict) else {}
        return {child.name: completed(child, inner.get(child.name)) for child in field.children}
    if field.shape == "list":
        entries = data if isinstance(data, list) else []
        return [completed(field.item, entry) for entry in entries]
    return data


def check_values(
    schema: Schema, values: dict[str, Any], outcomes: Outcomes | None = None
) -> list[Problem]:
    """What is wrong with a whole document's values: the schema's bounds, then its checks.

    Args:
        outcomes: of the schema's checks on these values, where they are known.

    A value that its field's kind or type does not take has code ``breaks_schema``, one that the
    schema requires ``missing``, a broken check ``check_failed``. The values stay as they are.
    """
    problems = {problem.path: problem for problem in check_leaves(schema, values)}
    _, breaches = schema.validate(values)
    for problem in breaches:
        problems.setdefault(problem.path, problem)
    return [*problems.values(), *broken(schema.outcomes(values) if outcomes is None else outcomes)]


def check_leaves(schema: Schema, data: Any) -> list[Problem]:
    """Values which the field's own kind or type does not take, one problem each."""
    found: list[Problem] = []
    _check(schema.root, data, "", _adapters(schema), found)
    return found


def _check(
    field: Field,
    data: Any,
    pointer: str,
    adapters: dict[str, TypeAdapter[Any]],
    out: list[Problem],
) -> None:
    data = bare(data)
    if data is None:
        return
    if not _has_shape(field, data):
        return  # whoever validates the whole says so
    if field.shape == "object":
        for child in field.children:
            if child.name in data:
                _check(child, data[child.name], f"{pointer}/{child.name}", adapters, out)
        return
    if field.shape == "list":
        for index, entry in enumerate(data):
            _check(field.item, entry, f"{pointer}/{index}", adapters, out)
        return
    reason = fault(field, data, adapters.get(field.path))
    if reason:
        out.append(
            Problem(
                code="breaks_schema",
                message=f"{shown(data)} is not accepted: {reason}.",
                path=pointer,
            )
        )


def _has_shape(field: Field, data: Any) -> bool:
    """Whether what should be an object or a list is one."""
    return field.shape == "value" or isinstance(data, dict if field.shape == "object" else list)


def fault(field: Field, value: Any, adapter: TypeAdapter[Any] | None) -> str:
    """Why a leaf's value is not accepted; empty where it is.

    Args:
        adapter: of the leaf's annotation; None where it has none.
    """
    try:
        leaf_value(field, value)
        if adapter is not None:
            # JSON mode: dates and decimals are text, also for strict types.
            adapter.validate_json(json.dumps(value, default=str))
    except ValidationError as error:
        return error.errors(include_url=False)[0]["msg"]
    except ValueError as error:
        return str(error).rstrip(".")
    return ""


@lru_cache(maxsize=64)
def _adapters(schema: Schema) -> dict[str, TypeAdapter[Any]]:
    return {
        leaf.path: TypeAdapter(leaf.annotation)
        for leaf in schema.root.leaves()
        if leaf.annotation is not None
    }


NOWHERE: dict[Medium, str] = {
    "pages": "was not found in the document",
    "audio": "was not heard in the recording",
    "sound": "was not heard in the recording",
    "video": "was neither seen nor heard in the film",
}


def missing_evidence(
    root: Field,
    values: dict[str, Any],
    evidence: Mapping[str, Evidence],
    *,
    medium: Medium = "pages",
) -> list[Problem]:
    """A problem for each value that a page should print (or somebody say) and that is nowhere."""
    found: list[Problem] = []

    def visit(field: Field, value: Any, pointer: str) -> None:
        if value is None or value == "":
            return
        if field.shape == "object":
            for child in field.children:
                visit(child, value.get(child.name), f"{pointer}/{child.name}")
        elif field.shape == "list":
            for index, entry in enumerate(value):
                visit(field.item, entry, f"{pointer}/{index}")
        elif field.kind is not None and field.kind.on_page and not isinstance(field.kind, Check):
            where = evidence.get(pointer)
            if where is None or where.how == "not_found":
                found.append(
                    Problem(
                        code="not_found",
                        message=f"{pointer} is {shown(value)}, which {NOWHERE[medium]}.",
                        path=pointer,
                        way_out="Look it up: it may be misread, or inferred.",
                    )
                )

    visit(root, values, "")
    return found


def deduplicated(problems: Sequence[Problem]) -> list[Problem]:
    """Each problem once; of two about the same page, the error."""
    errors = {(p.code, p.path, p.page) for p in problems if p.severity == "error"}
    found: dict[tuple[Any, ...], Problem] = {}
    for problem in problems:
        place = (problem.code, problem.path, problem.page)
        if problem.severity != "error" and place in errors and problem.page is not None:
            continue
        found.setdefault((*place, problem.message), problem)
    return list(found.values())
