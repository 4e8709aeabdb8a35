"""``pdf+``: pages as files to models that take them; what may not go so goes as an image."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction
from docglean.extractors.models.capabilities import capability, check
from docglean.extractors.models.engines import parse_engine
from docglean.schemas.errors import ConfigError
from servers.billing import slips, true_answer
from servers.vendor import Part, Vendor
from strict import read, served


def reader(schema: Mapping[str, Any], parts: Sequence[Part], system: str) -> str:
    """Reads the text layer of files; of images it sees nothing."""
    text = "\n".join(_text(content) for kind, content in parts if kind == "pdf")
    return true_answer(text, dict(schema))


def _text(data: bytes) -> str:
    with pymupdf.open(stream=data, filetype="pdf") as document:
        assert (document.page_count, document.embfile_count()) == (1, 0)
        assert not any(document.metadata[name] for name in ("title", "author", "subject"))
        return "\n".join(page.get_text() for page in document)


async def read_files(
    vendor: str, folder: Path, workers: Workers
) -> tuple[Vendor, list[Extraction[Any]]]:
    with served(vendor, thinking=(500,)) as (server, spec):  # so that no answer is cut
        server.reader = reader
        return server, await read(spec.replace("ocr+", "pdf+"), folder, workers)


def kinds(server: Vendor) -> list[list[str]]:
    """Kinds of the content blocks of each call, text left out."""
    if server.calls and "contents" in server.calls[0]:
        return [
            [part["inlineData"]["mimeType"] for part in call["contents"][-1]["parts"]
             if "inlineData" in part]
            for call in server.calls
        ]  # fmt: skip
    return [
        [block["type"] for block in call["messages"][-1]["content"] if block["type"] != "text"]
        for call in server.calls
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("vendor", "kind"),
    [("anthropic", "document"), ("openai", "file"), ("gemini", "application/pdf")],
)
async def test_a_native_page_goes_as_a_file_and_its_values_are_located(
    vendor: str, kind: str, tmp_path: Path, workers: Workers
) -> None:
    folder = slips(tmp_path / "in", 2)
    server, found = await read_files(vendor, folder, workers)
    assert kinds(server) == [[kind], [kind]]
    assert [one.values for one in found] == [
        {"number": 0, "word": "w0"},
        {"number": 1, "word": "w1"},
    ]
    assert [(one.status, one.problems) for one in found] == [("ok", []), ("ok", [])]
    assert found[1].evidence["/word"].how == "exact"


async def test_a_page_of_many_is_a_file_of_its_own_without_what_the_document_carries(
    tmp_path: Path, workers: Workers
) -> None:
    folder = slips(tmp_path / "in", 1)
    with pymupdf.open() as document:
        for text in ("number: 7", "word: seven"):
            document.new_page(width=200, height=100).insert_text((20, 30), text)
        document.embfile_add("secret.txt", b"not sent")
        document.set_metadata({"title": "not sent", "author": "not sent"})
        document.save(folder / "0000.pdf")
    server, (found,) = await read_files("anthropic", folder, workers)
    assert kinds(server) == [["document", "document"]]
    assert found.values == {"number": 7, "word": "seven"}
    assert b"not sent" not in json.dumps(server.calls).encode()


@pytest.mark.slow
async def test_scans_and_pages_with_hidden_text_go_as_images_and_that_is_said(
    tmp_path: Path, workers: Workers
) -> None:
    folder = slips(tmp_path / "in", 1)
    with pymupdf.open() as document:
        shown = document.new_page(width=200, height=100)
        shown.insert_text((20, 30), "number: 7")
        hiding = document.new_page(width=200, height=100)
        hiding.insert_text((20, 30), "word: seven")
        hiding.insert_text((20, 60), "word: 4321 hidden", color=(1, 1, 1))
        picture = document[0].get_pixmap(dpi=100)
        document.new_page(width=200, height=100).insert_image((0, 0, 200, 100), pixmap=picture)
        document.save(folder / "0000.pdf")
    server, (found,) = await read_files("anthropic", folder, workers)
    assert kinds(server) == [["document", "image", "image"]]
    told = {problem.code: problem.message for problem in found.problems}
    assert "pages 2, 3 went to the model as images" in told["sent_as_image"]
    assert "hidden_text" in told


def test_a_page_as_a_file_is_counted_by_the_vendors_own_way() -> None:
    claude = capability(parse_engine("pdf+anthropic:claude-haiku-5-5")).pdf
    assert claude is not None
    # A text page of 750 tokens was measured at 2,347, a scan at 1,600.
    assert claude.picture == pytest.approx(2_347 - claude.text * 747)


@pytest.mark.parametrize("spec", ["pdf+ollama:qwen2.5vl:7b", "pdf+openai:gpt-audio"])
def test_what_takes_no_files_is_refused_before_anything_is_sent(spec: str) -> None:
    engine = parse_engine(spec)
    with pytest.raises(ConfigError, match="PDF") as error:
        check(engine, capability(engine))
    assert error.value.code == "no_pdf"


def test_files_go_with_nothing_else() -> None:
    with pytest.raises(ConfigError, match="pdf does not go together"):
        parse_engine("pdf+ocr+anthropic")
    assert parse_engine("pdf+anthropic:claude-haiku-5-5").inputs == "pdf"
