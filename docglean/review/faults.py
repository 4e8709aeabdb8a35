"""What a request of the review page can be refused for, and the HTTP status that says so."""

from __future__ import annotations

from docglean.schemas.errors import DocgleanError


class ReviewFault(DocgleanError):
    """The request can't be done as it was made; nothing was taken of it."""

    status = 422


class NotThere(ReviewFault):
    """No document, page or recording of what is reviewed has this name."""

    status = 404


class Changed(ReviewFault):
    """Somebody else has changed what the events touch since the page was made.

    Attributes:
        by: who.
        pointers: of the values that were changed, as JSON pointers.
    """

    status = 409

    def __init__(self, by: str, pointers: tuple[str, ...]) -> None:
        super().__init__(
            "changed", f"{by} has changed this meanwhile.", "Look at it again, and say it again."
        )
        self.by = by
        self.pointers = pointers


class DiskFull(ReviewFault):
    """What was said can't be written down, so none of it was taken."""

    status = 507


class NotSignedIn(ReviewFault):
    """Nobody has shown the token or the password."""

    status = 401


class Forbidden(ReviewFault):
    """It comes from another page, or from where nobody may ask."""

    status = 403


class TooLarge(ReviewFault):
    """The request has a longer body than any that is meant."""

    status = 413


class Misdirected(ReviewFault):
    """It names another host than this one: a name may have been rebound to this address."""

    status = 421


class TooMany(ReviewFault):
    """Somebody guesses passwords."""

    status = 429
