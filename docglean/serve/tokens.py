"""Who may use the service: tokens by the name of who has them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from docglean.http_server import is_same
from docglean.schemas.errors import ConfigError

VARIABLE = "DOCGLEAN_SERVE_TOKEN"
"""Holds the token where no file does."""
LEAST = 20
"""Characters of a token: nobody slows guesses down."""
MOST_NAME = 100
"""Characters of a name."""
ANYBODY = "anybody"
"""Whose documents they are where no token is wanted."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens and the names of those who have them; none: whoever reaches the service may use it."""

    by_name: tuple[tuple[str, str], ...] = ()

    def owner(self, header: str) -> str | None:
        """Who sends this header ``Authorization``; None where nobody does.

        All tokens are compared, so that the time tells nothing of them.
        """
        if not self.by_name:
            return ANYBODY
        scheme, _, told = header.partition(" ")
        known = [name for name, token in self.by_name if is_same(token, told.strip())]
        return known[0] if known and scheme.lower() == "bearer" else None


def read_tokens(file: Path | None, *, without: bool, outside: bool) -> Tokens:
    """The tokens that are told.

    Args:
        file: a line ``NAME TOKEN`` each, or the token alone; else `VARIABLE` holds one.
        without: nobody needs one.
        outside: others than this machine reach the service.

    Raises:
        ConfigError: ``no_token``, ``bad_token``.
    """
    if without:
        if outside:
            raise ConfigError(
                "no_token",
                "Others would reach the service, and none of them would need a token.",
                "Leave --no-token away, or --host.",
            )
        return Tokens()
    lines = [os.environ.get(VARIABLE, "")] if file is None else _lines(file)
    told = [line for line in map(str.strip, lines) if line and not line.startswith("#")]
    if not told:
        raise ConfigError(
            "no_token",
            "No token is told by which who asks is known.",
            f"Put one in {VARIABLE} or in the file of --token-file (`openssl rand -hex 32` makes "
            "one); or say --no-token, for this machine only.",
        )
    tokens = tuple(_token(line) for line in told)
    names = [name for name, _ in tokens]
    if len(set(names)) < len(names):
        raise _bad("two tokens have the same name")
    return Tokens(tokens)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise ConfigError(
            "bad_token", f"{file} cannot be read: {why}.", "Name a file with a token in it."
        ) from error


def _token(line: str) -> tuple[str, str]:
    """Name and token of a line; one without a name has a part of its hash for one."""
    words = line.split()
    if len(words) > 2:
        raise _bad("a line has more than a name and a token")
    token = words[-1]
    if len(token) < LEAST or not token.isascii():
        raise _bad(f"it is shorter than {LEAST} characters, or not of ASCII")
    name = words[0] if len(words) == 2 else hashlib.sha256(token.encode()).hexdigest()[:12]
    if len(name) > MOST_NAME:
        raise _bad(f"a name has more than {MOST_NAME} characters")
    return name, token


def _bad(why: str) -> ConfigError:
    return ConfigError(
        "bad_token", f"The token cannot be used: {why}.", "`openssl rand -hex 32` makes one."
    )
