"""Who has shown the token of the address, or the password, since the server started."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from docglean.extractors.notices import tell
from docglean.extractors.printable import printable
from docglean.http_server import digest_of, is_same
from docglean.review.faults import NotSignedIn, TooMany

MOST_SESSIONS = 1_000
"""Of which the oldest is forgotten first."""
MOST_NAME = 100
"""Characters of a person's name."""
GUESS_SECONDS = 1.0
"""Between two passwords that are looked at, after a wrong one."""
MOST_GUESSES = 5
"""Passwords that wait to be looked at; further ones are refused."""


def is_name(told: str) -> bool:
    """Whether somebody may be called so: one line, of characters that can be seen."""
    return 0 < len(told) <= MOST_NAME and told == told.strip() == printable(told)


@dataclass(frozen=True, slots=True)
class _Session:
    """Who is signed in; `once`: by the address that the browser was opened with."""

    by: str
    once: bool = False


@dataclass
class Sessions:
    """Sessions live as long as the server: another start wants the token or password again.

    Attributes:
        by: who reviews with the token.
        password: with which others sign in under their own names; empty: nobody can.
        token: of the address that is printed.
        opening: of the address that the browser is opened with: it is good for once, for other
            users of the machine may read it in the list of processes.
    """

    by: str
    password: str = ""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    opening: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _known: OrderedDict[bytes, _Session] = field(default_factory=OrderedDict)
    _opened: bool = False
    _guessing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _guesses: int = 0

    def who(self, cookie: str) -> str | None:
        """Who holds this cookie, None where nobody does."""
        # Found by its hash, whose comparison tells nothing of the cookie.
        session = self._known.get(digest_of(cookie))
        return None if session is None else session.by

    def enter(self, token: str) -> str:
        """A new cookie for who shows a token.

        Raises:
            NotSignedIn: it is none of ours, or was good for once.
        """
        if is_same(token, self.token):
            return self._begin(_Session(self.by))
        if not is_same(token, self.opening):
            raise not_signed_in()
        if self._opened:
            self._known = OrderedDict(
                (key, one) for key, one in self._known.items() if not one.once
            )
            tell(
                "The address that the browser was opened with has been used a second time: "
                "another user of this machine may have read it. Who came by it is signed out. "
                "Open the address above.",
                error=True,
            )
            raise not_signed_in()
        self._opened = True
        return self._begin(_Session(self.by, once=True))

    async def sign_in(self, name: str, password: str) -> str:
        """A new cookie for who knows the password.

        Raises:
            NotSignedIn: it is another one, or the name is none.
            TooMany: somebody guesses.
        """
        name = name.strip()
        if self._guesses >= MOST_GUESSES:
            raise TooMany("too_many_guesses", "Too many passwords are tried.", "Wait a moment.")
        self._guesses += 1
        try:
            async with self._guessing:
                if self.password and is_name(name) and is_same(password, self.password):
                    return self._begin(_Session(name))
                await asyncio.sleep(GUESS_SECONDS)
        finally:
            self._guesses -= 1
        raise NotSignedIn("wrong_password", "That is not the password, or no name.", "Try again.")

    def _begin(self, session: _Session) -> str:
        cookie = secrets.token_urlsafe(32)
        self._known[digest_of(cookie)] = session
        while len(self._known) > MOST_SESSIONS:
            self._known.popitem(last=False)
        return cookie


def not_signed_in() -> NotSignedIn:
    """That nobody has shown the token, with the way in."""
    return NotSignedIn(
        "not_signed_in",
        "Nobody is signed in here.",
        "Open the address that `docglean review` has printed; each start prints another.",
    )
