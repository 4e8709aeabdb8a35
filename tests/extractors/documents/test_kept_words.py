"""What the ledger keeps of pages is not found again, whoever asks for it: a second run of the same
files starts no child process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from checkouts import REPOSITORY
from docglean.extractors import pipeline
from docglean.extractors.documents.child_processes import ChildPool
from docglean.extractors.documents.document import Document, open_document
from docglean.extractors.documents.page_findings import PageFinding
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction
from docglean.schemas.builtin.form import Form
from docglean.schemas.builtin.receipt import Receipt
from docglean.schemas.errors import SourceError
from pydantic import BaseModel
from stand_ins import Bench
from word_pages import till_slip

SAMPLES = REPOSITORY / "samples" / "documents"


class Signed(BaseModel):
    """Something of a user's own, for which rules to write on matter."""

    name: str | None = None
    agreed: bool | None = None


@pytest.mark.parametrize(
    ("path", "schema", "kinds"),
    [
        pytest.param(till_slip, Receipt, ["tables"], id="a text layer"),
        pytest.param(lambda _: SAMPLES / "receipt-photo.jpg", Receipt, ["ocr", "tables"], id="ocr"),
        pytest.param(lambda _: SAMPLES / "form.pdf", Form, ["drawn"], id="a form"),
        pytest.param(lambda _: SAMPLES / "form.pdf", Signed, ["drawn"], id="a schema of one's own"),
    ],
)
async def test_the_second_run_of_the_embedded_engine_does_nothing_in_children(
    tmp_path: Path,
    path: Callable[[Path], Path],
    schema: type[BaseModel],
    kinds: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = path(tmp_path / "slip.pdf")
    first = await _read(tmp_path, file, schema)
    assert set(kinds) <= set(first.seconds)

    def start(*_: Any) -> None:
        raise AssertionError("a child process was started")

    monkeypatch.setattr(ChildPool, "__init__", start)
    second = await _read(tmp_path, file, schema)
    assert set(second.seconds) <= {"layout", "ground", "total", "saved"}, second.seconds
    assert second.values == first.values
    assert second.evidence == first.evidence
    assert second.problems == first.problems


async def _read(place: Path, file: Path, schema: type[BaseModel]) -> Extraction[Any]:
    async with Workers() as workers:
        context, _model = await Bench(place, workers).open(None, schema, engine="local")
        async with context:
            return await pipeline.extract(context, file)


async def test_what_could_not_be_found_or_other_code_has_found_is_looked_for_again(
    tmp_path: Path, workers: Workers
) -> None:
    document = await open_document(till_slip(tmp_path / "slip.pdf"), workers, workers.limits)
    context, _model = await Bench(tmp_path, workers).open(None, Receipt, engine="local")
    lost = SourceError("too_slow", "It took too long.", "Wait.")
    async with context:

        async def found(what: int | SourceError, data: str = "") -> int | SourceError:
            return await _found(document, context.ledger, what, data)

        assert await found(lost) is lost
        assert await found(7) == 7
        assert await found(8) == 7
        assert await found(8, "other data") == 8


async def _found(document: Document, store: Any, what: int | SourceError, data: str) -> Any:
    async def find(number: int) -> int:
        if isinstance(what, SourceError):
            raise what
        return what

    return (await PageFinding[int]("tables", int, ("geometry",), data=data).on(
        document, [1], store, find
    ))[1]  # fmt: skip
