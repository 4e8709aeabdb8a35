"""A document of pages as a model is shown it: images, their text, or both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from docglean.extractors.concurrency import Turns
from docglean.extractors.documents.render import image_size
from docglean.extractors.documents.words import PageWords
from docglean.extractors.model_input import Medium, Unit
from docglean.extractors.models.base import ImagePart, Part, TextPart
from docglean.extractors.render_policy import RenderPolicy, image_tokens
from docglean.extractors.requests.prompts import caption, page_text
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:
    from docglean.extractors.documents.document import Document

CHARACTERS_A_TOKEN = 3.0
"""Of printed text with many figures: prose has four and more, so this errs on the dear side."""
FRAME_TOKENS = 15
"""The line above a page and the marks around its text."""


def text_tokens(text: str) -> int:
    """Tokens that a text costs, about: one for three characters, bytes where it is not Latin."""
    size = max(len(text), len(text.encode()) // 2)
    return ceil(size / CHARACTERS_A_TOKEN)


@dataclass(frozen=True, slots=True)
class PagesInput:
    """A document of pages.

    Attributes:
        policy: how pages are drawn, None where no images are sent.
        words: of the pages read so far; all that are shown where `with_text`.
        with_text: the text is sent, alone or under the image.
        turns: of all documents.
    """

    document: Document
    policy: RenderPolicy | None
    words: Mapping[int, PageWords | SourceError]
    with_text: bool
    reads: str
    turns: Turns
    medium: Medium = "pages"

    @property
    def total(self) -> int:
        """Pages of the document."""
        return len(self.document.pages)

    def units(self, numbers: Sequence[int]) -> list[Unit]:
        """Cost of each page by the model family's image formula and the text's length."""
        found: list[Unit] = []
        for number in numbers:
            tokens, pixels = FRAME_TOKENS, 0
            if self.policy is not None:
                width, height = image_size(self.document.page(number), self.policy)
                tokens += image_tokens(width, height, self.policy)
                pixels = width * height
            if self.with_text:
                tokens += text_tokens(self.text(number))
            found.append(Unit(number, tokens, pixels))
        return found

    def text(self, number: int) -> str:
        """The page's text with its layout; empty where its words have not been read."""
        found = self.words.get(number)
        return found.text() if isinstance(found, PageWords) else ""

    async def parts(self, number: int) -> tuple[Part, ...]:
        """Caption, image, text."""
        title = TextPart(caption(number, self.total, medium=self.medium))
        return title, *await self.content(number)

    async def content(self, number: int) -> tuple[Part, ...]:
        """Image, text.

        Raises:
            SourceError: the page can't be shown.
        """
        parts: list[Part] = []
        if self.policy is not None:
            with self.turns.drawing():
                image = await self.document.image(number, self.policy, upright=True)
            parts.append(ImagePart(image.data, image.media_type, image.width, image.height))
        if self.with_text:
            found = self.words.get(number)
            if isinstance(found, SourceError):
                raise found
            parts.append(TextPart(page_text(self.text(number), with_image=bool(parts))))
        return tuple(parts)
