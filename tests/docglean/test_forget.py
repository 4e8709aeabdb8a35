"""Retention: what is forgotten is in no file any more, and costs still add up."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pymupdf
import pytest
import sqlalchemy as sa
from docglean.extractors.ledger import database, retention
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.tables import KEPT, REPLIES, RequestMeta
from docglean.extractors.models.base import Reply
from docglean.flows.retention import forget
from docglean.flows.watch import KIND as SEEN
from servers.billing import PayingServer, paying, slips
from sounds import tone, write

from docglean.cli.app import run_command
from docglean.cli.exits import OK, SOME_FAILED, WRONG

Said = pytest.CaptureFixture[str]


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")


def secret(path: Path, word: str) -> str:
    """A slip with this word; its SHA-256."""
    pdf = pymupdf.open()
    pdf.new_page(width=300, height=100).insert_text((20, 30), f"word: {word}")
    pdf.save(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(server: PayingServer, source: str = "in") -> int:
    command = ["extract", source, "--engine", server.engine(), "--schema", "slip.py:Slip"]
    return run_command([*command, "--out", "out", "--quiet"])


def costs(capsys: Said) -> Any:
    capsys.readouterr()
    assert run_command(["costs", "--json", "--by", "run", "--by", "engine"]) == OK
    return json.loads(capsys.readouterr().out)["by"]


def on_disk() -> bytes:
    return b"".join(path.read_bytes() for path in Path().glob("ledger.sqlite*"))


@pytest.mark.slow
@pytest.mark.parametrize("how", ["path", "name", "sha256", "digits", "gone"])
def test_a_document_is_forgotten_by_path_name_or_sha256(
    server: PayingServer, tmp_path: Path, capsys: Said, how: str
) -> None:
    slips(tmp_path / "in", 2)
    sha256 = secret(tmp_path / "in" / "secret.pdf", "Zanzibar77")
    assert read(server) == OK
    assert b"Zanzibar77" in on_disk()
    before = costs(capsys)
    word = {"path": "in/secret.pdf", "name": "secret.pdf", "gone": "in/secret.pdf"}.get(how, sha256)
    if how == "gone":
        Path("in/secret.pdf").unlink()
    if how == "digits":
        word = sha256[:10]
    assert run_command(["forget", word, "--dry-run"]) == OK
    assert b"Zanzibar77" in on_disk()
    capsys.readouterr()
    assert run_command(["forget", word]) == OK
    said = capsys.readouterr().err
    assert "1 reply" in said
    assert str(Path("out/documents/secret.pdf.json").absolute()) in said
    assert b"Zanzibar77" not in on_disk()
    assert b"secret.pdf" not in on_disk()
    assert sha256.encode() not in on_disk()
    assert costs(capsys) == before
    # The others are known still: nothing is asked again of them.
    asked = sum(server.asked.values())
    assert read(server) == OK
    assert sum(server.asked.values()) == asked + (how != "gone")


def test_all_from_before_a_day_is_forgotten(
    server: PayingServer, tmp_path: Path, capsys: Said
) -> None:
    slips(tmp_path / "in", 2)
    assert read(server) == OK
    before = costs(capsys)
    today = datetime.now(UTC).date()
    assert run_command(["forget", "--before", str(today)]) == OK
    assert "Forgot 0 replies" in capsys.readouterr().err
    assert run_command(["forget", "--before", str(today + timedelta(days=1))]) == OK
    assert "Forgot 2 replies" in capsys.readouterr().err
    assert costs(capsys) == before
    assert run_command(["forget", "--before", str(today + timedelta(days=1))]) == OK
    assert "Forgot 0 replies" in capsys.readouterr().err


def test_what_is_not_known_is_said_and_the_rest_forgotten(
    server: PayingServer, tmp_path: Path, capsys: Said
) -> None:
    slips(tmp_path / "in", 1)
    assert read(server) == OK
    assert run_command(["forget", "nothing.pdf", "0000.pdf"]) == SOME_FAILED
    said = capsys.readouterr().err
    assert "nothing.pdf: there is no such file, and the ledger holds nothing" in said
    assert "Forgot 1 reply and" in said
    assert run_command(["forget"]) == WRONG
    assert run_command(["forget", "--before", "yesterday"]) == WRONG


def test_a_name_of_several_documents_is_not_guessed(
    server: PayingServer, tmp_path: Path, capsys: Said
) -> None:
    slips(tmp_path / "in" / "a", 1)
    slips(tmp_path / "in" / "b", 1, start=5)
    Path("in/b/0005.pdf").rename("in/b/0000.pdf")
    Path("in/slip.py").rename("slip.py")
    assert read(server) == OK
    assert run_command(["forget", "0000.pdf"]) == SOME_FAILED
    assert "may be 2 documents" in capsys.readouterr().err
    assert run_command(["forget", "b/0000.pdf"]) == OK


def test_a_document_in_a_batch_is_left_and_said(
    server: PayingServer, tmp_path: Path, capsys: Said
) -> None:
    slips(tmp_path / "in", 1)
    command = ["extract", "in", "--engine", server.engine(), "--schema", "slip.py:Slip"]
    run_command([*command, "--out", "out", "--batch", "--no-wait", "--quiet"])
    for words in (["in/0000.pdf"], ["--before", "2100-01-01"]):
        capsys.readouterr()
        assert run_command(["forget", *words]) == SOME_FAILED
        assert "waiting for a batch" in capsys.readouterr().err


async def test_every_kind_of_database_forgets(where: str) -> None:
    async with await Ledger.open(where) as ledger:
        for document in ("a" * 64, "b" * 64):
            flight = await ledger.begin(
                f"key {document[0]}", RequestMeta(document, f"{document[0]}.pdf")
            )
            assert flight is not None
            assert not isinstance(flight, Reply)
            await ledger.finish(flight, Reply(outcome="ok", text="Zanzibar77"))
            for kind in retention.CONTENTS:
                await ledger.keep(kind, f"{document} {kind}", "{}", document=document)
            note = {"name": f"{document[0]}.pdf", "source": "/in/x.pdf", "state": "told"}
            await ledger.keep(SEEN, f"note {document}", json.dumps(note))
        await ledger.keep("capability", "of a model", "{}")
        found = await forget(ledger, ["a" * 64])
        assert (found.held.replies, found.held.pieces) == (1, len(retention.CONTENTS))
        assert found.freed
        assert await ledger.reply("key a") is None
        assert await ledger.reply("key b") is not None
        assert await ledger.kept("capability", "of a model") == "{}"
        notes = {key[5]: json.loads(n)["name"] for key, n in (await ledger.kept_all(SEEN)).items()}
        assert notes == {"a": "", "b": "b.pdf"}

        def left(connection: sa.Connection) -> tuple[int, int]:
            kept = sa.select(sa.func.count()).where(KEPT.c.document == "a" * 64)
            said = sa.select(sa.func.count()).where(REPLIES.c.text.contains("Zanzibar"))
            return connection.execute(kept).scalar_one(), connection.execute(said).scalar_one()

        assert await ledger.look(left) == (0, 1)


async def test_what_an_earlier_version_kept_is_forgotten_too(tmp_path: Path) -> None:
    """It did not say of which document it was."""
    async with await Ledger.open(tmp_path / "old.sqlite") as ledger:
        await ledger.keep("words", f"{'a' * 64} 1 v", "Zanzibar")
        await ledger.keep("words", f"{'b' * 64} 1 v", "kept")
        await ledger.keep("unreadable", "0" * 64, "{}")
        found = await forget(ledger, ["a" * 12])
        assert found.held.pieces == 2
        assert await ledger.kept_all("words") == {f"{'b' * 64} 1 v": "kept"}


async def test_traces_are_told_where_others_use_the_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "VACUUM_SECONDS", 0.1)
    path = tmp_path / "busy.sqlite"
    async with await Ledger.open(path) as ledger:
        await ledger.keep("words", f"{'a' * 64} 1 v", "x", document="a" * 64)
        other = sa.create_engine(f"sqlite:///{path}")
        with other.connect() as reading:
            reading.exec_driver_sql("BEGIN")
            reading.exec_driver_sql("SELECT count(*) FROM kept").one()
            found = await forget(ledger, ["a" * 64])
            assert found.held.pieces == 1
            assert not found.freed
        other.dispose()
        assert await ledger.shrink()


def test_a_recordings_pieces_are_its_own(tmp_path: Path, server: PayingServer) -> None:
    """What is kept of sound stands under its document, too."""
    source = write(tmp_path, tone(440, 2), "wav")
    engine = f"audio+openai:gpt-audio@{server.url}/v1?price=1/2"
    run_command(["extract", str(source), "--engine", engine, "--schema", "note"])
    with sa.create_engine(f"sqlite:///{os.environ['DOCGLEAN_LEDGER']}").connect() as connection:
        rows = connection.execute(sa.select(KEPT.c.kind, KEPT.c.document)).all()
        assert "cuts" in {kind for kind, _ in rows}
        assert all(document for kind, document in rows if kind in retention.CONTENTS)
