"""The page that shows documents with boxes: whole in itself, escaped, linked both ways."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import loopback
import pytest
from bs4 import BeautifulSoup, Tag
from docglean.extractors.extraction import (
    Evidence,
    Extraction,
    Place,
    SchemaRecord,
    SourceRecord,
    Spending,
)
from docglean.extractors.value_review import ValueReview
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.schemas.errors import ConfigError, Problem
from films import film
from PIL import Image, ImageDraw

from docglean.cli.app import run_command
from docglean.commands.exhibit_tree import exhibit, words
from docglean.commands.show import show

HOSTILE = "</script><script>document.title='taken'</script><img src=x onerror=alert(1)>\"'&"


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of 400 x 300 points with something on it."""
    path = tmp_path_factory.mktemp("show") / "page one.png"
    image = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(image).rectangle((40, 60, 120, 80), fill="black")
    image.save(path)
    return path


def extraction(path: Path, **given: Any) -> Extraction[Any]:
    sha = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    told: dict[str, Any] = {
        "document": SourceRecord(
            name=path.name, uri=path.as_uri(), sha256=sha, media_type="image/png", pages=1
        ),
        "schema": SchemaRecord(name="invoice", hash="abc", certainty=0.9),
        "engine": "local",
        "status": "ok",
        "data": {
            "number": "A-1",
            "total": "1234.50",
            "paid": False,
            "note": None,
            "lines": [{"text": "Bolt", "price": 2.5}, {"text": "Nut", "price": None}],
            "seller": {"name": "ACME"},
        },
        "evidence": {
            "/number": Evidence(how="exact", page=1, box=(40, 60, 120, 80), text="A-1", score=1),
            "/total": Evidence(
                how="normalised", page=1, box=(200, 60, 260, 80), text="1,234.50", score=1
            ),
            "/lines/0/text": Evidence(
                how="fuzzy",
                page=1,
                box=(40, 100, 120, 140),
                boxes=((40, 100, 120, 118), (40, 122, 90, 140)),
                text="Bo1t",
                score=0.8,
            ),
            "/lines/0/price": Evidence(how="not_found"),
            "/lines/1/text": Evidence(how="exact", page=1, box=(40, 60, 120, 80), text="Nut"),
            "/paid": Evidence(how="not_found"),
            "/seller/name": Evidence(how="not_found"),
        },
        "problems": [
            Problem(code="not_found", message="no name", path="/seller/name", way_out="Look."),
            Problem(code="truncated", message="cut off", severity="error", page=1),
        ],
        "spending": Spending(cost=Decimal("0.0123"), calls=2),
        "seconds": {"total": 1.25},
    }
    return Extraction[Any](**(told | given))


def read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "lxml")


def one(page: BeautifulSoup | Tag, selector: str) -> Tag:
    found = page.select(selector)
    assert len(found) == 1, (selector, found)
    return found[0]


@pytest.fixture(scope="module")
def page(picture: Path, tmp_path_factory: pytest.TempPathFactory) -> BeautifulSoup:
    out = tmp_path_factory.mktemp("out") / "show.html"
    assert show(extraction(picture), out) == out
    return read(out)


def test_nothing_is_asked_of_the_network(page: BeautifulSoup) -> None:
    assert not page.select("link, iframe, object, embed, base, audio, video, script[src]")
    for element in page.select("[src], [href]"):
        for name in ("src", "href"):
            address = element.get(name)
            assert address is None or str(address).startswith(("#", "data:image/"))
    assert "@import" not in page.get_text()
    assert not re.search(r"url\((?!#)", str(page.style))


def test_policy_lets_only_the_pages_own_script_run(page: BeautifulSoup) -> None:
    policy = str(one(page, "meta[http-equiv]")["content"])
    script = one(page, "script").string or ""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert not [name for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")]


def test_page_image_is_the_document(page: BeautifulSoup) -> None:
    source = str(one(page, ".sheet img")["src"])
    kind, _, data = source.partition(";base64,")
    assert kind == "data:image/jpeg"
    image = Image.open(io.BytesIO(base64.b64decode(data))).convert("L")
    assert image.size == (400, 300)
    assert image.getpixel((80, 70)) < 60  # type: ignore[operator]
    assert image.getpixel((300, 200)) > 200  # type: ignore[operator]


def test_boxes_lie_where_the_values_stand(page: BeautifulSoup) -> None:
    """Per cent of the page: 40 of 400 is 10, 60 of 300 is 20."""
    box = next(b for b in page.select(".box") if "left:10.0%;top:20.0%" in str(b["style"]))
    assert "width:20.0%;height:6.667%" in str(box["style"])
    # Two values stand there: one box for both.
    assert len(str(box["data-f"]).split()) == 2
    assert len(page.select(".box")) == 4  # one of the values has two lines
    assert len(page.select(".box.fuzzy")) == 2


def test_values_and_boxes_lead_to_each_other(page: BeautifulSoup) -> None:
    ids = {str(tag["id"]) for tag in page.select("[id]")}
    assert len(ids) == len(page.select("[id]"))
    links = page.select("a[href^='#']")
    assert links
    for link in links:
        assert str(link["href"])[1:] in ids, link
    value = next(a for a in page.select(".values a") if "A-1" in a.get_text())
    target = one(page, f"[id='{str(value['href'])[1:]}']")
    assert "box" in (target.parent or target).get("class", [])  # type: ignore[operator]


def test_values_say_how_they_were_found(page: BeautifulSoup) -> None:
    entries = {
        entry.dt.get_text(): entry.dd.get_text(" ", strip=True)
        for entry in page.select(".values .leaf")
        if entry.dt and entry.dd
    }
    assert "p. 1" in entries["Number"]
    assert "printed so on page 1" in entries["Number"]
    assert "1234.50" in entries["Total"]
    assert "1,234.50" in entries["Total"]
    assert entries["Name"].endswith("not found")
    assert entries["Paid"].startswith("no")
    assert "Note" in entries["No value"]
    cell = next(td for td in page.select("td.similar") if "Bolt" in td.get_text())
    assert "Bo1t" in str(cell["title"])


def test_what_people_have_said_of_values_stands_with_them(picture: Path, tmp_path: Path) -> None:
    at = datetime(2026, 3, 4, tzinfo=UTC)
    look = partial(ValueReview, by="Ann", at=at, revision=1)
    reviews = {
        "/number": look(look="confirmed"),
        "/total": look(look="corrected", first="17.00"),
        "/lines/0/text": look(look="asked", now="Nut"),
    }
    reviewed = extraction(picture, reviews=reviews, status="reviewed", reviewed_by=("Ann",))
    found = read(show(reviewed, tmp_path / "show.html"))
    told = [mark.get_text(" ", strip=True) for mark in found.select(".looked")]
    assert told == [
        "✓ right by Ann", "✎ corrected by Ann, read was: 17.00",
        "? read otherwise by Ann, read now: Nut",
    ]  # fmt: skip
    assert one(found, ".facts .status").get_text() == "reviewed"


def test_status_cost_and_problems_are_told(page: BeautifulSoup) -> None:
    text = one(page, ".facts").get_text(" ", strip=True)
    for said in ("ok", "invoice", "90 %", "local", "1 page", "$0.0123, 2 calls", "1.2 s"):
        assert said in text
    problems = page.select(".problems li")
    assert [problem.get("class") for problem in problems] == [["review"], ["error"]]
    assert "Look." in problems[0].get_text()
    assert one(problems[0], "a")["href"]
    assert "3 to look at" in one(page, ".sum").get_text(" ", strip=True)


def test_everything_a_document_says_is_only_text(picture: Path, tmp_path: Path) -> None:
    evil = extraction(
        picture,
        document=SourceRecord(name=HOSTILE, uri=picture.as_uri(), media_type=HOSTILE, pages=1),
        engine=HOSTILE,
        schema=SchemaRecord(name=HOSTILE, hash=HOSTILE),
        data={HOSTILE: HOSTILE, "list": [{HOSTILE: HOSTILE}], "cells": [[HOSTILE]]},
        evidence={
            f"/{HOSTILE.replace('~', '~0').replace('/', '~1')}": Evidence(
                how="fuzzy", page=1, box=(1, 1, 9, 9), text=HOSTILE + "x"
            )
        },
        problems=[Problem(code=HOSTILE, message=HOSTILE, way_out=HOSTILE, path=HOSTILE)],
        seconds={HOSTILE: 1.0},
        transcript={"segments": [{"start": 0, "end": 1, "text": HOSTILE}]},
    )
    found = read(show(evil, tmp_path / "evil.html"))
    assert len(found.select("script")) == 1
    assert all(str(image["src"]).startswith("data:image/") for image in found.select("img"))
    assert not [name for tag in found.find_all(True) for name in tag.attrs if name == "onerror"]
    assert HOSTILE in one(found, "title").get_text()
    assert any(HOSTILE in td.get_text() for td in found.select("td"))
    assert HOSTILE in one(found, ".said li").get_text()


@pytest.mark.parametrize("there", ["gone", "changed"])
def test_file_that_is_no_longer_the_same(there: str, picture: Path, tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    shutil.copy(picture, path)
    result = extraction(path)
    if there == "gone":
        path.unlink()
    else:
        Image.new("RGB", (400, 300), "gray").save(path)
    found = read(show(result, tmp_path / "show.html"))
    note = one(found, ".head .note").get_text()
    if there == "gone":
        assert "there is no such file" in note
        assert not found.select(".sheet, .values a")
    else:
        assert "has changed" in note
        assert not found.select(".sheet, img")
    assert "1234.50" in one(found, ".values").get_text()


@pytest.mark.parametrize("told", ["another", ""], ids=["wrong hash", "no hash"])
def test_a_file_that_the_sender_does_not_know_is_not_drawn(
    told: str, picture: Path, tmp_path: Path
) -> None:
    """Results may name any file here; what is in it only its owner knows."""
    record = SourceRecord(name="a.png", uri=picture.as_uri(), sha256=told, pages=1)
    (tmp_path / "sent.json").write_text(extraction(picture, document=record).to_json())
    found = read(show(tmp_path / "sent.json"))
    assert "is another" in one(found, ".head .note").get_text()
    assert not found.select(".sheet, img")


def test_addresses_are_fetched_only_when_asked(picture: Path, tmp_path: Path) -> None:
    asked: list[str] = []

    class Handler(loopback.Handler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.say(picture.read_bytes(), headers={"content-type": "image/png"})

        do_HEAD = do_GET

    with loopback.listening(Handler) as address:
        sha = hashlib.sha256(picture.read_bytes()).hexdigest()
        record = SourceRecord(name="a.png", uri=f"{address}/a.png", sha256=sha, pages=1)
        result = extraction(picture, document=record)
        found = read(show(result, tmp_path / "show.html"))
        assert not asked
        assert "--fetch" in one(found, ".head .note").get_text()
        (tmp_path / "sent.json").write_text(result.to_json())
        pytest.importorskip("aiohttp")
        assert run_command(["show", str(tmp_path / "sent.json"), "--fetch"]) == 0
    assert asked
    assert read(tmp_path / "sent.html").select(".sheet .box")


@pytest.mark.parametrize(
    "uri",
    ["file://evil.example/share/a.png", "//evil.example/share/a.png", "s3://bucket/a.png",
     "file:////evil.example/a.png", "ftp://evil.example/a", "simplecache::http://evil.example/a",
     "file:///dev/zero", "file:///dev/stdin", "{fifo}"],
)  # fmt: skip
def test_what_is_no_file_here_is_not_opened(uri: str, picture: Path, tmp_path: Path) -> None:
    if uri == "{fifo}":
        if not hasattr(os, "mkfifo"):
            pytest.skip("no pipes with names here")
        os.mkfifo(tmp_path / "pipe")
        uri = (tmp_path / "pipe").as_uri()
    record = SourceRecord(name="a.png", uri=uri, sha256="0" * 64, pages=1)
    found = read(show(extraction(picture, document=record), tmp_path / "show.html"))
    note = one(found, ".head .note").get_text()
    assert "not on this machine" in note or "is no file" in note
    assert not found.select("img")


def test_failed_document_is_shown_with_its_reason(tmp_path: Path) -> None:
    failed = extraction(
        tmp_path / "none.pdf",
        schema=None,
        status="failed",
        data=None,
        evidence={},
        problems=[Problem(code="password_needed", message="It is protected.", severity="error")],
    )
    found = read(show(failed, tmp_path / "show.html"))
    assert "Nothing was found." in one(found, ".values").get_text()
    assert "It is protected." in one(found, ".problems").get_text()


def test_recording_is_shown_as_what_was_said(tmp_path: Path) -> None:
    note = extraction(
        tmp_path / "note.wav",
        document=SourceRecord(name="note.wav", uri=(tmp_path / "note.wav").as_uri(), seconds=75.0),
        data={"who": "Mary"},
        evidence={"/who": Evidence(how="exact", text="Mary", seconds=(61.0, 70.0))},
        transcript={
            "segments": [
                {"start": 0.0, "end": 61.0, "text": "Hello."},
                {"start": 61.0, "end": 70.0, "text": "This is Mary."},
            ]
        },
        problems=[],
    )
    found = read(show(note, tmp_path / "show.html"))
    lines = found.select(".said li")
    assert [line.time.get_text() for line in lines if line.time] == ["0:00", "1:01"]
    link = one(found, ".values a")
    assert lines[1].select(f"[id='{str(link['href'])[1:]}']")
    assert lines[1]["data-f"] == link["data-f"]
    assert "data-f" not in lines[0].attrs
    assert not found.select(".note")


def test_a_film_is_shown_as_frames_with_their_times_and_what_was_said(tmp_path: Path) -> None:
    path = film(tmp_path / "talk.mp4", [(4.0, ["One"]), (4.0, ["Two"])])
    talk = extraction(
        path,
        document=SourceRecord(
            name="talk.mp4",
            uri=path.as_uri(),
            media_type="video/mp4",
            pages=2,
            seconds=8.0,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        ),
        data={"who": "Mary"},
        evidence={"/who": Evidence(how="exact", text="Mary", seconds=(5.0, 6.0))},
        transcript={"segments": [{"start": 5.0, "end": 6.0, "text": "This is Mary."}]},
        problems=[],
    )
    found = read(show(talk, tmp_path / "show.html"))
    captions = [caption.get_text() for caption in found.select("figcaption")]
    assert captions == ["Frame 1, 0:00 to 0:04", "Frame 2, 0:04 to 0:08"]
    assert [line.get_text(" ", strip=True) for line in found.select(".said li")] == [
        "0:05 This is Mary."
    ]
    assert "8.0 s of film" in found.get_text()


def test_run_folder_shows_all_its_documents(picture: Path, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    record = RunRecord(id="r1", started="2026-11-01T10:00:00Z", engine="local")
    folder.begin(record)
    for name in ("a.png", "b.png"):
        path = tmp_path / name
        shutil.copy(picture, path)
        folder.add(extraction(path))
    uris = [(tmp_path / name).as_uri() for name in ("b.png", "a.png")]
    folder.end(record, uris, {})
    out = show(tmp_path / "run")
    assert out == tmp_path / "run" / "show.html"
    found = read(out)
    assert [name.get_text() for name in found.select(".index .name")] == ["b.png", "a.png"]
    places = [out.parent / str(link["href"]) for link in found.select(".index a")]
    assert [one(read(place), "h2").get_text() for place in places] == ["b.png", "a.png"]
    assert str(one(found, "iframe")["src"]) == "show-pages/1.html"
    assert not found.select("img, article")
    policy = str(one(found, "meta[http-equiv]")["content"])
    assert policy.startswith("default-src 'none'; frame-src 'self' file:; ")


def test_what_a_document_says_is_only_text_in_the_list_too(picture: Path, tmp_path: Path) -> None:
    record = SourceRecord(name=HOSTILE, uri=HOSTILE, pages=1)
    schema = SchemaRecord(name=HOSTILE, hash=HOSTILE)
    evil = extraction(picture, document=record, schema=schema).to_json()
    (tmp_path / "results.jsonl").write_text(f"{evil}\n{evil}\n")
    found = read(show(tmp_path / "results.jsonl", tmp_path / "a b#'\"<.html"))
    assert len(found.select("script")) == 1
    assert not found.select("img")
    assert [name.get_text() for name in found.select(".index .name")] == [HOSTILE, HOSTILE]
    assert str(one(found, "iframe")["src"]) == "a%20b%23%27%22%3C-pages/1.html"


def test_what_lists_documents_can_be_opened_before_all_are_read_or_drawn(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docglean.commands.show.FIRST", 3)
    line = extraction(picture).to_json()
    (tmp_path / "results.jsonl").write_text(f"{line}\n" * 9)
    seen: list[tuple[str, list[bool]]] = []

    def opened(page: Path) -> None:
        found = read(page)
        places = [page.parent / str(link["href"]) for link in found.select(".index a")]
        drawn = [bool(read(place).select(".sheet img")) for place in places]
        seen.append((found.select(".sum span")[0].get_text(), drawn))
        more = found.select(".index [data-again]")
        assert [each.get_text().partition(" ")[0] for each in more] == ["6"] * (len(drawn) == 3)
        assert bool(found.select("noscript meta[http-equiv=refresh]")) == bool(more)

    out = show(tmp_path / "results.jsonl", opened=opened)
    opened(out)
    assert seen == [("3 of 9 documents", [False] * 3), ("9 documents", [True] * 9)]


def test_a_result_behind_the_first_that_is_none_is_told(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docglean.commands.show.FIRST", 2)
    line = extraction(picture).to_json()
    path = tmp_path / "results.jsonl"
    path.write_text(f"{line}\n{line}\n{{}}\n")
    with pytest.raises(ConfigError) as caught:
        show(path)
    assert caught.value.code == "no_result"
    assert str(path) in caught.value.message


def test_pages_of_an_earlier_list_are_no_longer_there(picture: Path, tmp_path: Path) -> None:
    line = extraction(picture).to_json()
    for count in (3, 2):
        (tmp_path / "results.jsonl").write_text(f"{line}\n" * count)
        (tmp_path / "results-pages").mkdir(exist_ok=True)
        (tmp_path / "results-pages" / "mine.html").write_text("mine")
        show(tmp_path / "results.jsonl")
        pages = sorted(path.name for path in (tmp_path / "results-pages").iterdir())
        assert pages == [*(f"{number + 1}.html" for number in range(count)), "mine.html"]


def test_no_more_pages_are_drawn_than_a_disk_can_bear(
    picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docglean.commands.show_drawing.MOST_PAGES_IN_ALL", 1)
    (tmp_path / "results.jsonl").write_text(f"{extraction(picture).to_json()}\n" * 2)
    show(tmp_path / "results.jsonl")
    first, second = (read(tmp_path / "results-pages" / f"{number}.html") for number in (1, 2))
    assert first.select(".sheet")
    assert not second.select(".sheet")
    assert "1 page is left out" in one(second, ".head .note").get_text()


@pytest.mark.slow
def test_results_file_and_single_document_are_read(picture: Path, tmp_path: Path) -> None:
    result = extraction(picture)
    (tmp_path / "results.jsonl").write_text(f"{result.to_json()}\n{result.to_json()}\n")
    assert len(read(show(tmp_path / "results.jsonl")).select(".index a")) == 2
    (tmp_path / "one.json").write_text(result.to_json(indent=2))
    out = show(tmp_path / "one.json")
    assert out == tmp_path / "one.html"
    assert len(read(out).select("article")) == 1


@pytest.mark.parametrize("content", [None, "", "no json", "no json\nat all", "{}", "[]"])
def test_what_is_no_result_is_refused(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError) as caught:
        show(path)
    assert caught.value.code == "no_result"
    assert str(path) in caught.value.message
    assert set(tmp_path.iterdir()) <= {path}


def test_page_that_cannot_be_written_is_an_error(picture: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        show(extraction(picture), tmp_path / "missing" / "folder" / "show.html")
    assert caught.value.code == "bad_out"


async def test_works_inside_a_running_event_loop(picture: Path, tmp_path: Path) -> None:
    assert show(extraction(picture), tmp_path / "show.html").is_file()


def test_tree_of_values() -> None:
    values = {
        "b": {"deep": [{"x": [1]}, {"x": []}]},
        "a": 0,
        "grid": [["1", ""], ["2", None]],
        "names": ["Ann", "Bob"],
        "empty": [],
    }
    shown = exhibit(3, extraction(Path("/none"), data=values, evidence={}, problems=[]))
    assert shown.nodes[0].label == "A"  # plain values first
    assert {leaf.pointer: leaf.text for leaf in shown.leaves} == {
        "/b/deep/0/x/0": "1",
        "/a": "0",
        "/grid/0/0": "1",
        "/grid/0/1": "",
        "/grid/1/0": "2",
        "/grid/1/1": "",
        "/names/0": "Ann",
        "/names/1": "Bob",
    }
    assert len({leaf.id for leaf in shown.leaves}) == len(shown.leaves)
    assert shown.filled == 6


def test_a_value_over_a_page_break_has_boxes_on_both_pages() -> None:
    evidence = Evidence(
        how="exact", page=1, box=(40, 700, 300, 712), text="paid on the first of May", score=1,
        rest=(Place(page=2, box=(40, 60, 140, 84), boxes=((40, 60, 140, 70), (40, 74, 90, 84))),),
    )  # fmt: skip
    given = {"/terms": evidence}
    told = extraction(Path("/none"), data={"terms": evidence.text}, evidence=given, problems=[])
    shown = exhibit(1, Extraction[Any].model_validate_json(told.to_json()))
    leaf = shown.leaves[0]
    assert leaf.where == "p. 1, 2"
    first, second = shown.places_on(1, 400, 800), shown.places_on(2, 400, 800)
    assert [(place.top, place.first_of) for place in first] == [(87.5, (leaf,))]
    assert sorted(place.top for place in second) == [7.5, 9.25]
    assert all(place.leaves == (leaf,) and place.first_of == () for place in second)


def test_names_of_fields_are_words() -> None:
    assert words("net_total") == "Net total"
    assert words("sellerVatId") == "Seller VAT ID"
    assert words("_") == "_"


@pytest.mark.e2e
def test_a_browser_shows_it_without_complaint(picture: Path, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium here")
    result = extraction(picture).to_json()
    evil = json.loads(result)
    evil["data"]["number"] = HOSTILE
    (tmp_path / "results.jsonl").write_text(f"{json.dumps(evil)}\n{result}\n")
    out = show(tmp_path / "results.jsonl")
    ran = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--enable-logging=stderr", f"--user-data-dir={tmp_path / 'profile'}",
         "--virtual-time-budget=2000", "--dump-dom", out.as_uri()],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert "CONSOLE" not in ran.stderr, ran.stderr
    dom = BeautifulSoup(ran.stdout, "lxml")
    assert "js" in one(dom, "html").get("class", [])  # type: ignore[operator]
    assert one(dom, ".index [aria-current]")["data-doc"] == "d1"
    assert one(dom, "title").get_text() == "2 documents \u2013 docglean"
