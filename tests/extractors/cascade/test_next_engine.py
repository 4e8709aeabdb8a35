"""What is unsure goes on to a second engine: one document, stand-ins that tell what they saw."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors import pipeline
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction
from docglean.extractors.models.base import Call, Reply
from docglean.schemas.errors import ConfigError
from stand_ins import BILL, PRICE, Bench, StandInModel, ok

FIRST, SECOND = "anthropic:claude-haiku-5-5?edge=400", "openai:gpt-6-luna"
THIRD = "gemini:gemini-4-flash"


def paper(path: Path, pages: int = 1) -> Path:
    pdf = pymupdf.open()
    for _ in range(pages):
        page = pdf.new_page()
        for number, text in enumerate(["Bill R-17", "Pears 2.00", "Plums 3.50", "Total 5.50"]):
            page.insert_text((72, 72 + 20 * number), text)
    pdf.save(path)
    return path


@pytest.fixture
def bench(tmp_path: Path, workers: Workers) -> Bench:
    return Bench(tmp_path, workers)


async def read(
    bench: Bench, path: Path, *answers: Any, when: str = "not_located", **told: Any
) -> tuple[Extraction[Any], list[StandInModel]]:
    specs = [SECOND, THIRD][: len(answers) - 1]
    if specs:
        told |= {"then": tuple(specs), "when": when}
    context, _ = await bench.open(None, engine=FIRST, **told)
    models = [StandInModel(one if callable(one) else _always(one)) for one in answers]
    for one, model in zip(context.chain, models, strict=True):
        one.gateway.client = model
    async with context:
        return await pipeline.extract(context, path), models


def _always(data: Any) -> Callable[[Call], Reply]:
    def answer(call: Call) -> Reply:
        # What was not asked for is not answered, as servers hold a model to the schema.
        return ok({name: data[name] for name in call.json_schema["properties"]})

    return answer


def asked(model: StandInModel) -> list[set[str]]:
    return [set(call.json_schema["properties"]) for call in model.calls]


async def test_nothing_is_sent_on_where_nothing_is_unsure(bench: Bench, tmp_path: Path) -> None:
    found, models = await read(bench, paper(tmp_path / "a.pdf"), BILL, BILL)
    assert (found.status, found.readings) == ("ok", {})
    assert [len(model.calls) for model in models] == [1, 0]


async def test_an_unsure_field_is_asked_again_alone_and_the_likelier_reading_is_taken(
    bench: Bench, tmp_path: Path
) -> None:
    wrong = BILL | {"total": "7.77"}
    found, models = await read(bench, paper(tmp_path / "a.pdf"), wrong, BILL)
    assert asked(models[1]) == [{"total"}]
    assert found.values == BILL
    assert found.engine == FIRST
    assert found.evidence["/total"].how == "exact"
    assert "not_found" not in {one.code for one in found.problems}
    [other] = found.readings["/total"]
    assert (other.engine, other.value, other.first, other.taken) == (SECOND, "5.50", "7.77", True)
    assert "not_located" in other.why
    assert set(found.readings) == {"/total"}
    # Both are paid, and told.
    assert (found.spending.calls, found.spending.cost) == (2, 2 * PRICE)
    assert found.status == "ok"
    assert sum(one.code == "asked_again" for one in found.problems) == 1


async def test_the_first_reading_stands_where_the_second_is_no_likelier(
    bench: Bench, tmp_path: Path
) -> None:
    wrong = BILL | {"total": "7.77"}
    found, _ = await read(bench, paper(tmp_path / "a.pdf"), wrong, wrong | {"total": "8.88"})
    assert found.values == wrong
    [other] = found.readings["/total"]
    assert (other.value, other.taken) == ("8.88", False)
    assert found.status == "review"


async def test_agreement_makes_a_value_surer_and_dissent_less_sure(
    bench: Bench, tmp_path: Path
) -> None:
    path, when = paper(tmp_path / "a.pdf"), "field == '/total'"
    alone, _ = await read(bench, path, BILL)
    agreed, _ = await read(bench, path, BILL, BILL, when=when, instructions="Again.")
    other = BILL | {"total": "7.77"}
    differ, _ = await read(bench, path, BILL, other, when=when, instructions="Once more.")
    sure = [one.confidence["/total"].probability for one in (differ, alone, agreed)]
    assert sure == sorted(sure)
    assert len(set(sure)) == 3
    assert agreed.confidence["/total"].signals["engines_agree"] > 0
    assert differ.confidence["/total"].signals["engines_differ"] > 0
    assert differ.values == BILL
    [other] = agreed.readings["/total"]
    assert (other.value, other.taken) == ("5.50", False)


@pytest.mark.parametrize(
    ("first", "second", "paths"),
    [
        ("5.50", "3.50", ("/total",)),  # both stand on the page
        ("7.77", "8.88", ("/total",)),  # neither does
        ("5.50", "7.77", ()),
        ("7.77", "5.50", ()),
        ("5.50", None, ()),
        (None, "5.50", ()),
        ("5.50", "5.50", ()),
    ],
)
async def test_what_engines_read_differently_is_to_be_looked_at_unless_the_page_tells(
    bench: Bench, tmp_path: Path, first: str | None, second: str | None, paths: tuple[str, ...]
) -> None:
    one, two = BILL | {"total": first}, BILL | {"total": second}
    found, _ = await read(bench, paper(tmp_path / "a.pdf"), one, two, when="field == '/total'")
    told = [one for one in found.problems if one.code == "readings_differ"]
    assert [path for one in told for path in one.paths] == list(paths)
    if paths:
        assert found.status == "review"
        assert f'"{first}"' in told[0].message
        assert f'"{second}"' in told[0].message


async def test_lists_that_differ_are_to_be_looked_at_where_both_stand_on_the_page(
    bench: Bench, tmp_path: Path
) -> None:
    short = BILL | {"lines": BILL["lines"][:1]}
    path, when = paper(tmp_path / "a.pdf"), "field == '/lines/*/text'"
    found, _ = await read(bench, path, BILL, short, when=when)
    assert len(found.values["lines"]) == 2 if found.values else False
    assert "readings_differ" not in {one.code for one in found.problems}
    swapped = [{**line, "amount": "5.50"} for line in BILL["lines"]]
    two = BILL | {"lines": swapped}
    found, _ = await read(bench, path, BILL, two, when=when, instructions="Again.")
    [problem] = [one for one in found.problems if one.code == "readings_differ"]
    assert problem.paths == ("/lines/0/amount", "/lines/1/amount")


async def test_a_chain_asks_the_third_for_what_is_unsure_after_the_second(
    bench: Bench, tmp_path: Path
) -> None:
    wrong, still = BILL | {"total": "7.77"}, BILL | {"total": "8.88"}
    found, models = await read(bench, paper(tmp_path / "a.pdf"), wrong, still, BILL)
    assert [len(model.calls) for model in models] == [1, 1, 1]
    assert found.values == BILL
    told = [(one.engine, one.value, one.taken, one.first) for one in found.readings["/total"]]
    assert told == [(SECOND, "8.88", False, "7.77"), (THIRD, "5.50", True, "7.77")]


async def test_a_list_is_asked_for_as_a_whole_and_its_rows_are_never_mixed(
    bench: Bench, tmp_path: Path
) -> None:
    lost = BILL | {"lines": [{"text": "Figs", "amount": "9.00"}]}
    found, models = await read(
        bench, paper(tmp_path / "a.pdf"), lost, BILL, when="not_located and field != '/total'"
    )
    assert asked(models[1]) == [{"lines"}]
    assert found.values == BILL
    [other] = found.readings["/lines"]
    assert other.taken
    assert (other.value, other.first) == (BILL["lines"], lost["lines"])
    assert set(found.evidence) >= {"/lines/0/text", "/lines/1/amount"}
    assert set(found.confidence) == set(found.evidence)


async def test_one_cell_of_a_list_is_put_right_in_its_place(bench: Bench, tmp_path: Path) -> None:
    wrong = BILL | {"lines": [BILL["lines"][0], {"text": "Plums", "amount": "3.58"}]}
    found, _ = await read(bench, paper(tmp_path / "a.pdf"), wrong, BILL)
    assert found.values == BILL
    assert set(found.readings) == {"/lines/1/amount"}


async def test_a_document_that_is_mostly_unsure_is_asked_for_whole(
    bench: Bench, tmp_path: Path
) -> None:
    wrong = {"number": "X-99", "total": "7.77", "lines": []}
    found, models = await read(bench, paper(tmp_path / "a.pdf"), wrong, BILL)
    assert asked(models[1]) == [{"number", "total", "lines"}]
    assert found.values == BILL


async def test_only_pages_on_which_it_may_stand_are_sent(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    pdf = pymupdf.open()
    for number in range(1, 7):
        page = pdf.new_page()
        page.insert_text((72, 72), f"Page {number}")
        page.insert_text((72, 100), {3: "Bill R-17", 5: "Total 5.50"}.get(number, "Nothing here"))
    pdf.save(path)
    bill = BILL | {"lines": []}
    _, models = await read(bench, path, bill, bill, when="field == '/total'")
    assert _pages(models[1].calls[0]) == [5]
    _, models = await read(bench, path, bill | {"total": "7.77"}, bill, instructions="Again.")
    assert _pages(models[1].calls[0]) == [1, 6]


def _pages(call: Call) -> list[int]:
    from perfect_reader import CAPTION

    texts = [getattr(part, "text", "") for part in call.parts]
    return [int(number) for text in texts for number, _ in CAPTION.findall(text)]


@pytest.mark.parametrize("outcome", ["refused", "failed", "truncated"])
async def test_what_the_second_cannot_give_leaves_the_first_reading_and_says_so(
    bench: Bench, tmp_path: Path, outcome: Any
) -> None:
    wrong = BILL | {"total": "7.77"}
    none = Reply(outcome=outcome, code="refusal", message="no", cost=PRICE, text="")
    found, _ = await read(bench, paper(tmp_path / "a.pdf"), wrong, lambda _: none)
    assert found.values == wrong
    assert found.status == "review"
    assert found.spending.cost is not None
    assert found.spending.cost >= 2 * PRICE
    if outcome != "truncated":
        [problem] = [one for one in found.problems if one.code == "next_engine_failed"]
        assert SECOND in problem.message
        assert "no" in problem.message


@pytest.mark.parametrize("code", ["no_server", "bad_key", "unknown_model"])
async def test_a_second_engine_that_cannot_be_used_loses_nothing_and_is_tried_once(
    bench: Bench, tmp_path: Path, code: str
) -> None:
    wrong = BILL | {"total": "7.77"}

    def refuse(_: Call) -> Reply:
        raise ConfigError(code, "It can't be had.", "Check it.")

    context, _ = await bench.open(None, engine=FIRST, then=(SECOND,), when="not_located")
    first, second = StandInModel(_always(wrong)), StandInModel(refuse)
    for one, model in zip(context.chain, (first, second), strict=True):
        one.gateway.client = model
    async with context:
        read = [await pipeline.extract(context, paper(tmp_path / f"{n}.pdf", n)) for n in (1, 2)]
    for found in read:
        assert (found.values, found.status) == (wrong, "review")
        [problem] = [one for one in found.problems if one.code == "next_engine_failed"]
        assert "It can't be had." in problem.message
        assert problem.way_out.startswith("Check it.")
    assert [len(model.calls) for model in (first, second)] == [2, 1]


async def test_a_first_engine_that_cannot_be_used_ends_the_run(
    bench: Bench, tmp_path: Path
) -> None:
    def refuse(_: Call) -> Reply:
        raise ConfigError("bad_key", "It can't be had.")

    with pytest.raises(ConfigError, match="can't be had"):
        await read(bench, paper(tmp_path / "a.pdf"), refuse, BILL)


async def test_a_first_engine_that_gives_nothing_leaves_the_document_to_the_second(
    bench: Bench, tmp_path: Path
) -> None:
    none = Reply(outcome="refused", code="refusal", message="no")
    found, _ = await read(bench, paper(tmp_path / "a.pdf"), lambda _: none, BILL)
    assert found.values == BILL
    assert found.readings["/total"][0].taken
    assert "refusal" in {one.code for one in found.problems}


async def test_the_same_run_again_pays_for_nothing(bench: Bench, tmp_path: Path) -> None:
    wrong, path = BILL | {"total": "7.77"}, paper(tmp_path / "a.pdf")
    first, _ = await read(bench, path, wrong, BILL)
    again, models = await read(bench, path, wrong, BILL)
    assert [len(model.calls) for model in models] == [0, 0]
    assert again.values == first.values
    assert again.readings == first.readings
    assert (again.spending.calls, again.spending.cost, again.spending.cached) == (0, Decimal(0), 2)


async def test_rules_may_be_first_or_second(bench: Bench, tmp_path: Path) -> None:
    path = paper(tmp_path / "a.pdf")
    context, _ = await bench.open(None, engine="local", then=(SECOND,), when="confidence<=1")
    model = StandInModel(_always(BILL))
    context.then[0].gateway.client = model
    async with context:
        found = await pipeline.extract(context, path)
    assert found.engine == "local"
    assert found.values is not None
    assert found.values["total"] == "5.50"
    assert len(model.calls) == 1
    assert "Engine local: nothing leaves this machine." in context.notice
    assert "What is unsure (confidence<=1) goes on" in context.notice
    assert "api.openai.com" in context.notice

    context, _ = await bench.open(None, engine=FIRST, then=("local",), when="not_located")
    context.gateway.client = StandInModel(_always(BILL | {"total": "7.77"}))
    async with context:
        found = await pipeline.extract(context, path)
    assert found.values is not None
    assert found.readings["/total"][0].engine == "local"


async def test_a_second_engine_is_held_to_private_mode(bench: Bench) -> None:
    with pytest.raises(ConfigError) as caught:
        await bench.open(None, engine="local", then=(SECOND,), private=True)
    assert caught.value.code == "not_private"


async def test_a_condition_that_is_none_is_refused_before_anything_is_read(bench: Bench) -> None:
    with pytest.raises(ConfigError) as caught:
        await bench.open(None, engine="local", then=(SECOND,), when="confidence<high")
    assert caught.value.code == "bad_condition"


async def test_a_recording_is_asked_about_as_a_whole(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import wave

    from docglean.extractors.speech import Segment, Transcript

    with wave.open(str(tmp_path / "a.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(bytes(32_000))

    async def transcribe(*_: Any, **__: Any) -> Transcript:
        """Stands in for the speech engine, which needs weights."""
        said = (Segment(0.0, 5.0, "The bill is R-17."), Segment(5.0, 9.0, "It is 5.50 in all."))
        return Transcript(segments=said, language="en", engine="stand-in", seconds=9.0)

    monkeypatch.setattr("docglean.extractors.speech.transcribe", transcribe)
    heard = BILL | {"lines": []}
    found, models = await read(bench, tmp_path / "a.wav", heard | {"total": "7.77"}, heard)
    assert asked(models[1]) == [{"total"}]
    assert found.values == heard
    assert found.evidence["/total"].seconds == (5.0, 9.0)
    assert found.readings["/total"][0].taken


@pytest.mark.parametrize("then", [(FIRST,), (SECOND, SECOND)])
async def test_no_engine_is_asked_twice_as_its_agreement_with_itself_says_nothing(
    bench: Bench, then: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigError, match="agrees with itself") as caught:
        await bench.open(None, engine=FIRST, then=then)
    assert caught.value.code == "bad_engine"
