"""How an Extraction shows itself: in a line, in a notebook, as data, as frames, as a page."""

from __future__ import annotations

import copy
import json
import pickle
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from bs4 import BeautifulSoup
from docglean.extractors.extraction import SchemaRecord
from docglean.schemas import Invoice
from docglean.schemas.schema import schema_of
from pydantic import BaseModel

from docglean import ConfigError, DocgleanError, Extraction, Extractor, Settings

HOSTILE = "</iframe><script>alert(1)</script>\"'"


class Row(BaseModel):
    """One line."""

    what: str
    amount: Decimal
    day: date | None


class Own(BaseModel):
    """A paper."""

    rows: list[Row]


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    document = pymupdf.open()
    document.new_page().insert_text((72, 80), "A cover, with nothing on it")
    page = document.new_page()
    lines = (
        "Invoice", "Invoice number: RE-2026-0042", "Invoice date: 2026-03-05",
        f"Seller: {HOSTILE}", "Net total: 50.00", "VAT 19 %: 9.50", "Total: EUR 59.50",
    )  # fmt: skip
    for number, text in enumerate(lines):
        page.insert_text((72, 80 + number * 24), text)
    return bytes(document.tobytes())


@pytest.fixture(scope="module")
def read(paper: bytes, tmp_path_factory: pytest.TempPathFactory) -> Extraction[Invoice]:
    """Read by a client that is closed by now."""
    ledger = tmp_path_factory.mktemp("faces") / "ledger.sqlite"
    with Extractor(settings=Settings(engine="local", ledger=str(ledger))) as client:
        return client.extract(paper, Invoice, name=f"{HOSTILE}.pdf")


def frame(read: Extraction[Any]) -> BeautifulSoup:
    """What stands in the frame of the notebook."""
    shown = BeautifulSoup(read._repr_html_(), "html.parser")
    [only] = shown.find_all(True, recursive=False)
    assert (only.name, only["sandbox"]) == ("iframe", ["allow-scripts"])
    assert not only.find_all(True)
    return BeautifulSoup(str(only["srcdoc"]), "html.parser")


def test_in_a_line(read: Extraction[Invoice]) -> None:
    assert repr(read) == str(read)
    assert repr(read).startswith(f"<Extraction {HOSTILE}.pdf: {read.status}, invoice, ")
    assert f"{len(read.problems)} problem" in repr(read)
    assert repr(read).endswith("$0.00>")
    assert len(repr(read)) < 160
    failed = read.model_copy(update={"values": None, "status": "failed", "schema_used": None})
    assert "failed, 0 values, " in repr(failed)


def test_in_a_notebook(read: Extraction[Invoice]) -> None:
    page = frame(read)
    [image] = page.select(".paper img")
    assert str(image["src"]).startswith("data:image/webp;base64,")
    assert image["alt"] == "Page 2"  # the one that its values stand on
    assert page.select(".paper a.box")
    assert "RE-2026-0042" in page.select_one(".values").get_text()  # type: ignore[union-attr]
    assert "1 page without values is left out." in page.get_text()
    # What the document says is text; the only script is the page's own.
    assert len(page.find_all("script")) == 1
    assert not page.find_all(src=lambda told: told is not None and not told.startswith("data:"))
    assert HOSTILE in page.get_text()
    assert len(read._repr_html_()) < 150_000


def test_in_a_notebook_without_its_document(read: Extraction[Invoice]) -> None:
    stored = Extraction[Any].model_validate_json(read.to_json())
    assert stored.origin is None
    page = frame(stored)
    assert not page.select(".paper")
    assert "RE-2026-0042" in page.select_one(".values").get_text()  # type: ignore[union-attr]
    assert "no copy is kept" in page.get_text()


def test_as_plain_data(read: Extraction[Invoice]) -> None:
    assert read.to_dict() == json.loads(read.to_json())
    assert {"data", "schema"} <= read.to_dict().keys()


def test_one_value(read: Extraction[Invoice]) -> None:
    found = read.value("/grand_total")
    assert found.value == "59.50"
    assert found.evidence is not None
    assert found.evidence.page == 2
    assert found.confidence == read.confidence["/grand_total"]
    with pytest.raises(DocgleanError, match="nothing at '/nosuch'") as lost:
        read.value("/nosuch")
    assert "/grand_total" in lost.value.way_out


def test_values_as_a_frame(read: Extraction[Invoice]) -> None:
    found = read.to_pandas().set_index("pointer")
    total = found.loc["/grand_total"]
    assert (total["value"], total["page"], total["found"]) == (
        "59.50", 2, read.evidence["/grand_total"].how,
    )  # fmt: skip
    assert total["confidence"] == pytest.approx(read.confidence["/grand_total"].probability)
    assert str(found["page"].dtype) == "Int64"


def test_a_frame_that_is_printed_shows_values_in_80_columns(read: Extraction[Invoice]) -> None:
    source = read.document.model_copy(update={"uri": f"file:///uploads/{'0123456789' * 8}"})
    shown = str(read.model_copy(update={"document": source}).to_pandas())
    assert max(map(len, shown.splitlines())) <= 80
    (total,) = [line for line in shown.splitlines() if "/grand_total" in line]
    assert "59.50" in total
    assert list(read.to_pandas()["document"].unique()) == [read.document.name]


def test_a_list_as_a_frame(read: Extraction[Invoice]) -> None:
    rows = [
        {"what": "a", "amount": "1.10", "day": "2026-01-31"},
        {"what": "b", "amount": "2.20", "day": None},
    ]

    used = SchemaRecord(name="own", hash=schema_of(Own).hash)
    told = {"values": {"rows": rows}, "confidence": {}, "schema_used": used}
    made = read.model_copy(update=told).bind(Own)
    frame = made.to_pandas("/rows")
    assert list(frame["number"]) == [1, 2]
    assert list(frame["what"]) == ["a", "b"]
    assert sum(frame["amount"]) == Decimal("3.30")
    assert str(frame["day"].dtype).startswith("datetime64")
    with pytest.raises(ConfigError, match="There are: /rows") as lost:
        made.to_pandas("/nosuch")
    assert lost.value.code == "no_such_list"


def test_without_pandas(read: Extraction[Invoice], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ConfigError) as lacking:
        read.to_pandas()
    assert lacking.value.code == "no_extra"
    assert "install" in lacking.value.way_out
    assert "pandas" in lacking.value.way_out


def test_as_a_page(
    read: Extraction[Invoice], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = read.show(tmp_path / "page.html")
    page = BeautifulSoup(out.read_text("utf-8"), "html.parser")
    assert len(page.select(".paper img")) == 2
    monkeypatch.chdir(tmp_path)
    plain = read.model_copy(update={"document": read.document.model_copy(update={"name": "a.pdf"})})
    assert plain.show() == Path("a.html")
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    plain.show(opening=True)
    assert opened == [(tmp_path / "a.html").as_uri()]


def test_a_copy_goes_on_showing_and_a_stored_one_does_not(read: Extraction[Invoice]) -> None:
    assert copy.deepcopy(read).origin is read.origin
    assert pickle.loads(pickle.dumps(read.model_copy())).origin is None
