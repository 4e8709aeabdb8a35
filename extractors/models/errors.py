"""What went wrong at a server, as a Reply; or, where every later call would fail too, a raise.

Both wires end here: a status and a code mean the same for every server. What codes mean, and how
little is told by words, stands in `error_codes`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from docglean.extractors.models.base import Reply
from docglean.extractors.models.engines import Engine, api_key, is_self_hosted
from docglean.extractors.models.error_codes import MEANING_OF, Meaning, said, sentence
from docglean.extractors.models.refusals import PROBABILITIES, TIER
from docglean.schemas.errors import ConfigError, cause_of

LONGEST_MESSAGE = 400


# Errors that come inside a stream have the status of its start: 200.
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
    # Bedrock's exceptions within a stream: botocore's model of bedrock-runtime, ResponseStream.
    "validationException": 400,
    "modelTimeoutException": 408,
    "modelStreamErrorException": 424,
    "throttlingException": 429,
    "internalServerException": 500,
    "serviceUnavailableException": 503,
}


# developers.openai.com/api/docs/guides/error-codes, which Azure has, too; pydantic's errors, which
# servers made with FastAPI send; Mistral's of what the model does not take (its code 3051).
_UNSUPPORTED = {
    "unsupported_parameter", "unsupported_value", "extra_forbidden", "invalid_request_invalid_args",
}  # fmt: skip
# As OpenAI and Google write it; it is named for a model without the tier, for an unknown value and
# for a project that may not use it (same page, "Invalid service_tier argument").
_TIER_FIELDS = {TIER, "serviceTier"}
_PARAM = re.compile(
    r"Unsupported (?:parameter|value): '([\w.]+)'"
    r"|(reasoning_effort)(?:(=)'\w+'| is not enabled for this model)"  # Mistral
)


class BadAnswer(Exception):
    """A success by its status whose content is none. `code` as in `Reply`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as the server told it.

    Attributes:
        message: for people, shortened.
        codes: the vendor's own names for it, in small letters.
        messages: as they were sent, an inner server's among them.
        flagged: a filter gives its reasons.
        param: the field of the request that it is about, where the server names one.
    """

    status: int
    message: str
    codes: frozenset[str] = frozenset()
    messages: tuple[str, ...] = ()
    html: bool = False
    flagged: bool = False
    param: str = ""

    @property
    def unsupported(self) -> str:
        """The field that the server does not support, with an equals sign where it is its value;
        told by code, never by words alone."""
        if self.param in PROBABILITIES:
            return self.param  # whatever is wrong with it, no answer depends on it
        ends = "=" if "unsupported_value" in self.codes else ""
        return f"{self.param}{ends}" if self.codes & _UNSUPPORTED and self.param else ""

    @property
    def refuses_tier(self) -> bool:
        """Whether it is the tier of the request that the server does not serve."""
        if self.status not in (400, 404, 422):
            return False
        return self.param in _TIER_FIELDS or self.said == "no_tier"

    @property
    def known(self) -> Meaning | None:
        """What its codes mean, or a sentence that stands for one."""
        meant = (MEANING_OF[code] for code in sorted(self.codes) if code in MEANING_OF)
        return next(meant, None) or sentence(self.status, self.codes, self.messages)

    @property
    def said(self) -> Meaning | None:
        """What it says in words only."""
        return next((told for told in map(said, self.messages) if told is not None), None)


def read_fault(status: int, text: str) -> Fault:
    """The error in a response's text, in any of the shapes that servers use."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        html = text.lstrip()[:1] == "<"
        plain = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", text, flags=re.S) if html else text
        plain = " ".join(plain.split())
        return Fault(status, _short(plain) or f"HTTP {status}", messages=(plain,), html=html)
    return fault_of(status, told)


def fault_of(status: int, told: Any) -> Fault:
    """The error in a decoded body: OpenAI, Anthropic, Google (a list), Mistral, FastAPI, and
    OpenRouter."""
    if isinstance(told, list) and told:
        told = told[0]
    if not isinstance(told, dict):
        return Fault(status, _short(str(told)) or f"HTTP {status}", messages=(str(told),))
    inner = told.get("error", told)
    if not isinstance(inner, dict):
        inner = {"message": inner}
    if isinstance(inner.get("message"), dict):  # Mistral: pydantic's errors within its own
        inner = {**inner, "message": None, **inner["message"]}
    message = inner.get("message") or inner.get("detail") or told.get("message") or told
    messages = [message if isinstance(message, str) else json.dumps(message, default=str)]
    codes = set(_codes(inner))
    extra = inner.get("metadata")
    reasons = extra.get("reasons") if isinstance(extra, dict) else None
    raw = extra.get("raw") if isinstance(extra, dict) else None
    if isinstance(raw, str) and raw:
        # OpenRouter passes on what the host of the model said.
        within = read_fault(status, raw)
        messages += within.messages
        codes |= within.codes
    number = inner.get("code")
    if status == 200:
        named = _STATUS_OF_TYPE.get(str(inner.get("type")), 500)
        status = number if isinstance(number, int) and 400 <= number < 600 else named
    shown = _short(" ".join([*messages, *map(str, reasons or ())])) or f"HTTP {status}"
    param = str(inner.get("param") or "") or _param(inner, messages)
    return Fault(
        status, shown, frozenset(codes), tuple(messages), flagged=bool(reasons), param=param
    )


def _param(error: Mapping[str, Any], messages: list[str]) -> str:
    """The field that an error is about, where it stands elsewhere than in ``param``."""
    where = _first(error.get("detail")).get("loc")
    if isinstance(where, list) and where:
        # Deeper than a field of the body it may be one of the user's own schema.
        return str(where[-1]) if len(where) <= 2 else ""
    for detail in _objects(error.get("details")):  # google.rpc.BadRequest
        field = _first(detail.get("fieldViolations")).get("field")
        if field:
            return str(field)
    named = next(filter(None, map(_PARAM.match, messages)), None)
    # With an equals sign where it is the value that is not taken.
    return "" if named is None else named[1] or f"{named[2]}{named[3] or ''}"


def _objects(told: Any) -> list[Mapping[str, Any]]:
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def _first(told: Any) -> Mapping[str, Any]:
    return next(iter(_objects(told)), {})


def _codes(error: Mapping[str, Any]) -> Iterator[str]:
    """All that a vendor calls an error: code, type, status, reasons; and the field it is about."""
    details = error.get("details")
    inner = error.get("innererror")
    detail = error.get("detail")
    for told in (
        error,
        inner,
        *(detail if isinstance(detail, list) else ()),
        *(details if isinstance(details, list) else [details]),
    ):
        if isinstance(told, dict):
            for name in ("code", "type", "status", "error_code", "reason"):
                if isinstance(told.get(name), str):
                    yield told[name].lower()
    if str(error.get("param") or "").startswith(("response_format", "text.format")):
        yield "invalid_json_schema"


def settle_fault(fault: Fault, engine: Engine) -> Reply:
    """How a call ended that the server answered with an error.

    Raises:
        ConfigError: ``bad_key``, ``no_credit``, ``unknown_model``: by status or code, it would be
            the same for every later call.
    """
    status, known = fault.status, fault.known
    message = f"{engine.host} answered {status}: {_hidden(fault.message, engine)}"
    if status == 401 or known == "bad_key":
        raise _bad_key(engine, message)
    if status == 402 or known == "no_credit":
        raise ConfigError(
            "no_credit", f"The account has no credit. {message}", "Top it up at the provider."
        )
    if fault.refuses_tier:
        return _failed("failed", "bad_request", message).model_copy(update={"refused": TIER})
    if status == 403 and fault.flagged:
        return _failed("refused", "moderation", message)
    meaning = known or fault.said
    if meaning == "no_vision" and status != 429:
        spec = engine.spec.removeprefix("image+ocr+")
        return _failed(
            "failed",
            "no_vision",
            f"{engine.model} takes no images (give it the pages' text: --engine 'ocr+{spec}'). "
            f"{message}",
        )
    if status == 403 and not fault.html:
        raise _bad_key(engine, message)
    if status == 404 or known == "unknown_model":
        raise _no_model(engine, message)
    if status == 413 or (status in (400, 422, 500) and meaning == "too_large"):
        return _failed("too_large", "too_large", message)
    if status in (400, 422) and meaning is not None:
        if meaning == "filtered":
            return _failed("refused", "content_filter", message)
        return _failed("failed", "schema_rejected" if meaning == "schema" else meaning, message)
    if 300 <= status < 400:
        return _failed("failed", "redirected", f"{message} Redirects are not followed.")
    if status in (408, 504):
        return _failed("failed", "timeout", message, retryable=True)
    if known == "no_capacity":
        return _failed("failed", "no_capacity", message, retryable=True)
    if status == 429:
        return _failed("failed", "rate_limited", message, retryable=True)
    if status in (503, 529):
        return _failed("failed", "overloaded", message, retryable=True)
    if status >= 500 or status in (409, 424):
        return _failed("failed", "server_error", message, retryable=True)
    refused = fault.unsupported if status in (400, 422) else ""
    return _failed("failed", "bad_request", message).model_copy(update={"refused": refused})


def rejects_schema(reply: Reply) -> bool:
    """Whether the server would not have the schema, or not this way of asking for one."""
    return reply.outcome == "failed" and reply.code == "schema_rejected"


def no_connection(engine: Engine, cause: BaseException | None) -> ConfigError:
    """Nothing answers at an address that has not answered yet: it is likely a wrong one."""
    return ConfigError(
        "no_server",
        f"No server answers at {engine.url}: {cause_of(cause) if cause else 'no connection'}.",
        "Check the URL after the @, that the server runs, and the network.",
    )


def unfinished(engine: Engine, code: str, message: str, *, sent: bool, again: bool = True) -> Reply:
    """A call without an answer. What a vendor got may have been billed: its cost is unknown.

    Args:
        again: sending it once more in this run may help.
    """
    return Reply(
        outcome="failed",
        code=code,
        message=f"{engine.host}: {message}",
        retryable=True,
        again_in=0.0 if again else None,
        cost=None if sent and not is_self_hosted(engine) else Decimal(0),
    )


def _no_model(engine: Engine, message: str) -> ConfigError:
    return ConfigError(
        "unknown_model",
        f"The model {engine.model!r} or the address {engine.url} is not known. {message}",
        "Check the name with `docglean engines`, and the URL after the @.",
    )


def _bad_key(engine: Engine, message: str) -> ConfigError:
    _, names = api_key(engine)
    where = (
        f"Check {' or '.join(names)}."
        if names
        else "If the server wants a key, add ?key=VARIABLE with the name of the environment "
        "variable that holds it."
    )
    return ConfigError("bad_key", f"The key is refused. {message}", where)


def _failed(outcome: Any, code: str, message: str, *, retryable: bool = False) -> Reply:
    # An error status is not billed.
    return Reply(outcome=outcome, code=code, message=message, retryable=retryable, cost=Decimal(0))


def _hidden(text: str, engine: Engine) -> str:
    """`text` without the key, which some servers repeat."""
    key, _ = api_key(engine)
    if key:
        text = text.replace(key, "...")
    return re.sub(r"\b(?:sk|key|AIza)[-\w*]{12,}", "...", text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else text[:LONGEST_MESSAGE] + "..."
