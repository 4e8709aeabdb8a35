"""What all wires share: one request, a deadline, errors as outcomes, cost."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from docglean.extractors.models import errors, prices
from docglean.extractors.models.base import Call, Reply
from docglean.extractors.models.batch_port import BatchWire
from docglean.extractors.models.call_span import call_span
from docglean.extractors.models.capabilities import Capability, check_terms
from docglean.extractors.models.engines import Engine
from docglean.extractors.models.loose_json import storable
from docglean.extractors.models.refusals import TIER, Refusals
from docglean.extractors.models.served_model import priced_as
from docglean.extractors.models.transport import SHOULD_RETRY, asked_wait
from docglean.extractors.options import Tier
from docglean.schemas.errors import ConfigError, cause_of

if TYPE_CHECKING:
    import httpx2


logger = logging.getLogger("docglean")

NO_ROOM = frozenset({"no_capacity", "overloaded"})
"""Codes of a reply that a flex tier had no room for: OpenAI's 429 ``resource_unavailable``, and
503, which is Gemini's (ai.google.dev/gemini-api/docs/flex-inference)."""
POLLS = 2
"""Times that an SDK may resend what costs nothing: looks at a batch, its results."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """A success by its status: the body as received, and the provider's id of the request."""

    content: bytes
    request_id: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Client(ABC):
    """A `ModelClient`: one engine over one wire.

    A wire says how a call is written (`body`), how an answer is read (`read`), and how bytes
    travel (`post`); batches use the first two without the third.

    Attributes:
        operation: what a call is, in traces.
        tier_field: name of the field of a body that names the tier; empty where there is none.
        tier: asked for; set before the first call.
        refusals: what its server refused of requests.
    """

    operation = "chat"
    tier_field = ""
    tier: Tier = "standard"

    def __init__(self, engine: Engine, capability: Capability) -> None:
        self.engine = engine
        self.capability = capability
        self.refusals = Refusals(engine)
        self._answered = False
        self._told: set[str] = set()

    @abstractmethod
    def body(self, call: Call) -> dict[str, Any]:
        """The JSON body of the request, exactly as it is sent. Pure."""

    @abstractmethod
    def read(self, answer: Mapping[str, Any], call: Call) -> Reply:
        """What a decoded answer says; without cost, time and attempts. Pure.

        Raises:
            BadAnswer: it is no answer of this wire.
        """

    @abstractmethod
    async def post(self, body: Mapping[str, Any], timeout: float) -> RawAnswer:
        """Send a body. Raises what the SDK raises."""

    def batches(self) -> BatchWire:
        """The provider's batch API.

        Raises:
            ConfigError: ``no_batch``: it has none, or none that docglean speaks.
        """
        check_terms(self.engine, self.capability, batch=True, tier="standard")
        raise NotImplementedError

    @abstractmethod
    async def close(self) -> None:
        """Close connections."""

    def reply(self, answer: Mapping[str, Any], call: Call, *, batch: bool = False) -> Reply:
        """What a decoded answer says, with its cost. Batches read their results with this.

        Raises:
            ConfigError: the answer is an error that every later call would meet too.
        """
        try:
            reply = self._read(answer, call)
        except errors.BadAnswer as error:
            return self._bad(error)
        return self._priced(reply, batch=batch)

    def _read(self, answer: Mapping[str, Any], call: Call) -> Reply:
        """`read`, whatever a strange server put where numbers and texts should be."""
        try:
            return _storable(self.read(answer, call))
        except (AttributeError, TypeError, ValueError, LookupError, OverflowError) as error:
            raise errors.BadAnswer(
                "bad_body", f"the answer has parts of a wrong kind ({error})"
            ) from error

    async def send(self, call: Call) -> Reply:
        """Send one request and tell how it ended; provider trouble is an outcome, not a raise.

        Raises:
            ConfigError: the key, the model or the address is refused: every later call would
                fail too.
        """
        started = time.monotonic()
        with call_span(self.engine, call, self.operation) as told:
            try:
                async with asyncio.timeout(call.timeout):
                    reply = await self._exchange(call)
            except TimeoutError:
                reply = errors.unfinished(
                    self.engine,
                    "timeout",
                    f"no whole answer within {call.timeout:g} s",
                    sent=True,
                    again=False,
                )
            reply = reply.model_copy(
                update={
                    "seconds": time.monotonic() - started,
                    "model": reply.model or self.engine.model,
                }
            )
            told.answered(reply)
        return reply

    async def _exchange(self, call: Call) -> Reply:
        """Send, and read what comes; subclasses may say that another way is to be tried."""
        return await self._in_tier(self.body(call), call)

    async def _in_tier(self, body: dict[str, Any], call: Call) -> Reply:
        """Send in the tier that is asked for; what flex has no room for, or does not serve, once
        more in standard."""
        if self.tier != "flex":
            return await self._once(body, call)
        if self.refusals.no_tier:
            return _outside_tier(await self._once(body, call))
        reply = await self._once(body | {self.tier_field: "flex"}, call)
        refused = reply.refused == TIER
        if not refused and (reply.outcome != "failed" or reply.code not in NO_ROOM):
            return reply
        self._tell_once("does not serve" if refused else "has no room in")
        if refused:
            await self.refusals.learn(TIER, body)
        reply = await self._once(body, call)
        reply = reply.model_copy(update={"attempts": reply.attempts + 1})
        return _outside_tier(reply) if refused else reply

    def _tell_once(self, why: str) -> None:
        """Say, once for each reason, that calls are made outside the flex tier."""
        if why not in self._told:
            self._told.add(why)
            logger.warning(
                "%s %s its flex tier for %s: such calls are made in the standard tier, at its "
                "price.",
                self.engine.host,
                why,
                self.engine.model,
            )

    async def _once(self, body: Mapping[str, Any], call: Call) -> Reply:
        import httpx2

        try:
            answer = await self.post(body, call.timeout)
        except httpx2.HTTPError as error:
            return self._cut(error)
        except Exception as error:
            return self._sdk_error(error)
        self._answered = True
        try:
            reply = self._read(self._decoded(answer), call)
        except errors.BadAnswer as error:
            return self._bad(error).model_copy(update={"request_id": answer.request_id})
        # What was asked for in flex is only cheap where the answer says that it was.
        return self._priced(reply, batch=reply.tier == "flex").model_copy(
            update={"request_id": answer.request_id or reply.request_id}
        )

    def _decoded(self, answer: RawAnswer) -> Mapping[str, Any]:
        content = answer.content.strip()
        kind = answer.headers.get("content-type", "no content type")
        if not content:
            raise errors.BadAnswer("empty_body", "the answer has no body")
        try:
            decoded = json.loads(content)
        except (ValueError, RecursionError):
            cut = content[:1] in b"{["
            what = "cut off within its JSON" if cut else f"not JSON but {kind}"
            code = "cut_body" if cut else "wrong_content"
            raise errors.BadAnswer(code, f"the answer is {what}") from None
        if not isinstance(decoded, dict):
            raise errors.BadAnswer("bad_body", "the answer is JSON, but no object")
        return decoded

    def _sdk_error(self, error: Exception) -> Reply:
        """An exception of either SDK: they share names and attributes."""
        if isinstance(error.__cause__, ConfigError):
            raise error.__cause__  # nobody vouches for the request: it never left
        response: httpx2.Response | None = getattr(error, "response", None)
        if response is not None:
            self._answered = True
            if response.is_success:
                # An error inside a stream.
                fault = errors.fault_of(response.status_code, getattr(error, "body", None))
            else:
                fault = errors.read_fault(response.status_code, response.text)
            reply = errors.settle_fault(fault, self.engine)
            told = {
                "request_id": getattr(error, "request_id", None),
                "again_in": _again_in(reply, response),
            }
            if response.is_success and not self.capability.self_hosted:
                told["cost"] = None  # what came before the error may have been billed
            return reply.model_copy(update=told)
        if _named(error, "APITimeoutError", "APIConnectionError"):
            return self._cut(error.__cause__ or error)
        raise error

    def _cut(self, error: BaseException) -> Reply:
        import httpx2
        from docglean.extractors.models.bodies import TooLong

        if isinstance(error, TooLong):
            return errors.unfinished(
                self.engine, "endless_answer", str(error), sent=True, again=False
            )
        if isinstance(
            error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.UnsupportedProtocol
        ):
            if not self._answered:
                raise errors.no_connection(self.engine, error) from error
            return errors.unfinished(
                self.engine, "connection", f"no connection: {cause_of(error)}", sent=False
            )
        if isinstance(error, httpx2.TimeoutException):
            return errors.unfinished(
                self.engine, "timeout", "no answer in time", sent=True, again=False
            )
        cause = str(error) or type(error).__name__
        return errors.unfinished(
            self.engine, "connection", f"the connection broke: {cause}", sent=True
        )

    def _bad(self, error: errors.BadAnswer) -> Reply:
        return errors.unfinished(self.engine, error.code, error.message, sent=True)

    def _priced(self, reply: Reply, *, batch: bool = False) -> Reply:
        """With the cost of its usage, unless that is settled (errors) or there is no usage."""
        if reply.outcome == "failed" or reply.cost is not None:
            return reply
        usage = reply.usage
        free = self.capability.self_hosted and "price" not in self.engine.parameters
        if not usage.input_tokens and not usage.output_tokens and not free:
            return reply
        engine = priced_as(self.engine, reply.model)
        return reply.model_copy(update={"cost": prices.price(engine, usage, batch=batch)})


def _storable(reply: Reply) -> Reply:
    """Without what no database and no file takes, wherever a server put it."""
    told = {name: value for name, value in reply if isinstance(value, str)}
    return reply.model_copy(update={name: storable(value) for name, value in told.items()})


def _outside_tier(reply: Reply) -> Reply:
    """An answer with the mark that its server refuses the tier that was asked for."""
    return reply if reply.outcome == "failed" else reply.model_copy(update={"refused": TIER})


def _again_in(reply: Reply, response: httpx2.Response) -> float | None:
    """When to ask again a server that answered with an error."""
    if not reply.retryable or response.headers.get(SHOULD_RETRY) == "false":
        return None
    return asked_wait(response.headers) or 0.0


def _named(error: Exception, *names: str) -> bool:
    """Whether the error's class or one that it derives from has one of these names."""
    return any(kind.__name__ in names for kind in type(error).__mro__)
