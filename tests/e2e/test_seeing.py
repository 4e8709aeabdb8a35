"""Page images arrive upright, readable and in order at every kind of server.

`servers.vision` stands in for the model, behind the strict stand-ins: it OCRs what it was sent and
says nothing of what it does not see. No accuracy of any engine follows from this.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.evaluation.compare import Tally, compare
from docglean.schemas.schema import Schema, load_schema
from PIL import Image
from servers.vendor import Vendor
from servers.vision import PageReader
from strict import served

from docglean import Extraction, Settings, extract

pytestmark = pytest.mark.e2e

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
LABELS = {
    label["id"]: label
    for label in map(json.loads, (SAMPLES / "labels.jsonl").read_text("utf-8").splitlines())
}


@contextmanager
def seeing(
    wire: str, schema: Schema, truth: dict[str, Any]
) -> Iterator[tuple[PageReader, Vendor, str]]:
    """A model that sees behind a vendor's strict stand-in, and its spec."""
    reader = PageReader(schema.root, truth)
    with served(wire, reader, thinking=(0,)) as (server, spec):
        yield reader, server, spec.removeprefix("ocr+")
        assert not server.refusals


def ask(spec: str, path: Path, schema: Schema, folder: Path) -> Extraction[Any]:
    settings = Settings(engine=spec, ledger=str(folder / "ledger.sqlite"))
    return extract(path, schema.model, settings=settings)


@pytest.mark.parametrize(
    ("wire", "sample"),
    [("anthropic", "invoice-scan"), ("openai", "receipt-photo"), ("gemini", "invoice-scan"),
     ("mistral", "receipt-photo")],
)  # fmt: skip
def test_scans_and_photos_arrive_upright(wire: str, sample: str, tmp_path: Path) -> None:
    label = LABELS[sample]
    schema = load_schema(label["schema"])
    with seeing(wire, schema, label["expected"]) as (reader, server, spec):
        found = ask(spec, SAMPLES / label["file"], schema, tmp_path)
    assert found.status in ("ok", "partial"), found.problems
    tally = Tally.of(compare(schema.root, label["expected"], found.values))
    assert tally.counts["wrong"] == tally.counts["extra"] == 0
    assert tally.accuracy is not None
    assert tally.accuracy > 0.9
    assert len(reader.seen) == len(server.calls) == found.spending.calls == 1
    located = [e for e in found.evidence.values() if e.how != "not_found"]
    assert len(located) > 0.8 * len(found.evidence)


def test_pages_of_a_long_list_arrive_in_order_and_are_paid_once(tmp_path: Path) -> None:
    label = LABELS["statement"]
    schema = load_schema("statement")
    path = SAMPLES / label["file"]
    with seeing("openai", schema, label["expected"]) as (reader, _, spec):
        found = ask(f"{spec}&window=1", path, schema, tmp_path)
        again = ask(f"{spec}&window=1", path, schema, tmp_path)
        sent = len(reader.seen)
    assert sent == 2, "one image for each page, and none for the second run"
    assert again.values == found.values
    assert (again.spending.calls, again.spending.cached) == (0, 2)
    balances = [row["balance"] for row in (found.values or {})["transactions"]]
    expected = [row["balance"] for row in label["expected"]["transactions"]]
    assert balances == [balance for balance in expected if balance in balances]
    assert len(balances) > 0.9 * len(expected)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_pages_turned_by_the_file_arrive_upright(rotation: int, tmp_path: Path) -> None:
    truth = {"invoice_number": "ROT-4711", "grand_total": "1234.50", "issue_date": "2026-03-05"}
    document = pymupdf.open()
    page = document.new_page(width=500, height=400)
    for row, text in enumerate(
        ("Invoice No. ROT-4711", "Date 2026-03-05", "Total 1,234.50 EUR", "Thank you very much")
    ):
        page.insert_text((60, 80 + 50 * row), text, fontsize=22)
    drawn = page.get_pixmap(dpi=150)
    # The same page as a picture that lies on its side, with the entry that sets it upright.
    image = Image.frombytes("RGB", (drawn.width, drawn.height), drawn.samples)
    data = io.BytesIO()
    image.rotate(rotation, expand=True).save(data, "PNG")
    turned: Any = pymupdf.open()
    size = (500, 400) if rotation == 180 else (400, 500)
    lying = turned.new_page(width=size[0], height=size[1])
    lying.insert_image(lying.rect, stream=data.getvalue())
    lying.set_rotation(rotation)
    path = tmp_path / "turned.pdf"
    turned.save(path)
    schema = load_schema("invoice")
    with seeing("anthropic", schema, truth) as (_, _, spec):
        found = ask(spec, path, schema, tmp_path)
    assert {name: (found.values or {})[name] for name in truth} == truth


def test_the_stand_in_is_not_fooled() -> None:
    """Else the tests above could not fail."""
    schema = load_schema("invoice")
    page = pymupdf.open().new_page(width=500, height=300)
    page.insert_text((40, 100), "Invoice No. ROT-4711", fontsize=24)
    page.insert_text((40, 160), "a second line of words", fontsize=24)
    pixmap = page.get_pixmap(dpi=120)
    upright = Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples)
    reader = PageReader(schema.root, {"invoice_number": "ROT-4711"})

    def sees(image: Image.Image) -> bool:
        data = io.BytesIO()
        image.save(data, "PNG")
        return "rot4711" in reader.read(data.getvalue())

    assert sees(upright)
    assert not sees(upright.rotate(90, expand=True))
    assert not sees(upright.rotate(180))
    assert not sees(upright.resize((50, 30)))
    assert not sees(Image.new("RGB", upright.size, "white"))
