"""The pieces of an engine's spec: read, checked, and what is wrong with them said."""

from __future__ import annotations

import difflib
import re
from typing import Literal, NoReturn, cast, get_args
from urllib.parse import parse_qsl, urlsplit

from docglean.extractors.config_files import PLACES
from docglean.extractors.models.base import Effort
from docglean.extractors.models.provider import Provider, SchemaMode
from docglean.extractors.models.providers import PROVIDERS
from docglean.extractors.reader_kinds import READERS
from docglean.schemas.errors import ConfigError

Inputs = Literal["image", "ocr", "image+ocr", "audio", "pdf"]

PARAMETERS: dict[str, str] = {
    "effort": "reasoning effort: " + ", ".join(get_args(Effort)),
    "max_tokens": "limit of one answer, in tokens",
    "window": "pages in one request",
    "edge": "longest side of a page image, in pixels",
    "context": "tokens that the server takes in one request, where it does not tell",
    "schema": "how the answer is held to the schema: " + ", ".join(get_args(SchemaMode)),
    "vision": "yes or no, where docglean does not know whether the model sees images",
    "hearing": "yes or no, where docglean does not know whether the model hears recordings",
    "price": "US dollars for a million input and output tokens, as 0.10/0.50, where no table tells",
    "batch": "yes or no, whether a server of the same wire has its vendor's batch API",
    "flex": "yes or no, whether a server of the same wire has its vendor's flex tier",
    "hidden": "keep: what stands in a file and nobody can see on the page is read, too",
    "key": "name of the environment variable that holds the key",
    "model": "the vendor's name of the model, where a deployment's name says nothing of it",
    "region": "region of the cloud",
    "project": "project of Google Cloud",
    "resource": "resource of Azure",
}
"""What may stand after the question mark."""

"""Parameters that say where on a cloud an engine is, and so where pages go."""
PLACE = r"[a-z0-9](?:[\w-]{0,62}\w)?"
"""What they may be, so that they can stand in a host's name or a path."""

_NUMBERS = {
    "max_tokens": (64, 1_000_000),
    "window": (1, 1_000),
    "edge": (256, 8_000),
    "context": (512, 20_000_000),
}
_WORDS: dict[str, tuple[str, ...]] = {
    "effort": get_args(Effort),
    "schema": get_args(SchemaMode),
    "vision": ("yes", "no"),
    "hearing": ("yes", "no"),
    "batch": ("yes", "no"),
    "flex": ("yes", "no"),
    "hidden": ("keep",),
}


def split_inputs(text: str) -> tuple[Inputs | None, str]:
    """Leading ``image+``, ``ocr+``, ``audio+``, ``pdf+``, and the rest; a model may have a plus."""
    named: set[str] = set()
    while (match := re.match(r"\s*(image|ocr|audio|pdf)\s*\+\s*", text, re.IGNORECASE)) is not None:
        named.add(match[1].lower())
        text = text[match.end() :]
    for alone in ("audio", "pdf"):
        if alone in named and len(named) > 1:
            refuse(text, f"{alone} does not go together with other inputs", f"{alone}+{text}")
    joined = "+".join(name for name in ("image", "ocr", "audio", "pdf") if name in named)
    return (cast(Inputs, joined) if named else None), text.strip()


def whole_url(url: str, provider: Provider, spec: str) -> str:
    """`url` made whole: scheme, port, the ``/v1`` that clients expect; no credentials.

    Raises:
        ConfigError: ``bad_engine``.
    """
    url = url.strip()
    if "://" not in url:
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        refuse(spec, f"{url!r} is not a URL", "...@http://host:port/v1")
    if not parts.hostname or parts.scheme not in ("http", "https"):
        refuse(spec, f"{url!r} is not a URL", "...@http://host:port/v1")
    if parts.username or parts.password:
        raise ConfigError(
            "bad_engine",
            f"The URL of the {provider.name} engine holds a user name or password, which would "
            "stand in every report.",
            "Put the key in an environment variable and add ?key=ITS_NAME.",
        )
    # 0.0.0.0 is where Ollama listens, not where one can call.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(parts.hostname, parts.hostname)
    host = f"[{host}]" if ":" in host else host
    if port is None and parts.scheme == "http":
        port = provider.port
    path = parts.path.rstrip("/")
    if not parts.path or (provider.cloud is not None and not path):
        path = provider.path
    else:
        path = path.removesuffix(provider.client_path)
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{path}"


def read_parameters(query: str, spec: str) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in PARAMETERS:
            near = difflib.get_close_matches(name, PARAMETERS, 1)
            known = ", ".join(PARAMETERS)
            refuse(
                spec,
                f"there is no parameter {name!r}; there are {known}",
                f"?{near[0]}={value}" if near else "",
            )
        if name in found:
            refuse(spec, f"{name} is told twice")
        if name in _NUMBERS:
            low, high = _NUMBERS[name]
            if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
                refuse(spec, f"{name} is a whole number from {low} to {high}, not {value!r}")
            found[name] = int(value)
            continue
        words = _WORDS.get(name)
        if words is not None and value not in words:
            near = difflib.get_close_matches(value, words, 1)
            refuse(
                spec,
                f"{name} is one of {', '.join(words)}, not {value!r}",
                f"?{name}={near[0]}" if near else "",
            )
        if name == "price" and not re.fullmatch(r"\d+(\.\d+)?/\d+(\.\d+)?", value):
            refuse(
                spec,
                f"price is dollars for a million tokens in and out, not {value!r}",
                "?price=0.10/0.50",
            )
        if name == "key" and not re.fullmatch(r"[A-Za-z_]\w*", value):
            refuse(
                spec.partition("?")[0],
                "key names an environment variable; the key itself must not stand in a spec",
                "?key=MY_SERVER_KEY",
            )
        if name in PLACES and not re.fullmatch(PLACE, value):
            refuse(spec, f"{value!r} is no name of a {name}")
        found[name] = value
    return found


def unknown_provider(spec: str, name: str) -> NoReturn:
    near = difflib.get_close_matches(name, (*READERS, *PROVIDERS, "auto"), 1)
    hint = near[0] if near else ""
    if not hint:
        hint = next(
            (
                f"{known.name}:{spec}"
                for known in PROVIDERS.records()
                if name.startswith(known.model_starts)
            ),
            "",
        )
    known = ", ".join((*READERS, *PROVIDERS))
    refuse(spec, f"there is no provider {name!r}; there are {known}", hint)


def refuse(spec: str, cause: str, hint: str = "") -> NoReturn:
    raise ConfigError(
        "bad_engine",
        f"The engine {spec!r} is not understood: {cause}.",
        f"Did you mean {hint}?" if hint else "Say `docglean engines` for those that are known.",
    )
