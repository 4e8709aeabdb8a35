"""What went wrong at a server, as a Reply; or, where every later call would fail too, a raise.

Both wires end here: a status code and the text of an error mean the same whoever sent them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from docglean.extractors.engines import Engine, api_key, is_self_hosted
from docglean.extractors.models.base import Reply
from docglean.schemas.errors import ConfigError

LONGEST_MESSAGE = 400


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE | re.DOTALL)


_TOO_LARGE = _any(
    "context.?(?:length|window|size)",
    "maximum context|exceed_context",
    "(?:prompt|input) is too long",
    "too many (?:input )?tokens",
    "max(?:imum)? (?:input )?tokens?\\b",
    "input token count",
    "exceeds? (?:the )?(?:max|limit|available)",
    "(?:request|payload|entity|body).{0,20}too large|request_too_large",
    "too many images|at most \\d+ images?|images? per (?:request|prompt)",
    "image.{0,60}(?:too large|exceeds|dimensions)|image_dimensions_too_large",
    "string_above_max_length|larger than the max",
)
_NO_VISION = _any(
    "image input is not supported",
    "does(?: not|n't) support (?:image|vision|multimodal)",
    "not (?:a )?(?:multimodal|vision)",
    "that support image input",
    "images? (?:are|is) not supported",
    "image_url.{0,40}(?:not supported|unsupported|only supported)",
    "missing data required for image",
)
_NO_MODEL = _any(
    "model.{0,60}(?:not found|not exist|unknown|not supported|no longer|deprecated|retired)",
    "(?:invalid|unknown|no such) model|not a valid model",
)
_BAD_KEY = _any("api.?key.{0,40}(?:invalid|not valid|expired)", "invalid.{0,20}api.?key")
_NO_CREDIT = _any(
    "credit balance|insufficient (?:credit|balance|funds)|billing|payment|spend.?limit"
)
# Gemini's everyday rate limit talks of billing too: with 429 only these mean an empty account.
_QUOTA_GONE = _any("insufficient_quota|billing_hard_limit|credit balance")
_REFUSED = _any("content.?(?:policy|filter|management)|responsible.?ai|moderation|flagged|safety")
_SCHEMA = _any(
    "response_format|json.?schema|output_config|structured.?output|\\bschema\\b|grammar|guided",
    "too many states|constrain",
)

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
}


class BadAnswer(Exception):
    """A success by its status whose content is none. `code` as in `Reply`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as the server told it."""

    status: int
    message: str
    code: str = ""
    html: bool = False


def read_fault(status: int, text: str) -> Fault:
    """The error in a response's text, in any of the shapes that servers use."""
    try:
        told = json.loads(text)
    except ValueError:
        html = text.lstrip()[:1] == "<"
        plain = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", text, flags=re.S) if html else text
        return Fault(status, _short(" ".join(plain.split())) or f"HTTP {status}", html=html)
    return fault_of(status, told)


def fault_of(status: int, told: Any) -> Fault:
    """The error in a decoded body: OpenAI, Anthropic, Google (a list), FastAPI, OpenRouter."""
    if isinstance(told, list) and told:
        told = told[0]
    if not isinstance(told, dict):
        return Fault(status, _short(str(told)) or f"HTTP {status}")
    inner = told.get("error", told)
    if not isinstance(inner, dict):
        inner = {"message": inner}
    message = inner.get("message") or inner.get("detail") or told.get("message") or told
    words = [str(message if isinstance(message, str) else json.dumps(message, default=str))]
    extra = inner.get("metadata")
    if isinstance(extra, dict):
        words += [str(extra[name]) for name in ("raw", "reasons") if extra.get(name)]
    details = inner.get("details")
    codes = [inner.get("code"), inner.get("type"), inner.get("status")]
    if isinstance(details, dict):
        codes.append(details.get("error_code"))
    code = " ".join(str(part) for part in codes if part)
    number = inner.get("code")
    if status == 200:
        named = _STATUS_OF_TYPE.get(str(inner.get("type")), 500)
        status = number if isinstance(number, int) and 400 <= number < 600 else named
    return Fault(status, _short(" ".join(words)) or f"HTTP {status}", code)


def settle_fault(fault: Fault, engine: Engine) -> Reply:
    """How a call ended that the server answered with an error.

    Raises:
        ConfigError: ``bad_key``, ``no_credit``, ``unknown_model``, ``no_vision``: it would be
            the same for every later call.
    """
    status, said = fault.status, f"{fault.code} {fault.message}"
    message = f"{engine.host} answered {status}: {_hidden(fault.message, engine)}"
    if _NO_VISION.search(said) and status != 429:
        raise ConfigError(
            "no_vision",
            f"{engine.model} takes no images. {message}",
            f"Give it the pages' text: --engine 'ocr+{engine.spec.removeprefix('image+ocr+')}'.",
        )
    if status == 401 or (status in (400, 403) and _BAD_KEY.search(said)):
        raise _bad_key(engine, message)
    gone = _QUOTA_GONE if status == 429 else _NO_CREDIT
    if status == 402 or (status in (400, 403, 429) and gone.search(said)):
        raise ConfigError(
            "no_credit", f"The account has no credit. {message}", "Top it up at the provider."
        )
    if status == 403 and _REFUSED.search(said):
        return _failed("refused", "moderation", message)
    if status == 403 and not fault.html:
        raise _bad_key(engine, message)
    if status == 404:
        raise _no_model(engine, message)
    if status == 413 or (status in (400, 422, 500) and _TOO_LARGE.search(said)):
        return _failed("too_large", "too_large", message)
    if status in (400, 422):
        if _REFUSED.search(said):
            return _failed("refused", "content_filter", message)
        if _SCHEMA.search(said):
            return _failed("failed", "schema_rejected", message)
        if _NO_MODEL.search(said):
            raise _no_model(engine, message)
    if 300 <= status < 400:
        return _failed("failed", "redirected", f"{message} Redirects are not followed.")
    if status in (408, 504):
        return _failed("failed", "timeout", message, retryable=True)
    if status == 429:
        return _failed("failed", "rate_limited", message, retryable=True)
    if status in (503, 529):
        return _failed("failed", "overloaded", message, retryable=True)
    if status >= 500 or status == 409:
        return _failed("failed", "server_error", message, retryable=True)
    return _failed("failed", "bad_request", message)


def rejects_schema(reply: Reply) -> bool:
    """Whether the server would not have the schema, or not this way of asking for one."""
    return reply.outcome == "failed" and reply.code == "schema_rejected"


def no_connection(engine: Engine, cause: BaseException | None) -> ConfigError:
    """Nothing answers at an address that has not answered yet: it is likely a wrong one."""
    return ConfigError(
        "no_server",
        f"No server answers at {engine.url}: {cause or 'no connection'}.",
        "Check the URL after the @, that the server runs, and the network.",
    )


def unfinished(engine: Engine, code: str, message: str, *, sent: bool) -> Reply:
    """A call without an answer. What a vendor got may have been billed: its cost is unknown."""
    return Reply(
        outcome="failed",
        code=code,
        message=f"{engine.host}: {message}",
        retryable=True,
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
