"""Found out before a request is sent: whether an earlier answer, to a schema of which some fields
were others, has most of it.

The earlier answer is that of the same model, prompt, pages and document (`Request.family`), it came
whole, and what the schema had against it was asked for once more at the time. Where that is not so
all is asked for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from docglean.extractors.answers.validate import validate
from docglean.extractors.gateway.gateway import ModelGateway
from docglean.extractors.ledger.earlier_answers import SHAPE
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.models.base import Reply
from docglean.extractors.requests.earlier import (
    Division,
    divided,
    fields_of,
    may_be_divided,
    shape_of,
)
from docglean.extractors.requests.plan import Request


@dataclass(frozen=True, slots=True)
class Kept:
    """What an earlier answer has of a request.

    Attributes:
        replies: of one model, to the earlier request and to its re-ask if there was one.
    """

    division: Division
    replies: tuple[Reply, ...]

    @property
    def model(self) -> str:
        """The one that answered, in its own words."""
        return self.replies[0].model


class OtherModel(Exception):
    """What was asked in addition was answered by another model than the rest: behind one name a
    provider may put a new one. The answers of two are never put together."""


async def kept_of(ledger: Ledger, request: Request) -> Kept | None:
    """What the ledger has of a request that it has no answer to; None where all is to be asked."""
    if not may_be_divided(request):
        return None
    earlier = await ledger.earlier(request.family)
    shapes = await ledger.kept_many(SHAPE, [one.shape for one in earlier])
    found: list[tuple[Division, tuple[str, ...]]] = []
    for one in earlier:
        division = divided(request, json.loads(shapes.get(one.shape, "{}")))
        if division is not None:
            found.append((division, one.keys))
    if not found:
        return None
    division, keys = min(found, key=lambda pair: _size(pair[0].asked))
    known = await ledger.replies(keys)
    replies = tuple(known[key] for key in keys if key in known)
    if len(replies) < len(keys) or len({reply.model for reply in replies}) > 1:
        return None
    unsettled = len(replies) == 1 and validate(replies[0], division.kept, whole=False).complaints
    return None if unsettled else Kept(division, replies)


def _size(request: Request | None) -> int:
    return 0 if request is None else len(request.wire.paths)


async def noted_shape(gateway: ModelGateway, request: Request) -> str:
    """The name of the fields that a request asks for, by which the ledger knows them from now on;
    empty for a request that is of no use to later ones."""
    if request.schema.whole != request.schema.hash or request.purpose not in ("extract", "re-ask"):
        return ""
    fields = fields_of(request)
    shape = shape_of(fields)
    if shape not in gateway.noted:
        await gateway.ledger.keep(SHAPE, shape, json.dumps(fields), lasting=False)
        gateway.noted.add(shape)
    return shape
