"""Errors of schemas show what is wrong, and not ten thousand figures of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from docglean.schemas.errors import SchemaError
from docglean.schemas.schema import load_schema

LONG = "9" * 10_000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", f"a: {LONG}"),
        ("a.yaml", f"a: {LONG[:4_000]}"),
        ("a.yaml", f"{LONG}: text"),
        ("a.yaml", f"a{LONG}: text\na{LONG}: text"),
        ("a.json", json.dumps({"properties": {"a": LONG}})),
        ("a.json", json.dumps({"properties": {"a": {"type": LONG}}})),
    ],
)
def test_a_long_word_is_cut_in_the_message(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SchemaError) as caught:
        load_schema(str(tmp_path / name))
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("schema", "place"),
    [({"$ref": "#"}, "The schema"), ({"properties": {"a": {"$ref": "#"}}}, "/a")],
)
def test_a_schema_within_itself_is_told_by_its_place(
    tmp_path: Path, schema: dict[str, Any], place: str
) -> None:
    (tmp_path / "a.json").write_text(json.dumps(schema))
    with pytest.raises(SchemaError, match=rf"^{place}[/a]*: # contains itself"):
        load_schema(str(tmp_path / "a.json"))
