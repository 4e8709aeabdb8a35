"""A language that the package does not have is a file more and no code: an invented one is read."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import docglean.schemas.labels as labels
import pytest
from drawn_invoices import Paper, read

INVENTED = """
name = "Invented"
order = 900
decimal_comma = true
common_words = ["pelom", "zufribo", "dalun"]

[captions.invoice]
invoice_number = ["Zufribnum"]
issue_date = ["Zufribdel"]
buyer_name = ["Pelom dalun"]
net_total = ["Smalavot"]
tax_total = ["Grutak"]
grand_total = ["Valodavot"]

[captions.invoice.line_items]
description = ["Bepenam"]
quantity = ["Modot"]
unit_price = ["Balavot"]
line_total = ["Kevot"]

[titles]
invoice = ["zufribo"]

[letterheads]
titles = ["zufribo"]

[headings]
buyer = ["pelom dalun"]
"""
PAPER = Paper(
    title="ZUFRIBO",
    numbers=(("Zufribnum: ZB-2041",), ("Zufribdel: 13.03.2026",)),
    recipient=("Pelom dalun:", "Harbour Cafe", "5 Quay Street", "Bristol BS1 6XN"),
    heads=("Bepenam", "Modot", "Balavot", "Kevot"),
    items=(("Widget A", "2", "50,00", "100,00"), ("Widget B", "1", "25,50", "25,50")),
    totals=(("Smalavot", "125,50"), ("Grutak", "25,10"), ("Valodavot", "150,60")),
)
EXPECTED = {
    "invoice_number": "ZB-2041",
    "issue_date": "2026-03-13",
    "buyer_name": "Harbour Cafe",
    "net_total": "125.50",
    "tax_total": "25.10",
    "grand_total": "150.60",
}
NAMELESS = ("invoice_number", "order_number", "paid_amount", "currency")
"""What is not read where its caption is not known; a date and an addressee are, by their form."""
ADDED_UP = ("net_total", "tax_total", "grand_total")
"""What arithmetic may tell where no caption does: then it is right."""
# The words are read when modules are imported: in a process of its own, before any is.
READ = """
import json, sys
from pathlib import Path
import docglean.schemas.labels as labels
more = labels.read_vocabulary(Path(sys.argv[1]))
labels.vocabulary = lambda: more
from docglean.schemas.reading.style import guess_style
from drawn_invoices import read
print(json.dumps({
    "values": read(Path(sys.argv[2])).values,
    "languages": guess_style("Pelom zufribo dalun " * 3).languages,
}))
"""


@pytest.mark.slow
def test_a_file_more_is_a_language_more(tmp_path: Path) -> None:
    document = PAPER.save(tmp_path / "zufribo.pdf")
    before = read(document).values
    assert not any(before[name] for name in NAMELESS)
    assert all(before[name] in (None, EXPECTED[name]) for name in ADDED_UP)
    assert before["amount_due"] in (None, EXPECTED["grand_total"])

    folder = tmp_path / "labels"
    folder.mkdir()
    for path in Path(labels.__file__).parent.glob("*.toml"):
        shutil.copy(path, folder)
    (folder / "xx.toml").write_text(INVENTED, encoding="utf-8")
    after = read_elsewhere(folder, document)
    values = after["values"]
    assert {name: values[name] for name in EXPECTED} == EXPECTED
    items = [
        (item["description"], item["quantity"], item["unit_price"], item["line_total"])
        for item in values["line_items"]
    ]
    assert items == [("Widget A", "2", "50.00", "100.00"), ("Widget B", "1", "25.50", "25.50")]
    assert after["languages"] == ["xx"]


def read_elsewhere(folder: Path, document: Path) -> dict[str, Any]:
    """What a process reads that has the words of `folder`."""
    place = Path(__file__).parents[2]  # of `drawn_invoices`
    done = subprocess.run(
        [sys.executable, "-c", READ, str(folder), str(document)],
        cwd=place, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
