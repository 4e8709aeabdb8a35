"""What a review makes a label of, where the schema is not that of the review."""

from __future__ import annotations

from typing import Any

import pytest
from docglean.evaluation.checked_labels import checked_values
from docglean.extractors.extraction import Extraction, SourceRecord
from docglean.extractors.reviews import ReviewEvent, fingerprint, replay
from docglean.schemas.schema import load_schema

ROOT = load_schema("receipt").root


@pytest.mark.parametrize(
    ("path", "new", "expected"),
    [
        ("/total", "1.00", {"total": "1.00"}),
        ("/total", {"net": "1.00"}, {}),
        ("/total", ["1.00"], {}),
        ("/line_items", "2.00", {}),
        ("/line_items", [], {"line_items": []}),
        ("/unknown", "1.00", {}),
    ],
)
def test_what_the_schema_cannot_hold_is_not_labelled(
    path: str, new: Any, expected: dict[str, Any]
) -> None:
    source = SourceRecord(name="a.pdf", uri="file:///in/a.pdf", sha256="00")
    read = Extraction[Any](document=source, engine="local", status="ok", data={"total": "9.00"})
    event = ReviewEvent(
        by="ann", document=source.uri, result=fingerprint(read), action="set", path=path, new=new
    )
    assert checked_values(ROOT, replay(read, [event]).extraction).expected == expected
