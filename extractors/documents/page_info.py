"""What a page of a file is, and what can be wrong with it; shared by all that reads pages."""

from __future__ import annotations

from dataclasses import dataclass

from docglean.extractors.documents.child import is_exhaustion
from docglean.extractors.documents.faults import is_own
from docglean.schemas.errors import SourceError

PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """What a child needs in order to open the file: nothing is shared but the path."""

    name: str
    path: str
    media_type: str
    password: str = ""
    max_pixels: int = 150_000_000


@dataclass(frozen=True, slots=True)
class PageInfo:
    """What a page is, known without rendering it.

    Attributes:
        number: from 1.
        width: page points (1/72 inch), after the page's rotation. An image file has one point
            a pixel.
        height: as `width`.
        rotation: degrees clockwise that were applied: the page's or the EXIF entry's.
        has_text: there is a text layer (or filled form fields) worth reading.
        scan: for a page that shows nothing but an image (or strips of one), the pixels that
            the whole page has at the image's own resolution; None for others.
        shown: for a frame of a film, from and to which second it stands for the picture.
        turn: degrees clockwise by which the page has to be turned for its text layer to stand
            upright; 0 where there is none.
        fault: code, message and way out of what ended looking at it; nothing else is known then.
    """

    number: int
    width: float
    height: float
    rotation: int
    has_text: bool
    scan: tuple[int, int] | None
    shown: tuple[float, float] | None = None
    turn: int = 0
    fault: tuple[str, str, str] | None = None

    @classmethod
    def unseen(cls, number: int, error: SourceError) -> PageInfo:
        """A page that could not be looked at; no error yet, for nobody may want it."""
        fault = (error.code, error.message, error.way_out)
        return cls(number, 0.0, 0.0, 0, False, None, fault=fault)

    def check(self) -> None:
        """Raise what ended looking at it.

        Raises:
            SourceError: `fault`, where there is one.
        """
        if self.fault is not None:
            raise SourceError(*self.fault)

    @property
    def alone(self) -> bool:
        """Whether its words may take OCR: then it is read alone, not with many others."""
        return not self.has_text or self.scan is not None


def damaged(source: SourceFile, error: object) -> SourceError:
    """That the file can't be read; memory that ran out, and a fault of ours, stay what they are."""
    _check_blame(error)
    return SourceError(
        "damaged",
        f"{source.name}: it is damaged and cannot be read ({_cause(source, error)}).",
        "Open it with another program and save it again.",
    )


def unreadable(source: SourceFile, number: int, error: object) -> SourceError:
    """That one page can't be read; memory that ran out, and a fault of ours, stay what they are."""
    _check_blame(error)
    return SourceError(
        "page_unreadable",
        f"{source.name}: page {number} cannot be read ({_cause(source, error)}).",
        "The other pages are not affected; save the file again with another program.",
    )


def _check_blame(error: object) -> None:
    """Raise what is no fault of the file: MemoryError, or an error of our own code as it is."""
    if isinstance(error, BaseException):
        if is_exhaustion(error):
            raise MemoryError(str(error)) from error
        if is_own(error):
            raise error


def _cause(source: SourceFile, error: object) -> str:
    """What a library says, in one line and without the file's path."""
    return " ".join(str(error).replace(source.path, source.name).split()).rstrip(".")


def password_error(name: str, *, tried: bool) -> SourceError:
    """That the file wants a password, or another one."""
    if tried:
        return SourceError(
            "wrong_password", f"{name}: none of the passwords given opens it.", "Try another one."
        )
    return SourceError(
        "password_needed", f"{name}: it is protected by a password.", "Give it with --password."
    )
