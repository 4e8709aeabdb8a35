"""What an inbox holds, at the door of the Python API: mails in archives, and mails without end."""

from __future__ import annotations

import zipfile
from email.message import EmailMessage
from pathlib import Path

import pymupdf
import pytest
from docglean.extractors.documents.workers import Workers
from docglean.extractors.settings import Settings
from docglean.flows.originals import original
from pydantic import BaseModel

from docglean import extract, extract_many

pytestmark = pytest.mark.slow


class Slip(BaseModel):
    """A slip of paper."""

    number: str | None


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    return Settings(engine="local", ledger=str(tmp_path / "ledger.sqlite"), concurrency=2)


def mail(number: int) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Date"], message["Subject"] = "a@example.org", "now", f"Mail {number}"
    message.set_content(f"Number: SL-{number}00\n")
    return message


def slip(number: int) -> bytes:
    document = pymupdf.open()
    document.new_page().insert_text((72, 100), f"Number: SL-{number}00")
    return bytes(document.tobytes())


async def test_each_document_of_an_archive_is_read_and_found_again(
    tmp_path: Path, settings: Settings
) -> None:
    message = mail(1)
    message.add_attachment(slip(2), maintype="application", subtype="pdf", filename="slip.pdf")
    path = tmp_path / "inbox.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("may/mail.eml", bytes(message))
        archive.writestr("note.txt", "Number: SL-300\n")
        archive.writestr("table.html", "<table border=1><tr><td>Number:<td>SL-400</table>")
        archive.writestr("tool.exe", b"MZ\x90" + bytes(99))
    found = list(extract_many(path, Slip, settings=settings))
    assert {one.document.name: one.values["number"] for one in found} == {
        "inbox.zip#may - mail.eml": "SL-100",
        "inbox.zip#may - mail.eml/slip.pdf": "SL-200",
        "inbox.zip#note.txt": "SL-300",
        "inbox.zip#table.html": "SL-400",
    }
    for one in found:
        assert one.document.file_uri == path.as_uri()
        assert one.evidence["/number"].page == 1
    [told] = [one for one in found[0].problems if one.code == "attachments_not_read"]
    assert "tool.exe (of a kind that cannot be read)" in told.message
    async with Workers(settings.limits) as workers:
        for one in found:
            async with original(one.document, workers) as document:
                assert len(document.pages) == 1
    alone = extract(path, Slip, settings=settings)
    assert "attachments_not_read" in {one.code for one in alone.problems}


def test_mails_within_mails_end(tmp_path: Path, settings: Settings) -> None:
    message = mail(20)
    for number in range(19, -1, -1):
        outer = mail(number)
        outer.add_attachment(message)
        message = outer
    path = tmp_path / "deep.eml"
    path.write_bytes(bytes(message))
    found = list(extract_many(path, Slip, settings=settings))
    assert [one.values["number"] for one in found] == [f"SL-{n}00" for n in range(4)]
    assert "too deep" in " ".join(one.message for one in found[0].problems)
