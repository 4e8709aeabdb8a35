"""The sealed file of an audit: every change is seen, and it is written as documents come."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docglean.flows.audit_file import read_seal, write_sealed
from docglean.flows.audit_terms import without_secrets
from docglean.schemas.errors import ConfigError
from hypothesis import given
from hypothesis import strategies as st

HEAD = {"about": {"a": "b"}, "format": "x"}


@pytest.mark.parametrize("documents", [[], [{"a": 1}], [{"a": "é\u2028"}, {"b": "\ud800"}]])
def test_it_is_json_and_its_sum_is_that_of_the_lines_above(tmp_path: Path, documents: Any) -> None:
    path = tmp_path / "a.json"
    count, digest = write_sealed(path, HEAD, documents)
    told = json.loads(path.read_text("utf-8"))
    assert told == {**HEAD, "documents": documents, "sha256": digest}
    assert count == len(documents)
    lines = path.read_bytes().splitlines(keepends=True)
    assert hashlib.sha256(b"".join(lines[:-2])).hexdigest() == digest
    assert read_seal(path).holds


def holds(path: Path) -> bool:
    try:
        return read_seal(path).holds
    except ConfigError:
        return False


@given(st.data())
def test_every_changed_byte_is_seen(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed.json"
    write_sealed(path, HEAD, [{"total": "12.50"}, {"sha256": "of a document"}])
    whole = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[place]))
    whole[place] = other
    path.write_bytes(whole)
    assert not holds(path)


@pytest.mark.parametrize("text", ["", "{}", '{\n"documents": [\n],\n', '"sha256": "12"\n}\n'])
def test_what_has_no_seal_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"a\.json cannot be checked"):
        read_seal(path)


def test_what_comes_after_the_seal_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_sealed(path, HEAD, [])
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(ConfigError):
        read_seal(path)


def test_documents_are_written_as_they_come(tmp_path: Path) -> None:
    def many() -> Iterator[dict[str, Any]]:
        for number in range(3_000):
            yield {"number": number, "text": "x" * 10_000}

    tracemalloc.start()
    try:
        write_sealed(tmp_path / "a.json", HEAD, many())
        assert read_seal(tmp_path / "a.json").holds
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "a.json").stat().st_size > 30_000_000
    assert most < 1_000_000


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("https://me:pw@host/a.pdf", "https://...@host/a.pdf"),
        ("s3://b/a.pdf?X-Amz-Signature=abc&v=1", "s3://b/a.pdf?X-Amz-Signature=...&v=1"),
        ("openai:m@https://h/v1?api_key=s3cret", "openai:m@https://h/v1?api_key=..."),
        ("file:///in/a@b.pdf", "file:///in/a@b.pdf"),
        ("a@b: see https://host/x", "a@b: see https://host/x"),
    ],
)
def test_addresses_are_told_without_what_opens_them(told: str, kept: str) -> None:
    assert without_secrets({"x": [told]}) == {"x": [kept]}
