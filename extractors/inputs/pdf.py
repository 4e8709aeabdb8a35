"""Pages of a PDF shown as the file itself: the page's own characters and its picture, at once.

Only what a reader sees may go to a model: a page with hidden text, with a text layer that says
something else than it shows, or without any text goes as an image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from docglean.extractors.documents.formats import has_pdf_pages
from docglean.extractors.documents.page_info import PageInfo
from docglean.extractors.documents.render import image_size
from docglean.extractors.documents.words import PageWords
from docglean.extractors.inputs.pages import FRAME_TOKENS, PagesInput, text_tokens
from docglean.extractors.model_input import Medium, Unit
from docglean.extractors.models.base import Part, PdfPart, TextPart
from docglean.extractors.models.families import PdfTokens
from docglean.extractors.render_policy import image_tokens
from docglean.extractors.requests.prompts import caption
from docglean.schemas.errors import Problem, SourceError

VERSION = 1
"""Part of a request's key; change it whenever other bytes are sent of a page."""
PAGE_BYTES = 60_000
"""Of a page's fonts and drawing in a file of its own, beside its share of the document."""


@dataclass(frozen=True, slots=True)
class PdfInput:
    """A PDF in one file a page, with images of the pages that cannot go as files.

    Attributes:
        pages: as images, for those that are not in `whole`.
        whole: numbers of the pages that go as files.
        counting: how their tokens are counted.
    """

    pages: PagesInput
    whole: frozenset[int]
    counting: PdfTokens

    @property
    def medium(self) -> Medium:
        """As of the images."""
        return self.pages.medium

    @property
    def total(self) -> int:
        """Pages of the document."""
        return self.pages.total

    @property
    def reads(self) -> str:
        """Identity of what a page becomes."""
        return f"pdf {VERSION} else {self.pages.reads}"

    def text(self, number: int) -> str:
        """The page's text."""
        return self.pages.text(number)

    def units(self, numbers: Sequence[int]) -> list[Unit]:
        """Cost of each page, as a file or as an image."""
        document = self.pages.document
        share = document.path.stat().st_size // max(1, len(document.pages))
        found = []
        for unit in self.pages.units(numbers):
            if unit.number not in self.whole:
                found.append(unit)
                continue
            tokens = FRAME_TOKENS + self._picture(unit.number)
            tokens += ceil(self.counting.text * text_tokens(self.text(unit.number)))
            found.append(Unit(unit.number, tokens, bytes=share + PAGE_BYTES))
        return found

    async def parts(self, number: int) -> tuple[Part, ...]:
        """Caption and file, or caption and image."""
        if number not in self.whole:
            return await self.pages.parts(number)
        data = await self.pages.document.pdf(number)
        title = TextPart(caption(number, self.total, medium=self.medium))
        return title, PdfPart(data, f"page-{number}.pdf")

    def _picture(self, number: int) -> int:
        if self.counting.picture is not None:
            return self.counting.picture
        policy = self.pages.policy
        assert policy is not None
        return image_tokens(*image_size(self.pages.document.page(number), policy), policy)


def is_digital(info: PageInfo) -> bool:
    """Whether a page of a PDF has text of its own, and is no scan with a text layer."""
    return info.has_text and info.scan is None


def whole_pages(
    media_type: str, pages: Sequence[PageInfo], words: Mapping[int, PageWords | SourceError]
) -> frozenset[int]:
    """Numbers of the pages that may go as files: all that they say can be seen on them."""
    if not has_pdf_pages(media_type):
        return frozenset()
    return frozenset(
        info.number
        for info in pages
        if is_digital(info)
        and isinstance(found := words.get(info.number), PageWords)
        and not found.hidden
        and not found.misread
    )


def as_images(name: str, numbers: Sequence[int], whole: frozenset[int]) -> list[Problem]:
    """That some pages went as images although files were asked for."""
    others = [number for number in numbers if number not in whole]
    if not others:
        return []
    which = "all pages" if len(others) == len(numbers) else f"pages {', '.join(map(str, others))}"
    return [
        Problem(
            code="sent_as_image",
            message=f"{name}: {which} went to the model as images, not as PDF: scans and photos, "
            "and pages with text that nobody can see, do.",
        )
    ]
