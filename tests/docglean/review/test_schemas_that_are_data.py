"""What a stranger's run may name: data is read, code never."""

from __future__ import annotations

from pathlib import Path

import pytest
from docglean.extractors.extraction import SchemaRecord
from docglean.schemas.schema import load_schema

from docglean.review.known_schema import KnownSchemas

LINE = "number, payees[iban]"


def _known(spec: str, hash_of: str) -> KnownSchemas:
    known = KnownSchemas({}, {}, (spec,))
    known.of(SchemaRecord(name="x", hash=hash_of), {})
    return known


def test_schemas_on_one_line_and_in_yaml_are_found_again_with_their_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "payees.yaml").write_text("number:\npayees: [{iban: }]\n")
    monkeypatch.chdir(tmp_path)
    for spec in (LINE, "payees.yaml"):
        schema = load_schema(spec)
        used = SchemaRecord(name=schema.name, hash=schema.hash)
        known = KnownSchemas({}, {}, ("auto", spec))
        found = known.of(used, {})
        assert found.schema == schema
        assert found.schema is not None
        assert found.schema.checks({"payees": [{"iban": "DE89370400440532013001"}]})
        told = known.spec_of(used)
        assert told is not None
        monkeypatch.chdir("/")
        assert load_schema(told) == schema
        monkeypatch.chdir(tmp_path)


def test_code_that_a_run_names_is_never_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = "from pathlib import Path\nPath('ran').touch()\n"
    (tmp_path / "trap.py").write_text(trap)
    (tmp_path / "x, trap.py").write_text(trap)
    (tmp_path / "trap.yaml").write_text('a: !!python/object/apply:os.mkdir ["ran"]\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for spec in ("trap.py", "trap.py:Trap", "trap:Trap", "x, trap.py", "trap.yaml", "trap:money"):
        _known(spec, "0" * 64)
    assert not (tmp_path / "ran").exists()
