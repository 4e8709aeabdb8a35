"""The OCR+LLM baseline end to end on a real llama.cpp server.

SmolLM2-135M is far too small to read invoices: what it answers is not judged. What is: that the
page's words and no image go to the server, that its answer comes back typed and accounted for,
and that the second run asks nothing. Marked `models`: `make test-models` installs the packages.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pymupdf
import pytest
from pydantic import BaseModel
from servers.llamacpp import serving

from docglean import ConfigError, Extraction, Settings, extract

pytestmark = [pytest.mark.models, pytest.mark.e2e]


class Slip(BaseModel):
    """A delivery slip."""

    number: str | None
    issued: date | None


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving() as found:
        yield found


@pytest.fixture
def slip(tmp_path: Path) -> Path:
    document = pymupdf.open()
    page = document.new_page(width=300, height=200)
    page.insert_text((40, 60), "Delivery slip")
    page.insert_text((40, 90), "Number: SL-4711")
    page.insert_text((40, 120), "Issued: 2026-03-05")
    document.save(tmp_path / "slip.pdf")
    return tmp_path / "slip.pdf"


def read(path: Path, spec: str) -> Extraction[Slip]:
    settings = Settings(
        engine=spec, private=True, ledger=str(path.with_name("ledger.sqlite")), deadline=600
    )
    return extract(path, Slip, settings=settings)


def test_words_go_and_a_typed_answer_comes_back(url: str, slip: Path) -> None:
    spec = f"ocr+llamacpp@{url}?max_tokens=96"
    found = read(slip, spec)
    assert found.engine.startswith("ocr+llamacpp:SmolLM2")
    assert found.spending.calls >= 1
    assert found.spending.cost == 0, "a server of one's own costs no API money"
    assert found.spending.usage.input_tokens > 50, "the words of the page"
    assert found.spending.usage.output_tokens > 0
    if found.status == "failed":
        assert any(problem.severity == "error" for problem in found.problems)
    else:
        assert found.values is not None
        assert set(found.values) == {"number", "issued"}
    again = read(slip, spec)
    assert again.spending.calls == 0
    assert again.values == found.values


def test_images_are_refused_before_anything_is_sent(url: str, slip: Path) -> None:
    with pytest.raises(ConfigError, match="ocr\\+llamacpp"):
        read(slip, f"llamacpp@{url}")
