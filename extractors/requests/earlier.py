"""What of a request an earlier one has asked already, under a schema of which some fields were
others: pure.

Requests of one family differ in the fields that they ask for, and in nothing else. Fields that are
what they were need not be asked for again; of those that are new or have changed, with what they
can't be read without, a request of its own is made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from docglean.extractors.requests.plan import Request
from docglean.schemas.subset import outermost_list, with_surroundings
from docglean.schemas.wire.field_hashes import field_hashes

MOST_ASKED = 0.5
"""Share of a request's fields, above which all of them are asked for: the request would be hardly
smaller, and an answer is the better for what stands around a value."""

Fields = Mapping[str, str]
"""Hashes of leaves by path; see `field_hashes`."""


@dataclass(frozen=True, slots=True)
class Division:
    """A request in two: what an earlier answer has, and what is still to be asked.

    Attributes:
        kept: to read the earlier answer by; it is never sent.
        asked: the fields that are missing and what they can't be read without; None where only
            fields were taken away, or put into another order.
        taken: of these fields the new answer counts; of those beside them, the earlier one.
    """

    kept: Request
    asked: Request | None
    taken: frozenset[str]


def fields_of(request: Request) -> Fields:
    """The leaves that a request asks for."""
    known = field_hashes(request.schema)
    return {path: known[path] for path in sorted(request.wire.paths)}


def shape_of(fields: Fields) -> str:
    """A name for these fields: the same for the same ones."""
    return hashlib.sha256(json.dumps(sorted(fields.items())).encode()).hexdigest()


def may_be_divided(request: Request) -> bool:
    """Whether it asks for a document's values by all of a schema: what another engine is asked for
    again, which schema fits and where documents begin are questions of their own."""
    return request.purpose == "extract" and request.schema.whole == request.schema.hash


def divided(request: Request, before: Fields) -> Division | None:
    """A request without what an earlier one of its family has asked; None where all of it is to be
    asked.

    Lists are asked for whole, so that no entry is put together of two answers.

    Args:
        before: what the earlier one asked for.
    """
    now = fields_of(request)
    new = frozenset(path for path, told in now.items() if before.get(path) != told)
    if not new:
        return Division(request, None, frozenset())
    root = request.schema.root
    asked = with_surroundings(root, new).intersection(now)
    if len(asked) == len(now) or len(asked) > MOST_ASKED * len(now):
        return None
    lists = frozenset(path for path in asked if outermost_list(root, path) is not None)
    taken = new | lists
    return Division(
        replace(request, paths=frozenset(now) - taken), replace(request, paths=asked), taken
    )
