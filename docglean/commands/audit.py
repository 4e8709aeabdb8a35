"""``docglean audit``: a run folder as one file, and whether such a file was changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from docglean.cli.exits import OK, SOME_FAILED
from docglean.commands.ledger_reading import read_ledger
from docglean.extractors.ledger.calls import Call, calls_of
from docglean.extractors.notices import tell
from docglean.extractors.plurals import counted
from docglean.flows.audit import write_audit
from docglean.flows.audit_file import read_seal
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import built_in_by_hash, load_schema

AUDIT = "audit.json"


def audit_command(
    run: Path | None, *, out: Path | None, schemas: Sequence[str], check: Path | None
) -> int:
    """``docglean audit``: the exit code.

    Raises:
        ConfigError: ``bad_option``, or as `write_audit` and `read_seal`.
    """
    if (run is None) == (check is None):
        raise ConfigError(
            "bad_option", "One thing is wanted: a run folder, or --check FILE.", "Name one of them."
        )
    if check is not None:
        return _check(check)
    assert run is not None
    known = built_in_by_hash() | {one.hash: one for one in map(load_schema, schemas)}
    path = out or run / AUDIT
    documents, digest = write_audit(run, path, _calls, known)
    print(f"{path}: {counted(documents, 'document')}, SHA-256 {digest}")
    return OK


def _check(path: Path) -> int:
    seal = read_seal(path)
    if seal.holds:
        print(f"{path} is as it was written: SHA-256 {seal.found}")
        return OK
    tell(
        f"{path} was changed: it says SHA-256 {seal.told}, and what it holds has {seal.found}.",
        error=True,
    )
    return SOME_FAILED


def _calls(documents: Collection[str]) -> Mapping[str, Sequence[Call]] | None:
    found, _ = read_ledger(lambda connection: calls_of(connection, documents), None)
    return found
