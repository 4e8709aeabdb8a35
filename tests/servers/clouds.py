"""Strict stand-ins for clouds: the doors through which companies have the vendors' models.

Documented behaviour that is imitated here; who may come in is decided by each cloud's own library
or by the header that its pages name:

* Azure OpenAI, v1 path ``/openai/v1`` (learn.microsoft.com/azure/ai-foundry/openai): ``api-key``,
  or a bearer token of Entra; ``model`` is a deployment, 404 ``DeploymentNotFound`` where there is
  none; the answer names the model. A key as a bearer token is refused.
* Claude in Foundry: ``/anthropic/v1/messages``; ``x-api-key`` or ``api-key``, or a bearer token.
* Bedrock (botocore's model of bedrock-runtime, InvokeModel and InvokeModelWithResponseStream): the
  model stands in the path, never in the body, which has ``anthropic_version``. A Signature
  Version 4 not older than five minutes, which botocore's signer makes anew from the same secret,
  or a bearer token. Streams are Amazon's event streams. Errors tell only ``message``.
* Vertex AI: project, region and model stand in the path, ``rawPredict`` or ``streamRawPredict``;
  ``anthropic_version`` in the body; a bearer token. Behind its chat completions stands
  `servers.vertex_gemini`.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import datetime
import json
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import loopback
from loopback import listening

from servers.anthropic import events
from servers.openai import OpenAI
from servers.vendor import Model, Refused, Vendor

Admit = Callable[[Any, bytes], None]
"""Told a request's handler and body; raises `Refused`."""


@dataclass(frozen=True)
class Door:
    """How a cloud is asked.

    Attributes:
        path: regular expression of the path, with the groups of `asked`.
        asked: from the match and the decoded body, the vendor's own body, or a raise of `Refused`.
        admit: who may come in.
        error: an error as the cloud writes it.
        stream: bytes of a streamed answer.
        stream_kind: their content type.
    """

    path: str
    asked: Callable[[re.Match[str], dict[str, Any]], dict[str, Any]]
    admit: Admit
    error: Callable[[Refused], dict[str, Any]]
    stream: Callable[[dict[str, Any]], bytes] | None = None
    stream_kind: str = "text/event-stream"


@contextmanager
def opened(vendor: Vendor, door: Door) -> Iterator[str]:
    """The address of a cloud that stands on a port of loopback while the block lasts."""

    class Handler(loopback.Handler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            sent = self.body()
            try:
                door.admit(self, sent)
                match = re.fullmatch(door.path, urlsplit(self.path).path)
                if match is None:
                    raise Refused(404, "not_found", f"no such path: {self.path}")
                asked = door.asked(match, json.loads(sent))
                answer = vendor.answer(asked)  # type: ignore[attr-defined]
            except Refused as error:
                vendor.refusals[error.message] += 1
                self._say(door.error(error), error.status)
            else:
                if asked.get("stream") and door.stream is not None:
                    self._say(door.stream(answer), 200, door.stream_kind)
                else:
                    self._say(answer)

        def _say(self, content: Any, status: int = 200, kind: str = "application/json") -> None:
            with contextlib.suppress(OSError):
                self.say(content, status, {"content-type": kind})

    with listening(Handler) as url:
        yield url


def _by_header(header: str, key: str, token: str = "") -> Admit:
    """A key in its own header, or a token as a bearer; nothing of the other."""

    def admit(handler: Any, body: bytes) -> None:
        given = handler.headers.get(header), handler.headers.get("authorization")
        if given not in ((key, None), (None, f"Bearer {token}")) or not (
            key if given[0] else token
        ):
            raise Refused(401, "401", "Access denied due to invalid subscription key.", code="401")

    return admit


def _of_openai(error: Refused) -> dict[str, Any]:
    told = {"message": error.message, "type": error.kind, "param": error.param, "code": error.code}
    return {"error": told}


def _of_anthropic(error: Refused) -> dict[str, Any]:
    return {"type": "error", "error": {"type": error.kind, "message": error.message}}


def azure(deployments: Mapping[str, str], *, key: str, token: str = "entra-token") -> Door:
    """Azure OpenAI's v1 API.

    Args:
        deployments: model by deployment.
    """

    def asked(match: re.Match[str], body: dict[str, Any]) -> dict[str, Any]:
        if body["model"] not in deployments:
            message = "The API deployment for this resource does not exist."
            raise Refused(404, "invalid_request_error", message, code="DeploymentNotFound")
        return {**body, "model": deployments[body["model"]]}

    admit = _by_header("api-key", key, token)
    return Door(r"/openai/v1/chat/completions", asked, admit, _of_openai)


def foundry(*, key: str, token: str = "entra-token") -> Door:
    """Claude in Microsoft Foundry."""

    def admit(handler: Any, body: bytes) -> None:
        if not handler.headers.get("anthropic-version"):
            raise Refused(400, "invalid_request_error", "anthropic-version: header is required")
        _by_header("x-api-key", key, token)(handler, body)

    return Door(r"/anthropic/v1/messages", lambda match, body: body, admit, _of_anthropic)


def _by_signature(access_key: str, secret: str, session: str, region: str, bearer: str) -> Admit:
    """A signature that Amazon's signer makes of the same request, or the bearer token."""

    def admit(handler: Any, body: bytes) -> None:
        given = handler.headers.get("authorization", "")
        if bearer and given == f"Bearer {bearer}":
            return
        if not secret or not given.startswith("AWS4-HMAC-SHA256 "):
            raise Refused(403, "AccessDeniedException", "Authentication failed")
        if handler.headers.get("x-amz-security-token", "") != session:
            raise Refused(403, "x", "The security token included in the request is invalid.")
        if given != _signature(handler, body, access_key, secret, region):
            message = (
                "The request signature we calculated does not match the signature you provided."
            )
            raise Refused(403, "InvalidSignatureException", message)

    return admit


def bedrock(
    *, access_key: str = "", secret: str = "", session: str = "", region: str, bearer: str = ""
) -> Door:
    """Claude on Bedrock."""

    def asked(match: re.Match[str], body: dict[str, Any]) -> dict[str, Any]:
        if body.pop("anthropic_version", None) is None:
            raise Refused(400, "ValidationException", "anthropic_version: Field required")
        for name in {"model", "stream"} & body.keys():
            raise Refused(400, "ValidationException", f"{name}: Extra inputs are not permitted")
        name = unquote(match[1])
        if not re.fullmatch(r"(?:(?:global|us|eu|apac)\.)?anthropic\.[\w.:-]+", name):
            raise Refused(400, "ValidationException", "The provided model identifier is invalid.")
        stream = {"stream": True} if match[2] else {}
        return {**body, **stream, "model": name.partition("anthropic.")[2]}

    return Door(
        r"/model/([^/]+)/invoke(-with-response-stream)?",
        asked,
        _by_signature(access_key, secret, session, region, bearer),
        lambda error: {"message": error.message},
        lambda answer: b"".join(map(_frame, events(answer))),
        "application/vnd.amazon.eventstream",
    )


def bedrock_openai(*, access_key: str, secret: str, region: str) -> Door:
    """Chat completions on Bedrock: `openai.providers.bedrock`, endpoint ``runtime``."""

    def asked(match: re.Match[str], body: dict[str, Any]) -> dict[str, Any]:
        name = body["model"]
        if "openai." not in name:
            raise Refused(404, "invalid_request_error", "No such model", code="model_not_found")
        return {**body, "model": name.partition("openai.")[2]}

    admit = _by_signature(access_key, secret, "", region, "")
    return Door(r"/openai/v1/chat/completions", asked, admit, _of_openai)


def _signature(handler: Any, body: bytes, access_key: str, secret: str, region: str) -> str:
    """The header that botocore's signer makes of what came, with the server's own secret."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    date = handler.headers.get("x-amz-date", "")
    now = datetime.datetime.now(datetime.UTC)
    sent = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    if abs(now - sent) > datetime.timedelta(minutes=5):
        raise Refused(403, "InvalidSignatureException", f"Signature expired: {date}")
    told = re.search(r"SignedHeaders=([^,]+)", handler.headers["authorization"])
    names = told[1].split(";") if told else []
    if not {"host", "x-amz-date"} <= set(names):
        raise Refused(403, "InvalidSignatureException", "'Host' must be a signed header")
    url = f"http://{handler.headers['host']}{handler.path}"
    headers = {name: handler.headers.get(name, "") for name in names}
    request = AWSRequest(method=handler.command, url=url, data=body, headers=headers)
    request.context["timestamp"] = date
    signer = SigV4Auth(Credentials(access_key, secret), "bedrock", region)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    scope = f"Credential={signer.scope(request)}"
    signed = ";".join(names)
    signature = signer.signature(text, request)
    return f"AWS4-HMAC-SHA256 {scope}, SignedHeaders={signed}, Signature={signature}"


def _frame(event: dict[str, Any]) -> bytes:
    """One message of Amazon's event stream (smithy.io, Amazon Event Stream specification)."""
    data = base64.b64encode(json.dumps(event).encode()).decode()
    payload = json.dumps({"bytes": data}).encode()
    told = {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
    headers = b"".join(
        struct.pack("!B", len(name))
        + name.encode()
        + struct.pack("!BH", 7, len(value))
        + value.encode()
        for name, value in told.items()
    )
    start = struct.pack("!II", len(headers) + len(payload) + 16, len(headers))
    message = start + struct.pack("!I", binascii.crc32(start)) + headers + payload
    return message + struct.pack("!I", binascii.crc32(message))


def vertex(*, project: str, region: str, token: str) -> Door:
    """Claude on Vertex AI."""

    def asked(match: re.Match[str], body: dict[str, Any]) -> dict[str, Any]:
        if body.pop("anthropic_version", None) is None:
            raise Refused(400, "INVALID_ARGUMENT", "anthropic_version: Field required")
        if "model" in body or body.get("stream", False) != (match[2] == "streamRawPredict"):
            raise Refused(400, "INVALID_ARGUMENT", "model: Extra inputs are not permitted")
        return {**body, "model": unquote(match[1])}

    path = rf"/v1/projects/{project}/locations/{region}/publishers/anthropic/models"
    return Door(
        rf"{path}/([^/:]+):(rawPredict|streamRawPredict)",
        asked,
        _by_header("x-goog-nothing", "", token),
        _of_google,
        lambda answer: "".join(
            f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events(answer)
        ).encode(),
    )


def vertex_gemini(*, project: str, region: str, token: str) -> Door:
    """Chat completions on Vertex AI."""

    path = rf"/v1/projects/{project}/locations/{region}/endpoints/openapi/chat/completions"
    return Door(path, lambda match, body: body, _by_header("x-goog-nothing", "", token), _of_google)


def _of_google(error: Refused) -> Any:
    return [{"error": {"code": error.status, "message": error.message, "status": error.kind}}]


class Gateway(OpenAI):
    """A gateway with names of its own before models of OpenAI.

    Attributes:
        names: model by name.
        refuses: fields that it does not take, whatever the model.
    """

    names: Mapping[str, str] = {}
    refuses: frozenset[str] = frozenset()

    def known(self, name: str) -> Model:
        """The model of that name; as the vendor's stand-in."""
        return super().known(self.names.get(name, name))

    def effort_and_limit(self, body: dict[str, Any], model: Model) -> tuple[str, int]:
        """As the vendor's stand-in, but for what the gateway refuses."""
        for name in sorted(self.refuses & body.keys()):
            raise Refused(
                400, "invalid_request_error", f"Unsupported parameter: '{name}'.",
                code="unsupported_parameter", param=name,
            )  # fmt: skip
        return super().effort_and_limit(body, model)
