"""A service whose engine is a paid model: a stand-in that counts what it would have billed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from docglean.extractors.ledger import jobs
from docglean.extractors.ledger.jobs import Job
from docglean.extractors.ledger.ledger import Ledger
from served_documents import ended, handed_in, serving, settings
from servers.billing import PayingServer, paying

from docglean.client.open_client import OpenClient
from docglean.serve.folder import ServiceFolder
from docglean.serve.worker import Worker

pytestmark = pytest.mark.slow

NOTE = "number: {}"


@pytest.fixture
def vendor() -> Iterator[PayingServer]:
    with paying() as server:
        yield server


def note(number: int) -> bytes:
    import pymupdf

    pdf = pymupdf.open()
    pdf.new_page().insert_text((72, 72), NOTE.format(number))
    return bytes(pdf.tobytes())


def test_what_is_under_way_goes_back_to_the_queue_when_the_server_ends(
    tmp_path: Path, vendor: PayingServer
) -> None:
    vendor.seconds = 1.5
    options = {"engine": vendor.engine(), "concurrency": 1, "grace": 0.0}
    with serving(tmp_path, options=options) as first, first.client() as ann:
        ids = [handed_in(ann, note(number), schema="parcel") for number in (1, 2)]
        end = time.monotonic() + 60
        while not vendor.under_way:
            assert time.monotonic() < end
            time.sleep(0.02)
    vendor.seconds = 0.0
    with serving(tmp_path, options=options) as again, again.client() as ann:
        told = [ended(ann, id) for id in ids]
        values = [
            ann.get(f"/documents/{id}/value", params={"pointer": "/number"}).json()["value"]
            for id in ids
        ]
    assert [one["state"] for one in told] == ["done", "done"]
    assert [one["attempts"] for one in told] == [1, 1]  # the first try was not its fault
    assert values == ["1", "2"]


def test_what_is_deleted_while_it_is_read_is_read_no_further(
    tmp_path: Path, vendor: PayingServer
) -> None:
    vendor.seconds = 2.0
    options = {"engine": vendor.engine(), "concurrency": 1}
    with serving(tmp_path, options=options) as served, served.client() as ann:
        id = handed_in(ann, note(1), schema="parcel")
        while not vendor.under_way:
            time.sleep(0.02)
        assert ann.delete(f"/documents/{id}").status_code == 204
        assert ann.get(f"/documents/{id}").status_code == 404
        assert not list(served.folder.path.glob(f"*/{id}*"))
        vendor.seconds = 0.0
        assert ended(ann, handed_in(ann, note(2), schema="parcel"))["state"] == "done"


async def test_what_could_not_be_written_down_is_read_again(tmp_path: Path) -> None:
    """The ledger was away when a document was done; its process lives on."""
    async with await Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        folder = ServiceFolder(tmp_path / "service")
        client = OpenClient("invoice", {"settings": settings(tmp_path)})
        worker = Worker(client, ledger, folder, {}, 1)
        worker._process = await ledger.entered()
        job = Job(
            id="a", service=folder.id, owner="ann", name="a.pdf", document="ab", bytes=1,
            created=datetime.now(UTC),
        )  # fmt: skip
        await ledger.change(jobs.accept, job, 9)
        assert await worker._next() is not None
        states = []
        for _ in range(2):
            await worker._recover()
            states.append((await ledger.look(jobs.counts, folder.id))["queued"])
        assert states == [0, 1]


def test_a_budget_that_is_used_up_is_said_and_the_document_kept(
    tmp_path: Path, vendor: PayingServer, postgres: str
) -> None:
    """With a queue in Postgres, as servers have that share one."""
    options = {"engine": vendor.engine(), "ledger": postgres, "budget": 0}
    with serving(tmp_path, options=options) as poor, poor.client() as ann:
        id = handed_in(ann, note(1), schema="parcel")
        assert ended(ann, id)["failure"]["code"] == "over_budget"
        answer = ann.get(f"/documents/{id}/result")
        assert (answer.status_code, answer.json()["code"]) == (409, "over_budget")
    assert not vendor.requests
    options.pop("budget")
    with serving(tmp_path, options=options) as rich, rich.client() as ann:
        assert ann.post(f"/documents/{id}/retry").status_code == 202
        assert ended(ann, id)["cost"] == "0.00045"
