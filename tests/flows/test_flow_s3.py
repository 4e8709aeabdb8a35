"""Documents that come from a store and results that go into one, by a real S3 server (moto)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors.ledger.ledger import Ledger
from docglean.flows.events import Upload
from docglean.flows.run_folder import RunFolder
from docglean.flows.selection import select
from docglean.flows.sources import find_sources, local_file
from docglean.flows.watch import Watch
from docglean.schemas.errors import ConfigError, SourceError
from servers.billing import paying, slips

from docglean.cli.app import run_command
from docglean.cli.exits import OK, SOME_FAILED

moto_server = pytest.importorskip("moto.server")
pytest.importorskip("s3fs")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def store(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import s3fs

    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    storage = s3fs.S3FileSystem(anon=False)
    storage.mkdir("bucket")
    try:
        yield storage
    finally:
        storage.invalidate_cache()
        storage.rm("bucket", recursive=True)
        s3fs.S3FileSystem.clear_instance_cache()


def put(store: Any, name: str, content: bytes = b"%PDF-1.7 x") -> None:
    store.pipe(f"bucket/{name}", content)


def test_folders_patterns_and_single_objects(store: Any) -> None:
    for name in ("in/a.pdf", "in/deep/b c.pdf", "in/tool.exe", "in/c[1].pdf", "other/d.pdf"):
        put(store, name)
    folder = find_sources(["s3://bucket/in"]).sources
    assert [one.name for one in folder] == ["a.pdf", "c[1].pdf", "deep/b c.pdf"]
    assert [one.name for one in find_sources(["s3://bucket/*/*.pdf"]).sources] == [
        "in/a.pdf", "in/c[1].pdf", "other/d.pdf",
    ]  # fmt: skip
    for one in folder:
        assert find_sources([one.uri]).sources[0].uri == one.uri
        assert one.stamp
    with pytest.raises(ConfigError, match="no document"):
        find_sources(["s3://bucket/in/*.zip"])


def test_an_object_is_fetched_and_gone_afterwards(store: Any) -> None:
    put(store, "in/a.pdf", b"%PDF-1.7 " + b"x" * 3_000_000)
    [source] = find_sources(["s3://bucket/in"]).sources
    with local_file(source, max_bytes=10_000_000) as path:
        assert path.stat().st_size == 3_000_009
    assert not path.exists()
    with pytest.raises(SourceError) as caught, local_file(source, max_bytes=1_000_000):
        pass
    assert caught.value.code == "too_large"
    store.rm("bucket/in/a.pdf")
    with pytest.raises(SourceError) as caught, local_file(source, max_bytes=10_000_000):
        pass
    assert caught.value.code == "not_fetched"


@pytest.mark.slow
def test_a_run_from_a_bucket_and_its_results_in_one(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    for path in slips(tmp_path / "in", 3).iterdir():
        put(store, f"in/{path.name}", path.read_bytes())
    out = tmp_path / "out"
    with paying() as server:
        words = ["extract", "s3://bucket/in", "--engine", server.engine(), "--out", str(out)]
        words += ["--schema", f"{tmp_path / 'slip.py'}:Slip", "--quiet"]
        assert run_command(words) == OK
        found = find_sources(["s3://bucket/in"]).sources
        assert select(found, RunFolder(out), "new").sources == []
        put(store, "in/0001.pdf", b"%PDF-1.7 damaged")  # another state of the same object
        found = find_sources(["s3://bucket/in"]).sources
        wanted = select(found, RunFolder(out), "new").sources
        assert [one.name for one in wanted] == ["0001.pdf"]
        assert run_command([*words, "--only", "new"]) == SOME_FAILED
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert [line["status"] for line in lines] == ["ok", "failed", "ok"]
    assert lines[0]["document"]["uri"] == "s3://bucket/in/0000.pdf"
    assert run_command(["export", str(out), "s3://bucket/results/csv"]) == OK
    assert run_command(["export", str(out), "s3://bucket/results/all.xlsx"]) == OK
    assert run_command(["export", str(out), "s3://bucket/results/all.csv"]) == OK
    assert store.cat("bucket/results/all.csv").count(b"s3://bucket/in/") == 3
    assert b"s3://bucket/in/0002.pdf,2,w4" in store.cat("bucket/results/csv/slip.csv")
    assert store.cat("bucket/results/all.xlsx")[:2] == b"PK"
    assert run_command(["export", str(out), "s3://bucket/run", "--to", "folder"]) == OK
    assert store.cat("bucket/run/results.jsonl") == (out / "results.jsonl").read_bytes()
    assert store.exists("bucket/run/documents/0001.pdf.json")
    assert not store.exists("bucket/run/.lock")


def test_a_bucket_is_watched(store: Any, tmp_path: Path) -> None:
    import asyncio

    told: list[Upload] = []

    async def send(uploads: Any) -> Any:
        told.extend(uploads)
        return {upload.id for upload in uploads}

    async def watch() -> list[list[str]]:
        async with await Ledger.open(tmp_path / "ledger.sqlite") as ledger:
            one = Watch(["s3://bucket/in"], ledger, send)
            await one.begin()
            found = [await one.look()]
            await asyncio.to_thread(put, store, "in/b.pdf")
            found.append(await one.look())
            found.append(await one.look())
            return found

    put(store, "in/a.pdf")
    assert asyncio.run(watch()) == [["a.pdf"], ["b.pdf"], []]
    assert [upload.source for upload in told] == ["s3://bucket/in/a.pdf", "s3://bucket/in/b.pdf"]
    assert asyncio.run(watch())[0] == []  # restarted


def test_a_bucket_that_is_not_there_says_so(store: Any) -> None:
    with pytest.raises(ConfigError):
        find_sources(["s3://nosuchbucket/in/*.pdf"])
