"""The report's files: complete, honest, the same each time, and safe whatever documents say."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from docglean.evaluation.answer_store import write_manifest
from docglean.evaluation.report.charts import Bar, Dot, cost_chart, quality_chart, shortened
from docglean.evaluation.report.contents import make_report
from docglean.evaluation.report.examples import Example
from docglean.evaluation.report.render import breaking, clean, headline_markdown, letters, md
from docglean.evaluation.report.report import HTML, write_report
from docglean.evaluation.report.thumbnails import crop_box
from docglean.evaluation.resampling import Interval
from docglean.extractors.documents.page_info import PageInfo
from docglean.schemas.errors import ConfigError
from made_results import HOSTED, HOSTILE, Made, engine, whole


class Outline(HTMLParser):
    """What a page is made of: balanced tags, ids, labels, tables, and where it refers to."""

    VOID = frozenset("meta link br img input hr wbr".split())

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.counts: Counter[str] = Counter()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.heads_without_scope = 0
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.counts[tag] += 1
        if "id" in told:
            self.ids.append(told["id"] or "")
        self.references += (told.get("aria-labelledby") or "").split()
        href = told.get("href") or told.get("xlink:href") or ""
        if href.startswith("#"):
            self.references.append(href[1:])
        elif href:
            self.addresses.append(href)
        self.addresses += [told[name] or "" for name in ("src", "action") if name in told]
        self.handlers += [name for name in told if name.startswith("on")]
        self.heads_without_scope += tag == "th" and told.get("scope") not in ("col", "row")
        if tag not in self.VOID and not self.get_starttag_text().endswith("/>"):  # type: ignore[union-attr]
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


def page_of(folder: Path) -> str:
    write_report(folder)
    return (folder / HTML).read_text("utf-8")


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Made:
    made = whole(tmp_path_factory.mktemp("whole"))
    made.write()
    write_report(made.folder, hourly_price=Decimal("0.5"))
    return made


@pytest.fixture(scope="module")
def folder(reported: Made) -> Path:
    return reported.folder


@pytest.mark.slow
def test_the_page_has_all_its_parts_and_refers_to_nothing_outside(folder: Path) -> None:
    text = (folder / "report.html").read_text("utf-8")
    outline = Outline(text)
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.references) <= set(outline.ids)
    assert {address.partition(":")[0] for address in outline.addresses} == {"data"}
    assert not re.search(r"(https?:)?//(?!www\.w3\.org|gpu)", re.sub(r"data:\S+", "", text))
    assert outline.counts["script"] == 0
    assert outline.handlers == []
    assert outline.heads_without_scope == 0
    assert outline.counts["table"] == outline.counts["caption"]
    assert outline.counts["h1"] == 1
    parts = "answer headline cost vision pairs fields confidence outcomes slices repeats measures "
    parts += "worst "
    for part in (parts + "failures suspects reproduce conclusion").split():
        assert f'id="{part}"' in text
    assert "<svg" in text
    stored = json.loads((folder / "report.json").read_text("utf-8"))
    reasons = {example["why_not"] for example in stored["worst"]}
    assert reasons == {"", "It is a recording.", "The file is no longer there."}
    assert "data:image/jpeg;base64," in text  # a page of the samples
    assert "It is a recording." in text
    assert "The file is no longer there." in text


@pytest.mark.slow
def test_page_json_and_markdown_say_the_same_sentence(folder: Path) -> None:
    report = make_report(folder, hourly_price=Decimal("0.5"))
    sentence = report.decision.sentence
    stored = json.loads((folder / "report.json").read_text("utf-8"))
    assert stored["decision"]["sentence"] == sentence
    assert sentence.split(";")[0].split(":")[0] in (folder / "report.html").read_text("utf-8")
    assert md(sentence) in (folder / "report.md").read_text("utf-8")


@pytest.mark.slow
def test_json_holds_the_figures_and_no_pictures(folder: Path) -> None:
    stored = json.loads((folder / "report.json").read_text("utf-8"))
    report = make_report(folder, hourly_price=Decimal("0.5"))
    assert stored["version"] == 1
    assert stored["hourly_price"] == "0.5"
    first = stored["figures"]["headline"][0]
    rates = report.figures.headline[0]
    assert rates.accuracy is not None
    assert first["accuracy"]["estimate"] == rates.accuracy.estimate
    assert stored["worst"]
    assert all("picture" not in example for example in stored["worst"])
    assert len(stored["figures"]["comparisons"]) == 6
    assert stored["side_by_side"][0]["model"] == HOSTED


@pytest.mark.slow
def test_made_again_it_is_the_same_to_the_byte(folder: Path) -> None:
    names = ("report.html", "report.json", "report.md")
    before = {name: (folder / name).read_bytes() for name in names}
    write_report(folder, hourly_price=Decimal("0.5"))
    assert {name: (folder / name).read_bytes() for name in names} == before


@pytest.mark.slow
def test_the_price_of_an_hour_is_taken_from_the_manifest(tmp_path: Path) -> None:
    made = whole(tmp_path, documents=8)
    made.options = {"hourly_price": "0.25"}
    made.write()
    assert make_report(made.folder).hourly_price == Decimal("0.25")
    assert make_report(made.folder, hourly_price=Decimal(1)).hourly_price == 1
    made.options = {}
    made.write()
    report = make_report(made.folder)
    assert report.hourly_price is None
    assert any("An hour of your own machine has no price" in notice for notice in report.notices)


@pytest.mark.slow
def test_drafts_are_said(tmp_path: Path) -> None:
    made = whole(tmp_path, documents=8)
    manifest = made.write().manifest()
    assert not any("drafts" in notice for notice in make_report(made.folder).notices)
    manifest.sets[0].drafts = 3
    write_manifest(made.folder, manifest)
    [notice] = [one for one in make_report(made.folder).notices if "drafts" in one]
    assert notice.startswith("3 of 8 labels are drafts that nobody has checked")


@pytest.mark.slow
def test_hostile_text_stays_text(tmp_path: Path) -> None:
    made = whole(tmp_path, hostile=HOSTILE, documents=12)
    made.write()
    rows = made.folder / "rows.jsonl"  # half a character can stand in JSON as an escape
    rows.write_text(rows.read_text("utf-8").replace("alert(1)", "alert(1)\\ud800"), "utf-8")
    page = page_of(made.folder)
    outline = Outline(page)
    assert outline.counts["script"] == outline.counts["img"] == 0
    assert outline.handlers == []
    assert {address.partition(":")[0] for address in outline.addresses} == {"data"}
    assert len(outline.ids) == len(set(outline.ids))
    assert "&lt;script&gt;" in page
    assert "\x00" not in page
    assert "{{7*7}}" in page  # no template runs what a document says
    markdown = (made.folder / "report.md").read_text("utf-8")
    prose = [line for line in markdown.splitlines() if not line.startswith("    ")]  # no code
    assert "<script>" not in "\n".join(prose)
    assert "\n# head" not in markdown
    widths = {
        len(re.findall(r"(?<!\\)\|", line))
        for line in markdown.split("## Fields")[1].split("##")[0].splitlines()
        if line.startswith("|")
    }
    assert len(widths) == 1  # a bar in a value opens no cell
    json.loads((made.folder / "report.json").read_text("utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("documents", [0, 1, 3])
def test_little_is_no_error(tmp_path: Path, documents: int) -> None:
    made = whole(tmp_path, documents=documents)
    made.write()
    Outline(page_of(made.folder))
    notices = make_report(made.folder).notices
    told = "1 document is" if documents == 1 else f"{documents} documents are"
    assert any(f"{told} a smoke test" in notice for notice in notices)


def test_one_engine_and_one_document(tmp_path: Path) -> None:
    made = Made(tmp_path / "report", [engine("local")])
    made.say("d", "local", "cw")
    made.write()
    text = page_of(made.folder)
    assert "one engine, no choice" in text
    assert "It takes two engines to suspect a label." in text


def test_no_evaluation_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        write_report(tmp_path)
    assert caught.value.code == "no_evaluation"


@pytest.mark.slow
async def test_it_can_be_written_inside_a_running_loop(tmp_path: Path) -> None:
    made = whole(tmp_path, documents=4)
    made.write()
    assert page_of(made.folder)


def test_an_interrupted_run_is_said(tmp_path: Path) -> None:
    made = whole(tmp_path, documents=4)
    made.answers = [a for a in made.answers if a.engine != "local" or a.document != "d00"]
    results = made.write()
    manifest = results.manifest().model_copy(update={"state": "interrupted"})
    (made.folder / "manifest.json").write_text(manifest.model_dump_json(), "utf-8")
    notices = make_report(made.folder).notices
    assert any("interrupted" in notice for notice in notices)
    assert any("local read 3 of 4 documents" in notice for notice in notices)


def test_the_worst_documents_come_first_with_their_values(tmp_path: Path) -> None:
    made = Made(tmp_path / "report", [engine("a:m"), engine("b:m")])
    for place, word in enumerate(("cccc", "cwcc", "wwmc", "cccc", "cccc", "cccc")):
        made.say(f"d{place}", "a:m", word, cost=0.001, places={1: (1, (10, 10, 50, 20))})
        made.say(f"d{place}", "b:m", "cccc", cost=0.001, places={0: (2, (9, 9, 9, 9))})
    made.write()
    report = make_report(made.folder)
    worst: list[Example] = report.worst
    chosen = report.decision.engine
    if chosen == "b:m":  # it makes no error at all
        assert worst == []
        return
    assert [example.facts.document for example in worst] == ["d2", "d1"]
    assert worst[0].accuracy == {"a:m": 0.25, "b:m": 1.0}
    assert worst[0].errors == 3
    assert [line.pointer for line in worst[0].lines] == ["/f0", "/f1", "/f2"]
    assert {g.outcome for g in worst[0].lines[2].given.values()} == {"missing", "correct"}


def test_a_box_is_shown_where_an_engine_was_right(tmp_path: Path) -> None:
    made = Made(tmp_path / "report", [engine("a:m"), engine("b:m")])
    for place in range(8):
        made.say(f"d{place}", "a:m", "wwc", cost=0.001,
                 places={0: (1, (1, 1, 2, 2)), 1: (1, (3, 3, 4, 4))})  # fmt: skip
        made.say(f"d{place}", "b:m", "cwc" if place else "www", cost=0.1,
                 places={0: (1, (5, 5, 6, 6))})  # fmt: skip
    made.write()
    report = make_report(made.folder)
    example = next(one for one in report.worst if one.facts.document == "d1")
    assert [(mark.box, mark.right) for mark in example.marks][-1] == ((3, 3, 4, 4), False)
    if report.decision.engine == "a:m":
        assert [(m.number, m.box, m.right) for m in example.marks] == [
            (1, (5, 5, 6, 6), True), (2, (3, 3, 4, 4), False),
        ]  # fmt: skip
    assert example.lines[-1].mark == example.marks[-1].number


@pytest.mark.parametrize(
    ("boxes", "crop"),
    [
        ([], (0, 0, 600, 800)),
        ([(100, 100, 500, 700)], (70, 70, 530, 730)),
        ([(0, 0, 10, 10)], (0, 0, 270, 360)),
        ([(590, 790, 600, 800)], (330, 440, 600, 800)),
        ([(0, 0, 600, 800)], (0, 0, 600, 800)),
    ],
)
def test_a_picture_shows_the_boxes_and_their_neighbourhood(boxes: Any, crop: Any) -> None:
    info = PageInfo(number=1, width=600, height=800, rotation=0, has_text=True, scan=None)
    assert crop_box(info, boxes) == pytest.approx(crop)


def test_charts_keep_text_as_text_and_engines_as_they_are() -> None:
    bars = [Bar("A", "x$^2$<b>&\u200f", Interval(0.4, 0.5, 0.6), Interval(0, 0.1, 0.2))]
    chart = quality_chart(bars, "about <this> & that")
    assert chart == quality_chart(bars, "about <this> & that")  # the same ids
    for svg in (chart.wide, chart.narrow):
        assert "x$^2$&lt;b&gt;&amp;" in svg
        assert "about &lt;this&gt; &amp; that" in svg
        assert "<style" not in svg
        assert not re.search(r"#[0-9a-f]{6}", svg)  # every colour is the page's
        assert 'role="img"' in svg
    assert chart.wide.count("quality-760") > chart.wide.count("quality-340") == 0


def test_a_cost_chart_of_one_price() -> None:
    dots = [Dot("A", 1.0, Interval(1, 1, 1), "front"), Dot("B", 1.0, Interval(0, 0, 0), "beaten")]
    assert "US dollars" in cost_chart(dots, "US dollars", "about").wide


def test_long_names_lose_their_middle() -> None:
    assert (
        shortened("vllm:Qwen/Qwen2.5-VL-7B@http://gpu:8000/v1", 20) == "vllm:Qwen/\u2026u:8000/v1"
    )
    assert shortened("local", 20) == "local"


def test_keys_go_on_after_z() -> None:
    found = letters([str(n) for n in range(60)])
    assert (found["0"], found["25"], found["26"], found["52"]) == ("A", "Z", "AA", "BA")
    assert len(set(found.values())) == 60


def test_small_text_helpers() -> None:
    assert str(breaking("/a/b_c<")) == "/a<wbr>/b_<wbr>c&lt;"
    assert clean("a\x00b\nc") == "a\ufffdb\nc"
    assert md("a|b\n*c* <i>") == "a\\|b \\*c\\* \\<i\\>"
    assert md("# x") == "\\# x"


def test_the_headline_as_markdown(folder: Path) -> None:
    table = headline_markdown(make_report(folder).figures)
    assert table.count("\n") == 2 + 4
    assert "| local | " in table


@pytest.mark.slow
def test_confidence_is_told_for_values_with_nulls_and_without(reported: Made) -> None:
    report = make_report(reported.folder)
    assert [one.engine for one in report.confidence] == list(report.figures.engines)
    first = report.confidence[0]
    assert [(part.source, part.nulls) for part in first.parts] == [
        ("ran", True), ("ran", False), ("cross-fitted", True), ("cross-fitted", False),
    ]  # fmt: skip
    rows = [row for row in reported.rows if row.engine == "local" and row.confidence is not None]
    assert first.parts[0].figures.values == len(rows)
    assert first.parts[1].figures.values == sum(row.predicted is not None for row in rows)
    assert "as it ran, shipped prior" in (reported.folder / HTML).read_text("utf-8")


def test_without_confidence_there_is_no_such_section(tmp_path: Path) -> None:
    made = Made(tmp_path, [engine("local")])
    for place in range(3):
        made.say(f"d{place}", "local", "cw")
    made.write()
    assert 'id="confidence"' not in page_of(made.folder)
