"""Recordings are heard from the value's second; a value that is read otherwise since is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile

import pytest
from browser import Tab, browsing
from docglean.extractors.extraction import (
    Confidence,
    Evidence,
    Extraction,
    SchemaRecord,
    SourceRecord,
)
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.schemas.schema import load_schema
from films import film
from review_desk import RECEIPT, Desk, a_run, events, result, serving

pytestmark = pytest.mark.e2e

NOTE = Path(__file__).parents[2] / "samples" / "documents" / "note.wav"


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Tab]:
    with browsing() as tab:
        yield tab


def a_recording(folder: Path) -> Path:
    """A run of one recording, of whose values one is heard at its third second."""
    folder.mkdir()
    copyfile(NOTE, folder / "note.wav")
    schema = load_schema("note")
    sha = hashlib.sha256(NOTE.read_bytes()).hexdigest()
    first = next(leaf.path for leaf in schema.root.leaves() if leaf.path.count("/") == 1)
    said = [("Good morning.", 0.0, 3.0), ("This is Mary.", 3.0, 6.0), ("Bye.", 6.0, 9.0)]
    made = Extraction(
        document=SourceRecord(name="note.wav", uri=(folder / "note.wav").as_uri(), sha256=sha,
                              media_type="audio/wav", seconds=9.0),
        schema=SchemaRecord(name="note", hash=schema.hash), engine="local", status="ok",
        data={first[1:]: "Mary"}, run="r1",
        evidence={first: Evidence(how="exact", text="Mary", seconds=(3.2, 5.0))},
        confidence={first: Confidence(probability=0.5)},
        transcript={"segments": [{"text": t, "start": a, "end": b} for t, a, b in said]},
    )  # fmt: skip
    run = RunFolder(folder / "run")
    run.begin(RunRecord(id="r1", started=datetime.now(UTC), engine="local"))
    run.add(made)
    run.end(run.record().runs[0], [made.document.uri], {"note": schema})
    return folder / "run"


def test_a_recording_is_played_from_the_second_of_the_value(tab: Tab, tmp_path: Path) -> None:
    run = a_recording(tmp_path / "in")
    with serving(run) as server:
        desk = Desk(tab)
        desk.open(server.address)
        assert "0:03" in desk.text("#card .state")
        desk.wait("Math.abs(document.querySelector('audio').currentTime - 2.9) < 0.2")
        assert desk.text(".said .on") == "0:03 This is Mary."
        desk.keys("s")
        desk.wait("document.querySelector('audio').currentTime > 3.3")
        desk.wait_for(".said .now", "This is Mary.")
        desk.keys("s")
        desk.wait("document.querySelector('audio').paused")
        desk.click(".said li:last-child span")
        desk.wait("document.querySelector('audio').currentTime > 5.5")
        assert tab.complaints == []


def test_a_film_shows_the_frame_of_the_value_and_is_played_from_there(
    tab: Tab, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = film(folder / "talk.mp4", [(4.0, ["One"]), (4.0, ["Two"])])
    made = result(folder / "paper.pdf", {"/company": 0.5}).model_copy(
        update={
            "document": SourceRecord(
                name=path.name, uri=path.as_uri(), media_type="video/mp4", pages=2, seconds=8.0,
                sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            ),
            "evidence": {
                "/company": Evidence(how="exact", page=2, box=(40, 40, 300, 100), text="Two",
                                     seconds=(5.0, 6.0)),
            },
        }
    )  # fmt: skip
    run = RunFolder(folder / "run")
    run.begin(RunRecord(id="r1", started=datetime.now(UTC), engine="local"))
    run.add(made)
    run.end(run.record().runs[0], [made.document.uri], {"receipt": RECEIPT})
    with serving(folder / "run") as server:
        desk = Desk(tab)
        desk.open(server.address)
        assert desk.active == "Company"
        desk.wait("document.querySelector('.spot')?.closest('.sheet').dataset.n === '2'")
        desk.wait("document.querySelector('.sheet[data-n=\"2\"] img').naturalWidth > 0")
        assert desk.tab.value("!!document.querySelector('video, .paper > .note')")


def test_what_the_engine_reads_otherwise_now_is_asked_and_the_persons_value_stands(
    tab: Tab, tmp_path: Path
) -> None:
    run = a_run(tmp_path / "in")
    with serving(run) as server:
        desk = Desk(tab)
        desk.open(server.address)
        desk.keys("Enter")  # the date
        desk.wait("document.querySelector('#card h2').innerText === 'Total'")
        desk.keys("Enter")  # that 17.00 is right, says the person
        desk.saved()
    folder = RunFolder(run)
    before = next(one for one in folder.extractions() if one.document.name == "bad.pdf")
    anew = before.model_copy(update={"values": {**(before.values or {}), "total": "18.00"}})
    folder.begin(RunRecord(id="r2", started=datetime.now(UTC), engine="local"))
    folder.add(anew)
    order = [one.document.uri for one in folder.extractions()]
    folder.end(folder.record().runs[0], order, {"receipt": RECEIPT})
    with serving(run) as server:
        desk.open(server.address)
        desk.wait_for("#name", "bad.pdf")
        assert desk.active == "Total"
        assert "18.00" in desk.text("#card .asked")
        assert desk.text("#card .big") == "17.00"
        assert "confirmed" in desk.tab.value(
            f"({desk.value('Date')}).closest('.leaf').innerText"
        ) or desk.tab.value(f"({desk.value('Date')}).closest('.leaf').className.includes('look-')")
        desk.keys("o")  # take what it reads now
        desk.saved()
        assert (events(run)[-1]["action"], events(run)[-1]["new"]) == ("set", "18.00")
        desk.wait("!document.querySelector('#card .asked')")
