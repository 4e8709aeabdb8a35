"""Links to a document, in a real browser: from a table of Prefect's to the page, and back."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Tab, browsing
from docglean.flows.flow_runs import FlowRunRecord
from docglean.flows.run import row_of
from docglean.flows.run_folder import RunFolder
from review_desk import Desk, serving
from reviewed_runs import SAMPLES, local_run
from servers.prefect import free_port, running
from shown_results import wait_for

from docglean.commands.show import show

pytestmark = pytest.mark.e2e

DOCUMENTS = ["form.pdf", "invoice-three-pages.pdf", "statement.pdf"]
FLOW_RUN = "http://127.0.0.1:4200/runs/flow-run/0b5b"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return local_run(tmp_path_factory.mktemp("runs"), DOCUMENTS)


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browsing() as tab:
        tab.size(1280)
        yield tab


def pages(run: Path, url: str = "") -> dict[str, str]:
    """By name of the document, where its row leads."""
    folder = RunFolder(run)
    return {one.document.name: row_of(one, folder, url)["page"] for one in folder.extractions()}


def opened(tab: Tab, address: str) -> str:
    tab.goto("about:blank")  # or another fragment of the same page would load nothing
    Desk(tab).wait("location.href === 'about:blank'")
    tab.goto(address)
    at = f"location.href === {json.dumps(address)}"
    Desk(tab).wait(f"{at} && document.readyState === 'complete'")
    name = str(tab.value("document.querySelector('iframe').title"))
    wait_for(tab, name)
    return name


def test_the_page_of_results_opens_at_the_document_also_when_others_came(
    run: Path, tab: Tab
) -> None:
    before = pages(run)
    show(run)
    assert {name: opened(tab, address) for name, address in before.items()} == {
        name: name for name in DOCUMENTS
    }
    local_run(run.parent, ["code-screenshot.png", "receipt-photo.jpg"])
    show(run)
    assert {name: opened(tab, address) for name, address in before.items()} == {
        name: name for name in DOCUMENTS
    }
    assert tab.complaints == []


def test_the_page_leads_back_to_the_flow_run(run: Path, tab: Tab) -> None:
    folder = RunFolder(run)
    told = folder.record()
    told.runs[0].flow_run = FlowRunRecord(id="0b5b", name="quiet-owl", url=FLOW_RUN)
    (run / "run.json").write_text(told.model_dump_json(), "utf-8")
    show(run)
    opened(tab, (run / "show.html").as_uri())
    link = f".sum a[href={json.dumps(FLOW_RUN)}]"
    assert tab.value(f"document.querySelector({json.dumps(link)}).textContent") == (
        "flow run quiet-owl"
    )
    tab.value(f"document.querySelector({json.dumps(link)}).click()")
    deadline = time.monotonic() + 20
    while FLOW_RUN not in tab.requests:
        assert time.monotonic() < deadline
        tab.ask("Runtime.evaluate", expression="1")


@pytest.mark.parametrize("all_runs", [False, True], ids=["one run", "all runs"])
def test_the_review_opens_at_the_document(run: Path, tab: Tab, all_runs: bool) -> None:
    options = ("--all", str(run.parent)) if all_runs else ()
    with serving(run, *options) as server:
        desk = Desk(tab)
        desk.open(server.address)  # signs in
        site = server.address.split("/#")[0].split("?")[0].rstrip("/")
        for name, address in pages(run, site).items():
            if name in DOCUMENTS:
                tab.goto("about:blank")
                desk.wait("location.href === 'about:blank'")
                desk.open(address)
                desk.wait_for("#name", name)


def test_who_has_to_sign_in_first_comes_to_the_document_after(
    run: Path, tab: Tab, tmp_path: Path
) -> None:
    secret = tmp_path / "password"
    secret.write_text("correct horse")
    secret.chmod(0o600)
    with serving(run, "--password-file", str(secret)) as server:
        site = server.address.split("/#")[0].split("?")[0].rstrip("/")
        tab.ask("Network.clearBrowserCookies")
        desk = Desk(tab)
        tab.goto(pages(run, site)["form.pdf"])
        desk.wait("document.querySelector('input[name=password]')")
        tab.value(
            "document.querySelector('[name=name]').value = 'Ann';"
            "document.querySelector('[name=password]').value = 'correct horse';"
            "document.querySelector('form button').click()"
        )
        desk.wait_for("#name", "form.pdf")


FLOW = f"""
from docglean.flows.extract import extract
extract(source={str(SAMPLES / "form.pdf")!r}, out="out", engine="local")
"""


def test_a_row_of_the_servers_table_leads_to_the_review_and_back(
    tab: Tab, tmp_path: Path, fresh_database: Path
) -> None:
    """By Prefect's own user interface, which makes the links of what the flow wrote."""
    import httpx

    port = free_port()
    with running(tmp_path / "prefect", fresh_database) as environment:
        told = environment | {"DOCGLEAN_REVIEW_URL": f"http://127.0.0.1:{port}"}
        subprocess.run([sys.executable, "-c", FLOW], cwd=tmp_path, env=told, check=True)
        record = json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["runs"][0]
        site = environment["PREFECT_API_URL"].removesuffix("/api")
        assert record["flow_run"]["url"] == f"{site}/runs/flow-run/{record['flow_run']['id']}"
        with httpx.Client(trust_env=False) as client:
            wanted = {"artifacts": {"key": {"any_": ["documents"]}}}
            (artifact,) = client.post(f"{site}/api/artifacts/filter", json=wanted).json()
        assert artifact["flow_run_id"] == record["flow_run"]["id"]
        tab.goto(f"{site}/artifacts/artifact/{artifact['id']}")
        link = "document.querySelector('a[href*=\"#doc=\"]')"
        Desk(tab).wait(link, 120)
        address = str(tab.value(f"{link}.href"))
    with serving(tmp_path / "out", port=port) as server:
        desk = Desk(tab)
        desk.open(server.address)
        tab.goto("about:blank")
        desk.wait("location.href === 'about:blank'")
        desk.open(address)
        desk.wait_for("#name", "form.pdf")
