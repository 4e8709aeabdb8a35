"""Measuring end to end against a stand-in that bills: nothing is asked or paid for twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.evaluation.changes import read_changes
from docglean.evaluation.labels import Label, LabelSet
from docglean.evaluation.layouts import load_labels
from docglean.evaluation.open_evaluation import opened
from docglean.evaluation.results import ANSWERS, EngineAnswer, Manifest, Results
from docglean.evaluation.runner import Evaluation, MeasuredStep, Price
from docglean.extractors.documents.workers import Workers
from docglean.extractors.options import RunOptions
from docglean.extractors.settings import Settings, load_settings
from docglean.schemas.errors import BudgetExceeded, ConfigError
from servers.billing import PayingServer, paying, slips


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


SHARED: dict[str, Workers] = {}


@pytest.fixture(autouse=True)
def shared(workers: Workers) -> None:
    """One pool of processes for all: starting them is what takes time."""
    SHARED["workers"] = workers


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(ledger=str(tmp_path / "ledger.sqlite"), concurrency=4)


def labelled(folder: Path, count: int, **expected: Callable[[int], Any]) -> list[LabelSet]:
    """Slips with right labels; `expected` changes some of their values."""
    if not folder.exists():
        slips(folder / "docs", count)
    right: dict[str, Callable[[int], Any]] = {
        "number": lambda i: i,
        "word": lambda i: f"w{i * i}",
    }
    lines = [
        Label(
            id=f"{i:04}",
            file=f"docs/{i:04}.pdf",
            schema="slip.py:Slip",
            expected={name: value(i) for name, value in {**right, **expected}.items()},
        )
        for i in range(count)
    ]
    (folder / "labels.jsonl").write_text("".join(line.to_json() + "\n" for line in lines))
    return load_labels([folder])


async def measure(
    sets: list[LabelSet], engines: Sequence[str], out: Path, settings: Settings, **more: Any
) -> tuple[Manifest, list[Price]]:
    steps: list[MeasuredStep] = more.pop("steps", [])
    async with opened(sets, engines, out, settings, **SHARED, **more) as evaluation:
        prices = await evaluation.price()
        evaluation.on_step = steps.append
        return await evaluation.run(), prices


def answers(out: Path) -> list[EngineAnswer]:
    return list(Results(out).answers())


async def test_what_is_measured_is_scored_and_priced(
    server: PayingServer, settings: Settings, tmp_path: Path
) -> None:
    sets = labelled(tmp_path / "labels", 4, word=lambda i: "other" if i == 2 else f"w{i * i}")
    steps: list[MeasuredStep] = []
    manifest, [price] = await measure(
        sets, [server.engine()], tmp_path / "out", settings, steps=steps
    )
    assert (price.left, price.calls) == (4, 4)
    assert price.cost is not None
    assert price.cost > 0
    assert [(step.done, step.total) for step in steps] == [(i, 4) for i in range(1, 5)]
    assert manifest.state == "finished"
    assert manifest.schemas.keys() == {"slip"}
    found = answers(tmp_path / "out")
    assert [one.document for one in found] == ["0000", "0001", "0002", "0003"]
    assert all(one.cost == one.paid and one.cost and one.calls == 1 for one in found)
    assert all(one.usage.input_tokens and one.latency > 0 for one in found)
    assert all(one.tags["source"] == "text" for one in found)
    rows = list(Results(tmp_path / "out").rows())
    assert len(rows) == 8
    assert [(row.document, row.path) for row in rows if row.outcome == "wrong"] == [
        ("0002", "/word")
    ]
    assert all(row.page == 1 for row in rows)


@pytest.mark.slow
async def test_one_more_engine_pays_for_that_engine_only(
    server: PayingServer, settings: Settings, tmp_path: Path
) -> None:
    sets, out = labelled(tmp_path / "labels", 3), tmp_path / "out"
    first, second = server.engine(), server.engine("anthropic")
    await measure(sets, [first], out, settings)
    asked = sum(server.asked.values())
    _, prices = await measure(sets, [first, second], out, settings)
    assert [(price.done, price.left, price.cost == 0) for price in prices] == [
        (3, 0, True),
        (0, 3, False),
    ]
    assert sum(server.asked.values()) == asked + 3
    assert [(one.document, one.engine) for one in answers(out)] == [
        (f"{i:04}", engine) for i in range(3) for engine in (first, second)
    ]
    # an engine that is not named is not in the report, and not forgotten
    await measure(sets, [second], out, settings)
    assert {one.engine for one in answers(out)} == {second}
    _, prices = await measure(sets, [first, second], out, settings)
    assert [price.left for price in prices] == [0, 0]
    assert sum(server.asked.values()) == asked + 3
    assert server.twice == 0


async def test_a_new_folder_takes_what_the_ledger_holds(
    server: PayingServer, settings: Settings, tmp_path: Path
) -> None:
    """In another folder stored replies cost nothing, and it is still known what they cost."""
    sets = labelled(tmp_path / "labels", 2)
    await measure(sets, [server.engine()], tmp_path / "one", settings)
    _, [price] = await measure(sets, [server.engine()], tmp_path / "two", settings)
    assert (price.left, price.calls, price.cost) == (2, 0, 0)
    assert sum(server.asked.values()) == 2
    for before, now in zip(answers(tmp_path / "one"), answers(tmp_path / "two"), strict=True):
        assert (now.paid, now.cost, now.calls) == (0, before.cost, 1)
        assert now.usage == before.usage
        assert now.cost


async def test_repeats_are_asked_anew_and_only_once(
    server: PayingServer, settings: Settings, tmp_path: Path
) -> None:
    sets, out = labelled(tmp_path / "labels", 2), tmp_path / "out"
    engines = [server.engine(), "local"]
    _, prices = await measure(sets, engines, out, settings, repeats=3)
    assert [price.left for price in prices] == [6, 2]  # the embedded engine is read once
    assert sum(server.asked.values()) == 6
    assert [one.repeat for one in answers(out) if one.engine == engines[0]] == [1, 2, 3] * 2
    await measure(sets, engines, out, settings, repeats=4)
    assert sum(server.asked.values()) == 8


async def test_a_fresh_asking_ignores_what_was_stored(
    server: PayingServer, settings: Settings, tmp_path: Path
) -> None:
    sets, out = labelled(tmp_path / "labels", 2), tmp_path / "out"
    await measure(sets, [server.engine()], out, settings, asking=738_000)
    await measure(sets, [server.engine()], out, settings, asking=738_000)
    assert sum(server.asked.values()) == 2
    await measure(sets, [server.engine()], out, settings, asking=738_001)
    assert sum(server.asked.values()) == 4


@pytest.mark.slow
async def test_a_model_that_has_become_worse_is_told_from_chance(
    server: PayingServer, settings: Settings, tmp_path: Path
) -> None:
    sets, out = labelled(tmp_path / "labels", 12), tmp_path / "out"
    await measure(sets, [server.engine()], out, settings, asking=1)
    assert read_changes(out) is None
    await measure(sets, [server.engine()], out, settings, asking=2)
    same = read_changes(out)
    assert same is not None
    [change] = same.engines
    assert (change.documents, change.difference, change.dropped) == (12, 0.0, False)
    wrong = json.dumps({"number": None, "word": "oops"})
    server.answers = lambda text, schema: wrong if "w0" not in text else None
    await measure(sets, [server.engine()], out, settings, asking=3)
    worse = read_changes(out)
    assert worse is not None
    [change] = worse.engines
    assert change.dropped
    assert (change.before, change.now) == (pytest.approx(1.0), pytest.approx(1 / 12))
    assert change.high < 0


async def test_failures_count_against_the_engine_and_are_tried_again(
    server: PayingServer, settings: Settings, tmp_path: Path
) -> None:
    sets, out = labelled(tmp_path / "labels", 3), tmp_path / "out"
    server.answers = lambda text, schema: 400 if "w1" in text else None
    await measure(sets, [server.engine()], out, settings)
    found = {one.document: one for one in answers(out)}
    assert found["0001"].status == "failed"
    assert found["0001"].counts["missing"] == 2
    assert found["0001"].problems
    server.answers = lambda text, schema: None
    _, [price] = await measure(sets, [server.engine()], out, settings)
    assert (price.done, price.left) == (2, 1)
    assert {one.status for one in answers(out)} == {"ok"}


async def test_a_document_that_cannot_be_read_is_measured_too(
    server: PayingServer, settings: Settings, tmp_path: Path
) -> None:
    sets = labelled(tmp_path / "labels", 2)
    (tmp_path / "labels" / "docs" / "0001.pdf").write_bytes(b"%PDF-1.4 nothing")
    _, [price] = await measure(sets, [server.engine()], tmp_path / "out", settings)
    assert price.calls == 1
    assert [one.status for one in answers(tmp_path / "out")] == ["ok", "failed"]


async def test_a_crash_loses_nothing(
    server: PayingServer, settings: Settings, tmp_path: Path
) -> None:
    """Killed while it writes: whole lines are kept, the half one is measured again."""
    sets, out = labelled(tmp_path / "labels", 4), tmp_path / "out"

    class Killed(Exception):
        pass

    async def killed() -> None:
        async with opened(sets, [server.engine()], out, settings, **SHARED) as evaluation:

            def on_step(step: MeasuredStep) -> None:
                if step.done == 2:
                    raise Killed

            evaluation.on_step = on_step
            await evaluation.run()

    with pytest.raises(Killed):
        await killed()
    assert Results(out).manifest().state == "interrupted"
    assert len(answers(out)) == 2  # and already scored: the report shows what there is
    with (out / ANSWERS).open("a") as file:
        file.write('{"set": "labels", "document": "0003", "eng')
    _, [price] = await measure(sets, [server.engine()], out, settings)
    assert price.done == 2
    assert len(answers(out)) == 4
    assert server.twice == 0


async def test_the_budget_ends_it_and_what_is_done_is_kept(
    server: PayingServer, settings: Settings, tmp_path: Path
) -> None:
    sets, out = labelled(tmp_path / "labels", 8), tmp_path / "out"
    settings = settings.model_copy(update={"concurrency": 1})
    async with opened(sets, [server.engine()], out, settings, **SHARED) as evaluation:
        [price] = await evaluation.price()
    assert price.cost is not None
    budget = price.cost / 2
    with pytest.raises(BudgetExceeded):
        await measure(sets, [server.engine()], out, settings, options=RunOptions(budget=budget))
    done = answers(out)
    assert 0 < len(done) < 8
    assert sum((one.paid or Decimal(0) for one in done), Decimal(0)) <= budget
    await measure(sets, [server.engine()], out, settings, options=RunOptions(budget=Decimal(1)))
    assert len(answers(out)) == 8
    assert server.twice == 0


async def test_a_corrected_label_costs_nothing(
    server: PayingServer, settings: Settings, tmp_path: Path
) -> None:
    sets, out = labelled(tmp_path / "labels", 3, word=lambda i: "slip"), tmp_path / "out"
    await measure(sets, [server.engine()], out, settings)
    assert sum(one.counts["wrong"] for one in answers(out)) == 3
    sets = labelled(tmp_path / "labels", 3)
    _, [price] = await measure(sets, [server.engine()], out, settings)
    assert price.left == 0
    assert sum(one.counts["wrong"] for one in answers(out)) == 0


async def test_what_decides_the_answer_is_measured_again(
    server: PayingServer, settings: Settings, tmp_path: Path
) -> None:
    sets, out = labelled(tmp_path / "labels", 2), tmp_path / "out"
    await measure(sets, [server.engine()], out, settings)

    async def left(sets: list[LabelSet], **more: Any) -> int:
        async with opened(sets, [server.engine()], out, settings, **SHARED, **more) as evaluation:
            return len(evaluation.missing)

    assert await left(sets) == 0
    assert await left(sets, options=RunOptions(instructions="Read well.")) == 2
    assert await left(sets, options=RunOptions(language="de")) == 2
    slips(tmp_path / "labels" / "docs", 1, start=1)  # the same page, but other bytes
    assert await left(sets) == 1
    other = [replace(sets[0], labels=(sets[0].labels[0], sets[0].labels[1].model_copy(
        update={"schema_spec": "receipt"})))]  # fmt: skip
    assert await left(other) >= 1


async def test_two_evaluations_do_not_write_into_one_folder(
    settings: Settings, tmp_path: Path
) -> None:
    sets, out = labelled(tmp_path / "labels", 1), tmp_path / "out"

    async def second(evaluation: Evaluation) -> None:
        async with opened(sets, ["local"], out, settings, **SHARED) as other:
            with pytest.raises(ConfigError, match="Another evaluation"):
                await other.run()

    async with opened(sets, ["local"], out, settings, **SHARED) as evaluation:
        from docglean.evaluation.runner import _alone

        out.mkdir()
        with _alone(out):
            await second(evaluation)


async def test_the_same_engine_twice_is_one(settings: Settings, tmp_path: Path) -> None:
    sets = labelled(tmp_path / "labels", 1)
    async with opened(
        sets, ["local", " LOCAL "], tmp_path / "out", settings, **SHARED
    ) as evaluation:
        assert list(evaluation.engines) == ["local"]
    with pytest.raises(ConfigError, match="no number of repeats"):
        async with opened(sets, ["local"], tmp_path / "out", settings, **SHARED, repeats=0):
            pass


async def test_the_shortest_documents_are_measured_first(
    server: PayingServer, settings: Settings, tmp_path: Path
) -> None:
    sets = labelled(tmp_path / "labels", 3)
    # The first has a page more than the last, and that one more than the second.
    for name, more in (("0000", 2), ("0002", 1)):
        path = sets[0].folder / "docs" / f"{name}.pdf"
        with pymupdf.open(path) as document:
            for _ in range(more):
                document.new_page().insert_textbox((40, 40, 500, 800), "and so on " * 200)
            document.saveIncr()
    steps: list[MeasuredStep] = []
    one_by_one = settings.model_copy(update={"concurrency": 1})
    await measure(sets, [server.engine()], tmp_path / "out", one_by_one, steps=steps)
    assert [step.answer.document for step in steps] == ["0001", "0002", "0000"]
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert shares[0] < 1 / 3
    assert shares[-1] == 1


async def test_labels_of_which_none_can_be_used_are_refused(
    settings: Settings, tmp_path: Path
) -> None:
    labelled(tmp_path / "set", 2)
    (tmp_path / "set" / "slip.py").unlink()
    with pytest.raises(ConfigError, match="Not one of 2 labels can be used") as told:
        await measure(load_labels([tmp_path / "set"]), ["local"], tmp_path / "out", settings)
    assert "slip.py" in told.value.message
