"""Models without and with examples, measured in pairs; no document is its own example."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docglean.evaluation.arms import bare, has_examples, with_examples
from docglean.evaluation.engine_figures import short_names
from docglean.evaluation.example_labels import read_examples
from docglean.evaluation.labels import Label
from docglean.evaluation.layouts import load_labels
from docglean.evaluation.open_evaluation import opened
from docglean.evaluation.report.contents import make_report
from docglean.evaluation.report.report import write_report
from docglean.evaluation.results import ExamplesRecord, Manifest
from docglean.evaluation.runner import Price
from docglean.extractors.documents.workers import Workers
from docglean.extractors.options import RunOptions
from docglean.extractors.requests.prompts import EXAMPLES_END
from docglean.extractors.settings import Settings, load_settings
from docglean.schemas.errors import ConfigError
from made_results import HOSTED, HOSTILE, Made, engine
from servers.billing import PayingServer, paying, slips, true_answer

COUNT = 12


def learns(text: str, schema: dict[str, Any]) -> str | int | None:
    """A stand-in that reads `word` right only where an example has shown it what is wanted."""
    shown, _, own = text.rpartition(EXAMPLES_END)
    values = json.loads(true_answer(own or text, schema))
    return json.dumps(values if shown else {**values, "word": "?"})


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying(answers=learns) as state:
        yield state


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(ledger=str(tmp_path / "ledger.sqlite"), concurrency=4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Slips with right labels."""
    slips(tmp_path / "labels" / "docs", COUNT)
    lines = [
        Label(
            id=f"{i:04}", file=f"docs/{i:04}.pdf", schema="slip.py:Slip",
            expected={"number": i, "word": f"w{i * i}"},
        ).to_json()
        for i in range(COUNT)
    ]  # fmt: skip
    (tmp_path / "labels" / "labels.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "labels"


async def measure(
    folder: Path, engines: list[str], out: Path, settings: Settings, workers: Workers, **told: Any
) -> tuple[Manifest, list[Price]]:
    options = RunOptions(**{"examples": str(folder), **told})
    sets = load_labels([folder])
    async with opened(sets, engines, out, settings, options=options, workers=workers) as one:
        prices = await one.price()
        return await one.run(), prices


def told(server: PayingServer) -> list[str]:
    """The texts of all questions."""
    return [json.dumps(call) for one in server.strict.values() for call in one.calls]


async def test_a_model_is_measured_without_and_with_examples(
    server: PayingServer, folder: Path, settings: Settings, tmp_path: Path, workers: Workers
) -> None:
    out, spec = tmp_path / "out", server.engine()
    manifest, prices = await measure(folder, [spec, "local"], out, settings, workers)
    assert [price.engine for price in prices] == [spec, with_examples(spec), "local"]
    plain, shown, local = prices
    assert plain.cost is not None
    assert shown.cost is not None
    assert shown.cost > plain.cost > 0 == local.cost
    assert manifest.examples == ExamplesRecord(
        folder=str(folder), count=2, documents=COUNT, own=COUNT
    )
    [gain] = make_report(out).example_gains
    assert (gain.engine, gain.verdict, gain.comparison.documents) == (spec, "help", COUNT)
    assert gain.comparison.difference.estimate == pytest.approx(0.5)
    assert re.match(
        r"Examples help ocr\+openai:gpt-6-luna: \+50.0 points \(\+50.0 to \+50.0 at 95 %\) on 12 "
        r"documents; 1,000 pages cost \$0.45 instead of \$0.45.",
        gain.sentence,
    )
    asked = told(server)
    assert len(asked) == 2 * COUNT
    for i in range(COUNT):
        own = [text for text in asked if f"number: {i}\\n" in text.rpartition(EXAMPLES_END)[2]]
        assert len(own) == 2
        assert not any(f"number: {i}\\n" in text.rpartition(EXAMPLES_END)[0] for text in own)


async def test_what_was_measured_without_is_not_asked_again_and_other_labels_are_other_examples(
    server: PayingServer, folder: Path, settings: Settings, tmp_path: Path, workers: Workers
) -> None:
    out, spec = tmp_path / "out", server.engine()
    await measure(folder, [spec], out, settings, workers, examples=None)
    _, prices = await measure(folder, [spec], out, settings, workers)
    assert [(one.done, one.left) for one in prices] == [(COUNT, 0), (0, COUNT)]
    _, prices = await measure(folder, [spec], out, settings, workers)
    assert [(one.done, one.left) for one in prices] == [(COUNT, 0), (COUNT, 0)]
    _, prices = await measure(folder, [spec], out, settings, workers, example_count=1)
    assert [(one.done, one.left) for one in prices] == [(COUNT, 0), (0, COUNT)]
    other = tmp_path / "other"
    slips(other / "docs", 3, start=100)
    first = (folder / "labels.jsonl").read_text().splitlines()[0]
    (other / "slip.py").write_text((folder / "slip.py").read_text())
    (other / "labels.jsonl").write_text(first.replace("0000", "0100") + "\n")
    manifest, prices = await measure(folder, [spec], out, settings, workers, examples=str(other))
    assert [(one.done, one.left) for one in prices] == [(COUNT, 0), (0, COUNT)]
    assert manifest.examples is not None
    assert (manifest.examples.documents, manifest.examples.own) == (1, 0)
    assert server.twice == 0


async def test_what_asks_no_model_is_refused(
    folder: Path, settings: Settings, tmp_path: Path, workers: Workers
) -> None:
    with pytest.raises(ConfigError, match="local asks no model"):
        await measure(folder, ["local"], tmp_path / "out", settings, workers)


async def test_examples_of_other_schemas_are_refused(
    server: PayingServer, folder: Path, settings: Settings, tmp_path: Path, workers: Workers
) -> None:
    with pytest.raises(ConfigError, match="none of the schema slip"):
        await measure(
            folder, [server.engine()], tmp_path / "out", settings, workers, examples="samples"
        )
    assert not server.asked


def made(folder: Path, plain: list[str], shown: list[str], cost: float | None = 0.001) -> Made:
    """Documents with their outcomes, see `made_results.LETTERS`."""
    engines = [engine(HOSTED), engine(with_examples(HOSTED), model="x", provider="anthropic")]
    made = Made(
        folder / "report", engines, examples=ExamplesRecord(folder=HOSTILE, count=2, documents=9)
    )
    for number, words in enumerate(zip(plain, shown, strict=True)):
        for place, (one, word) in enumerate(zip(engines, words, strict=True)):
            paid = None if cost is None else cost * (place + 1)
            made.say(f"d{number:03}", one.spec, word, cost=paid)
    made.write()
    return made


@pytest.mark.parametrize(
    ("plain", "shown", "verdict", "says"),
    [
        (["cw"] * 40, ["cc"] * 40, "help", "Examples help anthropic:claude-haiku-4-5: +50.0"),
        (["cc"] * 40, ["cw"] * 40, "do harm", "Examples harm anthropic:claude-haiku-4-5: -50.0"),
        (["cw", "cc"] * 200, ["cw", "cc"] * 200, "do not help", "do not help anthropic:claude-"),
        (["cw", "cc"] * 5, ["cc", "cw"] * 5, "not known", "Whether examples help anthropic:claude"),
        # Nothing differs, which a few documents do not prove of the others.
        (["cw", "cc"] * 5, ["cw", "cc"] * 5, "not known", "50 more would be needed to see 5 poi"),
        (["cw", "cc"] * 5, ["cw", "cw"] * 5, "not known", ": -25.0 points"),
    ],
)
def test_what_is_said_follows_from_the_interval(
    plain: list[str], shown: list[str], verdict: str, says: str, tmp_path: Path
) -> None:
    folder = made(tmp_path, plain, shown).folder
    [gain] = make_report(folder).example_gains
    assert gain.verdict == verdict
    assert says in gain.sentence
    assert "1,000 pages cost $2.00 instead of $1.00." in gain.sentence
    assert "-0.0" not in gain.sentence


def test_an_unknown_price_is_said_to_be_unknown(tmp_path: Path) -> None:
    [gain] = make_report(made(tmp_path, ["cw"] * 4, ["cc"] * 4, cost=None).folder).example_gains
    assert "what 1,000 pages cost is not known" in gain.sentence


@pytest.mark.slow
def test_the_report_has_a_section_and_no_cascade_to_an_engine_with_examples(
    tmp_path: Path,
) -> None:
    folder = made(tmp_path, ["cwcc"] * 40, ["cccc"] * 40).folder
    write_report(folder)
    page = (folder / "report.html").read_text("utf-8")
    text = (folder / "report.md").read_text("utf-8")
    assert '<section id="with-examples"' in page
    assert "<script>alert(1)" not in page
    assert "Examples help" in page
    assert "## With examples" in text
    assert not make_report(folder).cascades


def test_names_tell_an_engine_from_the_same_one_with_examples() -> None:
    spec = "ocr+openai:m@http://127.0.0.1:80/v1?price=1/2"
    assert bare(with_examples(spec)) == spec == bare(spec)
    assert has_examples(with_examples(spec))
    assert not has_examples(spec)
    assert list(short_names([spec, with_examples(spec)]).values()) == [
        "ocr+openai:m",
        "ocr+openai:m with examples",
    ]


def test_labels_that_cannot_be_shown_are_counted_by_why(folder: Path) -> None:
    lines = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
    lines[0]["drafted_by"] = "local"
    lines[1]["file"] = "docs/gone.pdf"
    lines[2]["expected"] = {}
    lines[3]["expected"] = {"numbers": 1}
    lines[4]["schema"] = "gone.py:Slip"
    (folder / "labels.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = read_examples(str(folder))
    assert len(found.documents) == COUNT - 5
    assert sorted(found.left_out.values()) == [1] * 5
    assert f"{COUNT - 5} checked labels in {folder} (slip {COUNT - 5}); left out: " in found.told()
    assert found.mark != read_examples("samples").mark
