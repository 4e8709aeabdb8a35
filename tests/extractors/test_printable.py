"""Names and lines that do nothing to a terminal, and paths as text."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from docglean.extractors.printable import name_of, path_of, printable, readable_path


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Rechnung für März (1).pdf", "Rechnung für März (1).pdf"),
        ("発注書\u200d👩\u200d👧.pdf", "発注書\u200d👩\u200d👧.pdf"),  # joined emoji stay whole
        ("\x1b]0;title\x07.pdf", r"\x1b]0;title\x07.pdf"),
        ("a\r\nb\tc\x00\x7f", r"a\x0d\x0ab\x09c\x00\x7f"),
        ("\x9b31m\u202efdp\u2066", r"\x9b31m\u202efdp\u2066"),
        ("a\u2028b\u2029", r"a\u2028b\u2029"),
        ("\U000e0041", r"\U000e0041"),
        (os.fsdecode(b"caf\xe9"), r"caf\xe9"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


def test_no_control_character_is_left() -> None:
    every = printable("".join(map(chr, range(0x110000))))
    assert not [char for char in every if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    every.encode()


@pytest.mark.parametrize("name", [b"plain.pdf", b"caf\xe9 100%.pdf", "für.pdf".encode()])
def test_a_path_as_text_leads_back_to_the_file(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(b"x")
    told = readable_path(path)
    told.encode()
    assert path_of(told).read_bytes() == b"x"
    assert path_of(path.as_uri()) == path
    name_of(path).encode()
