"""A page that takes too long costs that page, wherever it is met: when the file is opened too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.workers import Workers
from docglean.extractors.render_policy import RenderPolicy
from docglean.schemas.errors import SourceError

POLICY = RenderPolicy("test", 300, None, 28)
LIMITS = Limits(workers=2, seconds=2)


def slow(document: Any, page: Any) -> None:
    """Forms that draw forms, ten times each: a few lines that take years."""
    last = 0
    for depth in range(12):
        xref = document.get_new_xref()
        inner = f"/Resources<</XObject<</F {last} 0 R>>>>" if last else ""
        document.update_object(xref, f"<</Type/XObject/Subtype/Form/BBox[0 0 600 800]{inner}>>")
        document.update_stream(xref, b"/F Do " * 10 if depth else b"0 0 m 9 9 l S")
        last = xref
    fonts = document.xref_get_key(page.xref, "Resources/Font")[1]
    document.xref_set_key(page.xref, "Resources", f"<</Font {fonts}/XObject<</F {last} 0 R>>>>")
    contents = page.get_contents()[0]
    document.update_stream(contents, document.xref_stream(contents) + b" /F Do")


def paper(path: Path, *slow_pages: int, pages: int = 5) -> Path:
    document = pymupdf.open()
    for number in range(1, pages + 1):
        document.new_page().insert_text((50, 100), f"Invoice number: INV-{number}")
    for number in slow_pages:
        slow(document, document[number - 1])
    document.save(path)
    return path


@pytest.mark.e2e
@pytest.mark.parametrize("slow_page", [1, 3])
async def test_a_slow_page_costs_itself(slow_page: int, tmp_path: Path) -> None:
    path = paper(tmp_path / "paper.pdf", slow_page)
    async with Workers(LIMITS) as own:
        document = await open_document(path, own, LIMITS)
        assert len(document.pages) == 5
        found = await document.words_many()
        assert [
            word if isinstance(word, SourceError) else word.words[-1].text for word in found
        ] == [found[n - 1] if n == slow_page else f"INV-{n}" for n in range(1, 6)]
        wrong = found[slow_page - 1]
        assert isinstance(wrong, SourceError)
        assert wrong.code == "too_slow"
        with pytest.raises(SourceError) as caught:
            await document.image(slow_page, POLICY)
        assert caught.value.code == "too_slow"
        assert (await document.image(2, POLICY)).data


@pytest.mark.e2e
async def test_a_document_of_one_slow_page_says_why(tmp_path: Path) -> None:
    path = paper(tmp_path / "paper.pdf", 1, pages=1)
    async with Workers(LIMITS) as own:
        with pytest.raises(SourceError) as caught:
            await open_document(path, own, LIMITS)
    assert caught.value.code == "too_slow"
