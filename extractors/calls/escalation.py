"""What to ask for when thinking left no room for the answer: more room, then less thinking.

Models count their thinking toward the limit of the answer, and how much they think differs from
call to call (0 to 40,000 tokens about the same question). Halves of such a request meet the same
thinking again, so nothing is cut: the limit is raised once to what the model gives, then the
effort is lowered once, and that is all: three calls at the most.
"""

from __future__ import annotations

from dataclasses import replace

from docglean.extractors.models.base import Reply
from docglean.extractors.requests.plan import Request
from docglean.schemas.errors import Problem

CHARACTERS_A_TOKEN = 3
"""Of an answer's text, where the server does not tell what was thinking."""
TELLING = 500
"""Tokens of an answer from which the length of its text tells how much was thinking."""
SOME = 0.1
"""Share of an answer's tokens that went into thinking, from which more room may help."""
MOST = 0.5
"""Share from which nothing but more room or less thinking helps."""


def thinking_share(reply: Reply) -> float:
    """Share of an answer's tokens that went into thinking; 1 where there is no text at all."""
    output = reply.usage.output_tokens
    if not reply.text.strip():
        return 1.0
    if reply.usage.reasoning_tokens:
        return min(1.0, reply.usage.reasoning_tokens / max(output, 1))
    if output < TELLING:
        return 0.0
    return max(0.0, 1 - len(reply.text) / CHARACTERS_A_TOKEN / output)


def starved(reply: Reply) -> bool:
    """Whether thinking, rather than the length of the answer, is why it was cut."""
    return reply.outcome == "truncated" and thinking_share(reply) >= MOST


def escalated(request: Request, reply: Reply, input_tokens: int) -> Request | None:
    """The request to send in place of one whose answer thinking has cut; None where none helps.

    Args:
        input_tokens: expected of the request, to keep within the model's context.
    """
    if reply.outcome != "truncated" or thinking_share(reply) < SOME:
        return None
    limit = request.most_tokens
    if request.context_tokens:
        limit = min(limit, request.context_tokens - input_tokens)
    if limit > request.max_tokens:
        return replace(request, max_tokens=limit, most_tokens=limit)
    if starved(reply) and request.lowest_effort not in (None, request.effort):
        return replace(request, effort=request.lowest_effort)
    return None


def exhausted(request: Request) -> Problem:
    """The problem of a request of which thinking left no answer, with what may help."""
    ways = ["?effort= with a lower level"] if request.lowest_effort != request.effort else []
    if request.max_tokens < request.most_tokens or request.most_tokens == 0:
        ways.append("a larger ?max_tokens=")
    ways.append("a model that thinks less, or may be told not to")
    noun = "page" if request.medium == "pages" else "part"
    return Problem(
        code="thinking_used_up",
        message=f"The model thought until the limit of {request.max_tokens:,} tokens and left no "
        f"room for its answer about {noun}{'s' * (len(request.pages) > 1)} {request.span}.",
        page=request.pages[0] if request.pages and request.medium == "pages" else None,
        way_out=f"Take {', or '.join(ways)}.",
        severity="error",
    )
